/* contenders: the models of some results, each described by itself. Private to src/report. */
#ifndef REPORT_CONTENDERS_H
#define REPORT_CONTENDERS_H

#include "report/comparison.h"
#include "report/pairing.h"

/* Fills contenders and groups of `out` from what passes the filter. */
int contenders_gather(struct comparison *out, const struct result *results, size_t result_count,
                      const struct comparison_settings *settings, struct err *err);

/* Fills the curves: needs contenders and groups. */
int contenders_describe(struct comparison *out, const struct comparison_settings *settings,
                        struct err *err);

/* The group of a trial, or SIZE_MAX. */
size_t comparison_group_of(const struct comparison *comparison, const struct result_trial *trial);

/* Its trials as answers, allocated in the comparison's arena. */
int contender_answers(struct comparison *comparison, size_t contender, struct answers *out,
                      struct err *err);

#endif
