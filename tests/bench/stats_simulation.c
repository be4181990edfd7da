#include "stats_simulation.h"

#include "stats/bootstrap.h"
#include "stats/interval.h"
#include "stats/multiple.h"
#include "stats/paired.h"
#include "stats/power.h"
#include "stats/sequence.h"
#include "stats/watched.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

const struct population populations[] = {
    {"near perfect", 0.90, 0.00, 0.00, 0.07}, /* 90 % */
    {"mostly right", 0.60, 0.14, 0.00, 0.20}, /* 74 % */
    {"half right", 0.35, 0.15, 0.00, 0.30},   /* 51 % */
    {"partly right", 0.20, 0.20, 0.40, 0.10}, /* 60 %, much of it in between */
    {"mostly wrong", 0.20, 0.10, 0.00, 0.45}, /* 32 % */
    {"nearly always wrong", 0.05, 0.00, 0.00, 0.25},
};
const size_t population_count = sizeof populations / sizeof populations[0];

static const double close_mean = 0.95;
static const double partial_mean = 0.5;
static const double wrong_mean = 0.055;

/* Bad settings are the bench's own fault. */
static void must(int code, const struct err *err)
{
    if (code != 0) {
        (void)fprintf(stderr, "%s\n", err->text);
        abort();
    }
}

double population_mean(const struct population *population)
{
    return population->perfect + population->close * close_mean +
           population->partial * partial_mean + population->wrong * wrong_mean;
}

double population_draw(const struct population *population, struct random *random)
{
    double which = random_unit(random);

    if (which < population->perfect) {
        return 1.0;
    }
    which -= population->perfect;
    if (which < population->close) {
        return 0.9 + 0.1 * random_unit(random);
    }
    which -= population->close;
    if (which < population->partial) {
        return 0.1 + 0.8 * random_unit(random);
    }
    which -= population->partial;
    return which < population->wrong ? 0.01 + 0.09 * random_unit(random) : 0.0;
}

static const double lost_share = 0.25;
static const double mean_when_lost = 0.1;
static const double mean_else = 0.95;

double text_mean(void)
{
    return lost_share * mean_when_lost + (1.0 - lost_share) * mean_else;
}

void texts_draw(struct random *random, size_t texts, double *scores, uint64_t *cluster)
{
    for (size_t i = 0; i < texts; i++) {
        double mean = random_unit(random) < lost_share ? mean_when_lost : mean_else;

        for (size_t j = 0; j < TEXT_QUESTIONS; j++) {
            scores[i * TEXT_QUESTIONS + j] = random_unit(random) < mean ? 1.0 : 0.0;
            cluster[i * TEXT_QUESTIONS + j] = i;
        }
    }
}

double pair_draw(const struct population *first, const struct population *second, double shared,
                 struct random *random)
{
    double of_first = population_draw(first, random);
    double of_second = population_draw(second, random);

    return first == second && random_unit(random) < shared ? 0.0 : of_second - of_first;
}

/* The correlation that simulated pairs have. */
static const double shared_share = 0.3;

enum { VALUES_MAX = 400 };

/* Fills one sample; returns how many values it has and sets the true mean. */
static size_t draw_sample(enum interval_kind kind, const struct population *population, size_t n,
                          struct random *random, double *values, uint64_t *cluster, double *truth)
{
    bool is_paired = kind == INTERVAL_PAIRED || kind == INTERVAL_PAIRED_BCA;

    if (population == NULL) {
        texts_draw(random, n, values, cluster);
        *truth = text_mean();
        return n * TEXT_QUESTIONS;
    }
    for (size_t i = 0; i < n; i++) {
        cluster[i] = i;
        values[i] = is_paired ? pair_draw(population, population, shared_share, random)
                              : population_draw(population, random);
    }
    *truth = is_paired ? 0.0 : population_mean(population);
    return n;
}

static void find_interval(enum interval_kind kind, const double *values, const uint64_t *cluster,
                          size_t n, uint64_t seed, struct stats_interval *out)
{
    struct stats_paired paired;
    struct err err = {ERR_NONE, ""};
    int rc = 0;

    switch (kind) {
    case INTERVAL_MEAN:
        rc = stats_clustered_interval(values, cluster, n, seed, out, &err);
        break;
    case INTERVAL_PAIRED:
        rc = stats_compare_paired(values, cluster, n, seed, &paired, &err);
        *out = (struct stats_interval){paired.mean, paired.low, paired.high};
        break;
    case INTERVAL_BCA:
    case INTERVAL_PAIRED_BCA:
        rc = stats_bca_interval(values, cluster, n, seed, out, &err);
        break;
    }
    must(rc, &err);
}

struct coverage measure_coverage(enum interval_kind kind, const struct population *population,
                                 size_t n, size_t simulations)
{
    struct random random = random_stream(20261122, STR("bench.coverage"), n);
    struct coverage coverage = {0};
    double values[VALUES_MAX];
    uint64_t cluster[VALUES_MAX];

    for (size_t i = 0; i < simulations; i++) {
        struct stats_interval interval;
        double truth = 0.0;
        size_t count = draw_sample(kind, population, n, &random, values, cluster, &truth);

        find_interval(kind, values, cluster, count, i, &interval);
        coverage.below += truth < interval.low ? 1.0 : 0.0;
        coverage.above += truth > interval.high ? 1.0 : 0.0;
        coverage.width += interval.high - interval.low;
    }
    coverage.below /= (double)simulations;
    coverage.above /= (double)simulations;
    coverage.share = 1.0 - coverage.below - coverage.above;
    coverage.width /= (double)simulations;
    return coverage;
}

enum { SWEEP_LENGTHS = 8, SWEEP_NEEDLES = 3, SWEEP_SAMPLES_MAX = 40 };
enum { SWEEP_ROWS = SWEEP_NEEDLES * (SWEEP_LENGTHS + 1) };

/* Equal means, unequal shapes: 75 % by being right three times of four, and by always being so
 * far. */
static double unlike_draw(struct random *random)
{
    double of_first = random_unit(random) < 0.75 ? 1.0 : 0.0;
    double of_second = 0.65 + 0.2 * random_unit(random);

    return of_second - of_first;
}

/* The p that decides, or a lower bound of it above 5 %. */
static double p_of(const double *differences, size_t n, uint64_t seed)
{
    struct stats_paired paired;
    struct err err = {ERR_NONE, ""};
    double p = 0.0;

    must(stats_sign_flip_p(differences, NULL, n, seed, &p, &err), &err);
    if (p > 0.05) {
        return p; /* the larger of two decides, and the other takes long */
    }
    must(stats_compare_paired(differences, NULL, n, seed, &paired, &err), &err);
    return paired.p;
}

/* The p-values of one sweep: for each needle count its lengths, then all of them together. */
static void sweep_once(size_t samples, bool same_shape, uint64_t seed, struct random *random,
                       double *p)
{
    double all[SWEEP_LENGTHS * SWEEP_SAMPLES_MAX];
    size_t row = 0;

    for (size_t needles = 0; needles < SWEEP_NEEDLES; needles++) {
        for (size_t length = 0; length < SWEEP_LENGTHS; length++) {
            const struct population *population =
                &populations[(length + needles) % population_count];

            for (size_t i = 0; i < samples; i++) {
                all[length * samples + i] =
                    same_shape ? pair_draw(population, population, shared_share, random)
                               : unlike_draw(random);
            }
            p[row++] = p_of(&all[length * samples], samples, seed);
        }
        p[row++] = p_of(all, SWEEP_LENGTHS * samples, seed);
    }
}

static bool any_found(const double *p)
{
    for (size_t i = 0; i < SWEEP_ROWS; i++) {
        if (p[i] <= 0.05) {
            return true;
        }
    }
    return false;
}

struct null_rates measure_null_sweeps(size_t samples, bool same_shape, size_t sweeps)
{
    struct random random = random_stream(20261122, STR("bench.null"), samples);
    struct null_rates rates = {0};
    double p[SWEEP_ROWS];

    for (size_t i = 0; i < sweeps; i++) {
        struct err err = {ERR_NONE, ""};

        sweep_once(samples, same_shape, i, &random, p);
        rates.uncorrected += any_found(p) ? 1.0 : 0.0;
        must(stats_holm(p, SWEEP_ROWS, p, &err), &err);
        rates.corrected += any_found(p) ? 1.0 : 0.0;
    }
    rates.corrected /= (double)sweeps;
    rates.uncorrected /= (double)sweeps;
    return rates;
}

/* All-or-nothing scores, where the correlation is easily stated: the second model is right with
 * 0.75, the first with less by the difference, and on a share of the questions both are right or
 * wrong by one and the same luck, so large that scores correlate as in stats_power_usual. */
static double difference_draw(double difference, struct random *random)
{
    double right = stats_power_usual.mean;
    double less = right - difference;
    double most = sqrt(less * (1.0 - right) / (right * (1.0 - less))); /* by one luck throughout */
    double luck = random_unit(random);
    double other =
        random_unit(random) < stats_power_usual.correlation / most ? luck : random_unit(random);

    return (luck < right ? 1.0 : 0.0) - (other < less ? 1.0 : 0.0);
}

struct watch_rates measure_watching(double difference, size_t samples_max, size_t simulations)
{
    struct random random = random_stream(20261122, STR("bench.watch"), samples_max);
    struct watch_rates rates = {0};

    for (size_t i = 0; i < simulations; i++) {
        struct stats_sequence sequence;
        size_t needed = 0;

        stats_sequence_init(&sequence, 0.05);
        while (needed < samples_max && stats_sequence_decision(&sequence, 0.0) == STATS_UNDECIDED) {
            stats_sequence_add(&sequence, difference_draw(difference, &random));
            needed++;
        }
        rates.decided += stats_sequence_decision(&sequence, 0.0) != STATS_UNDECIDED ? 1.0 : 0.0;
        rates.mean_needed += (double)needed;
    }
    rates.decided /= (double)simulations;
    rates.mean_needed /= (double)simulations;
    return rates;
}

/* Draws until it is decided; returns how many. */
static size_t draw_until_decided(double difference, size_t samples_max, struct random *random,
                                 double *differences)
{
    struct stats_sequence sequence;
    size_t n = 0;

    stats_sequence_init(&sequence, 0.05);
    while (n < samples_max && stats_sequence_decision(&sequence, 0.0) == STATS_UNDECIDED) {
        differences[n] = difference_draw(difference, random);
        stats_sequence_add(&sequence, differences[n++]);
    }
    return n;
}

struct stopped_rates measure_stopped(double difference, size_t samples_max, size_t simulations)
{
    struct random random = random_stream(20261122, STR("bench.stopped"), samples_max);
    struct stopped_rates rates = {0};
    double differences[VALUES_MAX];
    uint64_t samples[VALUES_MAX];

    for (size_t i = 0; i < VALUES_MAX; i++) {
        samples[i] = i;
    }
    for (size_t i = 0; i < simulations; i++) {
        size_t most = samples_max < VALUES_MAX ? samples_max : VALUES_MAX;
        size_t n = draw_until_decided(difference, most, &random, differences);
        struct stats_paired usual;
        struct stats_paired watched;
        struct err err = {ERR_NONE, ""};

        must(stats_compare_paired(differences, NULL, n, i, &usual, &err), &err);
        must(stats_watched_paired(differences, samples, n, 0.05, &watched, &err), &err);
        rates.usual += usual.low <= difference && difference <= usual.high ? 1.0 : 0.0;
        rates.watched += watched.low <= difference && difference <= watched.high ? 1.0 : 0.0;
    }
    rates.usual /= (double)simulations;
    rates.watched /= (double)simulations;
    return rates;
}

double measure_power(double difference, size_t n, size_t simulations)
{
    struct random random = random_stream(20261122, STR("bench.power"), n);
    double differences[VALUES_MAX];
    size_t found = 0;

    for (size_t i = 0; i < simulations; i++) {
        for (size_t j = 0; j < n; j++) {
            differences[j] = difference_draw(difference, &random);
        }
        found += p_of(differences, n, i) <= 0.05 ? 1 : 0;
    }
    return (double)found / (double)simulations;
}
