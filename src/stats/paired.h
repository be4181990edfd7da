/* paired: two models that were asked the same questions.
 *
 * Each question gives one difference, second score minus first, in [-1, 1]. What makes a text hard
 * is then the same for both models and drops out, which is why a paired comparison needs fewer
 * samples than two means beside each other. Several questions about one haystack are a cluster, as
 * in stats/interval.h.
 *
 * The interval is that of stats/interval.h for differences: a Bayesian bootstrap (D. B. Rubin,
 * Annals of Statistics 9(1), 1981) with one pair more than was observed, since a sample of mostly
 * equal scores has not shown everything that can happen. The unseen pair favours the first model
 * wholly (-1), neither (0) or the second (1):
 *
 *     weights w_0 … w_C ~ independent exponentials, a cluster c has the sum s_c of m_c differences
 *     a draw: (sum(w_c s_c) + u w_0 m) / (w_0 m + sum(w_c m_c)), m the mean of m_c
 *     u = -1 in a quarter of the draws, 0 in half, 1 in a quarter
 *
 * For thirty pairs without any difference that is ±7 points, where other bootstraps say "exactly
 * equal"; the same reasoning as D. G. Bonett and R. M. Price's interval for paired shares (J.
 * Educational and Behavioral Statistics 37(4), 2012), which adds one pair to either side. How often
 * it holds the truth is measured by tests/bench/bench_stats.c.
 */
#ifndef STATS_PAIRED_H
#define STATS_PAIRED_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct stats_paired {
    size_t clusters; /* of the differences: what the uncertainty is counted in */
    double mean;
    double low; /* -1 <= low <= mean <= high <= 1: 95 % */
    double high;
    double sd;          /* of the clusters' mean differences; NaN for one */
    double sign_flip_p; /* of stats_sign_flip_p */
    double bootstrap_p; /* twice the smaller share of the interval's draws on one side of 0 */
    double p;           /* the larger of both: see below */
};

/* Compares; two-sided p for "no difference". The sign-flip test is exact when the models are
 * interchangeable, but when only their means are equal and one is always middling where the other
 * is right or wrong, it finds too much in twenty pairs. The bootstrap's p keeps its level there,
 * and agrees with the interval. So the larger of the two decides: it is never wrong more often than
 * stated, in either case. ERR_INPUT for no difference or one outside [-1, 1]. */
int stats_compare_paired(const double *differences, const uint64_t *cluster, size_t n,
                         uint64_t seed, struct stats_paired *out, struct err *err);

enum {
    STATS_SIGN_FLIP_EXACT_MAX = 18, /* clusters with a difference: 2^17 sums at most */
    STATS_SIGN_FLIP_DRAWS_MAX = 99999,
    STATS_SIGN_FLIP_ENOUGH = 1000 /* draws as extreme as what was seen */
};

/* The share of all ways to exchange the two models, cluster by cluster, that give a mean at least
 * as far from 0 as the one seen (R. A. Fisher, The Design of Experiments, 1935, section 21;
 * clusters: E. Miller, arXiv 2411.00640). Clusters without a difference change nothing and are left
 * out. Every way is tried where STATS_SIGN_FLIP_EXACT_MAX clusters or fewer differ; else they are
 * drawn until STATS_SIGN_FLIP_ENOUGH are as extreme (p = those / all drawn: J. Besag and P.
 * Clifford, Biometrika 78(2), 1991) or to the most (p = (those + 1) / (drawn + 1)), either of which
 * keeps the stated error rate. */
int stats_sign_flip_p(const double *differences, const uint64_t *cluster, size_t n, uint64_t seed,
                      double *p, struct err *err);

/* The smallest sign-flip p that so many clusters can show: 2 / 2^clusters; 1 for none. Five pairs
 * never reach 5 %. */
double stats_sign_flip_smallest_p(size_t clusters);

#endif
