/* curve: scores along context lengths, summed up in one number each, with its uncertainty.
 *
 * All of it works on cell means and their intervals, so it needs no trials.
 */
#ifndef STATS_CURVE_H
#define STATS_CURVE_H

#include "stats/interval.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A cell: the mean score at one length, 0 … 1. */
struct stats_point {
    uint64_t length_tokens;
    struct stats_interval score;
};

/* sum(weights_i score_i) of independent means, with the interval that follows from theirs by
 * MOVER, the method of variance estimates recovery (G. Y. Zou and A. Donner, Statistics in Medicine
 * 27(10), 2008):
 *
 *     low  = mean - sqrt(sum((w_i (mean_i - low_i))²))
 *     high = mean + sqrt(sum((w_i (high_i - mean_i))²))
 *
 * for w_i >= 0. It keeps what the single intervals have learned about small samples: they are not
 * symmetric, and not empty when all scores are equal. */
struct stats_interval stats_weighted_mean(const struct stats_point *points, const double *weights,
                                          size_t count);

enum {
    STATS_AUC_FROM_TOKENS = 8 * 1024,
    STATS_AUC_128K_TOKENS = 128 * 1024,
    STATS_AUC_1M_TOKENS = 1024 * 1024
};

/* Context Arena's area under the curve up to `until_tokens` (contextarena.ai; the formula was
 * derived again from its published table), the trapezoid rule over linear token counts:
 *
 *     AUC = sum((x[i+1] - x[i]) (y[i] + y[i+1]) / 2) / (x[last] - 8192)
 *
 * where x_i is a bin's upper end. As x is linear, half of AUC@1M is the bin from 512k to 1m. Points
 * are ascending by length, none twice. False when there is none at 8,192 or none at `until_tokens`,
 * for then the number would not be the one others publish. `bins_missing` counts the doublings
 * between the two that were not measured and are bridged by a straight line. */
bool stats_auc(const struct stats_point *points, size_t count, uint64_t until_tokens,
               struct stats_interval *out, size_t *bins_missing);

/* Lengths in tokens; 0 where even the shortest falls short. */
struct stats_effective_length {
    uint64_t at_least; /* lower bounds stay at the threshold or above up to here */
    uint64_t estimate; /* means do */
    uint64_t at_most;  /* upper bounds do */
    bool is_open;      /* at_most is the longest that was measured: the truth may be longer */
};

/* The longest length up to which the score stays at `threshold` or above. What is stated as a
 * result is `at_least`: lengths are tested from the shortest on, and the first that fails ends it,
 * so that no correction is needed for their number (fixed-sequence testing: W. Maurer, L. Hothorn
 * and W. Lehmacher, 1995; P. H. Westfall and A. Krishen, J. Stat. Planning and Inference 99, 2001).
 * With 95 % intervals at_least is longer than the truth in at most 2.5 % of cases. Points are
 * ascending; those without a score (NaN) end the sequence like a failure. */
struct stats_effective_length stats_effective_length(const struct stats_point *points, size_t count,
                                                     double threshold);

/* (score - chance) / (1 - chance), mean and bounds: 0 for a reader that returns a random one of the
 * relevant needles, 1 for a perfect one (as Cohen's kappa, Educational and Psychological
 * Measurement 20(1), 1960). Below 0 for one that is worse than chance. */
struct stats_interval stats_above_chance(struct stats_interval score, double chance);

#endif
