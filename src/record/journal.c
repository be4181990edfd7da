#include "record/journal.h"

#include "record/journal_line.h"
#include "record/json_text.h"
#include "record/plan.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/random.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    JOURNAL_LINE_MAX = 64 << 20,
    ANSWER_ROOM = 1 << 20 /* more than an answer at the usual limits of output takes */
};

struct journal {
    int fd;
    char *path;
    off_t end;      /* of the last whole line */
    uint64_t room;  /* taken on the disk behind it, for answers on their way */
    bool is_broken; /* part of a line could not be taken back */
    char run[JOURNAL_RUN_DIGITS + 1];
};

enum flush { FLUSH_LATER, FLUSH_NOW };

int trial_slots_init(struct trial_slots *slots, const struct result_plan *plan, struct err *err)
{
    slots->count = plan_trial_count(plan);
    slots->trials = calloc(slots->count + 1, sizeof *slots->trials);
    slots->ended = calloc(slots->count + 1, sizeof *slots->ended);
    slots->attempts = calloc(slots->count + 1, sizeof *slots->attempts);
    return slots->trials != NULL && slots->ended != NULL && slots->attempts != NULL
               ? 0
               : err_memory(err);
}

void trial_slots_release(struct trial_slots *slots)
{
    free(slots->trials);
    free(slots->ended);
    free(slots->attempts);
    *slots = (struct trial_slots){0};
}

static int failed(const struct journal *journal, const char *what, struct err *err)
{
    return err_system(err, "%s: cannot %s", journal->path, what);
}

static int write_all(struct journal *journal, struct str bytes, struct err *err)
{
    while (bytes.len != 0) {
        ssize_t written = write(journal->fd, bytes.p, bytes.len);

        if (written < 0 && errno != EINTR) {
            return failed(journal, "write", err);
        }
        bytes = str_skip(bytes, written > 0 ? (size_t)written : 0);
    }
    return 0;
}

static int flush_to_disk(const struct journal *journal, struct err *err)
{
    return fsync(journal->fd) != 0 && errno != EINVAL ? failed(journal, "flush", err) : 0;
}

/* Cuts off what is behind the last whole line. That also frees the room taken there, which others
 * are still to come into. */
static void take_back(struct journal *journal)
{
    struct err ignored;

    journal->is_broken = ftruncate(journal->fd, journal->end) != 0;
    if (journal->room != 0) {
        (void)file_take_room(journal->fd, journal->path, (uint64_t)journal->end, journal->room,
                             &ignored);
    }
}

/* A part of a line in the middle would make the whole journal unreadable. */
static int write_line(struct journal *journal, struct str line, enum flush flush, struct err *err)
{
    int rc = 0;

    if (journal->is_broken) {
        return err_set(err, ERR_SYSTEM, "%s: ends within a line", journal->path);
    }
    rc = write_all(journal, line, err);
    if (rc == 0 && flush == FLUSH_NOW) {
        rc = flush_to_disk(journal, err);
    }
    if (rc == 0) {
        journal->end += (off_t)line.len;
    } else {
        take_back(journal);
    }
    return rc;
}

/* Steals `json`, NULL included: then *err is filled already. */
static int append(struct journal *journal, json_t *json, enum flush flush, struct err *err)
{
    struct buf line;
    int rc = 0;

    if (json == NULL) {
        return (int)err->code;
    }
    buf_init(&line, JOURNAL_LINE_MAX);
    json_text_write(json, JSON_COMPACT | JSON_REAL_PRECISION(17), &line);
    json_decref(json);
    buf_append_char(&line, '\n');
    rc = buf_check(&line, journal->path, err);
    if (rc == 0) {
        rc = write_line(journal, buf_str(&line), flush, err);
    }
    buf_release(&line);
    return rc;
}

/* Time, process and path together have happened once. */
static void draw_run(struct journal *journal)
{
    const struct clock *clock = clock_system();
    struct random moment =
        random_stream(clock_ns(clock), str_from(journal->path), (uint64_t)getpid());
    struct random run = random_stream(random_u64(&moment), STR("journal.run"),
                                      (uint64_t)clock->wall_s(clock->context));

    (void)snprintf(journal->run, sizeof journal->run, "%016" PRIx64, random_u64(&run));
}

static int begin(struct journal *journal, const struct result *result, struct err *err)
{
    int rc = 0;

    draw_run(journal);
    rc = append(journal, journal_head_json(result, journal->run, err), FLUSH_NOW, err);
    if (rc == 0) {
        file_flush_folder_of(journal->path); /* or a power cut takes the file, flushed as it is */
    }
    return rc;
}

static int lock(struct journal *journal, struct err *err)
{
    bool taken = false;
    int rc = file_lock(journal->fd, journal->path, &taken, err);

    if (rc == 0 && !taken) {
        rc =
            err_set(err, ERR_USAGE, "%s: another haymaker is working on this sweep", journal->path);
    }
    return rc;
}

/* A pipe would take every line and keep none. */
static int check_regular(const struct journal *journal, struct err *err)
{
    struct stat info;

    if (fstat(journal->fd, &info) != 0) {
        return failed(journal, "look at it", err);
    }
    return S_ISREG(info.st_mode)
               ? 0
               : err_set(err, ERR_SYSTEM, "%s: is no regular file, so no journal", journal->path);
}

static int open_locked(struct journal *journal, struct journal_reading *reading, struct err *err)
{
    struct file_map map = {0};
    size_t good = 0;
    int rc = lock(journal, err);

    if (rc == 0) {
        rc = file_map_open(&map, journal->path, err);
    }
    if (rc == 0) {
        rc = journal_read(reading, map.bytes, &good, err);
    }
    file_map_release(&map);
    if (rc != 0) {
        return rc;
    }
    if (ftruncate(journal->fd, (off_t)good) != 0 || lseek(journal->fd, 0, SEEK_END) < 0) {
        return failed(journal, "cut off a torn line", err);
    }
    journal->end = (off_t)good;
    memcpy(journal->run, reading->run, sizeof journal->run);
    if (good == 0) {
        return begin(journal, reading->result, err);
    }
    /* An earlier run may have died before it flushed its last line, and this one counts on it. */
    return flush_to_disk(journal, err);
}

int journal_open(struct journal **out, const char *path, struct result *result,
                 struct trial_slots *slots, struct journal_past *past, struct err *err)
{
    struct journal_reading reading = {.path = path, .result = result, .slots = slots, .past = past};
    struct journal *journal = calloc(1, sizeof *journal);
    int rc = file_make_parent_folders(path, err);

    if (journal == NULL) {
        return err_memory(err);
    }
    *past = (struct journal_past){0};
    journal->fd = -1;
    journal->path = strdup(path);
    if (rc == 0 && journal->path == NULL) {
        rc = err_memory(err);
    }
    if (rc == 0) {
        journal->fd = file_open_own(path, O_RDWR | O_CREAT | O_APPEND | O_NONBLOCK, 0600, err);
        rc = journal->fd < 0 ? err_wrap(err, "cannot open the journal") : 0;
    }
    if (rc == 0) {
        rc = check_regular(journal, err);
    }
    if (rc == 0) {
        rc = open_locked(journal, &reading, err);
    }
    if (rc != 0) {
        journal_close(journal);
        return rc;
    }
    *out = journal;
    return 0;
}

const char *journal_run(const struct journal *journal)
{
    return journal->run;
}

/* What cannot be given back now is when the journal is opened again. */
static void give_room_back(struct journal *journal)
{
    if (journal->room != 0 && !journal->is_broken && ftruncate(journal->fd, journal->end) == 0) {
        journal->room = 0;
    }
}

int journal_take_room(struct journal *journal, size_t answers, struct err *err)
{
    uint64_t room = (uint64_t)answers * ANSWER_ROOM;

    if (answers == 0) {
        give_room_back(journal);
        return 0;
    }
    if (file_take_room(journal->fd, journal->path, (uint64_t)journal->end, room, err) != 0) {
        return err_wrap(err, "no room for an answer, so nothing more is sent");
    }
    journal->room = room;
    return 0;
}

int journal_append(struct journal *journal, const struct result_trial *trial, struct err *err)
{
    return append(journal, journal_trial_json(trial, err), FLUSH_NOW, err);
}

int journal_start(struct journal *journal, size_t index, const struct journal_attempt *attempt,
                  bool is_flushed, struct err *err)
{
    return append(journal, journal_start_json(index, attempt, err),
                  is_flushed ? FLUSH_NOW : FLUSH_LATER, err);
}

int journal_end(struct journal *journal, size_t index, bool may_be_billed, struct err *err)
{
    return append(journal, journal_end_json(index, may_be_billed, err), FLUSH_LATER, err);
}

int journal_note_batch(struct journal *journal, const struct journal_batch *batch, struct err *err)
{
    return append(journal, journal_batch_json(batch, err), FLUSH_NOW, err);
}

int journal_note_possibly_paid(struct journal *journal, int64_t worst_cost, uint64_t attempts,
                               struct err *err)
{
    return append(journal, journal_possibly_paid_json(worst_cost, attempts, err), FLUSH_NOW, err);
}

void journal_close(struct journal *journal)
{
    if (journal == NULL) {
        return;
    }
    if (journal->fd >= 0) {
        give_room_back(journal);
        (void)fsync(journal->fd); /* what journal_end wrote may wait for this */
        (void)close(journal->fd);
    }
    free(journal->path);
    free(journal);
}
