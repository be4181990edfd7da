/* proportion: shares of trials, such as refusals or exact replies, and paired yes-or-no answers. */
#ifndef STATS_PROPORTION_H
#define STATS_PROPORTION_H

#include "stats/interval.h"

#include <stdint.h>

/* Wilson's 95 % score interval of `successes` out of n >= 1 independent trials (E. B. Wilson, JASA
 * 22, 1927; recommended by Brown, Cai and DasGupta, Statistical Science 16(2), 2001):
 *
 *     (p + z²/2n ± z sqrt(p (1 - p)/n + z²/4n²)) / (1 + z²/n)
 *
 * It needs no simulation and never leaves [0, 1]. All NaN for n = 0. */
struct stats_interval stats_wilson(uint64_t successes, uint64_t n);

/* McNemar's exact test: of the pairs in which just one of two models was right, `first_only` and
 * `second_only` say which. Two-sided p under Binomial(first_only + second_only, 1/2) (Q. McNemar,
 * Psychometrika 12, 1947; exact form: A. Agresti, Categorical Data Analysis, section 10.1):
 *
 *     p = min(1, 2 P(X <= min(first_only, second_only)))
 *
 * 1 when no pair differs. */
double stats_mcnemar_p(uint64_t first_only, uint64_t second_only);

#endif
