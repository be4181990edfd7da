/* sweep: the main job: send the trials of a plan, grade the replies, keep everything.
 *
 * One thread drives all transfers; cases are opened ahead on another (case_queue.h). A trial is
 * done when its line in the journal is on disk, and no request's first byte leaves before the line
 * that says it is about to.
 */
#ifndef CLI_SWEEP_H
#define CLI_SWEEP_H

#include "base/clock.h"
#include "cli/gate.h"
#include "cli/hold.h"
#include "cli/model.h"
#include "cli/progress.h"
#include "cli/task.h"
#include "endpoint/endpoint.h"
#include "record/journal.h"
#include "record/result.h"
#include "score/grader.h"

#include <signal.h>
#include <stdbool.h>

struct stopping;

struct sweep {
    /* Set by the caller and borrowed. */
    const struct task *task;
    const struct grader *grader;
    const struct models *models;
    const struct clock *clock;
    const struct client_limits *limits;
    size_t concurrency;
    const volatile sig_atomic_t *interrupted; /* becomes non-zero when the user wants to stop */
    struct result *result;                    /* plan and versions set; texts go into its arena */
    struct trial_slots *slots;                /* what an earlier run has answered is in it */
    enum trial_hold *holds;                   /* by plan index */
    struct stopping *stopping;                /* NULL: every trial is sent */
    bool is_batch;                            /* sent in batches, at their price */
    struct journal *journal;
    struct progress *progress;
    struct gate *gate;
};

/* Runs what is not in the slots yet. Trials that an earlier run ended with an endpoint error or a
 * timeout are tried again. Returns 0 when every trial has an answer; ERR_INCOMPLETE when some ended
 * without; ERR_ENDPOINT when the endpoint refuses all of them; ERR_INTERRUPTED; or what went wrong
 * here. Whatever was answered is in the journal and the slots in every case. */
int sweep_run(const struct sweep *sweep, struct err *err);

#endif
