#include "stats/groups.h"

#include "base/random.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

enum { PERMUTATIONS = 9999 };

enum stats_third stats_third_of(double depth)
{
    if (depth < 1.0 / 3.0) {
        return STATS_BEGINNING;
    }
    return depth <= 2.0 / 3.0 ? STATS_MIDDLE : STATS_END;
}

static int compare_groups(const struct stats_grouped *left, const struct stats_grouped *right)
{
    if (left->stratum != right->stratum) {
        return left->stratum < right->stratum ? -1 : 1;
    }
    if (left->group != right->group) {
        return left->group < right->group ? -1 : 1;
    }
    return 0;
}

static int compare_items(const void *a, const void *b)
{
    const struct stats_grouped *left = a;
    const struct stats_grouped *right = b;
    int order = compare_groups(left, right);

    if (order != 0) {
        return order;
    }
    return (left->score > right->score) - (left->score < right->score);
}

static int compare_questions(const void *a, const void *b)
{
    const struct stats_grouped *left = a;
    const struct stats_grouped *right = b;
    int order = compare_groups(left, right);

    if (order != 0) {
        return order;
    }
    if (left->question != right->question) {
        return left->question < right->question ? -1 : 1;
    }
    return (left->score > right->score) - (left->score < right->score);
}

static bool is_same_question(const struct stats_grouped *a, const struct stats_grouped *b)
{
    return a->stratum == b->stratum && a->group == b->group && a->question == b->question;
}

/* Makes one of all scores of a question, their mean; returns how many are left. */
static size_t join_repeats(struct stats_grouped *items, size_t n)
{
    size_t kept = 0;
    size_t next = 0;

    qsort(items, n, sizeof *items, compare_questions);
    for (size_t first = 0; first < n; first = next) {
        struct stats_grouped joined = items[first];
        double sum = 0.0;

        for (next = first; next < n && is_same_question(&items[next], &joined); next++) {
            sum += items[next].score;
        }
        joined.score = sum / (double)(next - first);
        items[kept++] = joined;
    }
    return kept;
}

/* The end of the stratum that begins at `first`. */
static size_t stratum_end(const struct stats_grouped *items, size_t n, size_t first)
{
    size_t end = first;

    while (end < n && items[end].stratum == items[first].stratum) {
        end++;
    }
    return end;
}

/* Each score less the mean of its stratum. */
static void find_residuals(const struct stats_grouped *items, size_t n, double *residuals)
{
    size_t end = 0;

    for (size_t first = 0; first < n; first = end) {
        double sum = 0.0;

        end = stratum_end(items, n, first);
        for (size_t i = first; i < end; i++) {
            sum += items[i].score;
        }
        for (size_t i = first; i < end; i++) {
            residuals[i] = items[i].score - sum / (double)(end - first);
        }
    }
}

static void exchange(const struct stats_grouped *items, size_t n, double *residuals,
                     struct random *random)
{
    size_t end = 0;

    for (size_t first = 0; first < n; first = end) {
        end = stratum_end(items, n, first);
        for (size_t i = end - first; i > 1; i--) {
            size_t j = (size_t)random_below(random, i);
            double last = residuals[first + i - 1];

            residuals[first + i - 1] = residuals[first + j];
            residuals[first + j] = last;
        }
    }
}

static double spread_between(const struct stats_grouped *items, const double *residuals, size_t n,
                             const struct stats_groups *groups)
{
    double sums[STATS_GROUPS_MAX] = {0};
    double spread = 0.0;

    for (size_t i = 0; i < n; i++) {
        sums[items[i].group] += residuals[i];
    }
    for (size_t i = 0; i < STATS_GROUPS_MAX; i++) {
        spread += groups->counts[i] != 0 ? sums[i] * sums[i] / (double)groups->counts[i] : 0.0;
    }
    return spread;
}

static void describe(const struct stats_grouped *items, const double *residuals, size_t n,
                     struct stats_groups *out)
{
    double scores[STATS_GROUPS_MAX] = {0};
    double effects[STATS_GROUPS_MAX] = {0};

    *out = (struct stats_groups){.p = 1.0};
    for (size_t i = 0; i < n; i++) {
        out->counts[items[i].group]++;
        scores[items[i].group] += items[i].score;
        effects[items[i].group] += residuals[i];
    }
    for (size_t i = 0; i < STATS_GROUPS_MAX; i++) {
        double count = (double)out->counts[i];

        out->means[i] = out->counts[i] != 0 ? scores[i] / count : (double)NAN;
        out->effects[i] = out->counts[i] != 0 ? effects[i] / count : (double)NAN;
    }
}

int stats_compare_groups(struct stats_grouped *items, size_t n, uint32_t group_count, uint64_t seed,
                         struct stats_groups *out, struct err *err)
{
    struct random random = random_stream(seed, STR("stats.groups"), 0);
    double *residuals = NULL;
    double seen = 0.0;
    size_t extreme = 0;

    if (n == 0 || group_count > STATS_GROUPS_MAX) {
        return err_set(err, ERR_INPUT, "no score to compare, or too many groups");
    }
    for (size_t i = 0; i < n; i++) {
        if (items[i].group >= group_count) {
            return err_set(err, ERR_INPUT, "score %zu is in no group", i + 1);
        }
    }
    residuals = calloc(n, sizeof *residuals);
    if (residuals == NULL) {
        return err_memory(err);
    }
    n = join_repeats(items, n);
    qsort(items, n, sizeof *items, compare_items);
    find_residuals(items, n, residuals);
    describe(items, residuals, n, out);
    seen = spread_between(items, residuals, n, out) * (1.0 - 1e-9);
    for (size_t i = 0; i < PERMUTATIONS; i++) {
        exchange(items, n, residuals, &random);
        extreme += spread_between(items, residuals, n, out) >= seen ? 1 : 0;
    }
    out->p = (double)(extreme + 1) / (double)(PERMUTATIONS + 1);
    free(residuals);
    return 0;
}
