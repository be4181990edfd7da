#include "endpoint/bedrock_invoke.h"

#include "endpoint/anthropic.h"
#include "endpoint/base64.h"
#include "endpoint/bedrock.h"
#include "endpoint/event_stream.h"
#include "endpoint/openai_error.h"
#include "endpoint/wire_json.h"

/* As Anthropic's own, but with roles that alternate: its API joins messages of one role in a row by
 * itself, Bedrock refuses them for older models. */
static const struct body_frame frame = {
    .open = {STR_INIT("{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\""),
             STR_INIT("{\"role\":\"assistant\",\"content\":[{\"type\":\"text\",\"text\":\"")},
    .close = STR_INIT("\"}]}"),
    .between = STR_INIT(","),
    .tail = STR_INIT("]}"),
    .join = STR_INIT("\"},{\"type\":\"text\",\"text\":\""),
};

/* The model is in the path; the version, a header elsewhere, in the body. */
static int build_frame(const struct endpoint *endpoint, struct request_json *request,
                       struct body_frame *out, struct err *err)
{
    struct body_frame theirs = {.head = {0}};
    int rc = 0;

    request_json_own(request, "anthropic_version", "\"bedrock-2023-05-31\"");
    rc = anthropic_frame_messages(endpoint, request, &theirs, err);
    *out = frame;
    out->head = theirs.head;
    if (endpoint->caches_haystack) {
        out->marked_close = STR(ANTHROPIC_MARKED_CLOSE);
        out->mark = STR(ANTHROPIC_MARK);
    }
    return rc;
}

static int append_path(const struct endpoint *endpoint, struct buf *out, struct err *err)
{
    return bedrock_append_path(endpoint, "invoke-with-response-stream", out, err);
}

static int build_headers(const struct endpoint *endpoint, struct arena *arena, const char **lines,
                         struct err *err)
{
    (void)arena;
    lines[0] = "X-Amzn-Bedrock-Accept: application/json";
    return bedrock_check(endpoint, err) == 0 ? 1 : err->code;
}

/* The JSON of one of Anthropic's events, as it stands in a chunk: {"bytes":"<base64>","p":"…"}. */
static bool unwrap(struct str chunk, struct buf *out)
{
    json_t *json = wire_json_parse(chunk);
    struct str base64 = wire_json_string(json, "bytes");
    struct err ignored;
    bool is_one = false;

    buf_init(out, chunk.len);
    is_one = base64.len != 0 && base64_decode(base64, out, &ignored) == 0;
    json_decref(json);
    return is_one;
}

static bool is_chunk(struct str type)
{
    return str_equal(type, STR("chunk"));
}

static int64_t known(int64_t tokens)
{
    return tokens > 0 ? tokens : 0;
}

/* Bedrock's own count, on the last event: for models whose events leave usage out. */
static void take_metrics(const json_t *metrics, struct reply_usage *out)
{
    int64_t fresh = wire_json_count(metrics, "inputTokenCount", REPLY_TOKENS_UNKNOWN);

    if (out->input_tokens >= 0 || fresh < 0) {
        return;
    }
    out->cached_tokens = wire_json_count(metrics, "cacheReadInputTokenCount", out->cached_tokens);
    out->cache_written_tokens =
        wire_json_count(metrics, "cacheWriteInputTokenCount", out->cache_written_tokens);
    out->output_tokens = wire_json_count(metrics, "outputTokenCount", out->output_tokens);
    out->input_tokens = fresh + known(out->cached_tokens) + known(out->cache_written_tokens);
}

/* What the chunk's event says beside what every event of Anthropic's does. */
static void take_extras(struct str json_text, struct reply *reply)
{
    const char name[] = "amazon-bedrock-invocationMetrics";
    json_t *json = NULL;

    if (str_contains(json_text, str_from(name))) {
        json = wire_json_parse(json_text);
        take_metrics(json_object_get(json, name), &reply->usage);
        json_decref(json);
    }
}

static enum protocol_event take_event(const struct endpoint *endpoint,
                                      const struct stream_event *event, struct reply *reply)
{
    enum protocol_event told = PROTOCOL_UNREADABLE;
    struct stream_event inner = {.type = event->type};
    struct buf text = {0};

    if (event->is_exception) {
        return PROTOCOL_ERROR;
    }
    if (!is_chunk(event->type)) {
        return PROTOCOL_MORE;
    }
    if (unwrap(event->data, &text)) {
        inner.data = buf_str(&text);
        told = anthropic_event(endpoint, &inner, reply);
        take_extras(inner.data, reply);
    }
    buf_release(&text);
    return told;
}

/* Claude's own errors come in chunks like its answers. */
static struct protocol_verdict classify(const struct protocol_error *error, struct reply *reply)
{
    struct protocol_error inner = {.http_status = error->http_status};
    struct protocol_verdict verdict;
    struct buf text = {0};

    if (error->http_status == PROTOCOL_IN_STREAM && is_chunk(error->type) &&
        unwrap(error->body, &text)) {
        inner.body = buf_str(&text);
        verdict = openai_error_classify(&inner, reply);
    } else {
        verdict = bedrock_classify(error, reply);
    }
    buf_release(&text);
    return verdict;
}

const struct protocol bedrock_invoke = {
    .name = "bedrock-invoke",
    .framing = &event_stream_framing,
    .request_id_header = "x-amzn-requestid",
    .error_type_header = "x-amzn-errortype",
    .auth = QUIRK_AUTH_BEARER,
    .base_url = bedrock_base_url,
    .path = append_path,
    .frame = build_frame,
    .caching = anthropic_caching,
    .headers = build_headers,
    .sign = bedrock_sign,
    .on_event = take_event,
    .classify = classify,
    .complete_at_end = anthropic_complete_at_end,
};
