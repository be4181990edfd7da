#include "stats/power.h"

#include "stats/normal.h"

#include <math.h>

const struct stats_power stats_power_usual = {
    .mean = 0.75,
    .spread = 0.9,
    .correlation = 0.3,
    .alpha = 0.05,
    .power = 0.8,
    .paired = true,
};

static double variance_of(const struct stats_power *power, double mean)
{
    return power->spread * mean * (1.0 - mean);
}

static double difference_variance(const struct stats_power *power, double difference)
{
    double better = variance_of(power, power->mean);
    double worse = variance_of(power, power->mean - difference);
    double correlation = power->paired ? power->correlation : 0.0;

    return better + worse - 2.0 * correlation * sqrt(better * worse);
}

/* As a real number; `variance` is that of a difference. */
static double samples_for(const struct stats_power *power, double variance, double difference)
{
    double z = stats_normal_quantile(1.0 - power->alpha / 2.0);
    double z_power = stats_normal_quantile(power->power);
    double square = difference * difference;
    double sum = 0.0;

    if (!power->paired) {
        return (z + z_power) * (z + z_power) * variance / square + z * z / 4.0;
    }
    sum = z * sqrt(variance + square) + z_power * sqrt(variance);
    return sum * sum / square + z * z;
}

uint64_t stats_samples_needed(const struct stats_power *power, double difference)
{
    double samples = 0.0;

    if (!(difference > 0.0 && difference <= power->mean)) {
        return UINT64_MAX;
    }
    samples = samples_for(power, difference_variance(power, difference), difference);
    return samples < 1e18 ? (uint64_t)ceil(samples) : UINT64_MAX;
}

double stats_detectable_difference(const struct stats_power *power, uint64_t n)
{
    double too_small = 0.0;
    double found = power->mean;

    if (stats_samples_needed(power, found) > n) {
        return (double)NAN;
    }
    for (int i = 0; i < 60; i++) {
        double middle = (too_small + found) / 2.0;

        if (samples_for(power, difference_variance(power, middle), middle) > (double)n) {
            too_small = middle;
        } else {
            found = middle;
        }
    }
    return found;
}

double stats_detectable_by_sd(double sd, uint64_t n, double alpha, double power)
{
    struct stats_power setting = {.alpha = alpha, .power = power, .paired = true};
    double too_small = 0.0;
    double found = 1.0;

    if (!(samples_for(&setting, sd * sd, found) <= (double)n)) {
        return (double)NAN;
    }
    for (int i = 0; i < 60; i++) {
        double middle = (too_small + found) / 2.0;

        if (samples_for(&setting, sd * sd, middle) > (double)n) {
            too_small = middle;
        } else {
            found = middle;
        }
    }
    return found;
}
