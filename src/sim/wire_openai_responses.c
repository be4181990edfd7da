/* OpenAI Responses. Every event has its name twice and a running number. */
#include "sim/wire.h"

#include <string.h>

static const struct request_field fields[] = {
    {"model", REQUEST_MODEL, KIND_TEXT},
    {"stream", REQUEST_STREAM, KIND_TRUTH | KIND_NULL},
    {"max_output_tokens", REQUEST_OUTPUT_MAX, KIND_NUMBER | KIND_NULL},
    {"reasoning", REQUEST_CHECK, KIND_OBJECT | KIND_NULL},
    {"reasoning.effort", REQUEST_REASONS, KIND_TEXT | KIND_NULL},
    {"reasoning.summary", REQUEST_SHOWS_REASONING, KIND_TEXT | KIND_NULL},
    {"instructions", REQUEST_SYSTEM, KIND_TEXT | KIND_NULL},
    {"input", REQUEST_MESSAGES, KIND_TEXT | KIND_ARRAY},
    {"input[]", REQUEST_MESSAGE, KIND_OBJECT},
    {"input[].role", REQUEST_ROLE, KIND_TEXT},
    {"input[].content", REQUEST_TEXT, KIND_TEXT | KIND_ARRAY},
    {"input[].content[]", REQUEST_CHECK, KIND_OBJECT},
    {"input[].content[].type", REQUEST_PART_TYPE, KIND_TEXT},
    {"input[].content[].text", REQUEST_TEXT, KIND_TEXT},
    {NULL, REQUEST_CHECK, 0},
};

static const struct request_form form = {
    .fields = fields,
    .roles = openai_roles,
    .messages = "input",
    .output_max = "max_output_tokens",
    .part_types = " input_text output_text ",
};

static json_t *usage_json(const struct sim_usage *usage)
{
    return json_pack("{s:I, s:{s:I, s:i}, s:I, s:{s:I}, s:I}", "input_tokens",
                     (json_int_t)usage->prompt, "input_tokens_details", "cached_tokens",
                     (json_int_t)usage->cached, "cache_write_tokens", 0, "output_tokens",
                     (json_int_t)usage->output, "output_tokens_details", "reasoning_tokens",
                     (json_int_t)usage->reasoning, "total_tokens",
                     (json_int_t)usage->prompt + (json_int_t)usage->output);
}

static bool refuses(const struct sim_reply *reply)
{
    return reply->answer.finish == SIM_REFUSAL;
}

static const char *incomplete_reason(const struct sim_reply *reply)
{
    switch (reply->answer.finish) {
    case SIM_LENGTH:
        return "max_output_tokens";
    case SIM_FILTER:
    case SIM_BLOCK:
        return "content_filter";
    case SIM_STOP:
    case SIM_REFUSAL:
        break;
    }
    return NULL;
}

static const char *final_status(const struct sim_reply *reply)
{
    return incomplete_reason(reply) != NULL ? "incomplete" : "completed";
}

static json_t *summary_part(struct str text)
{
    return json_pack("{s:s, s:o}", "type", "summary_text", "text", sim_json_text(text));
}

static json_t *text_part(const struct sim_reply *reply, struct str text)
{
    if (refuses(reply)) {
        return json_pack("{s:s, s:o}", "type", "refusal", "refusal", sim_json_text(text));
    }
    return json_pack("{s:s, s:o, s:[], s:[]}", "type", "output_text", "text", sim_json_text(text),
                     "annotations", "logprobs");
}

/* The item of the reasoning; its summary is empty until it is finished, or where it is hidden. */
static json_t *reasoning_item(const struct sim_reply *reply, bool is_finished)
{
    bool shows = is_finished && reply->shows_reasoning;

    return json_pack("{s:s+, s:s, s:o}", "id", "rs_", reply->id, "type", "reasoning", "summary",
                     shows ? json_pack("[o]", summary_part(buf_str(&reply->answer.reasoning)))
                           : json_array());
}

static json_t *message_item(const struct sim_reply *reply, bool is_finished)
{
    return json_pack("{s:s+, s:s, s:s, s:s, s:o}", "id", "msg_", reply->id, "type", "message",
                     "status", is_finished ? final_status(reply) : "in_progress", "role",
                     "assistant", "content",
                     is_finished ? json_pack("[o]", text_part(reply, buf_str(&reply->answer.text)))
                                 : json_array());
}

static json_t *output_json(const struct sim_reply *reply)
{
    json_t *output = json_array();

    if (reply->reasons) {
        (void)json_array_append_new(output, reasoning_item(reply, true));
    }
    if (reply->answer.text.len != 0 || !reply->reasons) {
        (void)json_array_append_new(output, message_item(reply, true));
    }
    return output;
}

/* The response as it stands: `status`, and with `is_finished` all that was said. */
static json_t *response_json(const struct sim_reply *reply, const char *status, bool is_finished)
{
    const char *reason = is_finished ? incomplete_reason(reply) : NULL;

    return json_pack("{s:s, s:s, s:I, s:s, s:n, s:o, s:s, s:o, s:b, s:o}", "id", reply->id,
                     "object", "response", "created_at", (json_int_t)reply->created_s, "status",
                     status, "error", "incomplete_details",
                     reason != NULL ? json_pack("{s:s}", "reason", reason) : json_null(), "model",
                     reply->model, "output", is_finished ? output_json(reply) : json_array(),
                     "store", 0, "usage", is_finished ? usage_json(&reply->usage) : json_null());
}

/* Adds an event with its name and number; steals `event`. */
static void add(const char *name, json_t *event, struct sim_events *out)
{
    if (event != NULL) {
        (void)json_object_set_new(event, "type", json_string(name));
        (void)json_object_set_new(event, "sequence_number", json_integer((json_int_t)out->count));
    }
    sim_events_add(out, name, event);
}

static void add_response(const char *name, const struct sim_reply *reply, const char *status,
                         bool is_finished, struct sim_events *out)
{
    add(name, json_pack("{s:o}", "response", response_json(reply, status, is_finished)), out);
}

static void add_item(const char *name, json_t *item, int index, struct sim_events *out)
{
    add(name, json_pack("{s:i, s:o}", "output_index", index, "item", item), out);
}

/* An event about a part of the summary or of the message, with one member more, which is stolen. */
static void add_part(const char *name, const struct sim_reply *reply, const char *key,
                     json_t *value, struct sim_events *out)
{
    bool is_summary = strstr(name, "summary") != NULL;

    add(name,
        json_pack("{s:s+, s:i, s:i, s:o}", "item_id", is_summary ? "rs_" : "msg_", reply->id,
                  "output_index", is_summary || !reply->reasons ? 0 : 1,
                  is_summary ? "summary_index" : "content_index", 0, key, value),
        out);
}

static void write_reasoning(const struct sim_reply *reply, enum sim_step step, struct str piece,
                            struct sim_events *out)
{
    struct str all = buf_str(&reply->answer.reasoning);

    if (step == STEP_REASONING_BEGIN) {
        add_item("response.output_item.added", reasoning_item(reply, false), 0, out);
    }
    if (reply->shows_reasoning && step == STEP_REASONING_BEGIN) {
        add_part("response.reasoning_summary_part.added", reply, "part",
                 summary_part((struct str){0}), out);
    } else if (reply->shows_reasoning && step == STEP_REASONING) {
        add_part("response.reasoning_summary_text.delta", reply, "delta", sim_json_text(piece),
                 out);
    } else if (reply->shows_reasoning) {
        add_part("response.reasoning_summary_text.done", reply, "text", sim_json_text(all), out);
        add_part("response.reasoning_summary_part.done", reply, "part", summary_part(all), out);
    }
    if (step == STEP_REASONING_END) {
        add_item("response.output_item.done", reasoning_item(reply, true), 0, out);
    }
}

static void write_text(const struct sim_reply *reply, enum sim_step step, struct str piece,
                       struct sim_events *out)
{
    struct str all = buf_str(&reply->answer.text);
    int index = reply->reasons ? 1 : 0;

    if (step == STEP_TEXT_BEGIN) {
        add_item("response.output_item.added", message_item(reply, false), index, out);
        add_part("response.content_part.added", reply, "part", text_part(reply, (struct str){0}),
                 out);
    } else if (step == STEP_TEXT) {
        add_part(refuses(reply) ? "response.refusal.delta" : "response.output_text.delta", reply,
                 "delta", sim_json_text(piece), out);
    } else {
        add_part(refuses(reply) ? "response.refusal.done" : "response.output_text.done", reply,
                 refuses(reply) ? "refusal" : "text", sim_json_text(all), out);
        add_part("response.content_part.done", reply, "part", text_part(reply, all), out);
        add_item("response.output_item.done", message_item(reply, true), index, out);
    }
}

/* Errors after the start of a stream come as a failed response. */
static void write_failure(const struct sim_reply *reply, struct sim_events *out)
{
    json_t *response = response_json(reply, "failed", false);
    json_t *body = sim_wire_error(reply->wire, &reply->failure);
    const json_t *error = json_object_get(body, "error");

    (void)json_object_set_new(response, "error",
                              json_pack("{s:O?, s:O?}", "code", json_object_get(error, "code"),
                                        "message", json_object_get(error, "message")));
    json_decref(body);
    add("response.failed", json_pack("{s:o}", "response", response), out);
}

static void write_step(const struct sim_reply *reply, enum sim_step step, struct str piece,
                       struct sim_events *out)
{
    switch (step) {
    case STEP_BEGIN:
        add_response("response.created", reply, "in_progress", false, out);
        add_response("response.in_progress", reply, "in_progress", false, out);
        break;
    case STEP_REASONING_BEGIN:
    case STEP_REASONING:
    case STEP_REASONING_END:
        write_reasoning(reply, step, piece, out);
        break;
    case STEP_TEXT_BEGIN:
    case STEP_TEXT:
    case STEP_TEXT_END:
        write_text(reply, step, piece, out);
        break;
    case STEP_END:
        add_response(incomplete_reason(reply) != NULL ? "response.incomplete"
                                                      : "response.completed",
                     reply, final_status(reply), true, out);
        break;
    case STEP_PING: /* not in OpenAI's documents, but clients meet it */
        add("keepalive", json_object(), out);
        break;
    case STEP_FAILURE:
        write_failure(reply, out);
        break;
    case STEP_OVER:
        break;
    }
}

static json_t *whole(const struct sim_reply *reply)
{
    return response_json(reply, final_status(reply), true);
}

const struct sim_wire wire_openai_responses = {
    .name = "OpenAI Responses",
    .form = &form,
    .framing = FRAMING_NAMED,
    .id_prefix = "resp_sim_",
    .id_header = "x-request-id",
    .count_member = "input_tokens",
    .failures = openai_failures,
    .write = write_step,
    .whole = whole,
    .error = openai_error,
};
