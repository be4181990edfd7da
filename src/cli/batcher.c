#include "cli/batcher.h"

#include "cli/sweep_trials.h"
#include "record/plan.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { CASES_AHEAD = 2 };

bool batcher_is_interrupted(const struct batcher *batcher)
{
    return *batcher->sweep->interrupted != 0;
}

static bool on_stop(void *context)
{
    return batcher_is_interrupted(((struct lane *)context)->batcher);
}

static int on_change(void *context, const struct batch *batch, struct err *err)
{
    const struct sent_batches *sent = &((struct lane *)context)->batcher->sent;
    const struct sent_batch *changed = sent_batches_of(sent, batch);

    return changed != NULL ? sent_batches_note(sent, changed, err) : 0;
}

static bool is_known(void *context, struct str id)
{
    const struct sent_batches *sent = &((struct lane *)context)->batcher->sent;

    for (size_t i = 0; i < sent->count; i++) {
        if (str_equal(str_from(sent->items[i]->batch.id), id)) {
            return true;
        }
    }
    return false;
}

static int on_file(void *context, struct batch *batch, struct err *err)
{
    const struct lane *lane = context;

    return sent_batches_add(&lane->batcher->sent, lane->model, batch, err);
}

void batcher_show_stage(struct batcher *batcher)
{
    const struct sent_batches *sent = &batcher->sent;
    const struct sent_batch *only = NULL;
    uint64_t answered = 0;
    uint64_t requests = 0;
    size_t running = 0;
    char text[PROGRESS_STAGE_MAX];

    for (size_t i = 0; i < sent->count; i++) {
        if (sent_batch_is_running(sent->items[i])) {
            only = sent->items[i];
            answered += only->batch.answered + only->batch.failed;
            requests += only->batch.requests;
            running++;
        }
    }
    if (running == 0) {
        return;
    }
    if (running == 1) {
        (void)snprintf(text, sizeof text,
                       "batch %" PRIu32 " of %zu: %" PRIu64 " of %" PRIu64 " ended", only->number,
                       sent->count, answered, requests);
    } else {
        (void)snprintf(text, sizeof text,
                       "%zu of %zu batches running: %" PRIu64 " of %" PRIu64 " ended", running,
                       sent->count, answered, requests);
    }
    progress_stage(batcher->sweep->progress, text);
}

static int open_lane(struct batcher *batcher, size_t model, struct err *err)
{
    const struct sweep *sweep = batcher->sweep;
    struct lane *lane = &batcher->lanes[model];
    const struct batch_setting setting = {
        .endpoint = &sweep->models->models[model].endpoint,
        .limits = sweep->limits,
        .clock = sweep->clock,
        .is_stopped = on_stop,
        .on_change = on_change,
        .is_known = is_known,
        .context = lane,
    };
    int len = sweep->models->count == 1
                  ? snprintf(lane->stem, sizeof lane->stem, "%s", batcher->settings->stem)
                  : snprintf(lane->stem, sizeof lane->stem, "%s.model%zu", batcher->settings->stem,
                             model + 1);

    if (len < 0 || (size_t)len >= sizeof lane->stem) {
        return err_set(err, ERR_USAGE, "the path of the batch files is too long");
    }
    lane->batcher = batcher;
    lane->model = model;
    return batch_service_new(&lane->service, &setting, err);
}

/* Files are numbered on where earlier runs stopped. */
static int open_writer(struct lane *lane, struct err *err)
{
    const struct sent_batches *sent = &lane->batcher->sent;
    struct batch_writer_setting setting = {
        .service = lane->service,
        .stem = lane->stem,
        .tag = lane->batcher->tag,
        .number = 1,
        .limits = {.tokens_max = lane->batcher->settings->tokens_max},
        .on_file = on_file,
        .context = lane,
    };

    for (size_t i = 0; i < sent->count; i++) {
        setting.number += sent->items[i]->model == lane->model ? 1 : 0;
    }
    return batch_writer_new(&lane->writer, &setting, err);
}

/* What is in earlier runs' batches counts at its worst: how long its prompts are is not known
 * before the cases are opened again, but no prompt is longer than was planned. */
static void commit_restored(struct batcher *batcher)
{
    const struct sweep *sweep = batcher->sweep;

    for (size_t i = 0; i < sweep->slots->count; i++) {
        if (sweep->holds[i] == TRIAL_BATCHED && !sweep->slots->ended[i]) {
            struct result_trial trial = {0};

            plan_trial_at(&sweep->result->plan, i, &trial);
            gate_start(sweep->gate, &batcher->tickets[i], i % sweep->models->count,
                       trial.length_tokens);
        }
    }
}

static int open_queue(struct batcher *batcher, struct err *err)
{
    const struct sweep *sweep = batcher->sweep;
    size_t *due = calloc(sweep->slots->count + 1, sizeof *due);
    int rc = due != NULL ? 0 : err_memory(err);

    if (rc == 0) {
        size_t count = batcher->settings->cancels ? 0 : sweep_trials_due(sweep, due);

        rc = case_queue_new(&batcher->queue, sweep->task, &sweep->result->plan, due, count,
                            CASES_AHEAD, err);
    }
    free(due);
    return rc;
}

int batcher_open(struct batcher *batcher, struct err *err)
{
    const struct sweep *sweep = batcher->sweep;
    int rc = 0;

    (void)snprintf(batcher->tag, sizeof batcher->tag, "haymaker_%s", journal_run(sweep->journal));
    batcher->sent.sweep = sweep;
    batcher->lanes = calloc(sweep->models->count, sizeof *batcher->lanes);
    batcher->tickets = calloc(sweep->slots->count + 1, sizeof *batcher->tickets);
    if (batcher->lanes == NULL || batcher->tickets == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; rc == 0 && i < sweep->models->count; i++) {
        rc = open_lane(batcher, i, err);
    }
    if (rc == 0) {
        rc = sent_batches_restore(&batcher->sent, batcher->settings->past, batcher->settings->stem,
                                  err);
    }
    for (size_t i = 0; rc == 0 && i < sweep->models->count; i++) {
        rc = open_writer(&batcher->lanes[i], err);
    }
    if (rc == 0) {
        rc = sweep_trials_begin(sweep, err);
    }
    if (rc != 0) {
        return rc;
    }
    commit_restored(batcher);
    return open_queue(batcher, err);
}

void batcher_release(struct batcher *batcher)
{
    for (size_t i = 0; batcher->lanes != NULL && i < batcher->sweep->models->count; i++) {
        batch_writer_free(batcher->lanes[i].writer);
        batch_service_free(batcher->lanes[i].service);
    }
    case_queue_free(batcher->queue);
    test_case_free(batcher->held);
    sent_batches_release(&batcher->sent);
    free(batcher->lanes);
    free(batcher->tickets);
}

struct lane *batcher_lane_of(const struct batcher *batcher, const struct sent_batch *sent)
{
    return &batcher->lanes[sent->model];
}

bool batcher_any(const struct batcher *batcher, bool (*holds)(const struct sent_batch *sent))
{
    for (size_t i = 0; i < batcher->sent.count; i++) {
        if (holds(batcher->sent.items[i])) {
            return true;
        }
    }
    return false;
}

int batcher_interrupted(const struct batcher *batcher, struct err *err)
{
    (void)err_set(err, ERR_INTERRUPTED, "interrupted%s",
                  batcher_any(batcher, sent_batch_is_running) ? "; the batches go on without us"
                                                              : "");
    return ERR_INTERRUPTED;
}
