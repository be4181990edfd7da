#include "stats/interval.h"

#include "base/random.h"
#include "stats/quantile.h"

#include <math.h>
#include <stdlib.h>

/* With 10,000 pairs of draws chance moves a bound's level (2.5 %) by about 0.15 percentage points.
 */
enum { RESAMPLES = 10000 };

/* An exponential variate by comparisons alone: the first descending run of uniforms that has an
 * odd length is accepted with its first value, and each rejected run adds 1 (J. von Neumann,
 * "Various techniques used in connection with random digits", 1951). Unlike -log(u) it does not
 * depend on the machine's mathematical library, so results are the same bits everywhere. */
static double random_exponential(struct random *random)
{
    for (int rejected = 0;; rejected++) {
        double first = random_unit(random);
        double last = first;
        double next = random_unit(random);
        int run_length = 1;

        while (next < last) {
            last = next;
            next = random_unit(random);
            run_length++;
        }
        if (run_length % 2 == 1) {
            return rejected + first;
        }
    }
}

double stats_mean(const double *values, size_t n)
{
    double sum = 0.0;

    for (size_t i = 0; i < n; i++) {
        sum += values[i];
    }
    return n != 0 ? sum / (double)n : (double)NAN;
}

static int check_scores(const double *values, size_t n, struct err *err)
{
    if (n == 0) {
        return err_set(err, ERR_INPUT, "no score to take a mean of");
    }
    for (size_t i = 0; i < n; i++) {
        if (!(values[i] >= 0.0 && values[i] <= 1.0)) {
            return err_set(err, ERR_INPUT, "score %zu is %g, not from 0 to 1", i + 1, values[i]);
        }
    }
    return 0;
}

/* Scores that are resampled together. */
struct cluster {
    double sum;
    double size;
};

/* A pessimistic and an optimistic mean for each resample, into draws[0 … 2 * RESAMPLES - 1]. */
static void draw_means(const struct cluster *clusters, size_t count, double mean_size,
                       uint64_t seed, double *draws)
{
    struct random random = random_stream(seed, STR("stats.mean-interval"), 0);

    for (size_t i = 0; i < RESAMPLES; i++) {
        double unseen = random_exponential(&random) * mean_size;
        double total = unseen;
        double sum = 0.0;

        for (size_t j = 0; j < count; j++) {
            double weight = random_exponential(&random);

            total += weight * clusters[j].size;
            sum += weight * clusters[j].sum;
        }
        draws[2 * i] = sum / total;
        draws[2 * i + 1] = (sum + unseen) / total;
    }
}

static int interval_of_clusters(const struct cluster *clusters, size_t count, double mean,
                                double mean_size, uint64_t seed, struct stats_interval *out,
                                struct err *err)
{
    double *draws = malloc(sizeof *draws * 2 * RESAMPLES);

    if (draws == NULL) {
        return err_memory(err);
    }
    draw_means(clusters, count, mean_size, seed, draws);
    stats_sort(draws, (size_t)2 * RESAMPLES);
    /* Rounding can put a bound a hair outside what it bounds. */
    *out = (struct stats_interval){
        .mean = mean,
        .low = fmax(0.0, fmin(mean, stats_quantile(draws, (size_t)2 * RESAMPLES, 0.025))),
        .high = fmin(1.0, fmax(mean, stats_quantile(draws, (size_t)2 * RESAMPLES, 0.975))),
    };
    free(draws);
    return 0;
}

/* Which score belongs to which cluster: first by cluster, then by place. */
struct member {
    uint64_t cluster;
    size_t place;
};

static int compare_members(const void *a, const void *b)
{
    const struct member *left = a;
    const struct member *right = b;

    if (left->cluster != right->cluster) {
        return left->cluster < right->cluster ? -1 : 1;
    }
    return left->place < right->place ? -1 : left->place > right->place;
}

/* Fills clusters[0 … n - 1] at the place of each one's first score and moves them together, so that
 * they are in the order of their first scores. Returns how many there are. */
static size_t gather(const double *values, const struct member *members, size_t n,
                     struct cluster *clusters)
{
    size_t first = 0;
    size_t count = 0;

    for (size_t i = 0; i < n; i++) {
        if (i == 0 || members[i].cluster != members[i - 1].cluster) {
            first = members[i].place;
        }
        clusters[first].sum += values[members[i].place];
        clusters[first].size += 1.0;
    }
    for (size_t i = 0; i < n; i++) {
        if (clusters[i].size > 0.0) {
            clusters[count++] = clusters[i];
        }
    }
    return count;
}

int stats_mean_interval(const double *values, size_t n, uint64_t seed, struct stats_interval *out,
                        struct err *err)
{
    return stats_clustered_interval(values, NULL, n, seed, out, err);
}

int stats_clustered_interval(const double *values, const uint64_t *cluster, size_t n, uint64_t seed,
                             struct stats_interval *out, struct err *err)
{
    struct cluster *clusters = NULL;
    struct member *members = NULL;
    size_t count = 0;
    int rc = check_scores(values, n, err);

    if (rc != 0) {
        return rc;
    }
    clusters = calloc(n, sizeof *clusters);
    members = calloc(n, sizeof *members);
    if (clusters == NULL || members == NULL) {
        rc = err_memory(err);
        goto done;
    }
    for (size_t i = 0; i < n; i++) {
        members[i] = (struct member){cluster != NULL ? cluster[i] : i, i};
    }
    qsort(members, n, sizeof *members, compare_members);
    count = gather(values, members, n, clusters);
    rc = interval_of_clusters(clusters, count, stats_mean(values, n), (double)n / (double)count,
                              seed, out, err);
done:
    free(clusters);
    free(members);
    return rc;
}
