#include "record/journal_line.h"

#include "record/fields.h"
#include "record/json_text.h"
#include "record/plan.h"
#include "record/price.h"
#include "record/result_json.h"

#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

struct start_line {
    uint64_t index;
    uint64_t attempt;
    int64_t worst_cost;
};
static const struct field start_fields[] = {
    {"index", FIELD_COUNT, offsetof(struct start_line, index)},
    {"attempt", FIELD_COUNT, offsetof(struct start_line, attempt)},
    {"worst_dollars", FIELD_DOLLARS, offsetof(struct start_line, worst_cost)},
};

struct end_line {
    uint64_t index;
    bool may_be_billed;
};
static const struct field end_fields[] = {
    {"index", FIELD_COUNT, offsetof(struct end_line, index)},
    {"may_be_billed", FIELD_BOOL, offsetof(struct end_line, may_be_billed)},
};

struct batch_line {
    uint64_t number;
    struct str model;
    struct str protocol;
    struct str base_url;
};
static const struct field batch_fields[] = {
    {"number", FIELD_COUNT, offsetof(struct batch_line, number)},
    {"model", FIELD_TEXT, offsetof(struct batch_line, model)},
    {"protocol", FIELD_TEXT, offsetof(struct batch_line, protocol)},
    {"base_url", FIELD_TEXT, offsetof(struct batch_line, base_url)},
};

struct paid_line {
    uint64_t attempts;
    int64_t worst_cost;
};
static const struct field paid_fields[] = {
    {"attempts", FIELD_COUNT, offsetof(struct paid_line, attempts)},
    {"worst_dollars", FIELD_DOLLARS, offsetof(struct paid_line, worst_cost)},
};

json_t *journal_head_json(const struct result *result, const char *run, struct err *err)
{
    json_t *plan = plan_to_json(&result->plan, err);
    json_t *head = NULL;

    if (plan == NULL) {
        return NULL;
    }
    head = json_pack("{s:i, s:s, s:o, s:o, s:o, s:o, s:o}", "journal", JOURNAL_SCHEMA, "run", run,
                     "created", json_from_str(result->created), "program_version",
                     json_from_str(result->program_version), "generator_version",
                     json_from_str(result->generator_version), "corpus_hash",
                     json_from_str(result->corpus_hash), "plan", plan);
    if (head == NULL || (result->shard.len != 0 &&
                         json_object_set_new(head, "shard", json_from_str(result->shard)) != 0)) {
        json_decref(head);
        head = NULL;
        (void)err_memory(err);
    }
    return head;
}

/* {"kind": body}; steals the body, NULL included. */
static json_t *wrap(const char *kind, json_t *body, struct err *err)
{
    json_t *line = body != NULL ? json_pack("{s:o}", kind, body) : NULL;

    if (body != NULL && line == NULL) {
        (void)err_memory(err);
    }
    return line;
}

static json_t *body_of(const struct field *fields, size_t count, const void *record,
                       struct err *err)
{
    json_t *body = json_object();

    if (body == NULL) {
        (void)err_memory(err);
        return NULL;
    }
    if (fields_write(fields, count, record, body, err) != 0) {
        json_decref(body);
        return NULL;
    }
    return body;
}

json_t *journal_trial_json(const struct result_trial *trial, struct err *err)
{
    return wrap("trial", trial_to_json(trial, err), err);
}

json_t *journal_start_json(size_t index, const struct journal_attempt *attempt, struct err *err)
{
    const struct start_line line = {index, attempt->number, attempt->worst_cost};

    return wrap("start", body_of(start_fields, COUNT_OF(start_fields), &line, err), err);
}

json_t *journal_end_json(size_t index, bool may_be_billed, struct err *err)
{
    const struct end_line line = {index, may_be_billed};

    return wrap("end", body_of(end_fields, COUNT_OF(end_fields), &line, err), err);
}

json_t *journal_batch_json(const struct journal_batch *batch, struct err *err)
{
    const struct batch_line line = {batch->number, batch->model, batch->protocol, batch->base_url};
    json_t *state = json_text_read(batch->state, 0, NULL, err);
    json_t *body = state != NULL ? body_of(batch_fields, COUNT_OF(batch_fields), &line, err) : NULL;

    if (body == NULL) {
        json_decref(state);
    } else if (json_object_set_new(body, "state", state) != 0) {
        json_decref(body);
        body = NULL;
        (void)err_memory(err);
    }
    return wrap("batch", body, err);
}

json_t *journal_possibly_paid_json(int64_t worst_cost, uint64_t attempts, struct err *err)
{
    const struct paid_line line = {attempts, worst_cost};

    return wrap("possibly_paid", body_of(paid_fields, COUNT_OF(paid_fields), &line, err), err);
}

/* Names the first member of `a` that `b` has not, or not so; NULL when there is none. */
static const char *difference(json_t *a, json_t *b)
{
    for (void *at = json_object_iter(a); at != NULL; at = json_object_iter_next(a, at)) {
        const char *name = json_object_iter_key(at);

        if (!json_equal(json_object_iter_value(at), json_object_get(b, name))) {
            return name;
        }
    }
    return NULL;
}

static int other_sweep(const struct journal_reading *reading, const char *name,
                       const json_t *theirs, const json_t *ours, struct err *err)
{
    struct buf their_text;
    struct buf our_text;
    int rc = json_text_values(theirs, ours, &their_text, &our_text, err);

    if (rc == 0) {
        rc = err_set(err, ERR_USAGE,
                     "%s belongs to another sweep: its %s is %.200s, yours %.200s; resume with the "
                     "same settings, or choose another -o",
                     reading->path, name, their_text.p, our_text.p);
    }
    buf_release(&their_text);
    buf_release(&our_text);
    return rc;
}

static bool is_same(const json_t *a, const json_t *b)
{
    return a == NULL && b == NULL ? true : json_equal(a, b) != 0;
}

static int check_same(const struct journal_reading *reading, json_t *ours, const json_t *theirs,
                      struct err *err)
{
    static const char *const same[] = {"generator_version", "corpus_hash", "shard"};
    json_t *our_plan = json_object_get(ours, "plan");
    json_t *their_plan = json_object_get(theirs, "plan");
    const char *name = difference(our_plan, their_plan);

    if (name == NULL) {
        name = difference(their_plan, our_plan);
    }
    if (name != NULL) {
        return other_sweep(reading, name, json_object_get(their_plan, name),
                           json_object_get(our_plan, name), err);
    }
    for (size_t i = 0; i < COUNT_OF(same); i++) {
        if (!is_same(json_object_get(theirs, same[i]), json_object_get(ours, same[i]))) {
            return other_sweep(reading, same[i], json_object_get(theirs, same[i]),
                               json_object_get(ours, same[i]), err);
        }
    }
    return 0;
}

static int read_head(struct journal_reading *reading, const json_t *head, struct err *err)
{
    struct result *result = reading->result;
    struct str run = {0};
    json_t *ours = NULL;
    int rc = 0;

    if (json_integer_value(json_object_get(head, "journal")) != JOURNAL_SCHEMA) {
        return err_set(err, ERR_INPUT, "%s: not a Haymaker journal", reading->path);
    }
    ours = journal_head_json(result, "", err);
    if (ours == NULL) {
        return (int)err->code;
    }
    rc = check_same(reading, ours, head, err);
    json_decref(ours);
    if (rc == 0) {
        rc = json_get_text(head, "created", &result->arena, &result->created, err);
    }
    if (rc == 0) {
        rc = json_get_text(head, "run", &result->arena, &run, err);
    }
    if (rc == 0 && run.len != JOURNAL_RUN_DIGITS) {
        rc = err_set(err, ERR_INPUT, "%s: field \"run\" is not %d hex digits", reading->path,
                     JOURNAL_RUN_DIGITS);
    }
    if (rc == 0) {
        memcpy(reading->run, run.p, JOURNAL_RUN_DIGITS + 1);
    }
    return rc;
}

static int not_in_plan(struct err *err)
{
    return err_set(err, ERR_INPUT, "this trial is not part of the plan");
}

/* The request that was open came to nothing, and nobody will tell whether it was billed. */
static void lose_attempt(struct journal_past *past, struct journal_attempt *attempt)
{
    if (attempt->worst_cost > 0) {
        past->possibly_paid = price_add(past->possibly_paid, attempt->worst_cost);
    }
    past->possibly_paid_attempts++;
    attempt->is_open = false;
}

static int read_trial(struct journal_reading *reading, const json_t *body, struct err *err)
{
    struct trial_slots *slots = reading->slots;
    struct result_trial trial = {0};
    size_t index = 0;
    int rc = trial_from_json(body, &reading->result->arena, &trial, err);

    if (rc != 0) {
        return rc;
    }
    index = plan_trial_index(&reading->result->plan, &trial);
    if (index >= slots->count) {
        return not_in_plan(err);
    }
    slots->trials[index] = trial;
    slots->ended[index] = true;
    slots->attempts[index].is_open = false;
    if (trial.cost_picodollars > 0) {
        reading->past->spent = price_add(reading->past->spent, trial.cost_picodollars);
    }
    return 0;
}

static int read_start(struct journal_reading *reading, const json_t *body, struct err *err)
{
    struct start_line line = {0};
    struct journal_attempt *attempt = NULL;
    int rc = fields_read(start_fields, COUNT_OF(start_fields), body, &line, &reading->result->arena,
                         err);

    if (rc != 0) {
        return rc;
    }
    if (line.index >= reading->slots->count || line.attempt > UINT32_MAX) {
        return not_in_plan(err);
    }
    attempt = &reading->slots->attempts[line.index];
    if (attempt->is_open) {
        lose_attempt(reading->past, attempt);
    }
    *attempt = (struct journal_attempt){(uint32_t)line.attempt, true, line.worst_cost};
    return 0;
}

static int read_end(struct journal_reading *reading, const json_t *body, struct err *err)
{
    struct end_line line = {0};
    struct journal_attempt *attempt = NULL;
    int rc =
        fields_read(end_fields, COUNT_OF(end_fields), body, &line, &reading->result->arena, err);

    if (rc != 0) {
        return rc;
    }
    if (line.index >= reading->slots->count) {
        return not_in_plan(err);
    }
    attempt = &reading->slots->attempts[line.index];
    if (attempt->is_open && line.may_be_billed) {
        lose_attempt(reading->past, attempt);
    }
    attempt->is_open = false;
    return 0;
}

/* Batches are few: 50 requests or more each. */
static int add_batch(struct journal_reading *reading, struct journal_batch **out, struct err *err)
{
    struct journal_past *past = reading->past;
    size_t room = reading->batch_room != 0 ? reading->batch_room * 2 : 16;
    struct journal_batch *more = NULL;

    if (past->batch_count == reading->batch_room) {
        more = arena_alloc(&reading->result->arena, room, sizeof *more);
        if (more == NULL) {
            return err_memory(err);
        }
        if (past->batch_count != 0) {
            memcpy(more, past->batches, past->batch_count * sizeof *more);
        }
        past->batches = more;
        reading->batch_room = room;
    }
    *out = &past->batches[past->batch_count++];
    return 0;
}

static int keep_state(struct journal_reading *reading, const json_t *body, struct str *out,
                      struct err *err)
{
    const json_t *state = json_object_get(body, "state");
    struct buf text;

    if (!json_is_object(state)) {
        return err_set(err, ERR_INPUT, "field \"state\" is not an object");
    }
    buf_init(&text, SIZE_MAX / 2);
    json_text_write(state, JSON_COMPACT, &text);
    *out =
        text.failure == 0 ? arena_copy(&reading->result->arena, buf_str(&text)) : (struct str){0};
    buf_release(&text);
    return out->p != NULL ? 0 : err_memory(err);
}

static int read_batch(struct journal_reading *reading, const json_t *body, struct err *err)
{
    struct journal_past *past = reading->past;
    struct batch_line line = {0};
    struct journal_batch *batch = NULL;
    int rc = fields_read(batch_fields, COUNT_OF(batch_fields), body, &line, &reading->result->arena,
                         err);

    if (rc != 0) {
        return rc;
    }
    if (line.number == 0 || line.number > past->batch_count + 1) {
        return err_set(err, ERR_INPUT, "field \"number\" is not that of a batch");
    }
    if (line.number > past->batch_count) {
        rc = add_batch(reading, &batch, err);
    } else {
        batch = &past->batches[line.number - 1];
    }
    if (rc != 0) {
        return rc;
    }
    *batch = (struct journal_batch){
        .number = (uint32_t)line.number,
        .model = line.model,
        .protocol = line.protocol,
        .base_url = line.base_url,
    };
    return keep_state(reading, body, &batch->state, err);
}

static int read_possibly_paid(struct journal_reading *reading, const json_t *body, struct err *err)
{
    struct paid_line line = {0};
    int rc =
        fields_read(paid_fields, COUNT_OF(paid_fields), body, &line, &reading->result->arena, err);

    if (rc == 0) {
        reading->past->possibly_paid_attempts += line.attempts;
        if (line.worst_cost > 0) {
            reading->past->possibly_paid = price_add(reading->past->possibly_paid, line.worst_cost);
        }
    }
    return rc;
}

static int read_event(struct journal_reading *reading, json_t *line, struct err *err)
{
    static const struct {
        const char *kind;
        int (*read)(struct journal_reading *reading, const json_t *body, struct err *err);
    } rows[] = {
        {"trial", read_trial},
        {"start", read_start},
        {"end", read_end},
        {"batch", read_batch},
        {"possibly_paid", read_possibly_paid},
    };
    const char *kind = json_object_iter_key(json_object_iter(line));

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const json_t *body = json_object_get(line, rows[i].kind);

        if (body != NULL) {
            return rows[i].read(reading, body, err);
        }
    }
    return err_set(err, ERR_INPUT,
                   "'%.40s' is no event that this version knows: the journal is a newer haymaker's",
                   kind != NULL ? kind : "");
}

int journal_read(struct journal_reading *reading, struct str text, size_t *good, struct err *err)
{
    struct str rest = text;
    size_t line_number = 0;

    *good = 0;
    for (;;) {
        struct str_pair cut = str_cut(rest, '\n');
        json_t *json = NULL;
        int rc = 0;

        if (!cut.ok) {
            return 0; /* nothing, or a torn last line */
        }
        line_number++;
        json = json_text_read(cut.head, 0, NULL, err);
        if (json == NULL) {
            return err_wrap(err, "%s: line %zu", reading->path, line_number);
        }
        if (line_number == 1 && !str_cut(cut.tail, '\n').ok) {
            json_decref(json);
            return 0; /* nothing has happened yet: begin anew */
        }
        rc = line_number == 1 ? read_head(reading, json, err) : read_event(reading, json, err);
        json_decref(json);
        if (rc != 0) {
            return line_number == 1 ? rc
                                    : err_wrap(err, "%s: line %zu", reading->path, line_number);
        }
        *good += cut.head.len + 1;
        rest = cut.tail;
    }
}
