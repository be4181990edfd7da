/* bootstrap: the bias-corrected and accelerated interval, as others report it.
 *
 * Beside stats/interval.h and stats/paired.h, not instead of them: a bootstrap resamples what was
 * seen, so five perfect replies give "exactly 1", and a rare failure that the sample does not hold
 * does not exist. tests/bench/bench_stats.c measures both: of a near perfect model BCa's 95 % are a
 * third at n = 5 and under two thirds at n = 10, where the other holds the truth in 95 % or more.
 * It is for values without known ends (tokens, seconds, ratios), which the other needs, and for
 * comparison with reports that use it.
 */
#ifndef STATS_BOOTSTRAP_H
#define STATS_BOOTSTRAP_H

#include "base/err.h"
#include "stats/interval.h"

#include <stddef.h>
#include <stdint.h>

/* The mean of n >= 1 finite values and its 95 % BCa interval (B. Efron, "Better bootstrap
 * confidence intervals", JASA 82, 1987; Efron and Tibshirani, An Introduction to the Bootstrap,
 * 1993, chapter 14), clusters drawn with replacement:
 *
 *     bounds at the levels  Φ(z0 + (z0 + z) / (1 - a (z0 + z))),  z = ±1.96
 *     z0 = Φ⁻¹(share of the bootstrap means below the mean, ties by half)
 *     a  = sum(u_c³) / (6 sum(u_c²)^1.5),  u_c = mean of the jackknife means - the one without c
 *
 * `cluster` as in stats/interval.h. Where nothing varies, or there is one cluster, low = mean =
 * high. ERR_INPUT when a value is not finite or there is none. */
int stats_bca_interval(const double *values, const uint64_t *cluster, size_t n, uint64_t seed,
                       struct stats_interval *out, struct err *err);

/* The same for the ratio of two sums over n >= 1 pairs, sum(numerators) / sum(denominators), pairs
 * drawn with replacement: how many tokens one model uses for each of another's. ERR_INPUT when a
 * value is not finite or a denominator not above 0. */
int stats_bca_ratio(const double *numerators, const double *denominators, size_t n, uint64_t seed,
                    struct stats_interval *out, struct err *err);

#endif
