/* sweep_trials: what every way of sending a sweep's trials shares: which of them are to be sent,
 * how a reply becomes a trial, and what the sweep came to.
 */
#ifndef CLI_SWEEP_TRIALS_H
#define CLI_SWEEP_TRIALS_H

#include "cli/sweep.h"
#include "generators/generator.h"
#include "record/reply.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Makes failed trials of earlier runs be tried again, spares what is decided, and tells the
 * progress what is planned. */
void sweep_trials_begin(const struct sweep *sweep);

/* Neither ended nor held. */
bool sweep_trial_is_due(const struct sweep *sweep, size_t index);

/* Lists the trials that are due in the order in which they are to be sent, and returns how many
 * these are; `indexes` has room for all of the plan. */
size_t sweep_trials_due(const struct sweep *sweep, size_t *indexes);

/* Trial `index` has ended: whether that decided its cell. What is left of the cell is then not due
 * any more (TRIAL_SPARED); what is on its way is still recorded. */
bool sweep_trials_decide(const struct sweep *sweep, size_t index);

/* What the model of plan index `index` charges for this usage; PRICE_UNKNOWN when that cannot be
 * told. */
int64_t sweep_trial_cost(const struct sweep *sweep, size_t index, const struct reply *reply);

struct sweep_answer {
    size_t index; /* in the plan */
    const struct test_case *test_case;
    const struct reply *reply;
    int64_t cost; /* sweep_trial_cost */
};

/* Describes and grades the trial, appends it to the journal, and puts it into its slot. */
int sweep_trial_record(const struct sweep *sweep, const struct sweep_answer *answer,
                       struct result_trial *trial, struct err *err);

/* 0 when every trial of this run has an answer, else ERR_INCOMPLETE and why. */
int sweep_trials_verdict(const struct sweep *sweep, bool is_capped, struct err *err);

#endif
