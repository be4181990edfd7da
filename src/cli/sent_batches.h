/* sent_batches: the batches of a sweep, in step with its journal.
 *
 * A batch belongs to one model. Each change is in the journal before anything else happens, so that
 * a run that ends at any moment leaves the next one what it needs: to go on waiting, to collect, or
 * to find out whether a batch was begun before it submits it again.
 */
#ifndef CLI_SENT_BATCHES_H
#define CLI_SENT_BATCHES_H

#include "cli/sweep.h"
#include "endpoint/batch.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sent_batch {
    uint32_t number; /* 1 for the first of the sweep */
    size_t model;
    uint32_t refusals; /* in a row, by a queue that is full though nothing of ours is in it */
    bool is_again;     /* its requests were sent again in this run, since it was lost */
    struct batch batch;
};

/* A zeroed one may be released. */
struct sent_batches {
    const struct sweep *sweep; /* borrowed */
    struct sent_batch **items; /* owned, in the order of their numbers */
    size_t count;
    size_t room;
};

void sent_batches_release(struct sent_batches *batches);

/* Takes over what earlier runs have left and holds the trials in batches that are not collected
 * yet. `stem` is where this run's files are: a journal that was moved finds its files beside it.
 * Batches of simulated models ended with the run that made them and are forgotten. ERR_USAGE when
 * a batch was sent elsewhere than its model's trials would be now. */
int sent_batches_restore(struct sent_batches *batches, const struct journal_past *past,
                         const char *stem, struct err *err);

/* Adds a file of requests that was just written and holds its trials. The list owns what is in
 * *batch, whether it succeeds or not. */
int sent_batches_add(struct sent_batches *batches, size_t model, const struct batch *batch,
                     struct err *err);

/* How the batch stands, to the journal. */
int sent_batches_note(const struct sent_batches *batches, const struct sent_batch *sent,
                      struct err *err);

/* A batch that never began is given up: its file is removed, its trials are free again. */
int sent_batches_drop(struct sent_batches *batches, struct sent_batch *sent, struct err *err);

struct sent_batch *sent_batches_of(const struct sent_batches *batches, const struct batch *batch);

/* What is still to be done with it. */
bool sent_batch_is_unsubmitted(const struct sent_batch *sent); /* a full queue's refusal included */
bool sent_batch_is_running(const struct sent_batch *sent);
bool sent_batch_is_to_collect(const struct sent_batch *sent);
bool sent_batch_is_open(const struct sent_batch *sent); /* any of these */

/* The vendor does not know it any more: nothing can be done with it in this run but to send its
 * requests again. */
bool sent_batch_is_lost(const struct sent_batch *sent);

/* How many batches of earlier runs are not collected; for a run that would not look for them. */
size_t sent_batches_waiting(const struct journal_past *past);

#endif
