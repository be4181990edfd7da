/* session: all that a run of a sweep needs, opened in one go and closed with the result written.
 */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include "base/buf.h"
#include "base/err.h"
#include "cli/gate.h"
#include "cli/model.h"
#include "cli/shard.h"
#include "cli/sweep.h"
#include "cli/sweep_settings.h"
#include "cli/task.h"
#include "record/journal.h"
#include "record/result.h"
#include "score/grader.h"

/* A zeroed one may be released. */
struct session {
    struct result result;
    struct trial_slots slots; /* what earlier runs answered is in it */
    const struct grader *grader;
    struct journal_past past;
    enum trial_hold *holds; /* by plan index */
    struct shard shard;     /* 1/1 for a whole sweep */
    size_t unknown_count;   /* of holds: TRIAL_UNKNOWN */
    struct task task;
    struct models models;
    struct journal *journal;
    struct gate *gate;
    struct stopping *stopping; /* NULL without --until-decided */
    struct buf output;         /* the result's path, NUL-terminated */
    struct buf journal_file;   /* likewise */
    struct buf stem;           /* of other files beside the result; likewise */
};

/* Plans, loads, opens endpoints and journal. The settings are borrowed until session_release. */
int session_open(struct session *session, const struct sweep_settings *settings, struct err *err);
/* This shard's share of the requests in flight, at least one. */
size_t session_concurrency(const struct session *session, const struct sweep_settings *settings);

void session_release(struct session *session);

/* Writes the result, whatever happened, so that nothing answered is lost, and prints its table.
 * Returns `code` (how the sweep ended, with its *err), or what went wrong here if that was 0. */
int session_finish(struct session *session, int code, struct err *err);

#endif
