#include "endpoint/openai_responses.h"

#include "endpoint/openai_error.h"
#include "endpoint/sse.h"
#include "endpoint/wire_json.h"

/* One text may have 10,485,760 characters; counted in bytes here, which are never fewer. */
enum { PART_BYTES_MAX = 10 * 1000 * 1000 };

#define PART(type) "{\"type\":\"" type "\",\"text\":\""

static const struct body_frame frame = {
    .open = {STR_INIT("{\"role\":\"user\",\"content\":[" PART("input_text")),
             STR_INIT("{\"role\":\"assistant\",\"content\":[" PART("output_text"))},
    .close = STR_INIT("\"}]}"),
    .between = STR_INIT(","),
    .tail = STR_INIT("]}"),
    .split = {STR_INIT("\"}," PART("input_text")), STR_INIT("\"}," PART("output_text"))},
    .part_bytes_max = PART_BYTES_MAX,
};

int openai_responses_frame(const struct endpoint *endpoint, struct request_json *request,
                           struct body_frame *out, struct err *err)
{
    request_json_own_string(request, "model", endpoint->model, "the model's name");
    request_json_own(request, "stream", "true");
    request_json_limit(request, "max_output_tokens", NULL, endpoint->max_output_tokens);
    request_json_parameters(request, endpoint->parameters, NULL);
    request_json_default(request, "truncation", "\"disabled\""); /* "auto" drops items in silence */
    request_json_default(request, "store", "false");
    request_json_default(request, "stream_options.include_obfuscation", "false");
    *out = frame;
    return request_json_head(request, "\"input\":[", &out->head, err);
}

static int append_path(const struct endpoint *endpoint, struct buf *out, struct err *err)
{
    (void)err;
    buf_append(out, STR("/responses"));
    protocol_append_version(out, endpoint);
    return 0;
}

static void take_usage(const json_t *usage, struct reply_usage *out)
{
    const json_t *input_details = json_object_get(usage, "input_tokens_details");
    const json_t *output_details = json_object_get(usage, "output_tokens_details");

    out->input_tokens = wire_json_count(usage, "input_tokens", out->input_tokens);
    out->output_tokens = wire_json_count(usage, "output_tokens", out->output_tokens);
    out->cached_tokens = wire_json_count(input_details, "cached_tokens", out->cached_tokens);
    out->cache_written_tokens =
        wire_json_count(input_details, "cache_write_tokens", out->cache_written_tokens);
    out->reasoning_tokens =
        wire_json_count(output_details, "reasoning_tokens", out->reasoning_tokens);
}

static void take_part(const json_t *part, struct reply *reply)
{
    buf_append(&reply->text, wire_json_string(part, "text"));
    if (wire_json_string(part, "refusal").len != 0) {
        buf_append(&reply->text, wire_json_string(part, "refusal"));
        reply->end = REPLY_REFUSED;
    }
}

/* The whole output, for a server that sent no deltas. Items of reasoning have no `content` of type
 * output_text. */
static void take_output(const json_t *output, struct reply *reply)
{
    for (size_t i = 0; i < json_array_size(output); i++) {
        const json_t *item = json_array_get(output, i);
        const json_t *content = json_object_get(item, "content");

        if (!str_equal(wire_json_string(item, "type"), STR("message"))) {
            continue;
        }
        for (size_t k = 0; k < json_array_size(content); k++) {
            take_part(json_array_get(content, k), reply);
        }
    }
}

static void end_as(struct reply *reply, enum reply_end end, struct str reason)
{
    wire_json_copy(reply->finish_reason, sizeof reply->finish_reason, reason);
    if (reply->end != REPLY_REFUSED) {
        reply->end = end;
    }
}

static enum protocol_event end_incomplete(const json_t *response, struct reply *reply)
{
    struct str reason = wire_json_string(json_object_get(response, "incomplete_details"), "reason");

    if (str_equal(reason, STR("content_filter"))) {
        reply->end = REPLY_FILTERED; /* whatever was said before */
    }
    end_as(reply, reply->end == REPLY_FILTERED ? REPLY_FILTERED : REPLY_CUT,
           reason.len != 0 ? reason : STR("incomplete"));
    return PROTOCOL_FINAL;
}

/* The response as a whole, as the last event has it; its status says how it ended. */
static enum protocol_event take_response(const json_t *response, struct reply *reply)
{
    struct str status = wire_json_string(response, "status");
    struct str model = wire_json_string(response, "model");

    if (model.len != 0) {
        wire_json_copy(reply->model, sizeof reply->model, model);
    }
    take_usage(json_object_get(response, "usage"), &reply->usage);
    if (str_equal(status, STR("failed")) || str_equal(status, STR("cancelled"))) {
        return PROTOCOL_ERROR;
    }
    if (!str_equal(status, STR("completed")) && !str_equal(status, STR("incomplete"))) {
        return PROTOCOL_MORE;
    }
    if (reply->text.len == 0) {
        take_output(json_object_get(response, "output"), reply);
    }
    if (str_equal(status, STR("incomplete"))) {
        return end_incomplete(response, reply);
    }
    end_as(reply, REPLY_COMPLETE, status);
    return PROTOCOL_FINAL;
}

static enum protocol_event take_typed(struct str type, const json_t *event, struct reply *reply)
{
    if (str_equal(type, STR("response.output_text.delta"))) {
        buf_append(&reply->text, wire_json_string(event, "delta"));
        return PROTOCOL_MORE;
    }
    if (str_equal(type, STR("response.refusal.delta"))) {
        buf_append(&reply->text, wire_json_string(event, "delta"));
        reply->end = REPLY_REFUSED;
        return PROTOCOL_MORE;
    }
    if (str_starts(type, STR("response.reasoning"))) {
        return PROTOCOL_REASONING;
    }
    if (str_equal(type, STR("error")) || str_equal(type, STR("response.failed"))) {
        return PROTOCOL_ERROR;
    }
    /* created, in_progress, completed, incomplete; every other type is no concern of ours. */
    if (json_is_object(json_object_get(event, "response"))) {
        return take_response(json_object_get(event, "response"), reply);
    }
    return PROTOCOL_MORE;
}

enum protocol_event openai_responses_event(const struct endpoint *endpoint,
                                           const struct stream_event *event, struct reply *reply)
{
    enum protocol_event told = PROTOCOL_UNREADABLE;
    struct str data = str_trim(event->data);
    json_t *json = NULL;

    (void)endpoint;
    if (data.len == 0 || str_equal(data, STR("[DONE]"))) {
        return PROTOCOL_MORE;
    }
    json = wire_json_parse(data);
    if (openai_error_is(json)) {
        told = PROTOCOL_ERROR;
    } else if (json_is_object(json)) {
        struct str type = wire_json_string(json, "type");

        /* Without a type it is the response itself: a server that did not stream after all. */
        told = type.len != 0 ? take_typed(type, json, reply) : take_response(json, reply);
    }
    json_decref(json);
    return told;
}

/* Nothing but the last event says that an answer is whole. */
bool openai_responses_complete_at_end(const struct reply *reply)
{
    (void)reply;
    return false;
}

const struct protocol openai_responses = {
    .name = "openai-responses",
    .framing = &sse_framing,
    .request_id_header = "x-request-id",
    .auth = QUIRK_AUTH_BEARER,
    .path = append_path,
    .frame = openai_responses_frame,
    .on_event = openai_responses_event,
    .classify = openai_error_classify,
    .complete_at_end = openai_responses_complete_at_end,
};
