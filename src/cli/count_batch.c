#include "cli/count_batch.h"

#include "base/file.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    PARTS_MAX = 256,       /* of a batch */
    PART_BYTES = 1 << 20,  /* about */
    BATCH_BYTES = 1 << 26, /* about */
    THREADS_MAX = 64,
    SESSION_BYTES = 1 << 24
};

/* A file, mapped so that one of any size takes no memory; what cannot be mapped (a pipe) is read.
 */
struct input {
    struct file_map map;
    struct buf bytes;
};

/* A thread's own. */
struct worker {
    struct count_batch *batch;
    struct token_session *session; /* owned */
    struct token_ids ids;
    pthread_t thread;
};

struct count_batch {
    const struct count_settings *settings;
    count_print_function *print;
    void *context;
    struct count_part parts[PARTS_MAX];
    size_t part_count;
    size_t bytes;
    atomic_size_t next;                 /* part to be taken by a worker */
    struct input inputs[PARTS_MAX + 2]; /* one kept of the last batch, one that cannot be opened */
    size_t input_count;
    struct worker workers[THREADS_MAX];
    size_t worker_count;
};

static size_t thread_count(const struct count_settings *settings)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    size_t wanted = settings->threads;

    if (wanted == 0) {
        wanted = processors > 0 ? (size_t)processors : 1;
    }
    return wanted < THREADS_MAX ? wanted : THREADS_MAX;
}

int count_batch_new(struct count_batch **out, const struct count_settings *settings,
                    const struct tokenizer *tokenizer, count_print_function *print, void *context,
                    struct err *err)
{
    struct count_batch *batch = calloc(1, sizeof *batch);
    size_t threads = thread_count(settings);

    if (batch == NULL) {
        return err_memory(err);
    }
    batch->settings = settings;
    batch->print = print;
    batch->context = context;
    for (size_t i = 0; i < threads; i++) {
        struct worker *worker = &batch->workers[batch->worker_count];

        worker->batch = batch;
        if (token_session_new(&worker->session, tokenizer, SESSION_BYTES, err) != 0) {
            count_batch_free(batch);
            return (int)err->code;
        }
        batch->worker_count++;
    }
    *out = batch;
    return 0;
}

static void input_release(struct input *input)
{
    file_map_release(&input->map);
    buf_release(&input->bytes);
}

void count_batch_free(struct count_batch *batch)
{
    if (batch == NULL) {
        return;
    }
    for (size_t i = 0; i < PARTS_MAX; i++) {
        buf_release(&batch->parts[i].output);
    }
    for (size_t i = 0; i < batch->input_count; i++) {
        input_release(&batch->inputs[i]);
    }
    for (size_t i = 0; i < batch->worker_count; i++) {
        token_session_free(batch->workers[i].session);
        token_ids_release(&batch->workers[i].ids);
    }
    free(batch);
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    struct count_batch *batch = worker->batch;

    for (;;) {
        size_t i = atomic_fetch_add(&batch->next, 1);

        if (i >= batch->part_count) {
            return NULL;
        }
        count_part_run(&batch->parts[i], batch->settings, worker->session, &worker->ids);
    }
}

static void run_workers(struct count_batch *batch)
{
    size_t started = 1; /* this thread is the first worker */

    atomic_store(&batch->next, 0);
    while (started < batch->worker_count && started < batch->part_count &&
           pthread_create(&batch->workers[started].thread, NULL, work, &batch->workers[started]) ==
               0) {
        started++;
    }
    (void)work(&batch->workers[0]);
    while (started > 1) {
        (void)pthread_join(batch->workers[--started].thread, NULL);
    }
}

/* Counts and prints the parts there are. The last input stays, as it may not be cut to its end. */
static int run_batch(struct count_batch *batch, struct err *err)
{
    int rc = 0;

    run_workers(batch);
    for (size_t i = 0; i < batch->part_count; i++) {
        struct count_part *part = &batch->parts[i];

        if (rc == 0) {
            rc = batch->print(batch->context, part, err);
        }
        if (rc == 0 && part->err.code != ERR_NONE) {
            *err = part->err;
            rc = (int)err->code;
        }
        buf_release(&part->output);
    }
    for (size_t i = 0; i + 1 < batch->input_count; i++) {
        input_release(&batch->inputs[i]);
    }
    if (batch->input_count > 1) {
        batch->inputs[0] = batch->inputs[batch->input_count - 1];
        batch->input_count = 1;
    }
    batch->part_count = 0;
    batch->bytes = 0;
    return rc;
}

/* Where the first part of `text` ends. */
static size_t part_end(struct str text, bool is_jsonl)
{
    size_t at = PART_BYTES;

    while (at + PART_BYTES / 2 < text.len) {
        const char *line_end = memchr(text.p + at, '\n', text.len - at);

        if (line_end == NULL) {
            break;
        }
        at = (size_t)(line_end - text.p) + 1;
        if (is_jsonl || (at < text.len && ((text.p[at] >= 'A' && text.p[at] <= 'Z') ||
                                           (text.p[at] >= 'a' && text.p[at] <= 'z')))) {
            return at;
        }
    }
    return text.len;
}

static size_t count_line_ends(struct str text)
{
    size_t count = 0;

    for (size_t i = 0; i < text.len; i++) {
        count += text.p[i] == '\n';
    }
    return count;
}

static int add_parts(struct count_batch *batch, const char *path, bool is_named, struct str text,
                     struct err *err)
{
    bool is_jsonl = batch->settings->field != NULL;
    size_t line = 1;
    bool is_last = false;

    while (!is_last) {
        struct count_part *part = &batch->parts[batch->part_count];
        size_t end = part_end(text, is_jsonl);

        is_last = end == text.len;
        *part = (struct count_part){.path = path,
                                    .is_named = is_named,
                                    .is_last = is_last,
                                    .bytes = str_take(text, end),
                                    .first_line = line};
        buf_init(&part->output, SIZE_MAX / 4);
        batch->part_count++;
        batch->bytes += end;
        if (is_jsonl && !is_last) {
            line += count_line_ends(part->bytes);
        }
        text = str_skip(text, end);
        if ((batch->part_count == PARTS_MAX || batch->bytes >= BATCH_BYTES) &&
            run_batch(batch, err) != 0) {
            return (int)err->code;
        }
    }
    return 0;
}

static int input_open(struct input *input, const char *path, struct err *err)
{
    bool is_stdin = strcmp(path, "-") == 0;
    int rc = is_stdin ? 0 : file_map_open(&input->map, path, err);

    if (is_stdin || rc == ERR_INPUT) {
        rc = file_read(path, &input->bytes, err);
        input->map.bytes = buf_str(&input->bytes);
    }
    return rc;
}

int count_batch_add(struct count_batch *batch, const char *path, bool is_named, struct err *err)
{
    struct input *input = &batch->inputs[batch->input_count];
    struct err earlier = {ERR_NONE, ""};

    *input = (struct input){.map = {.start = NULL}};
    buf_init(&input->bytes, SIZE_MAX / 4);
    batch->input_count++;
    if (input_open(input, path, err) == 0) {
        return add_parts(batch, path, is_named, input->map.bytes, err);
    }
    if (count_batch_finish(batch, &earlier) != 0) {
        *err = earlier;
    }
    return (int)err->code;
}

int count_batch_finish(struct count_batch *batch, struct err *err)
{
    return run_batch(batch, err);
}
