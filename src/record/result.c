#include "record/result.h"

#include "record/fields.h"
#include "record/json_text.h"
#include "record/result_json.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/file_draft.h"

#include <string.h>

enum { RESULT_BYTES_MAX = 1 << 30 };

static const char result_kind[] = "haymaker-result";

static const struct field head_fields[] = {
    {"program_version", FIELD_TEXT, offsetof(struct result, program_version)},
    {"created", FIELD_TEXT, offsetof(struct result, created)},
    {"generator_version", FIELD_TEXT, offsetof(struct result, generator_version)},
    {"corpus_hash", FIELD_TEXT, offsetof(struct result, corpus_hash)},
    {"simulated", FIELD_BOOL, offsetof(struct result, simulated)},
};
enum { HEAD_FIELDS = sizeof head_fields / sizeof head_fields[0] };

uint64_t result_cell_needed(const struct result_cell *cell)
{
    return cell->spared < cell->planned ? cell->planned - cell->spared : 0;
}

void result_release(struct result *result)
{
    arena_release(&result->arena);
    *result = (struct result){0};
}

static int read_trials(struct result *out, const json_t *root, struct err *err)
{
    const json_t *array = json_object_get(root, "trials");

    if (!json_is_array(array)) {
        return err_set(err, ERR_INPUT, "field \"trials\" is not an array");
    }
    out->trials = arena_alloc(&out->arena, json_array_size(array) + 1, sizeof *out->trials);
    if (out->trials == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; i < json_array_size(array); i++) {
        int rc = trial_from_json(json_array_get(array, i), &out->arena, &out->trials[i], err);

        if (rc != 0) {
            return err_wrap(err, "trials[%zu]", i);
        }
        out->trial_count++;
    }
    return 0;
}

static int read_cells(struct result *out, const json_t *root, struct err *err)
{
    const json_t *array = json_object_get(root, "summaries");

    if (!json_is_array(array)) {
        return err_set(err, ERR_INPUT, "field \"summaries\" is not an array");
    }
    out->cells = arena_alloc(&out->arena, json_array_size(array) + 1, sizeof *out->cells);
    if (out->cells == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; i < json_array_size(array); i++) {
        int rc = cell_from_json(json_array_get(array, i), &out->arena, &out->cells[i], err);

        if (rc != 0) {
            return err_wrap(err, "summaries[%zu]", i);
        }
        out->cell_count++;
    }
    return 0;
}

static int read_endpoints(struct result *out, const json_t *root, struct err *err)
{
    const json_t *array = json_object_get(root, "endpoints");

    if (!json_is_array(array)) {
        return err_set(err, ERR_INPUT, "field \"endpoints\" is not an array");
    }
    out->endpoints = arena_alloc(&out->arena, json_array_size(array) + 1, sizeof *out->endpoints);
    if (out->endpoints == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; i < json_array_size(array); i++) {
        int rc = endpoint_from_json(json_array_get(array, i), &out->arena, &out->endpoints[i], err);

        if (rc != 0) {
            return err_wrap(err, "endpoints[%zu]", i);
        }
        out->endpoint_count++;
    }
    return 0;
}

static int read_root(struct result *out, const json_t *root, struct err *err)
{
    const char *kind = json_string_value(json_object_get(root, "kind"));
    const json_t *schema = json_object_get(root, "schema");
    int rc = 0;

    if (kind == NULL || strcmp(kind, result_kind) != 0) {
        return err_set(err, ERR_INPUT, "not a Haymaker result (no \"kind\": \"haymaker-result\")");
    }
    if (json_integer_value(schema) != RESULT_SCHEMA) {
        return err_set(err, ERR_INPUT, "schema %lld is not one this version knows (%d)",
                       (long long)json_integer_value(schema), RESULT_SCHEMA);
    }
    rc = fields_read(head_fields, HEAD_FIELDS, root, out, &out->arena, err);
    if (rc == 0 && json_object_get(root, "shard") != NULL) {
        rc = json_get_text(root, "shard", &out->arena, &out->shard, err);
    }
    if (rc == 0 && json_object_get(root, "case_file") != NULL) {
        rc = json_get_text(root, "case_file", &out->arena, &out->case_file, err);
    }
    if (rc == 0) {
        rc = plan_from_json(json_object_get(root, "plan"), &out->arena, &out->plan, err);
        if (rc != 0) {
            return err_wrap(err, "plan");
        }
    }
    if (rc == 0) {
        rc = read_endpoints(out, root, err);
    }
    if (rc == 0 && json_object_get(root, "until_decided") != NULL) {
        rc = stopping_from_json(json_object_get(root, "until_decided"), &out->arena, &out->stopping,
                                err);
        if (rc != 0) {
            return err_wrap(err, "until_decided");
        }
    }
    if (rc == 0) {
        rc = read_trials(out, root, err);
    }
    return rc != 0 ? rc : read_cells(out, root, err);
}

int result_load(struct result *out, const char *path, struct err *err)
{
    struct buf text;
    json_t *root = NULL;
    json_error_t problem = {.line = 0};
    int rc = 0;

    *out = (struct result){0};
    buf_init(&text, RESULT_BYTES_MAX);
    rc = file_read(path, &text, err);
    if (rc != 0) {
        goto done;
    }
    root = json_text_read(buf_str(&text), JSON_REJECT_DUPLICATES, &problem, err);
    if (root == NULL) {
        rc = err_wrap(err, "%s: line %d", path, problem.line);
        goto done;
    }
    rc = read_root(out, root, err);
    if (rc != 0) {
        rc = err_wrap(err, "%s", path);
        goto done;
    }
    out->path = arena_copy(&out->arena, str_from(path));
    if (out->path.p == NULL) {
        rc = err_memory(err);
    }
done:
    if (rc != 0) {
        result_release(out);
    }
    json_decref(root);
    buf_release(&text);
    return rc;
}

static int append_all(json_t *array, json_t *value, struct err *err)
{
    if (value == NULL) {
        return (int)err->code;
    }
    return json_array_append_new(array, value) == 0 ? 0 : err_memory(err);
}

static int set_array(json_t *root, const char *name, json_t *array, int rc, struct err *err)
{
    if (json_object_set_new(root, name, array) != 0) {
        return rc != 0 ? rc : err_memory(err);
    }
    return rc;
}

static int write_lists(const struct result *result, json_t *root, struct err *err)
{
    json_t *endpoints = json_array();
    json_t *cells = json_array();
    json_t *trials = json_array();
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < result->endpoint_count; i++) {
        rc = append_all(endpoints, endpoint_to_json(&result->endpoints[i], err), err);
    }
    for (size_t i = 0; rc == 0 && i < result->cell_count; i++) {
        rc = append_all(cells, cell_to_json(&result->cells[i], err), err);
    }
    for (size_t i = 0; rc == 0 && i < result->trial_count; i++) {
        rc = append_all(trials, trial_to_json(&result->trials[i], err), err);
    }
    rc = set_array(root, "endpoints", endpoints, rc, err);
    rc = set_array(root, "summaries", cells, rc, err);
    return set_array(root, "trials", trials, rc, err);
}

static int write_stopping(const struct result_stopping *stopping, json_t *root, struct err *err)
{
    json_t *json = stopping != NULL ? stopping_to_json(stopping, err) : NULL;

    if (stopping == NULL) {
        return 0;
    }
    if (json == NULL) {
        return (int)err->code;
    }
    return json_object_set_new(root, "until_decided", json) == 0 ? 0 : err_memory(err);
}

static int fill_root(const struct result *result, json_t *root, struct err *err)
{
    json_t *plan = NULL;
    int rc = 0;

    if (json_object_set_new(root, "schema", json_integer(RESULT_SCHEMA)) != 0 ||
        json_object_set_new(root, "kind", json_string(result_kind)) != 0) {
        return err_memory(err);
    }
    rc = fields_write(head_fields, HEAD_FIELDS, result, root, err);
    if (rc != 0) {
        return rc;
    }
    if ((result->shard.len != 0 &&
         json_object_set_new(root, "shard", json_from_str(result->shard)) != 0) ||
        (result->case_file.len != 0 &&
         json_object_set_new(root, "case_file", json_from_str(result->case_file)) != 0)) {
        return err_memory(err);
    }
    plan = plan_to_json(&result->plan, err);
    if (plan == NULL) {
        return (int)err->code;
    }
    if (json_object_set_new(root, "plan", plan) != 0) {
        return err_memory(err);
    }
    rc = write_stopping(result->stopping, root, err);
    if (rc != 0) {
        return rc;
    }
    return write_lists(result, root, err);
}

int result_save(const struct result *result, const char *path, struct err *err)
{
    json_t *root = json_object();
    struct buf file;
    int rc = root != NULL ? 0 : err_memory(err);

    buf_init(&file, RESULT_BYTES_MAX);
    if (rc == 0) {
        rc = fill_root(result, root, err);
    }
    if (rc == 0) {
        json_text_write(root, JSON_INDENT(1) | JSON_REAL_PRECISION(17), &file);
        buf_append_char(&file, '\n');
        rc = buf_check(&file, path, err);
    }
    if (rc == 0) {
        rc = file_replace(path, buf_str(&file), FILE_FOR_OWNER, err);
    }
    buf_release(&file);
    json_decref(root);
    return rc;
}
