/* sweep_batch: a sweep's trials through the vendors' batch APIs, at half the price and within a
 * day.
 *
 * The same plan, journal, graders and result as when they are streamed (sweep.h); replies have no
 * timing. Prompts go to files beside the result, each file is submitted as soon as it is whole, and
 * the vendors are asked how the batches stand until all are over and collected. A run may end at
 * any moment: the next one finds its batches in the journal and goes on, days later if need be.
 */
#ifndef CLI_SWEEP_BATCH_H
#define CLI_SWEEP_BATCH_H

#include "cli/sweep.h"
#include "record/journal.h"

#include <stdbool.h>
#include <stdint.h>

struct sweep_batch_settings {
    const struct journal_past *past; /* the batches of earlier runs */
    const char *stem;                /* "results/run": where the files of requests are */
    uint64_t poll_s;                 /* between two looks at the vendors */
    uint64_t wait_s;                 /* then the run ends, and the batches go on */
    uint64_t tokens_max;             /* per file; 0: as many as the vendor takes */
    bool cancels;                    /* ask for running batches to be ended, submit no more */
    bool retries_unknown;            /* submit again what may have begun already */
};

/* ERR_USAGE when a model's vendor has no batches. */
int sweep_batch_check(const struct models *models, const struct result_plan *plan, struct err *err);

/* As sweep_run; ERR_INCOMPLETE also when batches are still under way after wait_s. */
int sweep_batch_run(const struct sweep *sweep, const struct sweep_batch_settings *settings,
                    struct err *err);

#endif
