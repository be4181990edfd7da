#include "stats/paired.h"

#include "base/random.h"
#include "stats/cluster.h"
#include "stats/interval.h"
#include "stats/quantile.h"

#include <math.h>
#include <stdlib.h>

static int check_differences(const double *differences, size_t n, struct err *err)
{
    if (n == 0) {
        return err_set(err, ERR_INPUT, "no pair to take a difference of");
    }
    for (size_t i = 0; i < n; i++) {
        if (!(differences[i] >= -1.0 && differences[i] <= 1.0)) {
            return err_set(err, ERR_INPUT, "difference %zu is %g, not from -1 to 1", i + 1,
                           differences[i]);
        }
    }
    return 0;
}

static int gather(const double *differences, const uint64_t *cluster, size_t n,
                  struct clusters *out, struct err *err)
{
    int rc = check_differences(differences, n, err);

    return rc != 0 ? rc : clusters_gather(differences, cluster, n, out, err);
}

/* Weight sets; chance moves a bound's level (2.5 %) by about 0.15 percentage points. */
enum { RESAMPLES = 10000, DRAWS = 4 * RESAMPLES };

static void draw_means(const struct clusters *clusters, uint64_t seed, double *draws)
{
    struct random random = random_stream(seed, STR("stats.paired"), 0);

    for (size_t i = 0; i < RESAMPLES; i++) {
        double unseen = random_exponential(&random) * clusters->mean_size;
        struct weighted all = clusters_weigh(clusters, (struct weighted){0.0, unseen}, &random);

        draws[4 * i] = (all.sum - unseen) / all.size;
        draws[4 * i + 1] = all.sum / all.size;
        draws[4 * i + 2] = all.sum / all.size;
        draws[4 * i + 3] = (all.sum + unseen) / all.size;
    }
}

/* Twice the smaller share of draws on one side of 0, 0 itself included. */
static double two_sided_p(const double *draws)
{
    size_t not_above = 0;
    size_t not_below = 0;

    for (size_t i = 0; i < DRAWS; i++) {
        not_above += draws[i] <= 0.0 ? 1 : 0;
        not_below += draws[i] >= 0.0 ? 1 : 0;
    }
    return fmin(1.0, 2.0 * (1.0 + (double)(not_above < not_below ? not_above : not_below)) /
                         (1.0 + DRAWS));
}

static double deviation_of_clusters(const struct clusters *clusters)
{
    const struct cluster *items = clusters->items;
    size_t count = clusters->count;
    double mean = 0.0;
    double squares = 0.0;

    for (size_t i = 0; i < count; i++) {
        mean += items[i].sum / items[i].size / (double)count;
    }
    for (size_t i = 0; i < count; i++) {
        double rest = items[i].sum / items[i].size - mean;

        squares += rest * rest;
    }
    return count > 1 ? sqrt(squares / (double)(count - 1)) : (double)NAN;
}

static int bootstrap(const struct clusters *clusters, uint64_t seed, struct stats_paired *out,
                     struct err *err)
{
    double *draws = malloc(sizeof *draws * DRAWS);

    if (draws == NULL) {
        return err_memory(err);
    }
    draw_means(clusters, seed, draws);
    stats_sort(draws, DRAWS);
    out->low = fmax(-1.0, fmin(out->mean, stats_quantile(draws, DRAWS, 0.025)));
    out->high = fmin(1.0, fmax(out->mean, stats_quantile(draws, DRAWS, 0.975)));
    out->bootstrap_p = two_sided_p(draws);
    free(draws);
    return 0;
}

/* Sums that differ by less than this are the same sum, added in another order. */
static double tolerance_of(double seen)
{
    return 1e-9 * fmax(1.0, fabs(seen));
}

/* All signs of all sums but the first, whose sign only mirrors the rest: in the order of a Gray
 * code, so that one step changes one sign. */
static double exact_p(const double *sums, size_t count, double seen)
{
    size_t ways = (size_t)1 << (count - 1);
    double threshold = fabs(seen) - tolerance_of(seen);
    size_t extreme = 0;
    double total = 0.0;
    size_t flipped = 0;

    for (size_t i = 0; i < count; i++) {
        total += sums[i];
    }
    for (size_t way = 0; way < ways; way++) {
        size_t bit = 0;

        extreme += fabs(total) >= threshold ? 1 : 0;
        while (((way + 1) >> bit) % 2 == 0) {
            bit++;
        }
        if (bit + 1 < count) {
            flipped ^= (size_t)1 << bit;
            total += ((flipped >> bit) % 2 == 1 ? -2.0 : 2.0) * sums[bit + 1];
        }
    }
    return (double)extreme / (double)ways;
}

static double draw_total(const double *sums, size_t count, struct random *random)
{
    double total = 0.0;
    uint64_t bits = 0;

    for (size_t i = 0; i < count; i++) {
        bits = i % 64 == 0 ? random_u64(random) : bits >> 1;
        total += bits % 2 == 0 ? sums[i] : -sums[i];
    }
    return total;
}

static double drawn_p(const double *sums, size_t count, double seen, uint64_t seed)
{
    struct random random = random_stream(seed, STR("stats.sign-flip"), 0);
    double threshold = fabs(seen) - tolerance_of(seen);
    size_t extreme = 0;

    for (size_t drawn = 1; drawn <= STATS_SIGN_FLIP_DRAWS_MAX; drawn++) {
        extreme += fabs(draw_total(sums, count, &random)) >= threshold ? 1 : 0;
        if (extreme == STATS_SIGN_FLIP_ENOUGH) {
            return (double)extreme / (double)drawn;
        }
    }
    return (double)(extreme + 1) / (double)(STATS_SIGN_FLIP_DRAWS_MAX + 1);
}

static int sign_flip(const struct clusters *clusters, uint64_t seed, double *p, struct err *err)
{
    double *sums = calloc(clusters->count + 1, sizeof *sums);
    size_t differing = 0;
    double seen = 0.0;

    if (sums == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; i < clusters->count; i++) {
        double sum = clusters->items[i].sum;

        if (sum != 0.0) {
            sums[differing++] = sum;
            seen += sum;
        }
    }
    if (differing == 0) {
        *p = 1.0;
    } else if (differing <= STATS_SIGN_FLIP_EXACT_MAX) {
        *p = exact_p(sums, differing, seen);
    } else {
        *p = drawn_p(sums, differing, seen, seed);
    }
    free(sums);
    return 0;
}

int stats_sign_flip_p(const double *differences, const uint64_t *cluster, size_t n, uint64_t seed,
                      double *p, struct err *err)
{
    struct clusters clusters = {0};
    int rc = gather(differences, cluster, n, &clusters, err);

    if (rc == 0) {
        rc = sign_flip(&clusters, seed, p, err);
    }
    clusters_release(&clusters);
    return rc;
}

int stats_compare_paired(const double *differences, const uint64_t *cluster, size_t n,
                         uint64_t seed, struct stats_paired *out, struct err *err)
{
    struct clusters clusters = {0};
    int rc = gather(differences, cluster, n, &clusters, err);

    if (rc == 0) {
        *out =
            (struct stats_paired){.clusters = clusters.count, .mean = stats_mean(differences, n)};
        out->sd = deviation_of_clusters(&clusters);
        rc = bootstrap(&clusters, seed, out, err);
    }
    if (rc == 0) {
        rc = sign_flip(&clusters, seed, &out->sign_flip_p, err);
        out->p = fmax(out->sign_flip_p, out->bootstrap_p);
    }
    clusters_release(&clusters);
    return rc;
}

double stats_sign_flip_smallest_p(size_t clusters)
{
    return clusters == 0 ? 1.0 : ldexp(1.0, clusters > 1000 ? -999 : 1 - (int)clusters);
}
