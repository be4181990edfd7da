#include "sim/batch_desk.h"

#include <string.h>
#include <time.h>

enum { STAMP_MAX = 32, DAY_S = 86400 };

/* "2026-11-22T14:04:18Z", null for 0. */
static json_t *stamp_json(int64_t seconds)
{
    time_t when = (time_t)seconds;
    struct tm parts;
    char text[STAMP_MAX];

    memset(&parts, 0, sizeof parts);
    (void)gmtime_r(&when, &parts);
    if (seconds == 0 || strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0) {
        return json_null();
    }
    return json_string(text);
}

static json_int_t count(uint64_t requests)
{
    return (json_int_t)requests;
}

static const char *file_id(const struct sim_file *file)
{
    return file != NULL ? file->id : NULL;
}

/* OpenAI */

static const char *openai_status(const struct sim_batch *batch)
{
    switch (batch->state) {
    case SIM_BATCH_RUNNING:
        if (batch->is_cancelling) {
            return "cancelling";
        }
        return batch->polls == 0 ? "validating" : "in_progress";
    case SIM_BATCH_ENDED:
        return "completed";
    case SIM_BATCH_CANCELLED:
        return "cancelled";
    case SIM_BATCH_FAILED:
        break;
    }
    return "failed";
}

static json_t *openai_errors(const struct sim_batch *batch)
{
    if (batch->state != SIM_BATCH_FAILED) {
        return json_null();
    }
    return json_pack("{s:s, s:[{s:s, s:s}]}", "object", "list", "data", "code", "invalid_json_line",
                     "message", batch->failure);
}

static json_t *openai_show(const struct sim_batch *batch, const char *host)
{
    (void)host;
    return json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s, s:s?, s:s?, s:I, s:{s:I, s:I, s:I}, s:o}", "id", batch->id,
        "object", "batch", "endpoint", batch->endpoint, "input_file_id", batch->input->id,
        "completion_window", "24h", "status", openai_status(batch), "output_file_id",
        file_id(batch->output), "error_file_id", file_id(batch->errors), "created_at",
        (json_int_t)batch->created_s, "request_counts", "total", count(batch->total), "completed",
        count(batch->succeeded), "failed", count(batch->errored), "errors", openai_errors(batch));
}

static json_t *openai_list(json_t *batches)
{
    return json_pack("{s:s, s:o, s:b}", "object", "list", "data", batches, "has_more", 0);
}

static json_t *openai_result(const struct batch_item *item, enum batch_end end, unsigned status,
                             json_t *body)
{
    (void)end;
    return json_pack("{s:s+, s:s, s:{s:i, s:s, s:o}, s:n}", "id", "batch_req_", item->id,
                     "custom_id", item->id, "response", "status_code", (int)status, "request_id",
                     "req_simulated", "body", body, "error");
}

const struct batch_shape batch_shape_openai = {
    .id_prefix = "batch_sim_",
    .file = {.is_lines = true, .item = "", .id = "custom_id", .url = "url", .body = "body"},
    .has_error_file = true,
    .show = openai_show,
    .list = openai_list,
    .result = openai_result,
};

/* Anthropic */

static const char *anthropic_status(const struct sim_batch *batch)
{
    if (batch->state != SIM_BATCH_RUNNING) {
        return "ended";
    }
    return batch->is_cancelling ? "canceling" : "in_progress";
}

static json_t *anthropic_show(const struct sim_batch *batch, const char *host)
{
    uint64_t done = batch->succeeded + batch->errored + batch->canceled;
    json_t *json = json_pack(
        "{s:s, s:s, s:s, s:{s:I, s:I, s:I, s:I, s:i}, s:o, s:o, s:o, s:n, s:n}", "id", batch->id,
        "type", "message_batch", "processing_status", anthropic_status(batch), "request_counts",
        "processing", count(batch->total - done), "succeeded", count(batch->succeeded), "errored",
        count(batch->errored), "canceled", count(batch->canceled), "expired", 0, "created_at",
        stamp_json(batch->created_s), "expires_at", stamp_json(batch->created_s + DAY_S),
        "ended_at", stamp_json(batch->ended_s), "cancel_initiated_at", "archived_at");

    (void)json_object_set_new(
        json, "results_url",
        batch->state == SIM_BATCH_RUNNING
            ? json_null()
            : json_pack("s++++", "http://", host, "/v1/messages/batches/", batch->id, "/results"));
    return json;
}

static json_t *anthropic_list(json_t *batches)
{
    return json_pack("{s:o, s:b, s:n, s:n}", "data", batches, "has_more", 0, "first_id", "last_id");
}

static json_t *anthropic_result(const struct batch_item *item, enum batch_end end, unsigned status,
                                json_t *body)
{
    (void)status;
    switch (end) {
    case BATCH_SUCCEEDED:
        return json_pack("{s:s, s:{s:s, s:o}}", "custom_id", item->id, "result", "type",
                         "succeeded", "message", body);
    case BATCH_ERRORED:
        return json_pack("{s:s, s:{s:s, s:o}}", "custom_id", item->id, "result", "type", "errored",
                         "error", body);
    case BATCH_CANCELED:
        return json_pack("{s:s, s:{s:s}}", "custom_id", item->id, "result", "type", "canceled");
    }
    return NULL;
}

const struct batch_shape batch_shape_anthropic = {
    .id_prefix = "msgbatch_sim_",
    .together = {.item = "requests[]", .id = "requests[].custom_id", .body = "requests[].params"},
    .says_canceled = true,
    .show = anthropic_show,
    .list = anthropic_list,
    .result = anthropic_result,
};

/* Gemini */

static const char *gemini_state(const struct sim_batch *batch)
{
    switch (batch->state) {
    case SIM_BATCH_RUNNING:
        return batch->polls == 0 ? "BATCH_STATE_PENDING" : "BATCH_STATE_RUNNING";
    case SIM_BATCH_ENDED:
        return "BATCH_STATE_SUCCEEDED";
    case SIM_BATCH_CANCELLED:
        return "BATCH_STATE_CANCELLED";
    case SIM_BATCH_FAILED:
        break;
    }
    return "BATCH_STATE_FAILED";
}

/* The results of requests that came with the batch come with it, too. */
static json_t *gemini_inline_output(const struct sim_batch *batch)
{
    json_t *responses = json_array();
    struct str text = {0};
    struct str line;
    struct err err;

    (void)spool_map(&batch->output->spool, &text, &err);
    while (str_next_line(&text, &line)) {
        json_t *result = json_loadb(line.p, line.len, 0, NULL);
        json_t *key = json_object_get(result, "key");

        (void)json_object_set_new(result, "metadata", json_pack("{s:O?}", "key", key));
        (void)json_object_del(result, "key");
        (void)json_array_append_new(responses, result);
    }
    return json_pack("{s:{s:o}}", "inlinedResponses", "inlinedResponses", responses);
}

static json_t *gemini_output(const struct sim_batch *batch)
{
    if (batch->output == NULL || batch->state == SIM_BATCH_CANCELLED) {
        return NULL;
    }
    return batch->is_inline ? gemini_inline_output(batch)
                            : json_pack("{s:s+}", "responsesFile", "files/", batch->output->id);
}

/* 64-bit numbers are texts in this API. */
static json_t *text_count(uint64_t requests)
{
    return json_sprintf("%llu", (unsigned long long)requests);
}

static json_t *gemini_show(const struct sim_batch *batch, const char *host)
{
    uint64_t done = batch->succeeded + batch->errored;
    json_t *output = gemini_output(batch);
    json_t *json = json_pack(
        "{s:s+, s:b, s:{s:s, s:s, s:s, s:s+, s:o, s:{s:o, s:o, s:o, s:o}, s:O*}, s:o*}", "name",
        "batches/", batch->id, "done", batch->state != SIM_BATCH_RUNNING, "metadata", "@type",
        "type.googleapis.com/google.ai.generativelanguage.v1main.GenerateContentBatch",
        "displayName", batch->name, "state", gemini_state(batch), "model", "models/", batch->model,
        "createTime", stamp_json(batch->created_s), "batchStats", "requestCount",
        text_count(batch->total), "successfulRequestCount", text_count(batch->succeeded),
        "failedRequestCount", text_count(batch->errored), "pendingRequestCount",
        text_count(batch->total - done), "output", output, "response", output);

    (void)host;
    if (batch->state == SIM_BATCH_FAILED) {
        (void)json_object_set_new(json, "error",
                                  json_pack("{s:i, s:s}", "code", 3, "message", batch->failure));
    }
    return json;
}

static json_t *gemini_list(json_t *batches)
{
    return json_pack("{s:o}", "operations", batches);
}

static json_t *gemini_result(const struct batch_item *item, enum batch_end end, unsigned status,
                             json_t *body)
{
    json_t *json = NULL;

    (void)status;
    if (end == BATCH_SUCCEEDED) {
        return json_pack("{s:s, s:o}", "key", item->id, "response", body);
    }
    json = json_pack("{s:s, s:O?}", "key", item->id, "error", json_object_get(body, "error"));
    json_decref(body);
    return json;
}

#define INLINE "batch.inputConfig.requests.requests[]"

const struct batch_shape batch_shape_gemini = {
    .id_prefix = "sim-",
    .file = {.is_lines = true, .item = "", .id = "key", .body = "request"},
    .together = {.item = INLINE, .id = INLINE ".metadata.key", .body = INLINE ".request"},
    .show = gemini_show,
    .list = gemini_list,
    .result = gemini_result,
};

const struct batch_shape *batch_shape_of(const struct sim_wire *wire)
{
    if (wire == &wire_anthropic) {
        return &batch_shape_anthropic;
    }
    return wire == &wire_gemini ? &batch_shape_gemini : &batch_shape_openai;
}
