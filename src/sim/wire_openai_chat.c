/* OpenAI Chat Completions, also under Azure's addresses and those of compatible servers. */
#include "sim/wire.h"

static const struct request_field fields[] = {
    {"model", REQUEST_MODEL, KIND_TEXT},
    {"stream", REQUEST_STREAM, KIND_TRUTH | KIND_NULL},
    {"stream_options", REQUEST_CHECK, KIND_OBJECT | KIND_NULL},
    {"stream_options.include_usage", REQUEST_USAGE_WANTED, KIND_TRUTH | KIND_NULL},
    {"max_completion_tokens", REQUEST_OUTPUT_MAX, KIND_NUMBER | KIND_NULL},
    {"max_tokens", REQUEST_OUTPUT_MAX, KIND_NUMBER | KIND_NULL},
    {"reasoning_effort", REQUEST_REASONS, KIND_TEXT | KIND_NULL},
    {"messages", REQUEST_MESSAGES, KIND_ARRAY},
    {"messages[]", REQUEST_MESSAGE, KIND_OBJECT},
    {"messages[].role", REQUEST_ROLE, KIND_TEXT},
    {"messages[].content", REQUEST_TEXT, KIND_TEXT | KIND_ARRAY | KIND_NULL},
    {"messages[].content[]", REQUEST_CHECK, KIND_OBJECT},
    {"messages[].content[].type", REQUEST_PART_TYPE, KIND_TEXT},
    {"messages[].content[].text", REQUEST_TEXT, KIND_TEXT},
    {NULL, REQUEST_CHECK, 0},
};

static const struct request_form form = {
    .fields = fields,
    .roles = openai_roles,
    .messages = "messages",
    .output_max = "max_completion_tokens",
    .part_types = " text ",
};

static const char *finish_reason(const struct sim_reply *reply)
{
    switch (reply->answer.finish) {
    case SIM_LENGTH:
        return "length";
    case SIM_FILTER:
    case SIM_BLOCK:
        return "content_filter";
    case SIM_STOP:
    case SIM_REFUSAL:
        break;
    }
    return "stop";
}

static json_t *usage_json(const struct sim_usage *usage)
{
    return json_pack("{s:I, s:I, s:I, s:{s:I, s:i}, s:{s:I}}", "prompt_tokens",
                     (json_int_t)usage->prompt, "completion_tokens", (json_int_t)usage->output,
                     "total_tokens", (json_int_t)usage->prompt + (json_int_t)usage->output,
                     "prompt_tokens_details", "cached_tokens", (json_int_t)usage->cached,
                     "cache_write_tokens", 0, "completion_tokens_details", "reasoning_tokens",
                     (json_int_t)usage->reasoning);
}

/* A chunk with the given choices; steals both. Without `usage` it has none. */
static void add_chunk(const struct sim_reply *reply, json_t *choices, json_t *usage,
                      struct sim_events *out)
{
    sim_events_add(out, NULL,
                   json_pack("{s:s, s:s, s:I, s:s, s:s, s:o, s:o*}", "id", reply->id, "object",
                             "chat.completion.chunk", "created", (json_int_t)reply->created_s,
                             "model", reply->model, "system_fingerprint", "simulated", "choices",
                             choices, "usage", usage));
}

/* One choice with a delta, which is stolen, and perhaps the reason for the end. */
static void add_delta(const struct sim_reply *reply, json_t *delta, const char *reason,
                      struct sim_events *out)
{
    add_chunk(reply,
              json_pack("[{s:i, s:o, s:n, s:s?}]", "index", 0, "delta", delta, "logprobs",
                        "finish_reason", reason),
              NULL, out);
}

static void write_step(const struct sim_reply *reply, enum sim_step step, struct str piece,
                       struct sim_events *out)
{
    bool refuses = reply->answer.finish == SIM_REFUSAL;

    switch (step) {
    case STEP_BEGIN:
        add_delta(reply,
                  json_pack("{s:s, s:s, s:n}", "role", "assistant", "content", "", "refusal"), NULL,
                  out);
        break;
    case STEP_REASONING: /* only compatible servers show it, and only when the fault asks for it */
        if (reply->shows_reasoning) {
            add_delta(reply, json_pack("{s:o}", "reasoning_content", sim_json_text(piece)), NULL,
                      out);
        }
        break;
    case STEP_TEXT:
        add_delta(reply, json_pack("{s:o}", refuses ? "refusal" : "content", sim_json_text(piece)),
                  NULL, out);
        break;
    case STEP_END:
        add_delta(reply, json_object(), finish_reason(reply), out);
        if (reply->is_usage_wanted) {
            add_chunk(reply, json_array(), usage_json(&reply->usage), out);
        }
        sim_events_line(out, STR("data: [DONE]"));
        break;
    case STEP_PING:
        sim_events_line(out, STR(": keep-alive"));
        break;
    case STEP_FAILURE:
        sim_events_add(out, NULL, sim_wire_error(reply->wire, &reply->failure));
        break;
    case STEP_REASONING_BEGIN:
    case STEP_REASONING_END:
    case STEP_TEXT_BEGIN:
    case STEP_TEXT_END:
    case STEP_OVER:
        break;
    }
}

static json_t *whole(const struct sim_reply *reply)
{
    json_t *text = sim_json_text(buf_str(&reply->answer.text));
    bool refuses = reply->answer.finish == SIM_REFUSAL;
    json_t *message =
        json_pack("{s:s, s:o, s:o}", "role", "assistant", "content", refuses ? json_null() : text,
                  "refusal", refuses ? text : json_null());

    if (reply->reasons && reply->shows_reasoning) {
        (void)json_object_set_new(message, "reasoning_content",
                                  sim_json_text(buf_str(&reply->answer.reasoning)));
    }
    return json_pack("{s:s, s:s, s:I, s:s, s:s, s:[{s:i, s:o, s:n, s:s}], s:o}", "id", reply->id,
                     "object", "chat.completion", "created", (json_int_t)reply->created_s, "model",
                     reply->model, "system_fingerprint", "simulated", "choices", "index", 0,
                     "message", message, "logprobs", "finish_reason", finish_reason(reply), "usage",
                     usage_json(&reply->usage));
}

const struct sim_wire wire_openai_chat = {
    .name = "OpenAI Chat Completions",
    .form = &form,
    .framing = FRAMING_DATA,
    .id_prefix = "chatcmpl-sim-",
    .id_header = "x-request-id",
    .begins_late = true,
    .failures = openai_failures,
    .write = write_step,
    .whole = whole,
    .error = openai_error,
};
