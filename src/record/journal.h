/* journal: the append-only memory of a sweep.
 *
 * JSON lines. The first says which sweep it is (plan, versions, run); each further one is an object
 * with one member that says what happened:
 *
 *     {"start": …}          a request is about to be sent: flushed before its first byte leaves
 *     {"end": …}            it came to nothing: it failed, or was cancelled
 *     {"trial": …}          a trial has ended; so has its request
 *     {"batch": …}          how far a batch of requests has come
 *     {"possibly_paid": …}  what else may have been billed
 *
 * A trial is done when its line is on disk. A torn last line (the machine died while it was
 * written) is dropped at resume and nothing else is lost. A later line for the same trial or batch
 * replaces an earlier one. A line of another kind is an error: the journal is a newer program's.
 *
 * So after a crash it is known which requests may have been answered, and billed, without anybody
 * there to take the answer: those with a start and no end.
 */
#ifndef RECORD_JOURNAL_H
#define RECORD_JOURNAL_H

#include "base/err.h"
#include "record/result.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The last request that was begun for a trial. */
struct journal_attempt {
    uint32_t number;    /* 1 for the first in a row; 0: there was none */
    bool is_open;       /* how it ended is not known */
    int64_t worst_cost; /* the most that it can have cost; pico-dollars, or PRICE_UNKNOWN */
};

/* A batch of requests (endpoint/batch.h), tied to where it was sent. */
struct journal_batch {
    uint32_t number; /* 1 for the first of the sweep */
    struct str model;
    struct str protocol;
    struct str base_url;
    struct str state; /* the batch as one JSON object */
};

/* What is known of a sweep's trials, by their place in the plan (record/plan.h). */
struct trial_slots {
    struct result_trial *trials; /* `count` of them; texts allocated in the result's arena */
    bool *ended;
    struct journal_attempt *attempts;
    size_t count;
};

/* A zeroed one may be released. */
int trial_slots_init(struct trial_slots *slots, const struct result_plan *plan, struct err *err);
void trial_slots_release(struct trial_slots *slots);

/* What earlier runs have left besides. Allocated in the result's arena. */
struct journal_past {
    int64_t spent;                   /* on trials, replaced ones included; pico-dollars */
    int64_t possibly_paid;           /* on requests that ended without a bill, at their worst */
    uint64_t possibly_paid_attempts; /* those requests */
    struct journal_batch *batches;   /* ascending; the last that was said of each */
    size_t batch_count;
};

struct journal;

/* Opens `path` for the sweep that `result` describes (plan, versions, created), creating it with
 * its folders when absent. When it exists, `slots` and `past` are filled from it and
 * result->created becomes the journal's. ERR_USAGE when it belongs to another sweep, saying what
 * differs (one that says nothing yet is begun anew); ERR_INPUT, with the line, when it is damaged
 * before its last line. One process at a time: a second one gets ERR_USAGE. */
int journal_open(struct journal **out, const char *path, struct result *result,
                 struct trial_slots *slots, struct journal_past *past, struct err *err);

/* 16 hex digits that no other sweep has, not even one of the same plan. */
const char *journal_run(const struct journal *journal);

/* Before a request is sent: takes room on the disk for as many answers as will then be on their
 * way, so that a disk that is full by then has room for what was paid for. ERR_SYSTEM when there is
 * none: do not send. With 0, and by journal_close, what was not needed is given back. */
int journal_take_room(struct journal *journal, size_t answers, struct err *err);

/* Each appends a line; when it cannot be written whole, nothing of it stays. Flushed to disk but
 * for journal_end, which is when the next line is: an end that is lost makes a request that may be
 * paid of one that is known, never the other way round. */
int journal_append(struct journal *journal, const struct result_trial *trial, struct err *err);
/* `is_flushed` may be false where a lost line costs nobody money. */
int journal_start(struct journal *journal, size_t index, const struct journal_attempt *attempt,
                  bool is_flushed, struct err *err);
int journal_end(struct journal *journal, size_t index, bool may_be_billed, struct err *err);
int journal_note_batch(struct journal *journal, const struct journal_batch *batch, struct err *err);
int journal_note_possibly_paid(struct journal *journal, int64_t worst_cost, uint64_t attempts,
                               struct err *err);

/* Flushes what journal_end has written. NULL is fine. */
void journal_close(struct journal *journal);

#endif
