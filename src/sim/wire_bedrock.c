/* AWS Bedrock: Converse, and Anthropic's messages within its frames. */
#include "sim/wire_anthropic.h"

static const struct request_field fields[] = {
    {"inferenceConfig", REQUEST_CHECK, KIND_OBJECT},
    {"inferenceConfig.maxTokens", REQUEST_OUTPUT_MAX, KIND_NUMBER},
    {"additionalModelRequestFields.thinking.type", REQUEST_REASONS, KIND_TEXT},
    {"system", REQUEST_SYSTEM, KIND_ARRAY},
    {"system[]", REQUEST_CHECK, KIND_OBJECT},
    {"system[].text", REQUEST_TEXT, KIND_TEXT},
    {"system[].cachePoint", REQUEST_CACHE, KIND_OBJECT},
    {"messages", REQUEST_MESSAGES, KIND_ARRAY},
    {"messages[]", REQUEST_MESSAGE, KIND_OBJECT},
    {"messages[].role", REQUEST_ROLE, KIND_TEXT},
    {"messages[].content", REQUEST_CHECK, KIND_ARRAY},
    {"messages[].content[]", REQUEST_CHECK, KIND_OBJECT},
    {"messages[].content[].text", REQUEST_TEXT, KIND_TEXT},
    {"messages[].content[].cachePoint", REQUEST_CACHE, KIND_OBJECT},
    {NULL, REQUEST_CHECK, 0},
};

static const struct request_role roles[] = {
    {"user", ROLE_USER},
    {"assistant", ROLE_ASSISTANT},
    {NULL, ROLE_USER},
};

static const struct request_form converse_form = {
    .fields = fields,
    .roles = roles,
    .messages = "messages",
    .output_max = "maxTokens",
    .wrapper = "input.converse.",
    .blocks_are_messages = true,
    .shows_reasoning = true,
};

#define INVALID   "ValidationException"
#define THROTTLED "ThrottlingException"

/* The codes are the names of the exceptions within a stream. */
static const struct sim_failure_row bedrock_failures[FAILURE_KINDS] = {
    [FAILURE_INVALID] = {400, INVALID, "validationException", "The request is invalid."},
    [FAILURE_URL] = {404, "UnknownOperationException", "validationException", "Not found."},
    [FAILURE_METHOD] = {405, "UnknownOperationException", "validationException", "Not allowed."},
    [FAILURE_MODEL] = {404, "ResourceNotFoundException", "validationException",
                       "Could not resolve the foundation model from the model identifier: "
                       "{model}"},
    [FAILURE_KEY] = {403, "AccessDeniedException", "validationException",
                     "The security token included in the request is invalid."},
    [FAILURE_QUOTA] = {400, "ServiceQuotaExceededException", "throttlingException",
                       "Your request exceeds the service quota for your account."},
    [FAILURE_RATE] = {429, THROTTLED, "throttlingException",
                      "Too many tokens, please wait before trying again.{retry}"},
    [FAILURE_TOKENS] = {429, THROTTLED, "throttlingException",
                        "Request too large: {prompt} tokens requested, the limit is {window} per "
                        "minute."},
    [FAILURE_TOO_LONG] = {400, INVALID, "validationException",
                          "Input is too long for requested model. prompt is too long: {prompt} "
                          "tokens > {window} maximum"},
    [FAILURE_BODY] = {413, INVALID, "validationException", "The request body is too large."},
    [FAILURE_UNSUPPORTED] = {400, INVALID, "validationException",
                             "`{param}` is deprecated for this model."},
    [FAILURE_BLOCKED] = {400, INVALID, "validationException", "The prompt was blocked."},
    [FAILURE_OVERLOADED] = {503, "ServiceUnavailableException", "serviceUnavailableException",
                            "The service is unable to process your request. Please try again."},
    [FAILURE_SERVER] = {500, "InternalServerException", "internalServerException",
                        "An internal server error occurred."},
};

static json_t *bedrock_error(const struct sim_failure *failure, const struct sim_failure_row *row,
                             const char *message)
{
    (void)failure;
    (void)row; /* its type stands in a header */
    return json_pack("{s:s}", "message", message);
}

static void write_exception(const struct sim_reply *reply, struct sim_events *out)
{
    sim_events_except(out, bedrock_failures[reply->failure.kind].code,
                      sim_wire_error(reply->wire, &reply->failure));
}

/* "refusal" is not in the service's model, but is what the Claude models say. */
static const char *stop_reason(const struct sim_reply *reply)
{
    switch (reply->answer.finish) {
    case SIM_LENGTH:
        return "max_tokens";
    case SIM_REFUSAL:
        return "refusal";
    case SIM_FILTER:
        return "content_filtered";
    case SIM_BLOCK:
        return "guardrail_intervened";
    case SIM_STOP:
        break;
    }
    return "end_turn";
}

/* As at Anthropic the three kinds of input exclude each other. */
static json_t *usage_json(const struct sim_usage *usage)
{
    return json_pack("{s:I, s:I, s:I, s:I, s:I}", "inputTokens",
                     (json_int_t)(usage->prompt - usage->cached - usage->cache_written),
                     "outputTokens", (json_int_t)usage->output, "totalTokens",
                     (json_int_t)(usage->prompt + usage->output), "cacheReadInputTokens",
                     (json_int_t)usage->cached, "cacheWriteInputTokens",
                     (json_int_t)usage->cache_written);
}

/* Adds an event and the padding that every one has; steals it. */
static void add(const char *name, json_t *event, struct sim_events *out)
{
    (void)json_object_set_new(event, "p", json_string("abcdefgh"));
    sim_events_add(out, name, event);
}

static void add_delta(int index, json_t *delta, struct sim_events *out)
{
    add("contentBlockDelta", json_pack("{s:i, s:o}", "contentBlockIndex", index, "delta", delta),
        out);
}

static json_t *reasoning_json(const char *key, json_t *value)
{
    return json_pack("{s:{s:o}}", "reasoningContent", key, value);
}

static void write_converse(const struct sim_reply *reply, enum sim_step step, struct str piece,
                           struct sim_events *out)
{
    int text_index = reply->reasons ? 1 : 0;

    switch (step) {
    case STEP_BEGIN:
        add("messageStart", json_pack("{s:s}", "role", "assistant"), out);
        break;
    case STEP_REASONING:
        if (reply->shows_reasoning) {
            add_delta(0, reasoning_json("text", sim_json_text(piece)), out);
        }
        break;
    case STEP_REASONING_END:
        add_delta(0, reasoning_json("signature", json_string("c2ltdWxhdGVk")), out);
        add("contentBlockStop", json_pack("{s:i}", "contentBlockIndex", 0), out);
        break;
    case STEP_TEXT:
        add_delta(text_index, json_pack("{s:o}", "text", sim_json_text(piece)), out);
        break;
    case STEP_TEXT_END:
        add("contentBlockStop", json_pack("{s:i}", "contentBlockIndex", text_index), out);
        break;
    case STEP_END:
        add("messageStop", json_pack("{s:s}", "stopReason", stop_reason(reply)), out);
        add("metadata",
            json_pack("{s:o, s:{s:i}}", "usage", usage_json(&reply->usage), "metrics", "latencyMs",
                      1),
            out);
        break;
    case STEP_FAILURE:
        write_exception(reply, out);
        break;
    case STEP_REASONING_BEGIN:
    case STEP_TEXT_BEGIN:
    case STEP_PING: /* there is none */
    case STEP_OVER:
        break;
    }
}

static json_t *whole_converse(const struct sim_reply *reply)
{
    json_t *content = json_array();

    if (reply->reasons) {
        (void)json_array_append_new(
            content,
            json_pack("{s:{s:{s:o, s:s}}}", "reasoningContent", "reasoningText", "text",
                      sim_json_text(reply->shows_reasoning ? buf_str(&reply->answer.reasoning)
                                                           : (struct str){0}),
                      "signature", "c2ltdWxhdGVk"));
    }
    if (reply->answer.text.len != 0) {
        (void)json_array_append_new(
            content, json_pack("{s:o}", "text", sim_json_text(buf_str(&reply->answer.text))));
    }
    return json_pack("{s:{s:{s:s, s:o}}, s:s, s:o, s:{s:i}}", "output", "message", "role",
                     "assistant", "content", content, "stopReason", stop_reason(reply), "usage",
                     usage_json(&reply->usage), "metrics", "latencyMs", 1);
}

static void write_invoke(const struct sim_reply *reply, enum sim_step step, struct str piece,
                         struct sim_events *out)
{
    if (step == STEP_FAILURE) {
        write_exception(reply, out);
    } else {
        anthropic_write(reply, step, piece, out);
    }
}

const struct sim_wire wire_bedrock_converse = {
    .name = "Bedrock Converse",
    .form = &converse_form,
    .framing = FRAMING_FRAMES,
    .id_prefix = "sim-",
    .id_header = "x-amzn-requestid",
    .error_header = "x-amzn-errortype",
    .count_member = "inputTokens",
    .blocks_in_reply = true,
    .caches_when_marked = true,
    .reports_cache_writes = true,
    .failures = bedrock_failures,
    .write = write_converse,
    .whole = whole_converse,
    .error = bedrock_error,
};

const struct sim_wire wire_bedrock_invoke = {
    .name = "Bedrock Invoke",
    .form = &anthropic_form,
    .framing = FRAMING_CHUNKS,
    .id_prefix = "msg_bdrk_sim_",
    .id_header = "x-amzn-requestid",
    .error_header = "x-amzn-errortype",
    .count_member = "inputTokens",
    .caches_when_marked = true,
    .reports_cache_writes = true,
    .failures = bedrock_failures,
    .write = write_invoke,
    .whole = anthropic_whole,
    .error = bedrock_error,
};
