#include "record/journal.h"

#include "record/fields.h"
#include "record/plan.h"
#include "record/result_json.h"

#include "base/buf.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { JOURNAL_SCHEMA = 1, JOURNAL_LINE_MAX = 64 << 20 };

struct journal {
    int fd;
    char *path;
};

static int failed(const struct journal *journal, const char *what, struct err *err)
{
    return err_system(err, "%s: cannot %s", journal->path, what);
}

static int write_line(struct journal *journal, const json_t *json, struct err *err)
{
    char *text = json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(17));
    struct buf line;
    size_t done = 0;
    int rc = 0;

    if (text == NULL) {
        return err_memory(err);
    }
    buf_init(&line, JOURNAL_LINE_MAX);
    buf_append(&line, str_from(text));
    buf_append_char(&line, '\n');
    free(text);
    rc = buf_check(&line, journal->path, err);
    while (rc == 0 && done < line.len) {
        ssize_t written = write(journal->fd, line.p + done, line.len - done);

        if (written < 0 && errno != EINTR) {
            rc = failed(journal, "write", err);
        } else if (written > 0) {
            done += (size_t)written;
        }
    }
    if (rc == 0 && fsync(journal->fd) != 0 && errno != EINVAL) {
        rc = failed(journal, "flush", err);
    }
    buf_release(&line);
    return rc;
}

static json_t *head_to_json(const struct result *result, struct err *err)
{
    json_t *plan = plan_to_json(&result->plan, err);
    json_t *head = NULL;

    if (plan == NULL) {
        return NULL;
    }
    head = json_pack("{s:i, s:o, s:o, s:o, s:o, s:o}", "journal", JOURNAL_SCHEMA, "created",
                     json_from_str(result->created), "program_version",
                     json_from_str(result->program_version), "generator_version",
                     json_from_str(result->generator_version), "corpus_hash",
                     json_from_str(result->corpus_hash), "plan", plan);
    if (head == NULL) {
        (void)err_memory(err);
    }
    return head;
}

/* Names the first member in which two objects differ, or NULL. */
static const char *difference(json_t *a, const json_t *b)
{
    for (void *at = json_object_iter(a); at != NULL; at = json_object_iter_next(a, at)) {
        const char *name = json_object_iter_key(at);

        if (!json_equal(json_object_iter_value(at), json_object_get(b, name))) {
            return name;
        }
    }
    return NULL;
}

static int other_sweep(const struct journal *journal, const char *name, const json_t *theirs,
                       const json_t *ours, struct err *err)
{
    char *their_text = json_dumps(theirs, JSON_COMPACT | JSON_ENCODE_ANY);
    char *our_text = json_dumps(ours, JSON_COMPACT | JSON_ENCODE_ANY);
    int rc = err_set(err, ERR_USAGE,
                     "%s belongs to another sweep: its %s is %.200s, yours %.200s; resume with the "
                     "same settings, or choose another -o",
                     journal->path, name, their_text != NULL ? their_text : "unset",
                     our_text != NULL ? our_text : "unset");

    free(their_text);
    free(our_text);
    return rc;
}

static int check_head(const struct journal *journal, const json_t *head, struct result *result,
                      struct err *err)
{
    static const char *const same[] = {"generator_version", "corpus_hash"};
    json_t *ours = head_to_json(result, err);
    const json_t *their_plan = json_object_get(head, "plan");
    const char *name = NULL;
    int rc = 0;

    if (ours == NULL) {
        return (int)err->code;
    }
    if (json_integer_value(json_object_get(head, "journal")) != JOURNAL_SCHEMA) {
        rc = err_set(err, ERR_INPUT, "%s: not a Haymaker journal", journal->path);
        goto done;
    }
    name = difference(json_object_get(ours, "plan"), their_plan);
    if (name != NULL) {
        rc = other_sweep(journal, name, json_object_get(their_plan, name),
                         json_object_get(json_object_get(ours, "plan"), name), err);
        goto done;
    }
    for (size_t i = 0; rc == 0 && i < sizeof same / sizeof same[0]; i++) {
        if (!json_equal(json_object_get(head, same[i]), json_object_get(ours, same[i]))) {
            rc = other_sweep(journal, same[i], json_object_get(head, same[i]),
                             json_object_get(ours, same[i]), err);
        }
    }
    if (rc == 0) {
        rc = json_get_text(head, "created", &result->arena, &result->created, err);
    }
done:
    json_decref(ours);
    return rc;
}

static int add_trial(struct result *result, const json_t *json, struct trial_slots *slots,
                     struct err *err)
{
    struct result_trial trial = {0};
    size_t index = 0;
    int rc = trial_from_json(json_object_get(json, "trial"), &result->arena, &trial, err);

    if (rc != 0) {
        return rc;
    }
    index = plan_trial_index(&result->plan, &trial);
    if (index >= slots->count) {
        return err_set(err, ERR_INPUT, "this trial is not part of the plan");
    }
    slots->trials[index] = trial;
    slots->ended[index] = true;
    return 0;
}

/* Reads what is there. *good is the length up to the end of the last whole line. */
static int replay(struct journal *journal, struct str text, struct result *result,
                  struct trial_slots *slots, size_t *good, struct err *err)
{
    struct str rest = text;
    size_t line_number = 0;

    *good = 0;
    for (;;) {
        struct str_pair cut = str_cut(rest, '\n');
        json_error_t problem;
        json_t *json = NULL;
        int rc = 0;

        if (!cut.ok) {
            return 0; /* nothing, or a torn last line */
        }
        line_number++;
        json = json_loadb(cut.head.p, cut.head.len, 0, &problem);
        if (json == NULL) {
            return err_set(err, ERR_INPUT, "%s: line %zu: %s", journal->path, line_number,
                           problem.text);
        }
        if (line_number == 1 && !str_cut(cut.tail, '\n').ok) {
            json_decref(json);
            return 0; /* no trial follows: nothing to keep, begin anew */
        }
        rc = line_number == 1 ? check_head(journal, json, result, err)
                              : add_trial(result, json, slots, err);
        json_decref(json);
        if (rc != 0) {
            return line_number == 1 ? rc
                                    : err_wrap(err, "%s: line %zu", journal->path, line_number);
        }
        *good += cut.head.len + 1;
        rest = cut.tail;
    }
}

static int start(struct journal *journal, struct result *result, struct err *err)
{
    json_t *head = head_to_json(result, err);
    int rc = 0;

    if (head == NULL) {
        return (int)err->code;
    }
    rc = write_line(journal, head, err);
    json_decref(head);
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

static int open_locked(struct journal *journal, struct result *result, struct trial_slots *slots,
                       struct err *err)
{
    struct file_map map = {0};
    size_t good = 0;
    int rc = lock(journal, err);

    if (rc == 0) {
        rc = file_map_open(&map, journal->path, err);
    }
    if (rc == 0) {
        rc = replay(journal, map.bytes, result, slots, &good, err);
    }
    file_map_release(&map);
    if (rc != 0) {
        return rc;
    }
    if (ftruncate(journal->fd, (off_t)good) != 0 || lseek(journal->fd, 0, SEEK_END) < 0) {
        return failed(journal, "cut off a torn line", err);
    }
    return good == 0 ? start(journal, result, err) : 0;
}

int journal_open(struct journal **out, const char *path, struct result *result,
                 struct trial_slots *slots, struct err *err)
{
    struct journal *journal = calloc(1, sizeof *journal);
    int rc = file_make_parent_folders(path, err);

    if (journal == NULL) {
        return err_memory(err);
    }
    journal->fd = -1;
    journal->path = strdup(path);
    if (rc == 0 && journal->path == NULL) {
        rc = err_memory(err);
    }
    if (rc == 0) {
        journal->fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (journal->fd < 0) {
            rc = failed(journal, "open", err);
        }
    }
    if (rc == 0) {
        rc = open_locked(journal, result, slots, err);
    }
    if (rc != 0) {
        journal_close(journal);
        return rc;
    }
    *out = journal;
    return 0;
}

int journal_append(struct journal *journal, const struct result_trial *trial, struct err *err)
{
    json_t *json = trial_to_json(trial, err);
    json_t *line = NULL;
    int rc = 0;

    if (json == NULL) {
        return (int)err->code;
    }
    line = json_pack("{s:o}", "trial", json);
    if (line == NULL) {
        return err_memory(err);
    }
    rc = write_line(journal, line, err);
    json_decref(line);
    return rc;
}

void journal_close(struct journal *journal)
{
    if (journal == NULL) {
        return;
    }
    if (journal->fd >= 0) {
        (void)close(journal->fd); /* every line was flushed when it was written */
    }
    free(journal->path);
    free(journal);
}
