#include "endpoint/bedrock_converse.h"

#include "endpoint/request_json.h"
#include "endpoint/wire_json.h"

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

/* Converse counts what came from its cache, or went into it, apart from inputTokens. */
static void take_usage(const json_t *usage, struct reply *reply)
{
    struct reply_usage *out = &reply->usage;
    int64_t fresh = wire_json_count(usage, "inputTokens", REPLY_TOKENS_UNKNOWN);
    int64_t read = wire_json_count(usage, "cacheReadInputTokens", REPLY_TOKENS_UNKNOWN);
    int64_t written = wire_json_count(usage, "cacheWriteInputTokens", 0);

    out->output_tokens = wire_json_count(usage, "outputTokens", out->output_tokens);
    out->cached_tokens = read;
    if (fresh >= 0) {
        out->input_tokens = fresh + (read > 0 ? read : 0) + written;
    }
}

enum protocol_event bedrock_converse_event(struct str type, struct str data, struct reply *reply)
{
    enum protocol_event told = PROTOCOL_MORE;
    json_t *event = wire_json_parse(data);

    if (!json_is_object(event)) {
        told = PROTOCOL_UNREADABLE;
    } else if (str_equal(type, STR("contentBlockDelta"))) {
        buf_append(&reply->text, wire_json_string(json_object_get(event, "delta"), "text"));
    } else if (str_equal(type, STR("messageStop"))) {
        take_stop(event, reply);
    } else if (str_equal(type, STR("metadata"))) {
        /* It follows messageStop and is the last event of a whole answer. */
        take_usage(json_object_get(event, "usage"), reply);
        told = reply->finish_reason[0] != '\0' ? PROTOCOL_FINAL : PROTOCOL_MORE;
    }
    json_decref(event);
    return told;
}
