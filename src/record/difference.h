/* difference: in what two records differ, by the names that their JSON has.
 *
 * Records are compared as they are written: what two files would show alike is alike.
 */
#ifndef RECORD_DIFFERENCE_H
#define RECORD_DIFFERENCE_H

#include "base/buf.h"
#include "base/err.h"
#include "record/result.h"

/* Appends "score is 1.0, not 0.25" for the first field that differs, or nothing. */
int difference_of_trials(const struct result_trial *is, const struct result_trial *should,
                         struct buf *out, struct err *err);
int difference_of_cells(const struct result_cell *is, const struct result_cell *should,
                        struct buf *out, struct err *err);

#endif
