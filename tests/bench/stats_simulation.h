/* stats_simulation: models whose true means are known, to see how often src/stats is right.
 *
 * Scores are distributed as MRCR's are: a right reply 1 or just below, another needle 0.01 … 0.1,
 * no prefix exactly 0.
 */
#ifndef TESTS_BENCH_STATS_SIMULATION_H
#define TESTS_BENCH_STATS_SIMULATION_H

#include "base/random.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct population {
    const char *name;
    double perfect; /* share of replies that score 1 */
    double close;   /* … 0.9 to 1 */
    double partial; /* … 0.1 to 0.9: cut short, or half of it right */
    double wrong;   /* … 0.01 to 0.1; the rest scores 0 */
};

extern const struct population populations[];
extern const size_t population_count;

double population_mean(const struct population *population);
double population_draw(const struct population *population, struct random *random);

/* Questions about one haystack: in every fourth text the model is lost and mostly fails. */
enum { TEXT_QUESTIONS = 4 };
double text_mean(void);
void texts_draw(struct random *random, size_t texts, double *scores, uint64_t *cluster);

/* Two models and a question: with probability `shared` both find it as hard as each other and score
 * the same, else each draws its own score; so scores correlate by about `shared`. */
double pair_draw(const struct population *first, const struct population *second, double shared,
                 struct random *random);

struct coverage {
    double share; /* of simulated samples whose interval holds the truth */
    double below; /* of them: the truth is below the interval */
    double above;
    double width; /* mean of high - low */
};

enum interval_kind { INTERVAL_MEAN, INTERVAL_BCA, INTERVAL_PAIRED, INTERVAL_PAIRED_BCA };

/* Of n scores of the population, or n differences between two models that are drawn from it; NULL
 * stands for n texts. */
struct coverage measure_coverage(enum interval_kind kind, const struct population *population,
                                 size_t n, size_t simulations);

/* A sweep of two models with equal means at 24 cells and 3 rows over all lengths, of which none
 * should be "better": the share of sweeps in which Holm's correction calls one so, and that without
 * it. `same_shape`: the models are interchangeable; else one is right or wrong where the other is
 * always middling. */
struct null_rates {
    double corrected;
    double uncorrected;
};
struct null_rates measure_null_sweeps(size_t samples, bool same_shape, size_t sweeps);

/* Pairs whose mean difference is `difference`, watched after every sample for at most `samples_max`
 * samples. */
struct watch_rates {
    double decided;     /* share that ended with "one is better" */
    double mean_needed; /* samples, undecided ones counted as samples_max */
};
struct watch_rates measure_watching(double difference, size_t samples_max, size_t simulations);

/* How often 95 % intervals of a difference hold it, when pairs were watched until it was decided,
 * at most samples_max of them: those for a size fixed before, and those of stats/watched.h. */
struct stopped_rates {
    double usual;
    double watched;
};
struct stopped_rates measure_stopped(double difference, size_t samples_max, size_t simulations);

/* The share of simulated samples of n pairs in which the sign-flip test finds `difference`. */
double measure_power(double difference, size_t n, size_t simulations);

#endif
