/* journal: the append-only memory of a sweep.
 *
 * JSON lines: the first says which sweep it is (plan, versions), each further one is a trial that
 * has ended. A line is flushed to disk before the trial counts as done; a torn last line (the
 * machine died while it was written) is dropped at resume and nothing else is lost. A later line
 * for the same trial replaces an earlier one (a retried endpoint error).
 */
#ifndef RECORD_JOURNAL_H
#define RECORD_JOURNAL_H

#include "base/err.h"
#include "record/result.h"

#include <stdbool.h>

struct journal;

/* The trials of a plan that have ended, by their place in it (record/plan.h). */
struct trial_slots {
    struct result_trial
        *trials; /* plan_trial_count of them; texts allocated in the result's arena */
    bool *ended;
    size_t count;
};

/* Opens `path` for the sweep that `result` describes (plan, versions, created), creating it with
 * its folders when absent. When it exists, `slots` is filled from it and result->created becomes
 * the journal's. ERR_USAGE when it holds trials of another sweep, saying what differs (one without
 * trials is begun anew); ERR_INPUT, with the line, when it is damaged before its last line. One
 * process at a time: a second one gets ERR_USAGE. */
int journal_open(struct journal **out, const char *path, struct result *result,
                 struct trial_slots *slots, struct err *err);

/* Appends a trial and flushes it to disk. */
int journal_append(struct journal *journal, const struct result_trial *trial, struct err *err);

void journal_close(struct journal *journal); /* NULL is fine */

#endif
