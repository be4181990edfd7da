#include "endpoint/bedrock_converse.h"

#include "endpoint/bedrock.h"
#include "endpoint/event_stream.h"
#include "endpoint/wire_json.h"

#include <string.h>

static const struct body_frame frame = {
    .open = {STR_INIT("{\"role\":\"user\",\"content\":[{\"text\":\""),
             STR_INIT("{\"role\":\"assistant\",\"content\":[{\"text\":\"")},
    .close = STR_INIT("\"}]}"),
    .between = STR_INIT(","),
    .tail = STR_INIT("]}"),
    .join = STR_INIT("\"},{\"text\":\""),
};

/* Ends the text before it. Other models refuse it. */
#define CACHE_POINT "\"},{\"cachePoint\":{\"type\":\"default\"}}"

static bool can_cache(const char *model)
{
    return strstr(model, "anthropic.") != NULL || strstr(model, "amazon.nova") != NULL;
}

static enum endpoint_caching caching(const struct endpoint *endpoint)
{
    return endpoint->caches_haystack && can_cache(endpoint->model) ? ENDPOINT_CACHES_MARKED
                                                                   : ENDPOINT_CACHES_NOTHING;
}

static int build_frame(const struct endpoint *endpoint, struct request_json *request,
                       struct body_frame *out, struct err *err)
{
    static const struct request_home homes[] = {
        {"temperature", "inferenceConfig.temperature"},
        {"top_p", "inferenceConfig.topP"},
        {"stop", "inferenceConfig.stopSequences"},
        {"top_k", "additionalModelRequestFields.top_k"},
        {"thinking", "additionalModelRequestFields.thinking"},
        {"anthropic_beta", "additionalModelRequestFields.anthropic_beta"},
        {NULL, NULL},
    };

    request_json_limit(request, "inferenceConfig.maxTokens", NULL, endpoint->max_output_tokens);
    request_json_parameters(request, endpoint->parameters, homes);
    *out = frame;
    if (caching(endpoint) == ENDPOINT_CACHES_MARKED) {
        out->marked_close = STR(CACHE_POINT "]}");
        out->mark = STR(CACHE_POINT ",{\"text\":\"");
    }
    return request_json_head(request, "\"messages\":[", &out->head, err);
}

static int append_path(const struct endpoint *endpoint, struct buf *out, struct err *err)
{
    return bedrock_append_path(endpoint, "converse-stream", out, err);
}

static int check_credentials(const struct endpoint *endpoint, struct arena *arena,
                             const char **lines, struct err *err)
{
    (void)arena;
    (void)lines;
    return bedrock_check(endpoint, err);
}

/* What a stopReason says of the end. "refusal" is not in the service model but is what the Claude
 * models say on their own interface. */
static enum reply_end end_of(struct str reason)
{
    if (str_equal(reason, STR("max_tokens"))) {
        return REPLY_CUT;
    }
    if (str_equal(reason, STR("guardrail_intervened")) ||
        str_equal(reason, STR("content_filtered"))) {
        return REPLY_FILTERED;
    }
    if (str_equal(reason, STR("refusal"))) {
        return REPLY_REFUSED;
    }
    if (str_equal(reason, STR("model_context_window_exceeded"))) {
        return REPLY_TOO_LONG;
    }
    return REPLY_COMPLETE;
}

static void take_stop(const json_t *event, struct reply *reply)
{
    struct str reason = wire_json_string(event, "stopReason");

    wire_json_copy(reply->finish_reason, sizeof reply->finish_reason, reason);
    reply->end = end_of(reason);
    if (reply->end == REPLY_TOO_LONG) {
        (void)err_set(&reply->error, ERR_LIMIT,
                      "prompt and answer together reached the end of the model's context window");
    }
}

static int64_t known(int64_t tokens)
{
    return tokens > 0 ? tokens : 0;
}

/* Converse counts what came from its cache, or went into it, apart from inputTokens. */
static void take_usage(const json_t *usage, struct reply *reply)
{
    struct reply_usage *out = &reply->usage;
    int64_t fresh = wire_json_count(usage, "inputTokens", REPLY_TOKENS_UNKNOWN);

    out->output_tokens = wire_json_count(usage, "outputTokens", out->output_tokens);
    out->cached_tokens = wire_json_count(usage, "cacheReadInputTokens", out->cached_tokens);
    out->cache_written_tokens =
        wire_json_count(usage, "cacheWriteInputTokens", out->cache_written_tokens);
    if (fresh >= 0) {
        out->input_tokens = fresh + known(out->cached_tokens) + known(out->cache_written_tokens);
    }
}

static enum protocol_event take_delta(const json_t *delta, struct reply *reply)
{
    if (json_object_get(delta, "reasoningContent") != NULL) {
        return PROTOCOL_REASONING;
    }
    buf_append(&reply->text, wire_json_string(delta, "text"));
    return PROTOCOL_MORE;
}

static enum protocol_event take_json(struct str type, const json_t *event, struct reply *reply)
{
    if (str_equal(type, STR("contentBlockDelta"))) {
        return take_delta(json_object_get(event, "delta"), reply);
    }
    if (str_equal(type, STR("messageStop"))) {
        take_stop(event, reply);
    } else if (str_equal(type, STR("metadata"))) {
        take_usage(json_object_get(event, "usage"), reply);
        /* It follows messageStop and is the last event of a whole answer. */
        return reply->finish_reason[0] != '\0' ? PROTOCOL_FINAL : PROTOCOL_MORE;
    }
    return PROTOCOL_MORE;
}

static enum protocol_event take_event(const struct endpoint *endpoint,
                                      const struct stream_event *event, struct reply *reply)
{
    enum protocol_event told = PROTOCOL_UNREADABLE;
    json_t *json = NULL;

    (void)endpoint;
    if (event->is_exception) {
        return PROTOCOL_ERROR;
    }
    json = wire_json_parse(event->data);
    if (json_is_object(json)) {
        told = take_json(event->type, json, reply);
    }
    json_decref(json);
    return told;
}

static bool is_complete_at_end(const struct reply *reply)
{
    return reply->finish_reason[0] != '\0';
}

const struct protocol bedrock_converse = {
    .name = "bedrock-converse",
    .framing = &event_stream_framing,
    .request_id_header = "x-amzn-requestid",
    .error_type_header = "x-amzn-errortype",
    .auth = QUIRK_AUTH_BEARER,
    .base_url = bedrock_base_url,
    .path = append_path,
    .frame = build_frame,
    .caching = caching,
    .headers = check_credentials,
    .sign = bedrock_sign,
    .on_event = take_event,
    .classify = bedrock_classify,
    .complete_at_end = is_complete_at_end,
};
