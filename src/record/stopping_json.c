#include "record/result_json.h"

#include "record/fields.h"

#include <string.h>

static const struct field pair_fields[] = {
    {"first", FIELD_TEXT, offsetof(struct result_pair, first)},
    {"second", FIELD_TEXT, offsetof(struct result_pair, second)},
    {"samples", FIELD_COUNT, offsetof(struct result_pair, samples)},
    {"difference", FIELD_NUMBER, offsetof(struct result_pair, difference)},
    {"low", FIELD_NUMBER, offsetof(struct result_pair, low)},
    {"high", FIELD_NUMBER, offsetof(struct result_pair, high)},
};

static const struct field decision_fields[] = {
    {"needles", FIELD_COUNT, offsetof(struct result_decision, needles)},
    {"length", FIELD_COUNT, offsetof(struct result_decision, length_tokens)},
    {"decided", FIELD_BOOL, offsetof(struct result_decision, is_decided)},
    {"samples", FIELD_COUNT, offsetof(struct result_decision, samples)},
    {"samples_planned", FIELD_COUNT, offsetof(struct result_decision, samples_planned)},
};

static const struct field stopping_fields[] = {
    {"error_rate", FIELD_NUMBER, offsetof(struct result_stopping, error_rate)},
    {"margin", FIELD_NUMBER, offsetof(struct result_stopping, margin)},
    {"spared", FIELD_COUNT, offsetof(struct result_stopping, spared)},
    {"spared_dollars", FIELD_DOLLARS, offsetof(struct result_stopping, spared_picodollars)},
};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const char *const verdict_names[] = {
    [RESULT_UNDECIDED] = "undecided",
    [RESULT_FIRST_BETTER] = "first-better",
    [RESULT_SECOND_BETTER] = "second-better",
    [RESULT_WITHIN_MARGIN] = "within-margin",
};

/* Takes over `value`, which may be NULL when *err says why. */
static int append(json_t *array, json_t *value, struct err *err)
{
    if (value == NULL) {
        return err->code != ERR_NONE ? (int)err->code : err_memory(err);
    }
    return json_array_append_new(array, value) == 0 ? 0 : err_memory(err);
}

/* An object with the fields and, as its member `list_name`, `list`, which it takes over. */
static json_t *object_with(const struct field *fields, size_t count, const void *record,
                           const char *list_name, json_t *list, struct err *err)
{
    json_t *object = json_object();
    int rc = fields_write(fields, count, record, object, err);

    if (json_object_set_new(object, list_name, list) != 0 && rc == 0) {
        rc = err_memory(err);
    }
    if (rc != 0) {
        json_decref(object);
        return NULL;
    }
    return object;
}

static json_t *pair_to_json(const struct result_pair *pair, struct err *err)
{
    return object_with(pair_fields, COUNT_OF(pair_fields), pair, "verdict",
                       json_string(verdict_names[pair->verdict]), err);
}

static json_t *decision_to_json(const struct result_decision *decision, struct err *err)
{
    json_t *pairs = json_array();
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < decision->pair_count; i++) {
        rc = append(pairs, pair_to_json(&decision->pairs[i], err), err);
    }
    if (rc != 0) {
        json_decref(pairs);
        return NULL;
    }
    return object_with(decision_fields, COUNT_OF(decision_fields), decision, "pairs", pairs, err);
}

json_t *stopping_to_json(const struct result_stopping *stopping, struct err *err)
{
    json_t *cells = json_array();
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < stopping->decision_count; i++) {
        rc = append(cells, decision_to_json(&stopping->decisions[i], err), err);
    }
    if (rc != 0) {
        json_decref(cells);
        return NULL;
    }
    return object_with(stopping_fields, COUNT_OF(stopping_fields), stopping, "cells", cells, err);
}

static int read_verdict(const json_t *json, enum result_verdict *out, struct err *err)
{
    const char *name = json_string_value(json_object_get(json, "verdict"));

    for (size_t i = 0; name != NULL && i < COUNT_OF(verdict_names); i++) {
        if (strcmp(name, verdict_names[i]) == 0) {
            *out = (enum result_verdict)i;
            return 0;
        }
    }
    return err_set(err, ERR_INPUT, "field \"verdict\" is not one of those known");
}

/* Room for as many records as the array member `name` of `json` has. */
static int open_list(const json_t *json, const char *name, size_t size, struct arena *arena,
                     void **out, size_t *count, struct err *err)
{
    const json_t *array = json_object_get(json, name);

    if (!json_is_array(array)) {
        return err_set(err, ERR_INPUT, "field \"%s\" is not an array", name);
    }
    *count = json_array_size(array);
    *out = arena_alloc(arena, *count + 1, size);
    return *out != NULL ? 0 : err_memory(err);
}

static int decision_from_json(const json_t *json, struct arena *arena, struct result_decision *out,
                              struct err *err)
{
    void *pairs = NULL;
    size_t count = 0;
    int rc = fields_read(decision_fields, COUNT_OF(decision_fields), json, out, arena, err);

    if (rc == 0) {
        rc = open_list(json, "pairs", sizeof *out->pairs, arena, &pairs, &count, err);
    }
    out->pairs = pairs;
    for (size_t i = 0; rc == 0 && i < count; i++) {
        const json_t *pair = json_array_get(json_object_get(json, "pairs"), i);

        rc = fields_read(pair_fields, COUNT_OF(pair_fields), pair, &out->pairs[i], arena, err);
        if (rc == 0) {
            rc = read_verdict(pair, &out->pairs[i].verdict, err);
        }
        out->pair_count = i + 1;
    }
    return rc;
}

int stopping_from_json(const json_t *json, struct arena *arena, struct result_stopping **out,
                       struct err *err)
{
    struct result_stopping *stopping = arena_alloc(arena, 1, sizeof *stopping);
    void *decisions = NULL;
    size_t count = 0;
    int rc = 0;

    if (stopping == NULL) {
        return err_memory(err);
    }
    *stopping = (struct result_stopping){0};
    rc = fields_read(stopping_fields, COUNT_OF(stopping_fields), json, stopping, arena, err);
    if (rc == 0) {
        rc = open_list(json, "cells", sizeof *stopping->decisions, arena, &decisions, &count, err);
    }
    stopping->decisions = decisions;
    for (size_t i = 0; rc == 0 && i < count; i++) {
        rc = decision_from_json(json_array_get(json_object_get(json, "cells"), i), arena,
                                &stopping->decisions[i], err);
        stopping->decision_count = i + 1;
    }
    *out = stopping;
    return rc;
}
