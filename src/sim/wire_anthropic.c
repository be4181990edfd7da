/* Anthropic Messages, at its own address, on Vertex and on Foundry. */
#include "sim/wire_anthropic.h"

static const struct request_field fields[] = {
    {"model", REQUEST_MODEL, KIND_TEXT},
    {"stream", REQUEST_STREAM, KIND_TRUTH | KIND_NULL},
    {"max_tokens", REQUEST_OUTPUT_MAX, KIND_NUMBER},
    {"thinking", REQUEST_CHECK, KIND_OBJECT},
    {"thinking.type", REQUEST_REASONS, KIND_TEXT},
    {"thinking.display", REQUEST_SHOWS_REASONING, KIND_TEXT | KIND_NULL},
    {"cache_control", REQUEST_CACHE, KIND_OBJECT | KIND_NULL},
    {"system", REQUEST_SYSTEM, KIND_TEXT | KIND_ARRAY},
    {"system[]", REQUEST_CHECK, KIND_OBJECT},
    {"system[].type", REQUEST_PART_TYPE, KIND_TEXT},
    {"system[].text", REQUEST_TEXT, KIND_TEXT},
    {"system[].cache_control", REQUEST_CACHE, KIND_OBJECT | KIND_NULL},
    {"messages", REQUEST_MESSAGES, KIND_ARRAY},
    {"messages[]", REQUEST_MESSAGE, KIND_OBJECT},
    {"messages[].role", REQUEST_ROLE, KIND_TEXT},
    {"messages[].content", REQUEST_TEXT, KIND_TEXT | KIND_ARRAY},
    {"messages[].content[]", REQUEST_CHECK, KIND_OBJECT},
    {"messages[].content[].type", REQUEST_PART_TYPE, KIND_TEXT},
    {"messages[].content[].text", REQUEST_TEXT, KIND_TEXT},
    {"messages[].content[].cache_control", REQUEST_CACHE, KIND_OBJECT | KIND_NULL},
    {NULL, REQUEST_CHECK, 0},
};

static const struct request_role roles[] = {
    {"user", ROLE_USER},
    {"assistant", ROLE_ASSISTANT},
    {"system", ROLE_SYSTEM},
    {NULL, ROLE_USER},
};

const struct request_form anthropic_form = {
    .fields = fields,
    .roles = roles,
    .messages = "messages",
    .output_max = "max_tokens",
    .part_types = " text ",
    .is_output_max_required = true,
    .blocks_are_messages = true, /* Bedrock's InvokeModel wants roles to alternate */
    .shows_reasoning = true,
};

#define INVALID "invalid_request_error"

static const struct sim_failure_row failures[FAILURE_KINDS] = {
    [FAILURE_INVALID] = {400, INVALID, NULL, "The request is invalid."},
    [FAILURE_URL] = {404, "not_found_error", NULL, "Not found."},
    [FAILURE_METHOD] = {405, INVALID, NULL, "Method not allowed."},
    [FAILURE_MODEL] = {404, "not_found_error", NULL, "model: {model}"},
    [FAILURE_KEY] = {401, "authentication_error", NULL, "invalid x-api-key"},
    [FAILURE_QUOTA] = {402, "billing_error", NULL, "Your credit balance is too low."},
    [FAILURE_RATE] = {429, "rate_limit_error", NULL,
                      "This request would exceed your organization's rate limit of 2,000,000 input "
                      "tokens per minute.{retry}"},
    [FAILURE_TOKENS] = {429, "rate_limit_error", NULL,
                        "Request too large: {prompt} input tokens are above your organization's "
                        "limit of {window} input tokens per minute."},
    [FAILURE_TOO_LONG] = {400, INVALID, NULL,
                          "prompt is too long: {prompt} tokens > {window} maximum"},
    [FAILURE_BODY] = {413, "request_too_large", NULL, "Request exceeds the maximum size"},
    [FAILURE_UNSUPPORTED] = {400, INVALID, NULL, "`{param}` is deprecated for this model."},
    [FAILURE_BLOCKED] = {400, INVALID, NULL, "Output blocked by content filtering policy"},
    [FAILURE_OVERLOADED] = {529, "overloaded_error", NULL, "Overloaded"},
    [FAILURE_SERVER] = {500, "api_error", NULL, "Internal server error"},
};

static json_t *error(const struct sim_failure *failure, const struct sim_failure_row *row,
                     const char *message)
{
    (void)failure;
    return json_pack("{s:s, s:{s:s, s:s}, s:s}", "type", "error", "error", "type", row->type,
                     "message", message, "request_id", "req_simulated");
}

static const char *stop_reason(const struct sim_reply *reply)
{
    switch (reply->answer.finish) {
    case SIM_LENGTH:
        return "max_tokens";
    case SIM_REFUSAL:
    case SIM_FILTER:
    case SIM_BLOCK:
        return "refusal";
    case SIM_STOP:
        break;
    }
    return "end_turn";
}

static json_t *stop_details(const struct sim_reply *reply)
{
    return reply->answer.finish == SIM_FILTER
               ? json_pack("{s:s, s:s, s:s}", "type", "refusal", "category", "general_harms",
                           "explanation", "A simulated filter.")
               : json_null();
}

/* Here the three kinds of input exclude each other. */
static json_t *usage_json(const struct sim_usage *usage, uint64_t output)
{
    uint64_t rest = usage->prompt - usage->cached - usage->cache_written;

    return json_pack(
        "{s:I, s:I, s:I, s:{s:I, s:i}, s:I, s:s, s:{s:I}}", "input_tokens", (json_int_t)rest,
        "cache_creation_input_tokens", (json_int_t)usage->cache_written, "cache_read_input_tokens",
        (json_int_t)usage->cached, "cache_creation", "ephemeral_5m_input_tokens",
        (json_int_t)usage->cache_written, "ephemeral_1h_input_tokens", 0, "output_tokens",
        (json_int_t)output, "service_tier", "standard", "output_tokens_details", "thinking_tokens",
        (json_int_t)(output > 1 ? usage->reasoning : 0));
}

static json_t *message_json(const struct sim_reply *reply, json_t *content, const char *reason,
                            uint64_t output)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:s?, s:n, s:o, s:o}", "id", reply->id, "type",
                     "message", "role", "assistant", "model", reply->model, "content", content,
                     "stop_reason", reason, "stop_sequence", "stop_details",
                     reason != NULL ? stop_details(reply) : json_null(), "usage",
                     usage_json(&reply->usage, output));
}

/* Adds an event, whose type stands in it too; steals it. */
static void add(const char *name, json_t *event, struct sim_events *out)
{
    (void)json_object_set_new(event, "type", json_string(name));
    sim_events_add(out, name, event);
}

static void add_delta(int index, const char *type, const char *key, struct str text,
                      struct sim_events *out)
{
    add("content_block_delta",
        json_pack("{s:i, s:{s:s, s:o}}", "index", index, "delta", "type", type, key,
                  sim_json_text(text)),
        out);
}

/* A block from its start to its end is numbered; the thoughts come first. */
static void write_block(const struct sim_reply *reply, enum sim_step step, struct str piece,
                        struct sim_events *out)
{
    int text_index = reply->reasons ? 1 : 0;

    if (step == STEP_REASONING_BEGIN) {
        add("content_block_start",
            json_pack("{s:i, s:{s:s, s:s, s:s}}", "index", 0, "content_block", "type", "thinking",
                      "thinking", "", "signature", ""),
            out);
    } else if (step == STEP_REASONING && reply->shows_reasoning) {
        add_delta(0, "thinking_delta", "thinking", piece, out);
    } else if (step == STEP_REASONING_END) {
        add_delta(0, "signature_delta", "signature", STR("c2ltdWxhdGVk"), out);
        add("content_block_stop", json_pack("{s:i}", "index", 0), out);
    } else if (step == STEP_TEXT_BEGIN) {
        add("content_block_start",
            json_pack("{s:i, s:{s:s, s:s}}", "index", text_index, "content_block", "type", "text",
                      "text", ""),
            out);
    } else if (step == STEP_TEXT) {
        add_delta(text_index, "text_delta", "text", piece, out);
    } else if (step == STEP_TEXT_END) {
        add("content_block_stop", json_pack("{s:i}", "index", text_index), out);
    }
}

/* What Bedrock puts into the last event. */
static json_t *metrics(const struct sim_reply *reply)
{
    const struct sim_usage *usage = &reply->usage;

    return json_pack("{s:{s:I, s:I, s:i, s:i, s:I, s:I}}", "amazon-bedrock-invocationMetrics",
                     "inputTokenCount",
                     (json_int_t)(usage->prompt - usage->cached - usage->cache_written),
                     "outputTokenCount", (json_int_t)usage->output, "invocationLatency", 1,
                     "firstByteLatency", 1, "cacheReadInputTokenCount", (json_int_t)usage->cached,
                     "cacheWriteInputTokenCount", (json_int_t)usage->cache_written);
}

void anthropic_write(const struct sim_reply *reply, enum sim_step step, struct str piece,
                     struct sim_events *out)
{
    switch (step) {
    case STEP_BEGIN:
        add("message_start",
            json_pack("{s:o}", "message", message_json(reply, json_array(), NULL, 1)), out);
        add("ping", json_object(), out);
        break;
    case STEP_REASONING_BEGIN:
    case STEP_REASONING:
    case STEP_REASONING_END:
    case STEP_TEXT_BEGIN:
    case STEP_TEXT:
    case STEP_TEXT_END:
        write_block(reply, step, piece, out);
        break;
    case STEP_END:
        add("message_delta",
            json_pack("{s:{s:s, s:n, s:o}, s:o}", "delta", "stop_reason", stop_reason(reply),
                      "stop_sequence", "stop_details", stop_details(reply), "usage",
                      usage_json(&reply->usage, reply->usage.output)),
            out);
        add("message_stop", out->framing == FRAMING_CHUNKS ? metrics(reply) : json_object(), out);
        break;
    case STEP_PING:
        add("ping", json_object(), out);
        break;
    case STEP_FAILURE:
        sim_events_add(out, "error", sim_wire_error(reply->wire, &reply->failure));
        break;
    case STEP_OVER:
        break;
    }
}

json_t *anthropic_whole(const struct sim_reply *reply)
{
    json_t *content = json_array();
    struct str thinking =
        reply->shows_reasoning ? buf_str(&reply->answer.reasoning) : (struct str){0};

    if (reply->reasons) {
        (void)json_array_append_new(content, json_pack("{s:s, s:o, s:s}", "type", "thinking",
                                                       "thinking", sim_json_text(thinking),
                                                       "signature", "c2ltdWxhdGVk"));
    }
    if (reply->answer.text.len != 0) {
        (void)json_array_append_new(content,
                                    json_pack("{s:s, s:o}", "type", "text", "text",
                                              sim_json_text(buf_str(&reply->answer.text))));
    }
    return message_json(reply, content, stop_reason(reply), reply->usage.output);
}

const struct sim_wire wire_anthropic = {
    .name = "Anthropic Messages",
    .form = &anthropic_form,
    .framing = FRAMING_NAMED,
    .id_prefix = "msg_sim_",
    .id_header = "request-id",
    .count_member = "input_tokens",
    .caches_when_marked = true,
    .reports_cache_writes = true,
    .failures = failures,
    .write = anthropic_write,
    .whole = anthropic_whole,
    .error = error,
};
