/* power: what a number of samples can decide, told before they are paid for.
 *
 * Assumptions, all of them in the struct: a score is nearly all or nothing (a right reply 1 or just
 * below, another needle near 0, no prefix 0), so its variance is close to the most that a score
 * with this mean can have: spread * mean (1 - mean). 1 is all or nothing, and safe; MRCR replies
 * measure about 0.9. Two models asked the same questions find the same ones hard, more or less:
 * their scores correlate, and the variance of a difference shrinks by as much.
 *
 *     v(m) = spread m (1 - m),  m the better model's mean
 *     paired:   var = v(m) + v(m - δ) - 2 r sqrt(v(m) v(m - δ))
 *               n = (z_{1-α/2} sqrt(var + δ²) + z_power sqrt(var))² / δ²  +  z²_{1-α/2}
 *     unpaired: var = v(m) + v(m - δ)
 *               n = (z_{1-α/2} + z_power)² var / δ²  +  z²_{1-α/2} / 4      per model
 *
 * Paired is R. J. Connor's formula (Biometrics 43, 1987): a sign-flip test compares with
 * differences around 0, whose mean square is var + δ². Its last term is W. C. Guenther's for an
 * estimated variance (The American Statistician 35(4), 1981), which is z²/2, and as much again for
 * the unseen pair of stats/paired.h. Unpaired agrees with R's power.t.test to a sample. For cells
 * that are compared together divide α by their number, as Holm's first step does.
 */
#ifndef STATS_POWER_H
#define STATS_POWER_H

#include <stdbool.h>
#include <stdint.h>

struct stats_power {
    double mean;        /* of the better model, 0 … 1 */
    double spread;      /* 0 … 1 */
    double correlation; /* between the models' scores on a question, -1 … 1; 0 when not paired */
    double alpha;       /* two-sided */
    double power;       /* chance to find the difference */
    bool paired;
};

extern const struct stats_power stats_power_usual; /* 0.75, 0.9, 0.3, 5 %, 80 %, paired */

/* Samples (haystacks, where each has several questions) per model needed to find `difference`
 * (0 < difference <= mean); UINT64_MAX when there is no such number. */
uint64_t stats_samples_needed(const struct stats_power *power, double difference);

/* The smallest difference that n samples find; NaN when they find none that is possible. */
double stats_detectable_difference(const struct stats_power *power, uint64_t n);

/* The same where the standard deviation of paired differences was measured; NaN when even a
 * difference of 1 would not be found. */
double stats_detectable_by_sd(double sd, uint64_t n, double alpha, double power);

#endif
