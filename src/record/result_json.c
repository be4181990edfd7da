#include "record/result_json.h"

#include "record/fields.h"

#include <string.h>

#define TRIAL(json_name, kind, member)                                                             \
    {                                                                                              \
        json_name, kind, offsetof(struct result_trial, member)                                     \
    }
static const struct field trial_fields[] = {
    TRIAL("model", FIELD_TEXT, model),
    TRIAL("task", FIELD_TEXT, task),
    TRIAL("needles", FIELD_COUNT, needles),
    TRIAL("length", FIELD_COUNT, length_tokens),
    TRIAL("sample", FIELD_COUNT, sample),
    TRIAL("probe", FIELD_COUNT, probe),
    TRIAL("depth_percent", FIELD_KNOWN_INT, depth_percent),
    TRIAL("depth", FIELD_KNOWN_NUMBER, depth),
    TRIAL("wanted", FIELD_ORDINAL, wanted),
    TRIAL("fingerprint", FIELD_TEXT, fingerprint),
    TRIAL("haystack", FIELD_TEXT, haystack),
    TRIAL("prompt_tokens", FIELD_KNOWN_COUNT, prompt_tokens),
    TRIAL("answer_tokens", FIELD_KNOWN_COUNT, answer_tokens),
    TRIAL("prompt_bytes", FIELD_KNOWN_COUNT, prompt_bytes),
    TRIAL("outcome", FIELD_OUTCOME, outcome),
    TRIAL("score", FIELD_NUMBER, mark.score),
    TRIAL("lenient_score", FIELD_NUMBER, mark.lenient),
    TRIAL("precision", FIELD_NUMBER, mark.precision),
    TRIAL("recall", FIELD_NUMBER, mark.recall),
    TRIAL("prefix_found", FIELD_BOOL, mark.prefix_found),
    TRIAL("exact", FIELD_BOOL, mark.exact),
    TRIAL("nearest_needle", FIELD_ORDINAL, mark.nearest_needle),
    TRIAL("canary_start", FIELD_CANARY, mark.canary_start),
    TRIAL("canary_middle", FIELD_CANARY, mark.canary_middle),
    TRIAL("canary_end", FIELD_CANARY, mark.canary_end),
    TRIAL("input_tokens", FIELD_KNOWN_COUNT, input_tokens),
    TRIAL("cached_tokens", FIELD_KNOWN_COUNT, cached_tokens),
    TRIAL("cache_written_tokens", FIELD_KNOWN_COUNT, cache_written_tokens),
    TRIAL("output_tokens", FIELD_KNOWN_COUNT, output_tokens),
    TRIAL("reasoning_tokens", FIELD_KNOWN_COUNT, reasoning_tokens),
    TRIAL("cost_dollars", FIELD_DOLLARS, cost_picodollars),
    TRIAL("cache_saved_dollars", FIELD_DOLLARS, cache_saved_picodollars),
    TRIAL("limit_tokens", FIELD_KNOWN_COUNT, limit_tokens),
    TRIAL("counted_tokens", FIELD_KNOWN_COUNT, counted_tokens),
    TRIAL("upload_end_ms", FIELD_KNOWN_NUMBER, upload_end_ms),
    TRIAL("first_byte_ms", FIELD_KNOWN_NUMBER, first_byte_ms),
    TRIAL("first_reasoning_ms", FIELD_KNOWN_NUMBER, first_reasoning_ms),
    TRIAL("first_text_ms", FIELD_KNOWN_NUMBER, first_text_ms),
    TRIAL("end_ms", FIELD_KNOWN_NUMBER, end_ms),
    TRIAL("http_status", FIELD_INT, http_status),
    TRIAL("attempts", FIELD_INT, attempts),
    TRIAL("finish_reason", FIELD_TEXT, finish_reason),
    TRIAL("served_model", FIELD_TEXT, served_model),
    TRIAL("request_id", FIELD_TEXT, request_id),
    TRIAL("dropped_parameters", FIELD_TEXT, dropped_parameters),
    TRIAL("error", FIELD_TEXT, error),
    TRIAL("reply", FIELD_TEXT, reply),
};
/* Results from before it was measured have none. */
static const struct field gap_field = TRIAL("longest_gap_ms", FIELD_KNOWN_NUMBER, longest_gap_ms);
#undef TRIAL

#define CELL(json_name, kind, member)                                                              \
    {                                                                                              \
        json_name, kind, offsetof(struct result_cell, member)                                      \
    }
static const struct field cell_fields[] = {
    CELL("model", FIELD_TEXT, model),
    CELL("task", FIELD_TEXT, task),
    CELL("needles", FIELD_COUNT, needles),
    CELL("length", FIELD_COUNT, length_tokens),
    CELL("planned", FIELD_COUNT, planned),
    CELL("ended", FIELD_COUNT, ended),
    CELL("n", FIELD_COUNT, counted),
    CELL("mean", FIELD_NUMBER, mean),
    CELL("low", FIELD_NUMBER, low),
    CELL("high", FIELD_NUMBER, high),
    CELL("answered", FIELD_COUNT, answered),
    CELL("answered_mean", FIELD_NUMBER, answered_mean),
    CELL("answered_low", FIELD_NUMBER, answered_low),
    CELL("answered_high", FIELD_NUMBER, answered_high),
    CELL("cached_tokens", FIELD_KNOWN_COUNT, cached_tokens),
    CELL("cost_dollars", FIELD_DOLLARS, cost_picodollars),
    CELL("cache_saved_dollars", FIELD_DOLLARS, cache_saved_picodollars),
    CELL("canary_start_missing", FIELD_COUNT, canary_missing[CANARY_START]),
    CELL("canary_middle_missing", FIELD_COUNT, canary_missing[CANARY_MIDDLE]),
    CELL("canary_end_missing", FIELD_COUNT, canary_missing[CANARY_END]),
    CELL("median_first_text_ms", FIELD_NUMBER, median_first_text_ms),
};
#undef CELL

#define ENDPOINT(json_name, kind, member)                                                          \
    {                                                                                              \
        json_name, kind, offsetof(struct result_endpoint, member)                                  \
    }
static const struct field endpoint_fields[] = {
    ENDPOINT("model", FIELD_TEXT, model),
    ENDPOINT("protocol", FIELD_TEXT, protocol),
    ENDPOINT("base_url", FIELD_TEXT, base_url),
    ENDPOINT("input_dollars_per_million", FIELD_NUMBER, input_dollars),
    ENDPOINT("output_dollars_per_million", FIELD_NUMBER, output_dollars),
    ENDPOINT("price_as_of", FIELD_TEXT, price_as_of),
    ENDPOINT("price_source", FIELD_TEXT, price_source),
};
#undef ENDPOINT

#define PLAN(json_name, kind, member)                                                              \
    {                                                                                              \
        json_name, kind, offsetof(struct result_plan, member)                                      \
    }
static const struct field plan_fields[] = {
    PLAN("task", FIELD_TEXT, task),
    PLAN("grader", FIELD_TEXT, grader),
    PLAN("samples", FIELD_COUNT, samples),
    PLAN("probes", FIELD_COUNT, probes),
    PLAN("cold", FIELD_BOOL, cold),
    PLAN("canary", FIELD_BOOL, canary),
    PLAN("seed", FIELD_COUNT, seed),
    PLAN("corpus", FIELD_TEXT, corpus),
    PLAN("needle", FIELD_TEXT, needle),
    PLAN("question", FIELD_TEXT, question),
    PLAN("expect", FIELD_TEXT, expect),
    PLAN("base_url", FIELD_TEXT, base_url),
    PLAN("max_output_tokens", FIELD_KNOWN_COUNT, max_output_tokens),
};
#undef PLAN

/* Written only where prompts are sent several times, so that other files stay as they were. */
static const struct field plan_trials = {"trials", FIELD_COUNT,
                                         offsetof(struct result_plan, trials)};
static const struct field trial_repeat = {"repeat", FIELD_COUNT,
                                          offsetof(struct result_trial, repeat)};

#define REPEATS(json_name, kind, member)                                                           \
    {                                                                                              \
        json_name, kind, offsetof(struct result_repeats, member)                                   \
    }
static const struct field repeats_fields[] = {
    REPEATS("prompts", FIELD_COUNT, prompts),
    REPEATS("trials", FIELD_COUNT, trials),
    REPEATS("same_share", FIELD_NUMBER, same_share),
    REPEATS("within_sd", FIELD_NUMBER, within_sd),
    REPEATS("intraclass_correlation", FIELD_NUMBER, intraclass),
};
#undef REPEATS

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static json_t *texts_to_json(const struct str *texts, size_t count)
{
    json_t *array = json_array();

    for (size_t i = 0; array != NULL && i < count; i++) {
        if (json_array_append_new(array, json_from_str(texts[i])) != 0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

static json_t *counts_to_json(const uint64_t *counts, size_t count)
{
    json_t *array = json_array();

    for (size_t i = 0; array != NULL && i < count; i++) {
        if (json_array_append_new(array, json_integer((json_int_t)counts[i])) != 0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

static json_t *record_to_json(const struct field *fields, size_t count, const void *record,
                              struct err *err)
{
    json_t *object = json_object();

    if (object == NULL) {
        (void)err_memory(err);
        return NULL;
    }
    if (fields_write(fields, count, record, object, err) != 0) {
        json_decref(object);
        return NULL;
    }
    return object;
}

/* The member "dataset", which only sweeps over public data have. */
static int add_dataset(const struct result_plan *plan, json_t *object, struct err *err)
{
    const struct result_dataset *dataset = &plan->dataset;
    json_t *json = NULL;

    if (dataset->name.len == 0) {
        return 0;
    }
    json =
        json_pack("{s:o, s:o, s:o, s:o}", "name", json_from_str(dataset->name), "revision",
                  json_from_str(dataset->revision), "files",
                  texts_to_json(dataset->files, dataset->file_count), "cell_samples",
                  counts_to_json(dataset->cell_samples, plan->length_count * plan->needle_count));
    return json_object_set_new(object, "dataset", json) == 0 ? 0 : err_memory(err);
}

json_t *plan_to_json(const struct result_plan *plan, struct err *err)
{
    json_t *object = json_object();
    const char *fill = plan->fill == CASE_FILL_EXACT ? "exact" : "uniform";

    if (object == NULL) {
        (void)err_memory(err);
        return NULL;
    }
    if (json_object_set_new(object, "models", texts_to_json(plan->models, plan->model_count)) !=
            0 ||
        json_object_set_new(object, "needles", counts_to_json(plan->needles, plan->needle_count)) !=
            0 ||
        json_object_set_new(object, "lengths", counts_to_json(plan->lengths, plan->length_count)) !=
            0 ||
        json_object_set_new(object, "depths_percent",
                            counts_to_json(plan->depths_percent, plan->depth_count)) != 0 ||
        json_object_set_new(object, "task_options",
                            texts_to_json(plan->task_options, plan->task_option_count)) != 0 ||
        json_object_set_new(object, "parameters",
                            texts_to_json(plan->parameters, plan->parameter_count)) != 0 ||
        json_object_set_new(object, "fill", json_string(fill)) != 0) {
        (void)err_memory(err);
        json_decref(object);
        return NULL;
    }
    if (fields_write(plan_fields, COUNT_OF(plan_fields), plan, object, err) != 0 ||
        (plan->trials > 1 && fields_write(&plan_trials, 1, plan, object, err) != 0) ||
        add_dataset(plan, object, err) != 0) {
        json_decref(object);
        return NULL;
    }
    return object;
}

json_t *endpoint_to_json(const struct result_endpoint *endpoint, struct err *err)
{
    return record_to_json(endpoint_fields, COUNT_OF(endpoint_fields), endpoint, err);
}

int endpoint_from_json(const json_t *json, struct arena *arena, struct result_endpoint *out,
                       struct err *err)
{
    return fields_read(endpoint_fields, COUNT_OF(endpoint_fields), json, out, arena, err);
}

json_t *trial_to_json(const struct result_trial *trial, struct err *err)
{
    json_t *object = record_to_json(trial_fields, COUNT_OF(trial_fields), trial, err);

    if (object != NULL &&
        (fields_write(&gap_field, 1, trial, object, err) != 0 ||
         (trial->repeat != 0 && fields_write(&trial_repeat, 1, trial, object, err) != 0))) {
        json_decref(object);
        return NULL;
    }
    return object;
}

/* The member "repeats", which only cells with prompts that were sent twice have. */
static int add_repeats(const struct result_cell *cell, json_t *object, struct err *err)
{
    json_t *repeats = NULL;

    if (cell->repeats.prompts == 0) {
        return 0;
    }
    repeats = record_to_json(repeats_fields, COUNT_OF(repeats_fields), &cell->repeats, err);
    if (repeats == NULL) {
        return (int)err->code;
    }
    return json_object_set_new(object, "repeats", repeats) == 0 ? 0 : err_memory(err);
}

json_t *cell_to_json(const struct result_cell *cell, struct err *err)
{
    json_t *object = record_to_json(cell_fields, COUNT_OF(cell_fields), cell, err);
    json_t *outcomes = json_object();

    if (object == NULL || outcomes == NULL) {
        goto failed;
    }
    for (int i = 0; i < OUTCOME_COUNT; i++) {
        if (cell->outcomes[i] != 0 &&
            json_object_set_new(outcomes, outcome_name((enum outcome)i),
                                json_integer((json_int_t)cell->outcomes[i])) != 0) {
            goto failed;
        }
    }
    if (json_object_set(object, "outcomes", outcomes) != 0) {
        goto failed;
    }
    if (cell->spared != 0 &&
        json_object_set_new(object, "spared", json_integer((json_int_t)cell->spared)) != 0) {
        goto failed;
    }
    if (add_repeats(cell, object, err) != 0) {
        goto failed;
    }
    json_decref(outcomes);
    return object;
failed:
    (void)err_memory(err);
    json_decref(outcomes);
    json_decref(object);
    return NULL;
}

static int fill_from_json(const json_t *json, enum case_fill *out, struct err *err)
{
    const char *word = json_string_value(json_object_get(json, "fill"));

    if (word != NULL && strcmp(word, "exact") == 0) {
        *out = CASE_FILL_EXACT;
        return 0;
    }
    if (word != NULL && strcmp(word, "uniform") == 0) {
        *out = CASE_FILL_UNIFORM;
        return 0;
    }
    return err_set(err, ERR_INPUT, "field \"fill\" is neither \"exact\" nor \"uniform\"");
}

static int dataset_from_json(const json_t *json, struct arena *arena, struct result_plan *plan,
                             struct err *err)
{
    struct result_dataset *out = &plan->dataset;
    size_t cell_count = 0;
    int rc = json_get_text(json, "name", arena, &out->name, err);

    if (rc == 0) {
        rc = json_get_text(json, "revision", arena, &out->revision, err);
    }
    if (rc == 0) {
        rc = json_get_texts(json, "files", arena, &out->files, &out->file_count, err);
    }
    if (rc == 0) {
        rc = json_get_counts(json, "cell_samples", arena, &out->cell_samples, &cell_count, err);
    }
    if (rc == 0 && cell_count != plan->length_count * plan->needle_count) {
        rc = err_set(err, ERR_INPUT, "\"cell_samples\" does not have a number for each cell");
    }
    return rc != 0 ? err_wrap(err, "field \"dataset\"") : 0;
}

int plan_from_json(const json_t *json, struct arena *arena, struct result_plan *out,
                   struct err *err)
{
    int rc = fields_read(plan_fields, COUNT_OF(plan_fields), json, out, arena, err);

    if (rc == 0) {
        rc = json_get_texts(json, "models", arena, &out->models, &out->model_count, err);
    }
    if (rc == 0) {
        rc = json_get_counts(json, "needles", arena, &out->needles, &out->needle_count, err);
    }
    if (rc == 0) {
        rc = json_get_counts(json, "lengths", arena, &out->lengths, &out->length_count, err);
    }
    if (rc == 0) {
        rc = json_get_counts(json, "depths_percent", arena, &out->depths_percent, &out->depth_count,
                             err);
    }
    if (rc == 0) {
        rc =
            json_get_texts(json, "parameters", arena, &out->parameters, &out->parameter_count, err);
    }
    /* Results from before there were such options have none. */
    if (rc == 0 && json_object_get(json, "task_options") != NULL) {
        rc = json_get_texts(json, "task_options", arena, &out->task_options,
                            &out->task_option_count, err);
    }
    if (rc == 0 && json_object_get(json, plan_trials.name) != NULL) {
        rc = fields_read(&plan_trials, 1, json, out, arena, err);
    }
    if (rc == 0 && json_object_get(json, "dataset") != NULL) {
        rc = dataset_from_json(json_object_get(json, "dataset"), arena, out, err);
    }
    return rc != 0 ? rc : fill_from_json(json, &out->fill, err);
}

int trial_from_json(const json_t *json, struct arena *arena, struct result_trial *out,
                    struct err *err)
{
    int rc = fields_read(trial_fields, COUNT_OF(trial_fields), json, out, arena, err);

    out->longest_gap_ms = -1.0;
    if (rc == 0 && json_object_get(json, gap_field.name) != NULL) {
        rc = fields_read(&gap_field, 1, json, out, arena, err);
    }
    if (rc == 0 && json_object_get(json, trial_repeat.name) != NULL) {
        rc = fields_read(&trial_repeat, 1, json, out, arena, err);
    }
    return rc;
}

/* What only some cells have. */
static int rest_of_cell_from_json(const json_t *json, struct arena *arena, struct result_cell *out,
                                  struct err *err)
{
    static const struct field spared = {"spared", FIELD_COUNT,
                                        offsetof(struct result_cell, spared)};
    const json_t *repeats = json_object_get(json, "repeats");
    int rc = 0;

    if (json_object_get(json, spared.name) != NULL) {
        rc = fields_read(&spared, 1, json, out, arena, err);
    }
    if (rc == 0 && repeats != NULL) {
        rc = fields_read(repeats_fields, COUNT_OF(repeats_fields), repeats, &out->repeats, arena,
                         err);
        rc = rc != 0 ? err_wrap(err, "field \"repeats\"") : 0;
    }
    return rc;
}

int cell_from_json(const json_t *json, struct arena *arena, struct result_cell *out,
                   struct err *err)
{
    json_t *outcomes = json_object_get(json, "outcomes");
    const char *name = NULL;
    json_t *value = NULL;
    int rc = fields_read(cell_fields, COUNT_OF(cell_fields), json, out, arena, err);

    if (rc != 0) {
        return rc;
    }
    if (!json_is_object(outcomes)) {
        return err_set(err, ERR_INPUT, "field \"outcomes\" is not an object");
    }
    json_object_foreach(outcomes, name, value)
    {
        enum outcome outcome = OUTCOME_COUNT;

        if (!outcome_from_name(str_from(name), &outcome) || !json_is_integer(value) ||
            json_integer_value(value) < 0) {
            return err_set(err, ERR_INPUT, "field \"outcomes\": \"%s\" is not a known count", name);
        }
        out->outcomes[outcome] = (uint64_t)json_integer_value(value);
    }
    return rest_of_cell_from_json(json, arena, out, err);
}
