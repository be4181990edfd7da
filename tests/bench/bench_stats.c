/* How often src/stats is right, by simulation. Usage: bench_stats [SIMULATIONS]
 *
 * Prints one JSON object. 2,000 simulations (the default) tell 95 % to within half a point; it
 * takes an hour.
 */
#include "base/str.h"
#include "stats/power.h"
#include "stats_simulation.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const size_t sizes[] = {5, 10, 30, 100};

static void print_coverage(enum interval_kind kind, const char *kind_name,
                           const struct population *population, size_t n, size_t simulations)
{
    static bool is_first = true;
    struct coverage coverage = measure_coverage(kind, population, n, simulations);

    (void)printf("%s\n    {\"interval\": \"%s\", \"population\": \"%s\", \"n\": %zu, "
                 "\"coverage\": %.4f, \"truth_below\": %.4f, \"truth_above\": %.4f, "
                 "\"width\": %.4f}",
                 is_first ? "" : ",", kind_name,
                 population != NULL ? population->name : "texts of 4 questions", n, coverage.share,
                 coverage.below, coverage.above, coverage.width);
    (void)fflush(stdout);
    is_first = false;
}

static void print_coverages(size_t simulations)
{
    (void)printf("  \"coverage_of_95_percent_intervals\": [");
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        for (size_t j = 0; j < population_count; j++) {
            print_coverage(INTERVAL_MEAN, "mean", &populations[j], sizes[i], simulations);
            print_coverage(INTERVAL_BCA, "mean, BCa", &populations[j], sizes[i], simulations);
            print_coverage(INTERVAL_PAIRED, "paired", &populations[j], sizes[i], simulations);
            print_coverage(INTERVAL_PAIRED_BCA, "paired, BCa", &populations[j], sizes[i],
                           simulations);
        }
        print_coverage(INTERVAL_MEAN, "mean", NULL, sizes[i], simulations);
        print_coverage(INTERVAL_BCA, "mean, BCa", NULL, sizes[i], simulations);
    }
    (void)printf("\n  ],\n");
}

static void print_null_sweeps(size_t simulations)
{
    static const size_t samples[] = {5, 10, 20, 40};

    (void)printf("  \"sweeps_of_27_null_comparisons\": [");
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        for (int same = 1; same >= 0; same--) {
            struct null_rates rates = measure_null_sweeps(samples[i], same != 0, simulations);

            (void)printf("%s\n    {\"samples\": %zu, \"models\": \"%s\", \"sweeps\": %zu, "
                         "\"false_better\": %.4f, \"without_holm\": %.4f}",
                         i == 0 && same != 0 ? "" : ",", samples[i],
                         same != 0 ? "interchangeable" : "equal means, unequal shapes", simulations,
                         rates.corrected, rates.uncorrected);
            (void)fflush(stdout);
        }
    }
    (void)printf("\n  ],\n");
}

/* Against a plan that was sized to find half of the difference that there is. */
static void print_watching(size_t simulations)
{
    static const double differences[] = {0.0, 0.1, 0.2, 0.3};

    (void)printf("  \"watched_after_every_sample\": [");
    for (size_t i = 0; i < sizeof differences / sizeof differences[0]; i++) {
        double planned_for = differences[i] > 0.0 ? differences[i] / 2.0 : 0.1;
        uint64_t planned = stats_samples_needed(&stats_power_usual, planned_for);
        struct watch_rates rates = measure_watching(differences[i], (size_t)planned, simulations);

        (void)printf("%s\n    {\"difference\": %.2f, \"planned_for\": %.2f, \"planned\": %" PRIu64
                     ", \"decided\": %.4f, \"mean_samples\": %.1f, \"saved\": %.3f}",
                     i == 0 ? "" : ",", differences[i], planned_for, planned, rates.decided,
                     rates.mean_needed, 1.0 - rates.mean_needed / (double)planned);
        (void)fflush(stdout);
    }
    (void)printf("\n  ],\n");
}

/* Intervals of a sweep that stopped when it had decided. */
static void print_stopped(size_t simulations)
{
    static const double differences[] = {0.1, 0.2, 0.3};

    (void)printf("  \"coverage_after_stopping_early\": [");
    for (size_t i = 0; i < sizeof differences / sizeof differences[0]; i++) {
        uint64_t planned = stats_samples_needed(&stats_power_usual, differences[i] / 2.0);
        struct stopped_rates rates = measure_stopped(differences[i], (size_t)planned, simulations);

        (void)printf("%s\n    {\"difference\": %.2f, \"planned\": %" PRIu64
                     ", \"usual_interval\": %.4f, \"confidence_sequence\": %.4f}",
                     i == 0 ? "" : ",", differences[i], planned, rates.usual, rates.watched);
        (void)fflush(stdout);
    }
    (void)printf("\n  ],\n");
}

static void print_power(size_t simulations)
{
    static const double differences[] = {0.15, 0.2, 0.3, 0.4};

    (void)printf("  \"power_at_the_samples_needed\": [");
    for (size_t i = 0; i < sizeof differences / sizeof differences[0]; i++) {
        struct stats_power power = stats_power_usual;
        uint64_t n = 0;

        power.spread = 1.0; /* these scores are all or nothing */
        n = stats_samples_needed(&power, differences[i]);
        (void)printf("%s\n    {\"difference\": %.2f, \"n\": %" PRIu64 ", \"power\": %.4f}",
                     i == 0 ? "" : ",", differences[i], n,
                     measure_power(differences[i], (size_t)n, simulations));
    }
    (void)printf("\n  ],\n");
}

int main(int argc, char **argv)
{
    uint64_t simulations = 2000;

    if (argc > 2 || (argc == 2 && !str_to_u64(str_from(argv[1]), &simulations)) ||
        simulations == 0) {
        (void)fprintf(stderr, "usage: bench_stats [SIMULATIONS]\n");
        return EXIT_FAILURE;
    }
    (void)printf("{\n  \"simulations\": %" PRIu64 ",\n", simulations);
    print_null_sweeps((size_t)simulations);
    print_watching((size_t)simulations);
    print_stopped((size_t)simulations);
    print_power((size_t)simulations);
    print_coverages((size_t)simulations);
    (void)printf("  \"seed\": 20261122\n}\n");
    return EXIT_SUCCESS;
}
