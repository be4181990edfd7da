/* repeat: does a model answer the same question alike each time?
 *
 * Judged from several trials of the same prompts. Intervals need no correction for it (repeats of a
 * prompt are a cluster), but a buyer wants to know whether a score is the model's or the day's.
 */
#ifndef STATS_REPEAT_H
#define STATS_REPEAT_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct stats_repeatability {
    size_t questions;  /* asked more than once */
    size_t trials;     /* of those */
    double same_share; /* of those questions: all scores within 0.001; NaN for none */
    double within_sd;  /* standard deviation of one question's scores; NaN for none */
    double intraclass; /* ICC; NaN when nothing varies or fewer than two questions */
};

/* One-way random effects analysis of variance over questions that were asked more than once:
 * within_sd = sqrt(MSW), and the intraclass correlation of single scores, ICC(1) of P. E. Shrout
 * and J. L. Fleiss (Psychological Bulletin 86(2), 1979), with the average number of repeats for
 * unequal ones (R. A. Fisher; k0 = (N - sum(k_i²)/N) / (questions - 1)):
 *
 *     ICC = (MSB - MSW) / (MSB + (k0 - 1) MSW)
 *
 * 1: a question's score is always the same; 0: questions do not differ, all variation is chance.
 * `question[i]` identifies what scores[i] answers. */
int stats_repeatability(const double *scores, const uint64_t *question, size_t n,
                        struct stats_repeatability *out, struct err *err);

#endif
