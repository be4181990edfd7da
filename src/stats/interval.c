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

/* Fills draws[0 … 2 * RESAMPLES - 1], a pessimistic and an optimistic mean for each resample. */
static void draw_means(const double *values, size_t n, uint64_t seed, double *draws)
{
    struct random random = random_stream(seed, STR("stats.mean-interval"), 0);

    for (size_t i = 0; i < RESAMPLES; i++) {
        double unseen = random_exponential(&random);
        double total = unseen;
        double sum = 0.0;

        for (size_t j = 0; j < n; j++) {
            double weight = random_exponential(&random);

            total += weight;
            sum += weight * values[j];
        }
        draws[2 * i] = sum / total;
        draws[2 * i + 1] = (sum + unseen) / total;
    }
}

int stats_mean_interval(const double *values, size_t n, uint64_t seed, struct stats_interval *out,
                        struct err *err)
{
    double *draws = NULL;
    double mean = stats_mean(values, n);
    int rc = check_scores(values, n, err);

    if (rc != 0) {
        return rc;
    }
    draws = malloc(sizeof *draws * 2 * RESAMPLES);
    if (draws == NULL) {
        return err_memory(err);
    }
    draw_means(values, n, seed, draws);
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
