/* proportion: the share of trials that ended in some way, such as refusals. */
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

#endif
