#include "endpoint/openai_chat.h"

#include "endpoint/openai_error.h"
#include "endpoint/request_json.h"
#include "endpoint/wire_json.h"

#include <string.h>

static int keep(struct arena *arena, struct buf *text, struct str *out, struct err *err)
{
    int rc = buf_check(text, "the request's frame", err);

    if (rc == 0) {
        *out = arena_copy(arena, buf_str(text));
        rc = out->p != NULL ? 0 : err_memory(err);
    }
    buf_reset(text);
    return rc;
}

static int build_head(const struct endpoint *endpoint, struct buf *text, struct err *err)
{
    buf_append(text, STR("{\"model\":"));
    if (request_json_append_string(text, str_from(endpoint->model), "the model's name", err) != 0) {
        return err->code;
    }
    buf_append(text, STR(",\"messages\":["));
    return 0;
}

/* Usage in a stream has to be asked for. */
static int build_tail(const struct endpoint *endpoint, struct buf *text, struct err *err)
{
    static const char *const taken[] = {"model", "messages", "stream", "stream_options", NULL};
    static const char *const taken_with_limit[] = {
        "model", "messages", "stream", "stream_options", "max_completion_tokens", NULL};

    buf_append(text, STR("],\"stream\":true,\"stream_options\":{\"include_usage\":true}"));
    if (endpoint->max_output_tokens > 0) {
        buf_appendf(text, ",\"max_completion_tokens\":%lld",
                    (long long)endpoint->max_output_tokens);
    }
    if (request_json_append_parameters(text, endpoint->parameters,
                                       endpoint->max_output_tokens > 0 ? taken_with_limit : taken,
                                       err) != 0) {
        return err->code;
    }
    buf_append_char(text, '}');
    return 0;
}

static int build_frame(const struct endpoint *endpoint, struct arena *arena, struct body_frame *out,
                       struct err *err)
{
    struct buf text = {0};
    int rc = 0;

    buf_init(&text, REQUEST_JSON_MAX);
    rc = build_head(endpoint, &text, err);
    if (rc == 0) {
        rc = keep(arena, &text, &out->head, err);
    }
    for (int role = 0; rc == 0 && role < PROMPT_ROLE_COUNT; role++) {
        buf_appendf(&text, "{\"role\":\"%s\",\"content\":\"",
                    prompt_role_name((enum prompt_role)role));
        rc = keep(arena, &text, &out->open[role], err);
    }
    if (rc == 0) {
        rc = build_tail(endpoint, &text, err);
    }
    if (rc == 0) {
        rc = keep(arena, &text, &out->tail, err);
    }
    out->close = STR("\"}");
    out->between = STR(",");
    buf_release(&text);
    return rc;
}

static int build_headers(const struct endpoint *endpoint, struct arena *arena, const char **lines,
                         struct err *err)
{
    const struct str lead = STR("Authorization: Bearer ");
    size_t key_len = 0;
    char *line = NULL;

    if (endpoint->key == NULL) {
        return 0;
    }
    key_len = strlen(endpoint->key);
    line = arena_alloc(arena, lead.len + key_len + 1, 1);
    if (line == NULL) {
        return err_memory(err);
    }
    memcpy(line, lead.p, lead.len);
    memcpy(line + lead.len, endpoint->key, key_len);
    lines[0] = line;
    return 1;
}

/* A text, or (Mistral) a list of parts of which only those of type "text" are the answer. */
static void append_content(struct reply *reply, const json_t *content)
{
    buf_append(&reply->text, wire_json_text(content));
    for (size_t i = 0; i < json_array_size(content); i++) {
        const json_t *part = json_array_get(content, i);

        if (str_equal(wire_json_string(part, "type"), STR("text"))) {
            buf_append(&reply->text, wire_json_string(part, "text"));
        }
    }
}

/* What a finish_reason says of the end. The words are OpenAI's; "eos" is Together's,
 * "model_length" Mistral's, "max_tokens" and "end_turn" leak through gateways. */
static enum reply_end end_of(struct str reason)
{
    if (str_equal(reason, STR("length")) || str_equal(reason, STR("max_tokens")) ||
        str_equal(reason, STR("model_length"))) {
        return REPLY_CUT;
    }
    if (str_equal(reason, STR("content_filter"))) {
        return REPLY_FILTERED;
    }
    if (str_equal(reason, STR("refusal"))) {
        return REPLY_REFUSED;
    }
    return REPLY_COMPLETE;
}

/* A finish_reason that stands for a failure of the server: OpenRouter's and DeepSeek's. */
static bool is_breakdown(struct str reason)
{
    return str_equal(reason, STR("error")) ||
           str_equal(reason, STR("insufficient_system_resource"));
}

static enum protocol_event take_choice(const json_t *choice, struct reply *reply)
{
    const json_t *delta = json_object_get(choice, "delta");
    struct str reason = wire_json_string(choice, "finish_reason");
    struct str refusal;

    if (!json_is_object(delta)) { /* a server that did not stream after all */
        delta = json_object_get(choice, "message");
    }
    append_content(reply, json_object_get(delta, "content"));
    refusal = wire_json_string(delta, "refusal");
    if (refusal.len != 0) {
        buf_append(&reply->text, refusal);
        reply->end = REPLY_REFUSED;
    }
    if (reason.len != 0) {
        wire_json_copy(reply->finish_reason, sizeof reply->finish_reason, reason);
        if (is_breakdown(reason)) {
            return PROTOCOL_ERROR;
        }
        if (reply->end != REPLY_REFUSED) {
            reply->end = end_of(reason);
        }
    }
    return PROTOCOL_MORE;
}

/* Usage may come in any chunk, and in several: the last one counts. */
static void take_usage(const json_t *usage, struct reply *reply)
{
    const json_t *input_details = json_object_get(usage, "prompt_tokens_details");
    const json_t *output_details = json_object_get(usage, "completion_tokens_details");
    struct reply_usage *out = &reply->usage;
    int64_t total = 0;

    if (!json_is_object(usage)) {
        return;
    }
    out->input_tokens = wire_json_count(usage, "prompt_tokens", out->input_tokens);
    out->output_tokens = wire_json_count(usage, "completion_tokens", out->output_tokens);
    out->cached_tokens = wire_json_count(usage, "prompt_cache_hit_tokens", out->cached_tokens);
    out->cached_tokens = wire_json_count(input_details, "cached_tokens", out->cached_tokens);
    out->reasoning_tokens =
        wire_json_count(output_details, "reasoning_tokens", out->reasoning_tokens);

    /* xAI leaves reasoning out of completion_tokens; its total gives that away. */
    total = wire_json_count(usage, "total_tokens", REPLY_TOKENS_UNKNOWN);
    if (out->reasoning_tokens > 0 && out->input_tokens >= 0 && out->output_tokens >= 0 &&
        total - out->input_tokens - out->output_tokens == out->reasoning_tokens) {
        out->output_tokens += out->reasoning_tokens;
    }
}

static enum protocol_event take_chunk(const json_t *chunk, struct reply *reply)
{
    struct str model = wire_json_string(chunk, "model");

    if (model.len != 0) {
        wire_json_copy(reply->model, sizeof reply->model, model);
    }
    take_usage(json_object_get(chunk, "usage"), reply);
    return take_choice(json_array_get(json_object_get(chunk, "choices"), 0), reply);
}

static enum protocol_event take_event(struct str type, struct str data, struct reply *reply)
{
    enum protocol_event told = PROTOCOL_UNREADABLE;
    json_t *json = NULL;

    data = str_trim(data);
    if (data.len == 0) {
        return PROTOCOL_MORE;
    }
    if (str_equal(data, STR("[DONE]"))) {
        if (reply->end == REPLY_FAILED) { /* as reset: no finish_reason came */
            reply->end = REPLY_COMPLETE;
        }
        return PROTOCOL_FINAL;
    }
    if (str_equal(type, STR("error"))) {
        return PROTOCOL_ERROR;
    }
    json = wire_json_parse(data);
    if (openai_error_is(json)) {
        told = PROTOCOL_ERROR;
    } else if (json_is_object(json)) {
        told = take_chunk(json, reply);
    }
    json_decref(json);
    return told;
}

static bool is_complete_at_end(const struct reply *reply)
{
    return reply->finish_reason[0] != '\0';
}

const struct protocol openai_chat = {
    .name = "openai-chat",
    .path = "/chat/completions",
    .request_id_header = "x-request-id",
    .frame = build_frame,
    .headers = build_headers,
    .on_event = take_event,
    .classify = openai_error_classify,
    .complete_at_end = is_complete_at_end,
};
