/* falloff: how a score decays as the context grows.
 *
 * A logistic curve through the cell means, which assumes no more than that longer is not easier:
 * two numbers that buyers can compare.
 */
#ifndef STATS_FALLOFF_H
#define STATS_FALLOFF_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

/* logit(score) = a + slope (log2(tokens) - centre), fitted by quasi-likelihood as for shares
 * (L. E. Papke and J. M. Wooldridge, J. Applied Econometrics 11(6), 1996), each cell weighing as
 * many trials as it has; cell means shrunk to (n mean + 1/2) / (n + 1), so that cells of only 0s or
 * 1s have a logit. A slope above 0 is taken as 0. */
struct stats_logistic {
    double a;
    double slope; /* per doubling of the length, <= 0 */
    double centre;
};
struct stats_logistic stats_logistic_fit(const double *lengths_tokens, const double *means,
                                         const double *counts, size_t count);

/* Where the curve passes 1/2: INFINITY if never, 0 if it starts below and does not fall. Far
 * outside of the lengths that were measured this is a guess; do not print it there. */
double stats_logistic_half_length(const struct stats_logistic *curve);

/* The trials of one length. */
struct stats_cell_scores {
    double length_tokens;
    const double *scores;    /* 0 … 1 */
    const uint64_t *cluster; /* as in stats/interval.h, or NULL */
    size_t n;
};

struct stats_half_length {
    struct stats_logistic curve;
    double tokens; /* length of half score: where the curve passes 50 % */
    double low;    /* 95 % interval; may be 0 or INFINITY */
    double high;
};

/* The fit, with an interval from 2,000 draws: each draws every cell's mean from the distribution
 * behind its interval (stats/interval.h: weights on its clusters and on one unseen 0 or 1) and fits
 * again. ERR_INPUT when fewer than two lengths have a score. */
int stats_half_length(const struct stats_cell_scores *cells, size_t count, uint64_t seed,
                      struct stats_half_length *out, struct err *err);

#endif
