#include "stats/bootstrap.h"

#include "base/random.h"
#include "stats/cluster.h"
#include "stats/normal.h"
#include "stats/quantile.h"

#include <math.h>
#include <stdlib.h>

enum { RESAMPLES = 9999 };

static void draw_means(const struct clusters *clusters, uint64_t seed, double *draws)
{
    struct random random = random_stream(seed, STR("stats.bca"), 0);

    for (size_t i = 0; i < RESAMPLES; i++) {
        double sum = 0.0;
        double size = 0.0;

        for (size_t j = 0; j < clusters->count; j++) {
            const struct cluster *drawn = &clusters->items[random_below(&random, clusters->count)];

            sum += drawn->sum;
            size += drawn->size;
        }
        draws[i] = sum / size;
    }
}

static double acceleration(const struct clusters *clusters)
{
    const struct cluster *items = clusters->items;
    size_t count = clusters->count;
    double sum = 0.0;
    double size = 0.0;
    double mean_without = 0.0;
    double squares = 0.0;
    double cubes = 0.0;

    for (size_t i = 0; i < count; i++) {
        sum += items[i].sum;
        size += items[i].size;
    }
    for (size_t i = 0; i < count; i++) {
        mean_without += (sum - items[i].sum) / (size - items[i].size) / (double)count;
    }
    for (size_t i = 0; i < count; i++) {
        double u = mean_without - (sum - items[i].sum) / (size - items[i].size);

        squares += u * u;
        cubes += u * u * u;
    }
    return squares > 0.0 ? cubes / (6.0 * pow(squares, 1.5)) : 0.0;
}

static double bias_correction(const double *sorted, double mean)
{
    double tolerance = 1e-12 * fmax(1.0, fabs(mean));
    double below = 0.0;

    for (size_t i = 0; i < RESAMPLES; i++) {
        if (sorted[i] < mean - tolerance) {
            below += 1.0;
        } else if (sorted[i] <= mean + tolerance) {
            below += 0.5;
        }
    }
    /* Kept off 0 and 1, where the correction would be infinite. */
    return stats_normal_quantile(fmin(fmax(below, 0.5), RESAMPLES - 0.5) / RESAMPLES);
}

static double level_at(double z, double z0, double a)
{
    double numerator = z0 + z;
    double denominator = 1.0 - a * numerator;

    if (denominator <= 0.0) { /* past the pole the level is that of the last draw on this side */
        return numerator > 0.0 ? 1.0 : 0.0;
    }
    return stats_normal_below(z0 + numerator / denominator);
}

static int interval_of_clusters(const struct clusters *clusters, uint64_t seed,
                                struct stats_interval *out, struct err *err)
{
    double *draws = calloc(RESAMPLES, sizeof *draws);
    double z0 = 0.0;
    double a = 0.0;

    if (draws == NULL) {
        return err_memory(err);
    }
    draw_means(clusters, seed, draws);
    stats_sort(draws, RESAMPLES);
    z0 = bias_correction(draws, out->mean);
    a = acceleration(clusters);
    out->low = fmin(out->mean, stats_quantile(draws, RESAMPLES, level_at(-STATS_Z_95, z0, a)));
    out->high = fmax(out->mean, stats_quantile(draws, RESAMPLES, level_at(STATS_Z_95, z0, a)));
    free(draws);
    return 0;
}

int stats_bca_interval(const double *values, const uint64_t *cluster, size_t n, uint64_t seed,
                       struct stats_interval *out, struct err *err)
{
    struct clusters clusters = {0};
    int rc = 0;

    if (n == 0) {
        return err_set(err, ERR_INPUT, "no value to take a mean of");
    }
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(values[i])) {
            return err_set(err, ERR_INPUT, "value %zu is not a finite number", i + 1);
        }
    }
    rc = clusters_gather(values, cluster, n, &clusters, err);
    if (rc != 0) {
        return rc;
    }
    out->mean = stats_mean(values, n);
    out->low = out->mean;
    out->high = out->mean;
    if (clusters.count > 1) {
        rc = interval_of_clusters(&clusters, seed, out, err);
    }
    clusters_release(&clusters);
    return rc;
}

int stats_bca_ratio(const double *numerators, const double *denominators, size_t n, uint64_t seed,
                    struct stats_interval *out, struct err *err)
{
    struct clusters pairs = {.items = calloc(n + 1, sizeof *pairs.items), .count = n};
    struct cluster total = {0};
    int rc = 0;

    if (pairs.items == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; rc == 0 && i < n; i++) {
        if (!isfinite(numerators[i]) || !(denominators[i] > 0.0 && isfinite(denominators[i]))) {
            rc = err_set(err, ERR_INPUT, "pair %zu has no ratio", i + 1);
        }
        pairs.items[i] = (struct cluster){.sum = numerators[i], .size = denominators[i]};
        total.sum += numerators[i];
        total.size += denominators[i];
    }
    if (rc == 0 && n == 0) {
        rc = err_set(err, ERR_INPUT, "no pair to take a ratio of");
    }
    if (rc == 0) {
        out->mean = total.sum / total.size;
        out->low = out->mean;
        out->high = out->mean;
    }
    if (rc == 0 && n > 1) {
        rc = interval_of_clusters(&pairs, seed, out, err);
    }
    clusters_release(&pairs);
    return rc;
}
