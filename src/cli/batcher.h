/* batcher: what a sweep by batches holds while it runs: for each model the vendor's batch service
 * and the file that is being written, and all batches that were begun, earlier runs' included.
 */
#ifndef CLI_BATCHER_H
#define CLI_BATCHER_H

#include "cli/case_queue.h"
#include "cli/sent_batches.h"
#include "cli/sweep_batch.h"
#include "endpoint/batch_writer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct batcher;

/* What belongs to one model. */
struct lane {
    struct batcher *batcher;
    size_t model;
    struct batch_service *service;
    struct batch_writer *writer;
    char stem[BATCH_PATH_MAX];
};

struct batcher {
    const struct sweep *sweep;
    const struct sweep_batch_settings *settings;
    char tag[BATCH_TAG_MAX + 1];
    struct lane *lanes; /* one per model */
    struct sent_batches sent;
    struct gate_ticket *tickets; /* by plan index, of trials in batches */
    struct case_queue *queue;    /* of the trials that are in no batch */
    bool is_queue_finished;
    size_t held_index;
    struct test_case *held; /* a case that the cap on cost has no room for yet */
    bool is_capped;
    uint32_t poll_failures; /* rounds in a row */
};

/* What earlier runs have begun is restored and counted at its worst case. batcher_release follows,
 * also after an error. */
int batcher_open(struct batcher *batcher, struct err *err);
void batcher_release(struct batcher *batcher);

bool batcher_is_interrupted(const struct batcher *batcher);
/* ERR_INTERRUPTED, and whether batches go on without this run. */
int batcher_interrupted(const struct batcher *batcher, struct err *err);

struct lane *batcher_lane_of(const struct batcher *batcher, const struct sent_batch *sent);
bool batcher_any(const struct batcher *batcher, bool (*holds)(const struct sent_batch *sent));

/* "batch 2 of 3: 41 of 50 ended" for one batch, sums for several. */
void batcher_show_stage(struct batcher *batcher);

#endif
