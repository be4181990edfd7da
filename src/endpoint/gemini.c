#include "endpoint/gemini.h"

#include "endpoint/google_error.h"
#include "endpoint/sse.h"
#include "endpoint/wire_json.h"

/* Two messages of the user in a row are two contents: the API takes them as they are. */
static const struct body_frame frame = {
    .open = {STR_INIT("{\"role\":\"user\",\"parts\":[{\"text\":\""),
             STR_INIT("{\"role\":\"model\",\"parts\":[{\"text\":\"")},
    .close = STR_INIT("\"}]}"),
    .between = STR_INIT(","),
    .tail = STR_INIT("]}"),
};

/* What other vendors have at the top is in generationConfig here; one --param temperature=0 should
 * do for all of them. */
static const struct request_home homes[] = {
    {"temperature", "generationConfig.temperature"},
    {"top_p", "generationConfig.topP"},
    {"topP", "generationConfig.topP"},
    {"top_k", "generationConfig.topK"},
    {"topK", "generationConfig.topK"},
    {"seed", "generationConfig.seed"},
    {"stop", "generationConfig.stopSequences"},
    {"stopSequences", "generationConfig.stopSequences"},
    {"presence_penalty", "generationConfig.presencePenalty"},
    {"frequency_penalty", "generationConfig.frequencyPenalty"},
    {"thinkingConfig", "generationConfig.thinkingConfig"},
    {"thinkingLevel", "generationConfig.thinkingConfig.thinkingLevel"},
    {"thinkingBudget", "generationConfig.thinkingConfig.thinkingBudget"},
    {"includeThoughts", "generationConfig.thinkingConfig.includeThoughts"},
    {NULL, NULL},
};

int gemini_frame(const struct endpoint *endpoint, struct request_json *request,
                 struct body_frame *out, struct err *err)
{
    request_json_limit(request, "generationConfig.maxOutputTokens", NULL,
                       endpoint->max_output_tokens);
    request_json_parameters(request, endpoint->parameters, homes);
    *out = frame;
    return request_json_head(request, "\"contents\":[", &out->head, err);
}

static int append_path(const struct endpoint *endpoint, struct buf *out, struct err *err)
{
    struct str model = str_from(endpoint->model);

    (void)err;
    if (str_starts(model, STR("models/"))) { /* as Google's own list of models has it */
        model = str_skip(model, STR("models/").len);
    }
    buf_append(out, STR("/models/"));
    protocol_append_segment(out, model);
    buf_append(out, STR(":streamGenerateContent?alt=sse"));
    return 0;
}

/* Google's services disagree whether candidatesTokenCount holds the thoughts; the total is the same
 * in all of them. Early chunks may have usage without counts. */
static void take_usage(const json_t *usage, struct reply_usage *out)
{
    int64_t prompt = wire_json_count(usage, "promptTokenCount", REPLY_TOKENS_UNKNOWN);
    int64_t tools = wire_json_count(usage, "toolUsePromptTokenCount", 0);
    int64_t total = wire_json_count(usage, "totalTokenCount", REPLY_TOKENS_UNKNOWN);
    int64_t candidates = wire_json_count(usage, "candidatesTokenCount", REPLY_TOKENS_UNKNOWN);

    if (prompt < 0) {
        return;
    }
    out->input_tokens = prompt + tools;
    out->cached_tokens = wire_json_count(usage, "cachedContentTokenCount", out->cached_tokens);
    out->reasoning_tokens = wire_json_count(usage, "thoughtsTokenCount", out->reasoning_tokens);
    if (total >= prompt + tools) {
        out->output_tokens = total - prompt - tools;
    } else if (candidates >= 0) {
        out->output_tokens = candidates + (out->reasoning_tokens > 0 ? out->reasoning_tokens : 0);
    }
}

/* OTHER is a stop that Google does not explain, CONTINUATION the end of what one request may
 * stream. What is not named here, STOP first of all, leaves the answer as it is. */
static enum reply_end end_of(struct str reason)
{
    static const struct {
        const char *reason;
        enum reply_end end;
    } ends[] = {
        {"MAX_TOKENS", REPLY_CUT},     {"CONTINUATION", REPLY_CUT},
        {"SAFETY", REPLY_FILTERED},    {"RECITATION", REPLY_FILTERED},
        {"LANGUAGE", REPLY_FILTERED},  {"OTHER", REPLY_FILTERED},
        {"BLOCKLIST", REPLY_FILTERED}, {"PROHIBITED_CONTENT", REPLY_FILTERED},
        {"SPII", REPLY_FILTERED},      {"MODEL_ARMOR", REPLY_FILTERED},
    };

    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        if (str_equal(reason, str_from(ends[i].reason))) {
            return ends[i].end;
        }
    }
    return str_starts(reason, STR("IMAGE_")) ? REPLY_FILTERED : REPLY_COMPLETE;
}

static void end_as(struct reply *reply, enum reply_end end, struct str reason)
{
    wire_json_copy(reply->finish_reason, sizeof reply->finish_reason, reason);
    reply->end = end;
}

/* Parts that are thoughts are not the answer, and parts may be without text. */
static enum protocol_event take_candidate(const json_t *candidate, struct reply *reply)
{
    const json_t *parts = json_object_get(json_object_get(candidate, "content"), "parts");
    struct str reason = wire_json_string(candidate, "finishReason");
    enum protocol_event told = PROTOCOL_MORE;

    for (size_t i = 0; i < json_array_size(parts); i++) {
        const json_t *part = json_array_get(parts, i);

        if (json_is_true(json_object_get(part, "thought"))) {
            told = PROTOCOL_REASONING;
        } else {
            buf_append(&reply->text, wire_json_string(part, "text"));
        }
    }
    if (reason.len != 0 && !str_equal(reason, STR("FINISH_REASON_UNSPECIFIED"))) {
        end_as(reply, end_of(reason), reason);
    }
    return told;
}

/* The first candidate, which is the answer. Others, if a parameter asked for them, come in chunks
 * of their own. */
static enum protocol_event take_candidates(const json_t *candidates, struct reply *reply)
{
    const json_t *first = json_array_get(candidates, 0);

    return wire_json_count(first, "index", 0) == 0 ? take_candidate(first, reply) : PROTOCOL_MORE;
}

static enum protocol_event take_chunk(const json_t *chunk, struct reply *reply)
{
    struct str model = wire_json_string(chunk, "modelVersion");
    struct str id = wire_json_string(chunk, "responseId");
    struct str blocked = wire_json_string(json_object_get(chunk, "promptFeedback"), "blockReason");

    if (model.len != 0) {
        wire_json_copy(reply->model, sizeof reply->model, model);
    }
    if (id.len != 0) {
        wire_json_copy(reply->request_id, sizeof reply->request_id, id);
    }
    take_usage(json_object_get(chunk, "usageMetadata"), &reply->usage);
    if (blocked.len != 0 && !str_equal(blocked, STR("BLOCK_REASON_UNSPECIFIED"))) {
        end_as(reply, REPLY_FILTERED, blocked);
    }
    return take_candidates(json_object_get(chunk, "candidates"), reply);
}

/* A gateway that drops "alt=sse" gets the chunks of the whole answer as one array. */
static enum protocol_event take_chunks(const json_t *chunks, struct reply *reply)
{
    enum protocol_event told = PROTOCOL_UNREADABLE;

    for (size_t i = 0; i < json_array_size(chunks); i++) {
        const json_t *chunk = json_array_get(chunks, i);

        if (!json_is_object(chunk)) {
            return PROTOCOL_UNREADABLE;
        }
        (void)take_chunk(chunk, reply);
        told = PROTOCOL_MORE;
    }
    return told;
}

enum protocol_event gemini_event(const struct endpoint *endpoint, const struct stream_event *event,
                                 struct reply *reply)
{
    enum protocol_event told = PROTOCOL_UNREADABLE;
    struct str data = str_trim(event->data);
    json_t *json = NULL;

    (void)endpoint;
    if (data.len == 0) {
        return PROTOCOL_MORE;
    }
    json = wire_json_parse(data);
    if (google_error_find(json) != NULL) {
        told = PROTOCOL_ERROR;
    } else if (json_is_object(json)) {
        told = take_chunk(json, reply);
    } else {
        told = take_chunks(json, reply);
    }
    json_decref(json);
    return told;
}

bool gemini_complete_at_end(const struct reply *reply)
{
    return reply->finish_reason[0] != '\0';
}

const struct protocol gemini = {
    .name = "gemini",
    .framing = &sse_framing,
    .auth = QUIRK_AUTH_X_GOOG_API_KEY,
    .path = append_path,
    .frame = gemini_frame,
    .on_event = gemini_event,
    .classify = google_error_classify,
    .complete_at_end = gemini_complete_at_end,
};
