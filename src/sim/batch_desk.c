#include "sim/batch_desk.h"

#include "base/clock.h"
#include "sim/batch_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int batch_desk_init(struct batch_desk *desk, struct err *err)
{
    *desk = (struct batch_desk){.files = NULL};
    if (pthread_mutex_init(&desk->lock, NULL) != 0) {
        return err_set(err, ERR_SYSTEM, "cannot make a lock");
    }
    return 0;
}

void batch_desk_release(struct batch_desk *desk)
{
    for (size_t i = 0; i < desk->file_count; i++) {
        spool_release(&desk->files[i]->spool);
        free(desk->files[i]);
    }
    for (size_t i = 0; i < desk->batch_count; i++) {
        free(desk->batches[i]);
    }
    free(desk->files);
    free(desk->batches);
    (void)pthread_mutex_destroy(&desk->lock);
}

static int64_t now_s(void)
{
    return clock_system()->wall_s(NULL);
}

/* With the desk locked, as all of these. */
static struct sim_file *add_file(struct batch_desk *desk, const char *name, struct err *err)
{
    struct sim_file **grown =
        realloc(desk->files, (desk->file_count + 1) * sizeof(struct sim_file *));
    struct sim_file *file = NULL;

    if (grown == NULL) {
        (void)err_memory(err);
        return NULL;
    }
    desk->files = grown;
    file = calloc(1, sizeof *file);
    if (file == NULL) {
        (void)err_memory(err);
        return NULL;
    }
    (void)snprintf(file->id, sizeof file->id, "file-sim-%llu", (unsigned long long)++desk->numbers);
    (void)snprintf(file->name, sizeof file->name, "%s", name);
    file->created_s = now_s();
    desk->files[desk->file_count++] = file;
    return file;
}

static struct sim_batch *find_batch(const struct batch_desk *desk, const char *id)
{
    for (size_t i = 0; i < desk->batch_count; i++) {
        if (strcmp(desk->batches[i]->id, id) == 0) {
            return desk->batches[i];
        }
    }
    return NULL;
}

static void end_batch(struct sim_batch *batch, enum sim_batch_state state)
{
    batch->state = state;
    batch->ended_s = now_s();
}

static void fail_batch(struct sim_batch *batch, const struct err *err)
{
    (void)snprintf(batch->failure, sizeof batch->failure, "%s", err->text);
    end_batch(batch, SIM_BATCH_FAILED);
}

/* Answers the batch into files of its own. */
static int answer_batch(struct batch_desk *desk, struct service *service, struct sim_batch *batch,
                        struct err *err)
{
    int rc = 0;

    batch->output = add_file(desk, "results.jsonl", err);
    if (batch->output != NULL && batch->shape->has_error_file) {
        batch->errors = add_file(desk, "errors.jsonl", err);
    }
    if (batch->output == NULL || (batch->shape->has_error_file && batch->errors == NULL)) {
        return (int)err->code;
    }
    rc = batch_run(service, batch, err);
    batch->output->is_finished = true;
    if (batch->errors != NULL) {
        batch->errors->is_finished = true;
        batch->errors = batch->errored != 0 ? batch->errors : NULL;
    }
    return rc;
}

/* Somebody asked after the batch. */
static void advance(struct batch_desk *desk, struct service *service, struct sim_batch *batch)
{
    struct err err;

    if (batch->state != SIM_BATCH_RUNNING) {
        return;
    }
    batch->polls++;
    if (batch->polls <= SIM_BATCH_POLLS && !batch->is_cancelling) {
        return;
    }
    if (answer_batch(desk, service, batch, &err) != 0) {
        fail_batch(batch, &err);
    } else {
        end_batch(batch, batch->is_cancelling ? SIM_BATCH_CANCELLED : SIM_BATCH_ENDED);
    }
}

struct sim_file *batch_desk_add_file(struct batch_desk *desk, const char *name, struct err *err)
{
    struct sim_file *file = NULL;

    (void)pthread_mutex_lock(&desk->lock);
    file = add_file(desk, name, err);
    (void)pthread_mutex_unlock(&desk->lock);
    return file;
}

struct sim_file *batch_desk_find_file(struct batch_desk *desk, const char *id)
{
    struct sim_file *found = NULL;

    (void)pthread_mutex_lock(&desk->lock);
    for (size_t i = 0; i < desk->file_count && found == NULL; i++) {
        found = strcmp(desk->files[i]->id, id) == 0 ? desk->files[i] : NULL;
    }
    (void)pthread_mutex_unlock(&desk->lock);
    return found;
}

bool batch_desk_take_file(struct batch_desk *desk, struct sim_file *file)
{
    bool is_free = false;

    (void)pthread_mutex_lock(&desk->lock);
    is_free = !file->is_taken && !file->is_finished;
    file->is_taken = file->is_taken || is_free;
    (void)pthread_mutex_unlock(&desk->lock);
    return is_free;
}

void batch_desk_give_file(struct batch_desk *desk, struct sim_file *file, bool is_finished)
{
    (void)pthread_mutex_lock(&desk->lock);
    file->is_taken = false;
    file->is_finished = is_finished;
    (void)pthread_mutex_unlock(&desk->lock);
}

static struct sim_batch *add_batch(struct batch_desk *desk, const struct sim_batch *batch,
                                   struct err *err)
{
    struct sim_batch **grown =
        realloc(desk->batches, (desk->batch_count + 1) * sizeof(struct sim_batch *));
    struct sim_batch *added = NULL;

    if (grown == NULL) {
        (void)err_memory(err);
        return NULL;
    }
    desk->batches = grown;
    added = malloc(sizeof *added);
    if (added == NULL) {
        (void)err_memory(err);
        return NULL;
    }
    *added = *batch;
    (void)snprintf(added->id, sizeof added->id, "%s%llu", batch->shape->id_prefix,
                   (unsigned long long)++desk->numbers);
    added->created_s = now_s();
    desk->batches[desk->batch_count++] = added;
    return added;
}

struct sim_batch *batch_desk_add(struct batch_desk *desk, const struct sim_batch *batch,
                                 struct err *err)
{
    struct sim_batch *added = NULL;

    (void)pthread_mutex_lock(&desk->lock);
    added = add_batch(desk, batch, err);
    if (added != NULL && batch_run_check(added, err) != 0) {
        fail_batch(added, err);
    }
    (void)pthread_mutex_unlock(&desk->lock);
    return added;
}

bool batch_desk_show(struct batch_desk *desk, struct service *service, const char *id, bool asks,
                     const char *host, json_t **out)
{
    struct sim_batch *batch = NULL;

    (void)pthread_mutex_lock(&desk->lock);
    batch = find_batch(desk, id);
    if (batch != NULL && asks) {
        advance(desk, service, batch);
    }
    *out = batch != NULL ? batch->shape->show(batch, host) : NULL;
    (void)pthread_mutex_unlock(&desk->lock);
    return batch != NULL;
}

bool batch_desk_cancel(struct batch_desk *desk, const char *id)
{
    struct sim_batch *batch = NULL;

    (void)pthread_mutex_lock(&desk->lock);
    batch = find_batch(desk, id);
    if (batch != NULL && batch->state == SIM_BATCH_RUNNING) {
        batch->is_cancelling = true;
    }
    (void)pthread_mutex_unlock(&desk->lock);
    return batch != NULL;
}

json_t *batch_desk_list(struct batch_desk *desk, const struct batch_shape *shape, const char *host)
{
    json_t *batches = json_array();

    (void)pthread_mutex_lock(&desk->lock);
    for (size_t i = desk->batch_count; i-- != 0;) { /* the newest first, as vendors do */
        if (desk->batches[i]->shape == shape) {
            (void)json_array_append_new(batches, shape->show(desk->batches[i], host));
        }
    }
    (void)pthread_mutex_unlock(&desk->lock);
    return shape->list(batches);
}

struct sim_file *batch_desk_results(struct batch_desk *desk, const char *id)
{
    struct sim_batch *batch = NULL;
    struct sim_file *file = NULL;

    (void)pthread_mutex_lock(&desk->lock);
    batch = find_batch(desk, id);
    file = batch != NULL && batch->state != SIM_BATCH_RUNNING ? batch->output : NULL;
    (void)pthread_mutex_unlock(&desk->lock);
    return file;
}
