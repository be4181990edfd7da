/* watched: intervals and tests for a sample whose size depends on what was seen.
 *
 * A sweep that ends as soon as it has decided (sweep --until-decided) stops when a difference looks
 * large. The intervals of stats/interval.h and stats/paired.h, made for a size that was fixed
 * beforehand, then hold the truth too rarely, and the mean itself leans to the side that ended it
 * (C. Jennison and B. W. Turnbull, Group Sequential Methods with Applications to Clinical Trials,
 * 2000, chapter 8). A confidence sequence (stats/sequence.h) holds the truth at all sizes at once,
 * so it holds it at the one where the sweep ended, too. The mean is reported as it is.
 *
 * An observation is a sample: values of the same sample are averaged, samples taken in ascending
 * order, which is that of the looks.
 */
#ifndef STATS_WATCHED_H
#define STATS_WATCHED_H

#include "base/err.h"
#include "stats/interval.h"
#include "stats/paired.h"

#include <stddef.h>
#include <stdint.h>

/* The mean of n >= 1 scores and an interval that holds the true mean with 95 %, whenever one
 * stopped. ERR_INPUT when there is no score or one is not in [0, 1]. */
int stats_watched_interval(const double *scores, const uint64_t *sample, size_t n,
                           struct stats_interval *out, struct err *err);

/* The same for differences in [-1, 1] of two models, and an anytime-valid p for "no difference":
 * 1 / the most capital that a gambler against it ever had (Ville's inequality; A. Ramdas et al.,
 * Statistical Science 38(4), 2023). `alpha` is the level that the sweep watched a pair at; bets are
 * made for it, so that p is at most alpha wherever the sweep had decided. In *out, `clusters` are
 * samples, and sign_flip_p and bootstrap_p are NaN, since neither holds. */
int stats_watched_paired(const double *differences, const uint64_t *sample, size_t n, double alpha,
                         struct stats_paired *out, struct err *err);

#endif
