#include "endpoint/openai_chat.h"

#include "endpoint/openai_error.h"
#include "endpoint/sse.h"
#include "endpoint/wire_json.h"

#include <string.h>

static const struct body_frame plain_frame = {
    .open = {STR_INIT("{\"role\":\"user\",\"content\":\""),
             STR_INIT("{\"role\":\"assistant\",\"content\":\"")},
    .close = STR_INIT("\"}"),
    .between = STR_INIT(","),
    .tail = STR_INIT("]}"),
};

/* For chat templates that insist on alternating roles. */
static const struct body_frame parts_frame = {
    .open = {STR_INIT("{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\""),
             STR_INIT("{\"role\":\"assistant\",\"content\":[{\"type\":\"text\",\"text\":\"")},
    .close = STR_INIT("\"}]}"),
    .between = STR_INIT(","),
    .tail = STR_INIT("]}"),
    .join = STR_INIT("\"},{\"type\":\"text\",\"text\":\""),
};

static const struct quirks no_quirks = {.auth = QUIRK_AUTH_PROTOCOL};

static const struct quirks *quirks_of(const struct endpoint *endpoint)
{
    return endpoint->quirks != NULL ? endpoint->quirks : &no_quirks;
}

static void add_limit(const struct endpoint *endpoint, struct request_json *request)
{
    static const char *const names[] = {"max_completion_tokens", "max_tokens"};
    const char *name = quirks_of(endpoint)->max_tokens_name;

    if (name == NULL) {
        name = names[0];
    }
    request_json_limit(request, name, strcmp(name, names[0]) == 0 ? names[1] : names[0],
                       endpoint->max_output_tokens);
}

int openai_chat_frame(const struct endpoint *endpoint, struct request_json *request,
                      struct body_frame *out, struct err *err)
{
    const struct quirks *quirks = quirks_of(endpoint);

    request_json_own_string(request, "model", endpoint->model, "the model's name");
    request_json_own(request, "stream", "true");
    add_limit(endpoint, request);
    request_json_parameters(request, endpoint->parameters, NULL);
    if (!quirks->tells_usage_unasked) {
        request_json_default(request, "stream_options.include_usage", "true");
    }
    *out = quirks->roles_alternate ? parts_frame : plain_frame;
    return request_json_head(request, "\"messages\":[", &out->head, err);
}

static int append_path(const struct endpoint *endpoint, struct buf *out, struct err *err)
{
    (void)err;
    buf_append(out, STR("/chat/completions"));
    protocol_append_version(out, endpoint);
    return 0;
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

/* Streamed reasoning: vLLM's, Ollama's and OpenRouter's name, or DeepSeek's and most others'. */
static bool has_reasoning(const json_t *delta)
{
    return wire_json_string(delta, "reasoning").len != 0 ||
           wire_json_string(delta, "reasoning_content").len != 0;
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
    return has_reasoning(delta) ? PROTOCOL_REASONING : PROTOCOL_MORE;
}

/* Usage may come in any chunk, and in several: the last one counts. */
static void take_usage(const struct quirks *quirks, const json_t *usage, struct reply *reply)
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
    out->cache_written_tokens =
        wire_json_count(input_details, "cache_write_tokens", out->cache_written_tokens);
    out->reasoning_tokens =
        wire_json_count(output_details, "reasoning_tokens", out->reasoning_tokens);

    /* A total, if there is one, says for certain whether reasoning was left out of the output. */
    total = wire_json_count(usage, "total_tokens", REPLY_TOKENS_UNKNOWN);
    if (out->reasoning_tokens > 0 && out->input_tokens >= 0 && out->output_tokens >= 0) {
        bool is_apart =
            total >= 0 ? total - out->input_tokens - out->output_tokens == out->reasoning_tokens
                       : quirks->counts_reasoning_apart;

        out->output_tokens += is_apart ? out->reasoning_tokens : 0;
    }
}

static enum protocol_event take_chunk(const struct quirks *quirks, const json_t *chunk,
                                      struct reply *reply)
{
    struct str model = wire_json_string(chunk, "model");

    if (model.len != 0) {
        wire_json_copy(reply->model, sizeof reply->model, model);
    }
    take_usage(quirks, json_object_get(chunk, "usage"), reply);
    return take_choice(json_array_get(json_object_get(chunk, "choices"), 0), reply);
}

enum protocol_event openai_chat_event(const struct endpoint *endpoint,
                                      const struct stream_event *event, struct reply *reply)
{
    enum protocol_event told = PROTOCOL_UNREADABLE;
    struct str data = str_trim(event->data);
    json_t *json = NULL;

    if (data.len == 0) {
        return PROTOCOL_MORE;
    }
    if (str_equal(data, STR("[DONE]"))) {
        if (reply->end == REPLY_FAILED) { /* as reset: no finish_reason came */
            reply->end = REPLY_COMPLETE;
        }
        return PROTOCOL_FINAL;
    }
    if (str_equal(event->type, STR("error"))) {
        return PROTOCOL_ERROR;
    }
    json = wire_json_parse(data);
    if (openai_error_is(json)) {
        told = PROTOCOL_ERROR;
    } else if (json_is_object(json)) {
        told = take_chunk(quirks_of(endpoint), json, reply);
    }
    json_decref(json);
    return told;
}

bool openai_chat_complete_at_end(const struct reply *reply)
{
    return reply->finish_reason[0] != '\0';
}

const struct protocol openai_chat = {
    .name = "openai-chat",
    .framing = &sse_framing,
    .request_id_header = "x-request-id",
    .auth = QUIRK_AUTH_BEARER,
    .path = append_path,
    .frame = openai_chat_frame,
    .on_event = openai_chat_event,
    .classify = openai_error_classify,
    .complete_at_end = openai_chat_complete_at_end,
};
