#include "cli/sent_batches.h"

#include "base/buf.h"
#include "base/file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STATE_BYTES_MAX = 16 << 20 };

void sent_batches_release(struct sent_batches *batches)
{
    for (size_t i = 0; i < batches->count; i++) {
        batch_release(&batches->items[i]->batch);
        free(batches->items[i]);
    }
    free(batches->items);
    *batches = (struct sent_batches){0};
}

bool sent_batch_is_unsubmitted(const struct sent_batch *sent)
{
    return sent->batch.phase < BATCH_RUNNING ||
           (sent->batch.phase == BATCH_FAILED && sent->batch.queue_is_full);
}

bool sent_batch_is_running(const struct sent_batch *sent)
{
    return sent->batch.phase == BATCH_RUNNING;
}

bool sent_batch_is_to_collect(const struct sent_batch *sent)
{
    return batch_is_over(&sent->batch) && sent->batch.phase < BATCH_LOST &&
           !sent_batch_is_unsubmitted(sent);
}

bool sent_batch_is_lost(const struct sent_batch *sent)
{
    return sent->batch.phase == BATCH_LOST;
}

bool sent_batch_is_open(const struct sent_batch *sent)
{
    return sent->batch.phase < BATCH_LOST;
}

struct sent_batch *sent_batches_of(const struct sent_batches *batches, const struct batch *batch)
{
    for (size_t i = 0; i < batches->count; i++) {
        if (&batches->items[i]->batch == batch) {
            return batches->items[i];
        }
    }
    return NULL;
}

static int grow(struct sent_batches *batches, struct err *err)
{
    size_t room = batches->room != 0 ? batches->room * 2 : 16;
    struct sent_batch **more = NULL;

    if (batches->count < batches->room) {
        return 0;
    }
    more = realloc(batches->items, room * sizeof(struct sent_batch *));
    if (more == NULL) {
        return err_memory(err);
    }
    batches->items = more;
    batches->room = room;
    return 0;
}

/* Appends an empty one: they stay where they are while others are added. */
static int append(struct sent_batches *batches, struct sent_batch **out, struct err *err)
{
    int rc = grow(batches, err);

    if (rc != 0) {
        return rc;
    }
    *out = calloc(1, sizeof **out);
    if (*out == NULL) {
        return err_memory(err);
    }
    batches->items[batches->count++] = *out;
    (*out)->number = (uint32_t)batches->count;
    return 0;
}

static void hold(const struct sent_batches *batches, const struct sent_batch *sent,
                 enum trial_hold how)
{
    const struct sweep *sweep = batches->sweep;

    for (size_t i = 0; i < sent->batch.span_count; i++) {
        const struct batch_span *span = &sent->batch.spans[i];

        for (uint64_t at = span->first; at < span->first + span->count; at++) {
            if (sweep->holds[at] != TRIAL_ELSEWHERE) {
                sweep->holds[at] = how;
            }
        }
    }
}

int sent_batches_note(const struct sent_batches *batches, const struct sent_batch *sent,
                      struct err *err)
{
    const struct sweep *sweep = batches->sweep;
    const struct endpoint *endpoint = &sweep->models->models[sent->model].endpoint;
    struct journal_batch line = {
        .number = sent->number,
        .model = sweep->result->plan.models[sent->model],
        .protocol = str_from(endpoint->protocol),
        .base_url = str_from(endpoint->base_url),
    };
    struct buf state;
    int rc = 0;

    buf_init(&state, STATE_BYTES_MAX);
    batch_append_json(&state, &sent->batch);
    rc = buf_check(&state, "batch", err);
    if (rc == 0) {
        line.state = buf_str(&state);
        rc = journal_note_batch(sweep->journal, &line, err);
    }
    buf_release(&state);
    return rc;
}

int sent_batches_add(struct sent_batches *batches, size_t model, const struct batch *batch,
                     struct err *err)
{
    struct sent_batch *sent = NULL;
    int rc = append(batches, &sent, err);

    if (rc != 0) {
        struct batch lost = *batch;

        batch_release(&lost);
        return rc;
    }
    sent->model = model;
    sent->batch = *batch;
    hold(batches, sent, TRIAL_BATCHED);
    return sent_batches_note(batches, sent, err);
}

int sent_batches_drop(struct sent_batches *batches, struct sent_batch *sent, struct err *err)
{
    (void)unlink(sent->batch.path);
    sent->batch.phase = BATCH_COLLECTED;
    hold(batches, sent, TRIAL_FREE);
    return sent_batches_note(batches, sent, err);
}

/* The same name in the folder where this run's files are. */
static int move_path(struct batch *batch, const char *stem, struct err *err)
{
    const char *slash = strrchr(stem, '/');
    const char *name = strrchr(batch->path, '/');
    int folder = slash != NULL ? (int)(slash + 1 - stem) : 0;
    char path[BATCH_PATH_MAX];
    int len =
        snprintf(path, sizeof path, "%.*s%s", folder, stem, name != NULL ? name + 1 : batch->path);

    if (len < 0 || (size_t)len >= sizeof path) {
        return err_set(err, ERR_USAGE, "the path of the batch files is too long");
    }
    memcpy(batch->path, path, (size_t)len + 1);
    return 0;
}

static int check_spans(const struct sweep *sweep, const struct sent_batch *sent, struct err *err)
{
    for (size_t i = 0; i < sent->batch.span_count; i++) {
        const struct batch_span *span = &sent->batch.spans[i];

        if (span->first >= sweep->slots->count || span->count > sweep->slots->count - span->first) {
            return err_set(err, ERR_INPUT,
                           "the journal's batch %" PRIu32 " has trials that are not in the plan",
                           sent->number);
        }
    }
    return 0;
}

static int find_model(const struct result_plan *plan, const struct journal_batch *past,
                      size_t *model, struct err *err)
{
    for (*model = 0; *model < plan->model_count; (*model)++) {
        if (str_equal(plan->models[*model], past->model)) {
            return 0;
        }
    }
    return err_set(err, ERR_INPUT, "the journal's batch %" PRIu32 " is of '%.*s', not in the plan",
                   past->number, STR_ARG(past->model));
}

static int check_endpoint(const struct sweep *sweep, size_t model, const struct journal_batch *past,
                          struct err *err)
{
    const struct endpoint *endpoint = &sweep->models->models[model].endpoint;

    if (!str_equal(str_from(endpoint->protocol), past->protocol) ||
        !str_equal(str_from(endpoint->base_url), past->base_url)) {
        return err_set(err, ERR_USAGE,
                       "batch %" PRIu32 " is at %.*s (%.*s), but %.*s would now be asked at %s "
                       "(%s): resume with the same settings",
                       past->number, STR_ARG(past->base_url), STR_ARG(past->protocol),
                       STR_ARG(past->model), endpoint->base_url, endpoint->protocol);
    }
    return 0;
}

static int restore_open(struct sent_batches *batches, struct sent_batch *sent,
                        const struct journal_batch *past, struct err *err)
{
    int rc = check_endpoint(batches->sweep, sent->model, past, err);

    if (rc == 0 && sent->batch.phase < BATCH_CREATING && !file_exists(sent->batch.path)) {
        return sent_batches_drop(batches, sent, err); /* nothing was begun and nothing is left */
    }
    if (rc == 0) {
        hold(batches, sent, TRIAL_BATCHED);
    }
    return rc;
}

static int restore_one(struct sent_batches *batches, const struct journal_batch *past,
                       const char *stem, struct err *err)
{
    const struct sweep *sweep = batches->sweep;
    struct sent_batch *sent = NULL;
    int rc = append(batches, &sent, err);

    if (rc == 0) {
        rc = batch_from_json(past->state, &sent->batch, err);
    }
    if (rc == 0) {
        rc = find_model(&sweep->result->plan, past, &sent->model, err);
    }
    if (rc == 0) {
        rc = check_spans(sweep, sent, err);
    }
    if (rc == 0) {
        rc = move_path(&sent->batch, stem, err);
    }
    if (rc == 0 && model_is_simulated(past->model)) {
        sent->batch.phase = BATCH_COLLECTED;
    }
    if (rc == 0 && sent_batch_is_lost(sent)) {
        sent->batch.phase = BATCH_RUNNING; /* asked after again: the key may be another one now */
    }
    if (rc == 0 && sent_batch_is_open(sent)) {
        return restore_open(batches, sent, past, err);
    }
    if (rc == 0) {
        (void)unlink(sent->batch.path); /* the run may have been killed before it could */
    }
    return rc;
}

int sent_batches_restore(struct sent_batches *batches, const struct journal_past *past,
                         const char *stem, struct err *err)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < past->batch_count; i++) {
        rc = restore_one(batches, &past->batches[i], stem, err);
    }
    return rc;
}

size_t sent_batches_waiting(const struct journal_past *past)
{
    size_t count = 0;

    for (size_t i = 0; i < past->batch_count; i++) {
        struct batch batch = {0};
        struct err ignored;

        if (!model_is_simulated(past->batches[i].model) &&
            batch_from_json(past->batches[i].state, &batch, &ignored) == 0) {
            count += batch.phase != BATCH_COLLECTED ? 1 : 0;
        }
        batch_release(&batch);
    }
    return count;
}
