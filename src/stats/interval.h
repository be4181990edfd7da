/* interval: the mean of a few scores and how far the truth may be from it.
 *
 * Scores lie in [0, 1] and pile up at both ends: most replies are perfect or worthless. With five
 * of them the usual intervals are useless: when all five are 1 the percentile bootstrap, the BCa
 * bootstrap and Student's t say "1, exactly", although a model that fails one time in ten shows
 * five perfect replies more often than not. Measured for such a model at n = 5, those intervals
 * hold the true mean 40 % of the time instead of 95 %.
 *
 * So the interval here never trusts that the sample has shown everything that can happen. It is
 * the Bayesian bootstrap (D. B. Rubin, Annals of Statistics 9(1), 1981: resampling with weights
 * that are uniform on the simplex) with one value more than was observed: for the lower bound that
 * value is 0, the worst, for the upper bound 1, the best. These are the bounds of N. Gaffke
 * ("Three test statistics for a nonparametric one-sided hypothesis on the mean of a nonnegative
 * variable", Mathematical Methods of Statistics 14, 2005) as discussed by E. Learned-Miller and
 * P. S. Thomas (arXiv 1905.06208) and M. Phan et al. (arXiv 2106.03163). For scores of only 0 and
 * 1 they are the exact binomial bounds of Clopper and Pearson, and like those they are wider than
 * need be; averaging the two distributions, as the mid-P interval does for the binomial
 * (A. Agresti, Statistical Methods in Medical Research 10, 2001), takes the excess away. So:
 *
 *     weights w_0 … w_n ~ independent exponentials
 *     half of the draws:  sum(w_i x_i, i = 1 … n)       / sum(w_i, i = 0 … n)
 *     the other half:    (sum(w_i x_i, i = 1 … n) + w_0) / sum(w_i, i = 0 … n)
 *     the interval is the 2.5 % and the 97.5 % quantile of all draws together.
 *
 * Scores of several questions about one haystack are not independent: when a model loses its way in
 * a text, it does so for all of them. Then whole clusters are resampled, not scores (C. A. Field
 * and A. H. Welsh, "Bootstrapping clustered data", JRSS B 69(3), 2007; for evaluations of language
 * models E. Miller, arXiv 2411.00640). A cluster c with m_c scores, whose sum is s_c, has one
 * weight, and the unseen cluster has as many scores as the mean cluster, m:
 *
 *     half of the draws:  sum(w_c s_c, c = 1 … C)         / (w_0 m + sum(w_c m_c, c = 1 … C))
 *     the other half:    (sum(w_c s_c, c = 1 … C) + w_0 m) / (w_0 m + sum(w_c m_c, c = 1 … C))
 *
 * Clusters of one score each give the interval above, to the bit. Clusters of equal size give the
 * interval of their means: that of C observations, however many scores are in each. Where scores
 * of a cluster happen to be independent that is wider than need be, but a few clusters cannot
 * show that they are.
 *
 * No case needs special treatment: equal values give a finite width, one value a very wide one,
 * and no bound leaves [0, 1]. tests/unit/test_stats_coverage.c measures how often the truth is
 * inside.
 */
#ifndef STATS_INTERVAL_H
#define STATS_INTERVAL_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct stats_interval {
    double mean;
    double low; /* 0 <= low <= mean <= high <= 1 */
    double high;
};

double stats_mean(const double *values, size_t n); /* NaN for n = 0 */

/* The mean of n >= 1 independent scores and its 95 % interval. The same values in the same order
 * with the same seed give the same bits on every machine; another seed moves the bounds by about
 * 0.003. Time grows with n: about 6 ms for 5 values, 50 ms for 100. ERR_INPUT when there is no
 * value or one is not in [0, 1]. */
int stats_mean_interval(const double *values, size_t n, uint64_t seed, struct stats_interval *out,
                        struct err *err);

/* The same for scores that come in clusters: cluster[i] is any number that identifies the cluster
 * of values[i], such as a part of its haystack's fingerprint; NULL where each score is a cluster of
 * its own. The mean is that of all scores. Order the values as they were asked for: the draws go to
 * clusters in the order of their first scores. */
int stats_clustered_interval(const double *values, const uint64_t *cluster, size_t n, uint64_t seed,
                             struct stats_interval *out, struct err *err);

#endif
