#include "report/comparison.h"

#include "base/buf.h"
#include "base/units.h"
#include "record/plan.h"
#include "report/contenders.h"
#include "report/pairing.h"
#include "stats/bootstrap.h"
#include "stats/multiple.h"
#include "stats/power.h"
#include "stats/watched.h"

#include <math.h>
#include <stdlib.h>

static const double alpha = 0.05;
static const double power_wanted = 0.8;

enum { REASON_BYTES_MAX = 1024 };

char contender_letter(size_t contender)
{
    static const char letters[CONTENDERS_MAX + 2] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ?";

    return letters[contender < CONTENDERS_MAX ? contender : CONTENDERS_MAX];
}

const struct contender_curve *comparison_curve(const struct comparison *comparison,
                                               size_t contender, size_t group)
{
    for (size_t i = 0; i < comparison->curve_count; i++) {
        if (comparison->curves[i].contender == contender && comparison->curves[i].group == group) {
            return &comparison->curves[i];
        }
    }
    return NULL;
}

void verdict_append(struct buf *out, const struct comparison *comparison,
                    const struct comparison_row *row)
{
    const struct comparison_pairing *pairing = &comparison->pairings[row->pairing];

    switch (row->verdict) {
    case VERDICT_FIRST_BETTER:
        buf_appendf(out, "%c better", contender_letter(pairing->first));
        break;
    case VERDICT_SECOND_BETTER:
        buf_appendf(out, "%c better", contender_letter(pairing->second));
        break;
    case VERDICT_TIE:
        buf_append(out, STR("tie at this sample size"));
        break;
    case VERDICT_TOO_FEW:
        buf_append(out, STR("not enough data"));
        break;
    }
}

/* ---- which contenders meet, and why their trials do not all pair ---- */

static bool is_wanted(const struct comparison *comparison,
                      const struct comparison_settings *settings, size_t first, size_t second)
{
    const struct contender *a = &comparison->contenders[first];
    const struct contender *b = &comparison->contenders[second];

    if (settings->only_drift) {
        return str_equal(a->model, b->model);
    }
    return settings->baseline.len == 0 || str_equal(a->model, settings->baseline) ||
           str_equal(b->model, settings->baseline);
}

static void append_count_reason(struct buf *out, const char *what, uint64_t first, uint64_t second)
{
    if (first != second) {
        buf_appendf(out, "%s%s %llu against %llu", out->len != 0 ? ", " : "", what,
                    (unsigned long long)first, (unsigned long long)second);
    }
}

static void append_text_reason(struct buf *out, const char *what, struct str first,
                               struct str second)
{
    if (!str_equal(first, second)) {
        buf_appendf(out, "%s%s %.*s against %.*s", out->len != 0 ? ", " : "", what,
                    STR_ARG(str_take(first, 64)), STR_ARG(str_take(second, 64)));
    }
}

static bool lists_equal(const uint64_t *first, size_t first_count, const uint64_t *second,
                        size_t second_count)
{
    for (size_t i = 0; i < first_count && first_count == second_count; i++) {
        if (first[i] != second[i]) {
            return false;
        }
    }
    return first_count == second_count;
}

/* What of the plans is not the same, so that the bytes are not. */
static void append_reasons(struct buf *out, const struct result *first, const struct result *second)
{
    const struct result_plan *a = &first->plan;
    const struct result_plan *b = &second->plan;

    append_text_reason(out, "grader", a->grader, b->grader);
    append_text_reason(out, "task", a->task, b->task);
    append_text_reason(out, "dataset", a->dataset.name, b->dataset.name);
    append_text_reason(out, "revision", a->dataset.revision, b->dataset.revision);
    append_count_reason(out, "seed", a->seed, b->seed);
    append_text_reason(out, "generator version", first->generator_version,
                       second->generator_version);
    append_text_reason(out, "corpus", first->corpus_hash, second->corpus_hash);
    append_count_reason(out, "samples", a->samples, b->samples);
    append_count_reason(out, "probes", a->probes, b->probes);
    if (!lists_equal(a->lengths, a->length_count, b->lengths, b->length_count)) {
        buf_appendf(out, "%sother lengths", out->len != 0 ? ", " : "");
    }
    if (!lists_equal(a->needles, a->needle_count, b->needles, b->needle_count)) {
        buf_appendf(out, "%sother needle counts", out->len != 0 ? ", " : "");
    }
    if (a->fill != b->fill || a->cold != b->cold || a->canary != b->canary) {
        buf_appendf(out, "%sother fill, salt or canary", out->len != 0 ? ", " : "");
    }
    if (out->len == 0 && (first->stopping != NULL || second->stopping != NULL)) {
        buf_append(out, STR("a sweep that ends when it has decided did not need them"));
    }
    if (out->len == 0) {
        buf_append(out, STR("trials are missing or their prompts differ"));
    }
}

static int explain(struct comparison *comparison, struct comparison_pairing *pairing,
                   struct err *err)
{
    struct buf reason;
    int rc = 0;

    if (pairing->only_first == 0 && pairing->only_second == 0) {
        return 0;
    }
    buf_init(&reason, REASON_BYTES_MAX);
    append_reasons(&reason, comparison->contenders[pairing->first].result,
                   comparison->contenders[pairing->second].result);
    rc = buf_check(&reason, "reason", err);
    if (rc == 0) {
        pairing->reason = arena_copy(&comparison->arena, buf_str(&reason));
        rc = pairing->reason.p == NULL ? err_memory(err) : 0;
    }
    buf_release(&reason);
    return rc;
}

/* ---- rows ---- */

/* Room for the differences of one row, and how to judge them. */
struct differences {
    double *values;
    uint64_t *clusters;
    uint64_t *samples;
    struct pair *common; /* those of samples that every length has */
    uint64_t seed;
    double watched_at; /* the level that a pair was watched at; 0: it was not */
};

/* The level that a sweep watches each of its pairs at (cli/stopping.h); 0: it does not. */
static double watching_level(const struct result *result)
{
    size_t verdicts = plan_verdict_count(&result->plan);

    return result->stopping != NULL && verdicts != 0
               ? result->stopping->error_rate / (double)verdicts
               : 0.0;
}

/* Of two contenders; where both were watched, the stricter. */
static double watching_level_of(const struct contender *first, const struct contender *second)
{
    double a = watching_level(first->result);
    double b = watching_level(second->result);

    return a > 0.0 && b > 0.0 ? fmin(a, b) : fmax(a, b);
}

static int judge_row(const struct differences *room, size_t count, struct stats_paired *out,
                     struct err *err)
{
    return room->watched_at > 0.0
               ? stats_watched_paired(room->values, room->samples, count, room->watched_at, out,
                                      err)
               : stats_compare_paired(room->values, room->clusters, count, room->seed, out, err);
}

static int add_row(struct comparison *comparison, size_t pairing, const struct pair *pairs,
                   size_t count, bool all_lengths, const struct differences *room, struct err *err)
{
    struct comparison_row *row = &comparison->rows[comparison->row_count];

    *row = (struct comparison_row){
        .pairing = pairing,
        .group = pairs[0].group,
        .length_tokens = all_lengths ? 0 : pairs[0].length_tokens,
        .watched = room->watched_at > 0.0,
        .pairs = count,
    };
    for (size_t i = 0; i < count; i++) {
        room->values[i] = pairs[i].second - pairs[i].first;
        room->clusters[i] = pairs[i].haystack;
        room->samples[i] = pairs[i].sample;
        row->first_mean += pairs[i].first / (double)count;
        row->second_mean += pairs[i].second / (double)count;
    }
    comparison->row_count++;
    return judge_row(room, count, &row->difference, err);
}

static size_t run_length(const struct pairs *pairs, size_t first, bool all_lengths)
{
    size_t end = first;

    while (end < pairs->count && pairs->items[end].group == pairs->items[first].group &&
           (all_lengths || pairs->items[end].length_tokens == pairs->items[first].length_tokens)) {
        end++;
    }
    return end - first;
}

/* The row over all lengths. Where those ended at different samples, each would weigh by how long it
 * was watched, so only what every length has is counted. */
static int add_overall_row(struct comparison *comparison, size_t pairing, const struct pair *pairs,
                           size_t count, const struct differences *room, struct err *err)
{
    if (room->watched_at > 0.0) {
        count = pairs_of_common_samples(pairs, count, room->common);
        pairs = room->common;
    }
    return count != 0 ? add_row(comparison, pairing, pairs, count, true, room, err) : 0;
}

/* The rows of one group: its lengths, and all of them if there are several. */
static int add_group_rows(struct comparison *comparison, size_t pairing, const struct pairs *pairs,
                          size_t first, const struct differences *room, struct err *err)
{
    size_t count = run_length(pairs, first, true);
    size_t lengths = 0;
    size_t step = 0;
    int rc = 0;

    for (size_t i = first; rc == 0 && i < first + count; i += step) {
        step = run_length(pairs, i, false);
        rc = add_row(comparison, pairing, &pairs->items[i], step, false, room, err);
        lengths++;
    }
    if (rc == 0 && lengths > 1) {
        rc = add_overall_row(comparison, pairing, &pairs->items[first], count, room, err);
    }
    return rc;
}

/* Rows of a pairing are at most its lengths in each group and one more. */
static size_t most_rows(const struct pairs *pairs)
{
    size_t rows = 0;
    size_t groups = 0;

    for (size_t i = 0; i < pairs->count; i += run_length(pairs, i, false)) {
        rows++;
    }
    for (size_t i = 0; i < pairs->count; i += run_length(pairs, i, true)) {
        groups++;
    }
    return rows + groups;
}

static int grow_rows(struct comparison *comparison, size_t more, struct err *err)
{
    struct comparison_row *rows =
        arena_alloc(&comparison->arena, comparison->row_count + more + 1, sizeof *rows);

    if (rows == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; i < comparison->row_count; i++) {
        rows[i] = comparison->rows[i];
    }
    comparison->rows = rows;
    return 0;
}

static int add_rows(struct comparison *comparison, size_t pairing, const struct pairs *pairs,
                    uint64_t seed, struct err *err)
{
    const struct comparison_pairing *of = &comparison->pairings[pairing];
    struct differences room = {
        .values = calloc(pairs->count + 1, sizeof(double)),
        .clusters = calloc(pairs->count + 1, sizeof(uint64_t)),
        .samples = calloc(pairs->count + 1, sizeof(uint64_t)),
        .common = calloc(pairs->count + 1, sizeof(struct pair)),
        .seed = seed,
        .watched_at = watching_level_of(&comparison->contenders[of->first],
                                        &comparison->contenders[of->second]),
    };
    int rc = 0;

    if (room.values == NULL || room.clusters == NULL || room.samples == NULL ||
        room.common == NULL) {
        rc = err_memory(err);
    } else {
        rc = grow_rows(comparison, most_rows(pairs), err);
    }
    for (size_t i = 0; rc == 0 && i < pairs->count; i += run_length(pairs, i, true)) {
        rc = add_group_rows(comparison, pairing, pairs, i, &room, err);
    }
    free(room.values);
    free(room.clusters);
    free(room.samples);
    free(room.common);
    return rc;
}

/* ---- tokens ---- */

static int find_token_ratio(const struct pairs *pairs, uint64_t seed, struct stats_interval *out,
                            struct err *err)
{
    double *first = calloc(pairs->count + 1, sizeof *first);
    double *second = calloc(pairs->count + 1, sizeof *second);
    size_t count = 0;
    int rc = 0;

    *out = (struct stats_interval){(double)NAN, (double)NAN, (double)NAN};
    if (first == NULL || second == NULL) {
        rc = err_memory(err);
        goto done;
    }
    for (size_t i = 0; i < pairs->count; i++) {
        if (pairs->items[i].first_tokens > 0.0 && pairs->items[i].second_tokens >= 0.0) {
            first[count] = pairs->items[i].first_tokens;
            second[count++] = pairs->items[i].second_tokens;
        }
    }
    if (count != 0) {
        rc = stats_bca_ratio(second, first, count, seed, out, err);
    }
done:
    free(first);
    free(second);
    return rc;
}

/* ---- all together ---- */

static int compare_two(struct comparison *comparison, const struct answers *answers, size_t first,
                       size_t second, uint64_t seed, struct err *err)
{
    struct comparison_pairing *pairing = &comparison->pairings[comparison->pairing_count];
    struct pairs pairs = {0};
    bool same_grader = str_equal(comparison->contenders[first].result->plan.grader,
                                 comparison->contenders[second].result->plan.grader);
    int rc = pairs_find(&answers[first], &answers[second], &pairs, err);

    if (rc == 0) {
        if (!same_grader) { /* one and the same reply would score differently */
            pairs.only_first += pairs.count;
            pairs.only_second += pairs.count;
            pairs.count = 0;
        }
        *pairing = (struct comparison_pairing){
            .first = first,
            .second = second,
            .paired = pairs.count,
            .unscored = pairs.unscored,
            .only_first = pairs.only_first,
            .only_second = pairs.only_second,
        };
        rc = explain(comparison, pairing, err);
    }
    if (rc == 0) {
        rc = find_token_ratio(&pairs, seed, &pairing->token_ratio, err);
    }
    if (rc == 0) {
        rc = add_rows(comparison, comparison->pairing_count, &pairs, seed, err);
        comparison->pairing_count++;
    }
    pairs_release(&pairs);
    return rc;
}

static int compare_all(struct comparison *comparison, const struct comparison_settings *settings,
                       struct err *err)
{
    size_t count = comparison->contender_count;
    struct answers *answers = arena_alloc(&comparison->arena, count, sizeof *answers);
    int rc = 0;

    comparison->pairings =
        arena_alloc(&comparison->arena, count * count, sizeof *comparison->pairings);
    if (answers == NULL || comparison->pairings == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; rc == 0 && i < count; i++) {
        rc = contender_answers(comparison, i, &answers[i], err);
    }
    for (size_t i = 0; rc == 0 && i < count; i++) {
        for (size_t j = i + 1; rc == 0 && j < count; j++) {
            if (is_wanted(comparison, settings, i, j)) {
                rc = compare_two(comparison, answers, i, j, settings->seed, err);
            }
        }
    }
    return rc;
}

static enum verdict verdict_of(const struct comparison_row *row, size_t comparisons)
{
    if (row->adjusted_p <= alpha) {
        return row->difference.mean > 0.0 ? VERDICT_SECOND_BETTER : VERDICT_FIRST_BETTER;
    }
    return stats_sign_flip_smallest_p(row->difference.clusters) * (double)comparisons > alpha
               ? VERDICT_TOO_FEW
               : VERDICT_TIE;
}

static int judge(struct comparison *comparison, struct err *err)
{
    size_t count = comparison->row_count;
    double *p = calloc(count + 1, sizeof *p);
    int rc = 0;

    if (p == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; i < count; i++) {
        p[i] = comparison->rows[i].difference.p;
    }
    rc = stats_holm(p, count, p, err);
    for (size_t i = 0; rc == 0 && i < count; i++) {
        struct comparison_row *row = &comparison->rows[i];

        row->adjusted_p = p[i];
        row->verdict = verdict_of(row, count);
        row->detectable = row->difference.sd > 0.0 && !row->watched /* of a size fixed before */
                              ? stats_detectable_by_sd(row->difference.sd, row->difference.clusters,
                                                       alpha / (double)count, power_wanted)
                              : (double)NAN;
    }
    free(p);
    return rc;
}

/* The row of all lengths, or of the only one; NULL when there is none. */
static const struct comparison_row *overall_row(const struct comparison *comparison, size_t a,
                                                size_t b, size_t group)
{
    const struct comparison_row *found = NULL;
    size_t rows = 0;

    for (size_t i = 0; i < comparison->row_count; i++) {
        const struct comparison_row *row = &comparison->rows[i];
        const struct comparison_pairing *pairing = &comparison->pairings[row->pairing];

        if (row->group == group && ((pairing->first == a && pairing->second == b) ||
                                    (pairing->first == b && pairing->second == a))) {
            found = row;
            rows++;
        }
    }
    return rows == 1 || (found != NULL && found->length_tokens == 0) ? found : NULL;
}

static size_t better_of(const struct comparison *comparison, const struct comparison_row *row)
{
    const struct comparison_pairing *pairing = &comparison->pairings[row->pairing];

    switch (row->verdict) {
    case VERDICT_FIRST_BETTER:
        return pairing->first;
    case VERDICT_SECOND_BETTER:
        return pairing->second;
    case VERDICT_TIE:
    case VERDICT_TOO_FEW:
        break;
    }
    return SIZE_MAX;
}

static void rank(const struct comparison *comparison, struct contender_curve *curve)
{
    curve->rank = 1;
    for (size_t i = 0; i < comparison->contender_count; i++) {
        const struct comparison_row *row = NULL;

        if (i == curve->contender || comparison_curve(comparison, i, curve->group) == NULL) {
            continue;
        }
        row = overall_row(comparison, i, curve->contender, curve->group);
        if (row == NULL) {
            curve->rank = 0;
            return;
        }
        curve->rank += better_of(comparison, row) == i ? 1 : 0;
    }
}

static int check_baseline(const struct comparison *comparison,
                          const struct comparison_settings *settings, struct err *err)
{
    for (size_t i = 0; i < comparison->contender_count; i++) {
        if (settings->baseline.len == 0 ||
            str_equal(comparison->contenders[i].model, settings->baseline)) {
            return 0;
        }
    }
    return err_set(err, ERR_INPUT, "the baseline %.*s is in none of the results",
                   STR_ARG(settings->baseline));
}

int comparison_build(struct comparison *out, const struct result *results, size_t result_count,
                     const struct comparison_settings *settings, struct err *err)
{
    int rc = 0;

    *out = (struct comparison){.threshold = settings->threshold};
    rc = contenders_gather(out, results, result_count, settings, err);
    if (rc == 0) {
        rc = check_baseline(out, settings, err);
    }
    if (rc == 0) {
        rc = contenders_describe(out, settings, err);
    }
    if (rc == 0) {
        rc = compare_all(out, settings, err);
    }
    if (rc == 0) {
        rc = judge(out, err);
    }
    for (size_t i = 0; rc == 0 && i < out->curve_count; i++) {
        rank(out, &out->curves[i]);
    }
    if (rc != 0) {
        comparison_release(out);
    }
    return rc;
}

struct str comparison_caveat(const struct comparison *comparison)
{
    if (!comparison->any_watched) {
        return STR("");
    }
    return STR("A sweep with --until-decided ended lengths when it had seen enough. Means after "
               "that lean to the side that ended it, and usual 95 % intervals would be too "
               "narrow: its intervals, p and verdicts here are those of a confidence sequence, "
               "which holds whenever one stops. Over all lengths only samples that each length "
               "has are compared.");
}

void comparison_release(struct comparison *comparison)
{
    arena_release(&comparison->arena);
    *comparison = (struct comparison){0};
}
