#include "endpoint/bedrock_converse.h"

#include "endpoint/bedrock.h"
#include "endpoint/event_stream.h"
#include "endpoint/wire_json.h"

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
