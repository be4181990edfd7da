#include "stats/interval.h"

#include "base/random.h"
#include "stats/cluster.h"
#include "stats/quantile.h"

#include <math.h>
#include <stdlib.h>

/* With 10,000 pairs of draws chance moves a bound's level (2.5 %) by about 0.15 percentage points.
 */
enum { RESAMPLES = 10000 };

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

/* A pessimistic and an optimistic mean for each resample, into draws[0 … 2 * RESAMPLES - 1]. */
static void draw_means(const struct clusters *clusters, uint64_t seed, double *draws)
{
    struct random random = random_stream(seed, STR("stats.mean-interval"), 0);

    for (size_t i = 0; i < RESAMPLES; i++) {
        double unseen = random_exponential(&random) * clusters->mean_size;
        struct weighted all = clusters_weigh(clusters, (struct weighted){0.0, unseen}, &random);

        draws[2 * i] = all.sum / all.size;
        draws[2 * i + 1] = (all.sum + unseen) / all.size;
    }
}

static int interval_of_clusters(const struct clusters *clusters, double mean, uint64_t seed,
                                struct stats_interval *out, struct err *err)
{
    double *draws = malloc(sizeof *draws * 2 * RESAMPLES);

    if (draws == NULL) {
        return err_memory(err);
    }
    draw_means(clusters, seed, draws);
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

int stats_mean_interval(const double *values, size_t n, uint64_t seed, struct stats_interval *out,
                        struct err *err)
{
    return stats_clustered_interval(values, NULL, n, seed, out, err);
}

int stats_clustered_interval(const double *values, const uint64_t *cluster, size_t n, uint64_t seed,
                             struct stats_interval *out, struct err *err)
{
    struct clusters clusters = {0};
    int rc = check_scores(values, n, err);

    if (rc == 0) {
        rc = clusters_gather(values, cluster, n, &clusters, err);
    }
    if (rc == 0) {
        rc = interval_of_clusters(&clusters, stats_mean(values, n), seed, out, err);
    }
    clusters_release(&clusters);
    return rc;
}
