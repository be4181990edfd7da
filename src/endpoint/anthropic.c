#include "endpoint/anthropic.h"

#include "endpoint/openai_error.h"
#include "endpoint/sse.h"
#include "endpoint/wire_json.h"

static const struct body_frame frame = {
    .open = {STR_INIT("{\"role\":\"user\",\"content\":\""),
             STR_INIT("{\"role\":\"assistant\",\"content\":\"")},
    .close = STR_INIT("\"}"),
    .between = STR_INIT(","),
    .tail = STR_INIT("]}"),
};

/* The same where the haystack is marked: only parts of a message can be. */
static const struct body_frame caching_frame = {
    .open = {STR_INIT("{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\""),
             STR_INIT("{\"role\":\"assistant\",\"content\":[{\"type\":\"text\",\"text\":\"")},
    .close = STR_INIT("\"}]}"),
    .between = STR_INIT(","),
    .tail = STR_INIT("]}"),
    .marked_close = STR_INIT(ANTHROPIC_MARKED_CLOSE),
    .mark = STR_INIT(ANTHROPIC_MARK),
};

int anthropic_frame_messages(const struct endpoint *endpoint, struct request_json *request,
                             struct body_frame *out, struct err *err)
{
    request_json_limit(request, "max_tokens", NULL,
                       endpoint->max_output_tokens > 0 ? endpoint->max_output_tokens
                                                       : ANTHROPIC_OUTPUT_TOKENS_DEFAULT);
    request_json_parameters(request, endpoint->parameters, NULL);
    *out = endpoint->caches_haystack ? caching_frame : frame;
    return request_json_head(request, "\"messages\":[", &out->head, err);
}

enum endpoint_caching anthropic_caching(const struct endpoint *endpoint)
{
    return endpoint->caches_haystack ? ENDPOINT_CACHES_MARKED : ENDPOINT_CACHES_NOTHING;
}

static int build_frame(const struct endpoint *endpoint, struct request_json *request,
                       struct body_frame *out, struct err *err)
{
    request_json_own_string(request, "model", endpoint->model, "the model's name");
    request_json_own(request, "stream", "true");
    return anthropic_frame_messages(endpoint, request, out, err);
}

static int append_path(const struct endpoint *endpoint, struct buf *out, struct err *err)
{
    (void)endpoint;
    (void)err;
    buf_append(out, STR("/messages"));
    return 0;
}

static int build_headers(const struct endpoint *endpoint, struct arena *arena, const char **lines,
                         struct err *err)
{
    (void)endpoint;
    (void)arena;
    (void)err;
    lines[0] = "anthropic-version: 2023-06-01";
    return 1;
}

static int64_t known(int64_t count)
{
    return count > 0 ? count : 0;
}

/* Counts are cumulative, and of the input exclusive of one another. The last event may repeat the
 * input's or leave them out. */
static void take_usage(const json_t *usage, struct reply_usage *out)
{
    const json_t *details = json_object_get(usage, "output_tokens_details");
    int64_t fresh = wire_json_count(usage, "input_tokens", REPLY_TOKENS_UNKNOWN);

    out->cached_tokens = wire_json_count(usage, "cache_read_input_tokens", out->cached_tokens);
    out->cache_written_tokens =
        wire_json_count(usage, "cache_creation_input_tokens", out->cache_written_tokens);
    if (fresh >= 0) {
        out->input_tokens = fresh + known(out->cached_tokens) + known(out->cache_written_tokens);
    }
    out->output_tokens = wire_json_count(usage, "output_tokens", out->output_tokens);
    out->reasoning_tokens = wire_json_count(details, "thinking_tokens", out->reasoning_tokens);
}

static void take_stop_reason(struct str reason, struct reply *reply)
{
    if (reason.len == 0) {
        return;
    }
    wire_json_copy(reply->finish_reason, sizeof reply->finish_reason, reason);
    if (str_equal(reason, STR("max_tokens"))) {
        reply->end = REPLY_CUT;
    } else if (str_equal(reason, STR("refusal"))) {
        reply->end = REPLY_REFUSED;
    } else if (str_equal(reason, STR("model_context_window_exceeded"))) {
        reply->end = REPLY_TOO_LONG;
        (void)err_set(&reply->error, ERR_LIMIT,
                      "prompt and answer together reached the end of the model's context window");
    } else {
        reply->end = REPLY_COMPLETE;
    }
}

/* A block of content, at its beginning in a stream or whole. */
static enum protocol_event take_block(const json_t *block, struct reply *reply)
{
    struct str type = wire_json_string(block, "type");

    if (str_equal(type, STR("text"))) {
        buf_append(&reply->text, wire_json_string(block, "text"));
    }
    return str_equal(type, STR("thinking")) || str_equal(type, STR("redacted_thinking"))
               ? PROTOCOL_REASONING
               : PROTOCOL_MORE;
}

static enum protocol_event take_delta(const json_t *delta, struct reply *reply)
{
    struct str type = wire_json_string(delta, "type");

    if (str_equal(type, STR("text_delta"))) {
        buf_append(&reply->text, wire_json_string(delta, "text"));
    }
    return str_equal(type, STR("thinking_delta")) ? PROTOCOL_REASONING : PROTOCOL_MORE;
}

static void take_message(const json_t *message, struct reply *reply)
{
    const json_t *content = json_object_get(message, "content");
    struct str model = wire_json_string(message, "model");

    if (model.len != 0) {
        wire_json_copy(reply->model, sizeof reply->model, model);
    }
    take_usage(json_object_get(message, "usage"), &reply->usage);
    for (size_t i = 0; i < json_array_size(content); i++) {
        (void)take_block(json_array_get(content, i), reply);
    }
    take_stop_reason(wire_json_string(message, "stop_reason"), reply);
}

/* The API promises new types; what is not known here is no concern of ours. */
static enum protocol_event take_typed(struct str type, const json_t *event, struct reply *reply)
{
    if (str_equal(type, STR("content_block_delta"))) {
        return take_delta(json_object_get(event, "delta"), reply);
    }
    if (str_equal(type, STR("content_block_start"))) {
        return take_block(json_object_get(event, "content_block"), reply);
    }
    if (str_equal(type, STR("message_start"))) {
        take_message(json_object_get(event, "message"), reply);
    } else if (str_equal(type, STR("message"))) { /* not streamed after all */
        take_message(event, reply);
        return reply->finish_reason[0] != '\0' ? PROTOCOL_FINAL : PROTOCOL_MORE;
    } else if (str_equal(type, STR("message_delta"))) {
        take_usage(json_object_get(event, "usage"), &reply->usage);
        take_stop_reason(wire_json_string(json_object_get(event, "delta"), "stop_reason"), reply);
    } else if (str_equal(type, STR("message_stop"))) {
        if (reply->end == REPLY_FAILED) { /* as reset: no stop reason came */
            reply->end = REPLY_COMPLETE;
        }
        return PROTOCOL_FINAL;
    } else if (str_equal(type, STR("error"))) {
        return PROTOCOL_ERROR;
    }
    return PROTOCOL_MORE;
}

enum protocol_event anthropic_event(const struct endpoint *endpoint,
                                    const struct stream_event *event, struct reply *reply)
{
    enum protocol_event told = PROTOCOL_UNREADABLE;
    struct str data = str_trim(event->data);
    json_t *json = NULL;

    (void)endpoint;
    if (data.len == 0) {
        return PROTOCOL_MORE;
    }
    json = wire_json_parse(data);
    if (openai_error_is(json)) {
        told = PROTOCOL_ERROR;
    } else if (json_is_object(json)) {
        told = take_typed(wire_json_string(json, "type"), json, reply);
    }
    json_decref(json);
    return told;
}

bool anthropic_complete_at_end(const struct reply *reply)
{
    return reply->finish_reason[0] != '\0';
}

const struct protocol anthropic = {
    .name = "anthropic-messages",
    .framing = &sse_framing,
    .request_id_header = "request-id",
    .auth = QUIRK_AUTH_X_API_KEY,
    .path = append_path,
    .frame = build_frame,
    .caching = anthropic_caching,
    .headers = build_headers,
    .on_event = anthropic_event,
    .classify = openai_error_classify,
    .complete_at_end = anthropic_complete_at_end,
};
