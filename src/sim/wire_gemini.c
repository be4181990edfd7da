/* Google Gemini: the Gemini API and Vertex. */
#include "sim/wire.h"

#include <stdlib.h>

static const struct request_field fields[] = {
    {"generationConfig", REQUEST_CHECK, KIND_OBJECT},
    {"generationConfig.maxOutputTokens", REQUEST_OUTPUT_MAX, KIND_NUMBER},
    {"generationConfig.thinkingConfig", REQUEST_CHECK, KIND_OBJECT},
    {"generationConfig.thinkingConfig.thinkingLevel", REQUEST_REASONS, KIND_TEXT},
    {"generationConfig.thinkingConfig.thinkingBudget", REQUEST_REASONS, KIND_NUMBER},
    {"generationConfig.thinkingConfig.includeThoughts", REQUEST_SHOWS_REASONING, KIND_TRUTH},
    {"systemInstruction", REQUEST_CHECK, KIND_OBJECT},
    {"systemInstruction.parts", REQUEST_SYSTEM, KIND_ARRAY},
    {"systemInstruction.parts[]", REQUEST_CHECK, KIND_OBJECT},
    {"systemInstruction.parts[].text", REQUEST_TEXT, KIND_TEXT},
    {"contents", REQUEST_MESSAGES, KIND_ARRAY},
    {"contents[]", REQUEST_MESSAGE, KIND_OBJECT},
    {"contents[].role", REQUEST_ROLE, KIND_TEXT},
    {"contents[].parts", REQUEST_CHECK, KIND_ARRAY},
    {"contents[].parts[]", REQUEST_CHECK, KIND_OBJECT},
    {"contents[].parts[].text", REQUEST_TEXT, KIND_TEXT},
    {NULL, REQUEST_CHECK, 0},
};

static const struct request_role roles[] = {
    {"user", ROLE_USER},
    {"model", ROLE_ASSISTANT},
    {NULL, ROLE_USER},
};

static const struct request_form form = {
    .fields = fields,
    .roles = roles,
    .messages = "contents",
    .output_max = "maxOutputTokens",
    .wrapper = "generateContentRequest.",
    .is_role_optional = true,
};

#define INVALID   "INVALID_ARGUMENT"
#define EXHAUSTED "RESOURCE_EXHAUSTED"

static const struct sim_failure_row failures[FAILURE_KINDS] = {
    [FAILURE_INVALID] = {400, INVALID, NULL, "The request is invalid."},
    [FAILURE_URL] = {404, "NOT_FOUND", NULL, "Not found."},
    [FAILURE_METHOD] = {405, "UNIMPLEMENTED", NULL, "Method not allowed."},
    [FAILURE_MODEL] = {404, "NOT_FOUND", NULL,
                       "models/{model} is not found for API version v1beta."},
    [FAILURE_KEY] = {400, INVALID, "API_KEY_INVALID",
                     "API key not valid. Please pass a valid API key."},
    [FAILURE_QUOTA] = {429, EXHAUSTED, "GenerateRequestsPerDayPerProjectPerModel-FreeTier",
                       "You exceeded your current quota, please check your plan and billing "
                       "details."},
    [FAILURE_RATE] = {429, EXHAUSTED, "GenerateContentInputTokensPerModelPerMinute",
                      "You exceeded your current quota.{retry}"},
    [FAILURE_TOKENS] = {429, EXHAUSTED, "GenerateContentInputTokensPerModelPerMinute",
                        "Request too large: {prompt} input tokens requested, the limit is {window} "
                        "per minute."},
    [FAILURE_TOO_LONG] = {400, INVALID, NULL,
                          "The input token count ({prompt}) exceeds the maximum number of tokens "
                          "allowed ({window})."},
    [FAILURE_BODY] = {413, INVALID, NULL, "Request payload size exceeds the limit."},
    [FAILURE_UNSUPPORTED] =
        {400, INVALID, NULL,
         "Invalid JSON payload received. Unknown name \"{param}\" at 'generation_config'."},
    [FAILURE_BLOCKED] = {400, INVALID, NULL, "The prompt was blocked."},
    [FAILURE_OVERLOADED] = {503, "UNAVAILABLE", NULL,
                            "The model is overloaded. Please try again later."},
    [FAILURE_SERVER] = {500, "INTERNAL", NULL, "An internal error has occurred."},
};

static json_t *details(const struct sim_failure *failure, const struct sim_failure_row *row)
{
    json_t *list = json_array();

    if (failure->kind == FAILURE_KEY) {
        (void)json_array_append_new(
            list, json_pack("{s:s, s:s, s:s}", "@type", "type.googleapis.com/google.rpc.ErrorInfo",
                            "reason", row->code, "domain", "googleapis.com"));
    } else if (row->code != NULL) {
        (void)json_array_append_new(list, json_pack("{s:s, s:[{s:s}]}", "@type",
                                                    "type.googleapis.com/google.rpc.QuotaFailure",
                                                    "violations", "quotaId", row->code));
    }
    if (failure->delay == DELAY_INFO) {
        (void)json_array_append_new(list, json_pack("{s:s, s:s}", "@type",
                                                    "type.googleapis.com/google.rpc.RetryInfo",
                                                    "retryDelay", "1.2s"));
    }
    return list;
}

static json_t *error(const struct sim_failure *failure, const struct sim_failure_row *row,
                     const char *message)
{
    unsigned status = failure->status != 0 ? failure->status : row->status;

    return json_pack("{s:{s:i, s:s, s:s, s:o}}", "error", "code", (int)status, "message", message,
                     "status", row->type, "details", details(failure, row));
}

/* Nothing is said beside SAFETY, the nearest there is to a refusal, or a block. */
static bool says_text(const struct sim_reply *reply)
{
    return reply->answer.finish != SIM_REFUSAL && reply->answer.finish != SIM_BLOCK;
}

static const char *finish_reason(const struct sim_reply *reply)
{
    switch (reply->answer.finish) {
    case SIM_LENGTH:
        return "MAX_TOKENS";
    case SIM_REFUSAL:
        return "SAFETY";
    case SIM_FILTER:
        return "RECITATION";
    case SIM_STOP:
    case SIM_BLOCK:
        break;
    }
    return "STOP";
}

/* Thoughts are no part of the candidates' tokens. Before the end only the prompt is counted. */
static json_t *usage_json(const struct sim_reply *reply, bool is_finished)
{
    const struct sim_usage *usage = &reply->usage;
    uint64_t output = is_finished ? usage->output : 0;
    uint64_t reasoning = is_finished ? usage->reasoning : 0;
    json_t *json =
        json_pack("{s:I, s:I, s:I, s:[{s:s, s:I}]}", "promptTokenCount", (json_int_t)usage->prompt,
                  "candidatesTokenCount", (json_int_t)(output - reasoning), "totalTokenCount",
                  (json_int_t)(usage->prompt + output), "promptTokensDetails", "modality", "TEXT",
                  "tokenCount", (json_int_t)usage->prompt);

    if (usage->cached != 0) {
        (void)json_object_set_new(json, "cachedContentTokenCount",
                                  json_integer((json_int_t)usage->cached));
    }
    if (reasoning != 0) {
        (void)json_object_set_new(json, "thoughtsTokenCount", json_integer((json_int_t)reasoning));
    }
    return json;
}

static json_t *part_json(struct str text, bool is_thought)
{
    json_t *part = json_pack("{s:o}", "text", sim_json_text(text));

    if (is_thought) {
        (void)json_object_set_new(part, "thought", json_true());
    }
    return part;
}

/* A response with the given parts, which are stolen, or without a candidate for a blocked prompt.
 */
static json_t *response_json(const struct sim_reply *reply, json_t *parts, bool is_finished)
{
    json_t *json = json_pack("{s:o, s:s, s:s}", "usageMetadata", usage_json(reply, is_finished),
                             "modelVersion", reply->model, "responseId", reply->id);
    json_t *candidate = NULL;

    if (reply->answer.finish == SIM_BLOCK) {
        json_decref(parts);
        (void)json_object_set_new(json, "promptFeedback",
                                  json_pack("{s:s}", "blockReason", "PROHIBITED_CONTENT"));
        return json;
    }
    candidate =
        json_pack("{s:{s:s, s:o}, s:i}", "content", "role", "model", "parts", parts, "index", 0);
    if (is_finished) {
        (void)json_object_set_new(candidate, "finishReason", json_string(finish_reason(reply)));
    }
    (void)json_object_set_new(json, "candidates", json_pack("[o]", candidate));
    return json;
}

/* Errors after the start of a stream stand there bare, over several lines. */
static void write_failure(const struct sim_reply *reply, struct sim_events *out)
{
    json_t *json = sim_wire_error(reply->wire, &reply->failure);
    char *text = json != NULL ? json_dumps(json, JSON_INDENT(2)) : NULL;

    sim_events_line(out, str_from(text));
    free(text);
    json_decref(json);
}

static void write_step(const struct sim_reply *reply, enum sim_step step, struct str piece,
                       struct sim_events *out)
{
    bool is_thought = step == STEP_REASONING;

    switch (step) {
    case STEP_REASONING:
    case STEP_TEXT:
        if (is_thought ? reply->shows_reasoning : says_text(reply)) {
            sim_events_add(
                out, NULL,
                response_json(reply, json_pack("[o]", part_json(piece, is_thought)), false));
        }
        break;
    case STEP_END:
        sim_events_add(
            out, NULL,
            response_json(reply, json_pack("[o]", part_json((struct str){0}, false)), true));
        break;
    case STEP_FAILURE:
        write_failure(reply, out);
        break;
    case STEP_BEGIN:
    case STEP_REASONING_BEGIN:
    case STEP_REASONING_END:
    case STEP_TEXT_BEGIN:
    case STEP_TEXT_END:
    case STEP_PING: /* none is known */
    case STEP_OVER:
        break;
    }
}

static json_t *whole(const struct sim_reply *reply)
{
    json_t *parts = json_array();

    if (reply->reasons && reply->shows_reasoning) {
        (void)json_array_append_new(parts, part_json(buf_str(&reply->answer.reasoning), true));
    }
    if (says_text(reply)) {
        (void)json_array_append_new(parts, part_json(buf_str(&reply->answer.text), false));
    }
    return response_json(reply, parts, true);
}

const struct sim_wire wire_gemini = {
    .name = "Google Gemini",
    .form = &form,
    .framing = FRAMING_DATA,
    .id_prefix = "sim-",
    .id_header = "x-request-id",
    .count_member = "totalTokens",
    .begins_late = true,
    .blocks_in_reply = true,
    .failures = failures,
    .write = write_step,
    .whole = whole,
    .error = error,
};
