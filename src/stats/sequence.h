/* sequence: a confidence sequence, an interval that one may look at after every sample.
 *
 * A 95 % interval that is watched until it excludes 0 excludes it sooner or later, whatever the
 * truth. A confidence sequence holds the true mean at all times at once with probability 1 - alpha,
 * so a sweep may stop as soon as it has decided, and is still wrong at most so often.
 *
 * It is the betting construction of I. Waudby-Smith and A. Ramdas ("Estimating means of bounded
 * random variables by betting", JRSS B 86(1), 2024; arXiv 2010.09686): for each candidate mean m a
 * gambler bets against it, and his capital, fair if m is the truth, exceeds 1/alpha with
 * probability at most alpha (Ville's inequality). The set of m not yet ruined is the interval. With
 * x_t = (1 + difference) / 2 in [0, 1]:
 *
 *     K(m) = (U(m) + D(m)) / 2,   U *= 1 + u (x_t - m),   D *= 1 - d (x_t - m)
 *     λ_t  = sqrt(2 log(2/alpha) / (σ²_{t-1} t log(t + 1)))     (predictable plug-in)
 *     u    = min(λ_t, c/m),   d = min(λ_t, c/(1 - m)),   c = 3/4
 *     μ_t  = (1/2 + Σ x_i) / (t + 1),   σ²_t = (1/4 + Σ (x_i - μ_i)²) / (t + 1)
 *
 * The article takes the larger of U/2 and D/2; their sum is as fair and never smaller.
 *
 * An observation is the mean difference of one haystack: its questions are not independent.
 */
#ifndef STATS_SEQUENCE_H
#define STATS_SEQUENCE_H

#include <stddef.h>

enum { STATS_SEQUENCE_GRID = 801 }; /* candidate differences -1, -0.9975 … 1 */

enum stats_decision {
    STATS_UNDECIDED,
    STATS_FIRST_BETTER,
    STATS_SECOND_BETTER,
    STATS_WITHIN_MARGIN /* whoever is better is so by less than the margin */
};

/* A plain value of about 13 kB. */
struct stats_sequence {
    double alpha;
    size_t count;  /* observations */
    double total;  /* of differences */
    double sum;    /* of x */
    double square; /* sum of (x_i - μ_i)² */
    double log_up[STATS_SEQUENCE_GRID];
    double log_down[STATS_SEQUENCE_GRID];
    double peak; /* log of the most capital so far against "no difference" */
    double mean; /* of differences; NaN before the first */
    double low;  /* the interval: -1 … 1; it never widens */
    double high;
};

/* For several cells that are watched together divide alpha by their number. */
void stats_sequence_init(struct stats_sequence *sequence, double alpha);

/* Takes the next difference, second score minus first, in [-1, 1] (cut to it). */
void stats_sequence_add(struct stats_sequence *sequence, double difference);

/* An anytime-valid p for "no difference": 1 / the most capital so far, at most 1. */
double stats_sequence_p(const struct stats_sequence *sequence);

/* Whether one is better, or (margin > 0) they are shown to be within `margin` of each other. */
enum stats_decision stats_sequence_decision(const struct stats_sequence *sequence, double margin);

#endif
