/* A server that may send anything, read by the protocol FUZZ_PROTOCOL: as a stream of events, as
 * one body, and as an error. Whatever it sends, texts that are kept are UTF-8, an error is one line
 * that can be shown, counts are counts, and whom the words blame is a member of the request. Where
 * FUZZ_HAS_FINAL_EVENT is 0, an end is told by its reason alone. Seeds: tests/wire.
 */
#include "base/utf8.h"
#include "endpoint/anthropic.h"
#include "endpoint/gemini.h"
#include "endpoint/openai_chat.h"
#include "endpoint/openai_responses.h"
#include "endpoint/wire_time.h"

#include <math.h>
#include <stdlib.h>

enum { EVENT_MAX = 64 * 1024 };

static const struct endpoint endpoint = {.model = "m", .max_output_tokens = 9};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

static bool is_utf8(struct str text)
{
    return utf8_invalid_at(text) == SIZE_MAX;
}

static void check_line(const char *line)
{
    struct buf shown = {0};

    buf_init(&shown, (size_t)ERR_TEXT_MAX * 3);
    utf8_append_printable(&shown, str_from(line));
    must(str_equal(buf_str(&shown), str_from(line)));
    buf_release(&shown);
}

static void check_reply(const struct reply *reply)
{
    const struct reply_usage *usage = &reply->usage;

    must(is_utf8(buf_str(&reply->text)));
    must(is_utf8(str_from(reply->finish_reason)));
    must(is_utf8(str_from(reply->model)));
    must(is_utf8(str_from(reply->request_id)));
    must(usage->input_tokens >= REPLY_TOKENS_UNKNOWN);
    must(usage->cached_tokens >= REPLY_TOKENS_UNKNOWN);
    must(usage->cache_written_tokens >= REPLY_TOKENS_UNKNOWN);
    must(usage->output_tokens >= REPLY_TOKENS_UNKNOWN);
    must(usage->reasoning_tokens >= REPLY_TOKENS_UNKNOWN);
}

static void classify(long status, struct str body, struct reply *reply)
{
    struct protocol_error error = {.http_status = status, .body = body};
    struct protocol_verdict verdict = FUZZ_PROTOCOL.classify(&error, reply);

    must(!isnan(verdict.wait_s));
    must(reply->limit_tokens >= REPLY_TOKENS_UNKNOWN);
    must(reply->counted_tokens >= REPLY_TOKENS_UNKNOWN);
    must(reply->error.code < 0 && reply->error.text[0] != '\0');
    check_line(reply->error.text);
}

static void check_end(enum protocol_event told, const struct reply *reply)
{
    bool is_complete = FUZZ_PROTOCOL.complete_at_end(reply);

    if (FUZZ_HAS_FINAL_EVENT) {
        must(told != PROTOCOL_FINAL || reply->end != REPLY_FAILED);
        must(told == PROTOCOL_ERROR || !is_complete || reply->end != REPLY_FAILED);
    } else {
        must(told != PROTOCOL_FINAL);
        must(is_complete == (reply->end != REPLY_FAILED));
    }
}

/* True while the stream goes on. */
static bool take(const struct stream_event *event, struct reply *reply)
{
    enum protocol_event told = FUZZ_PROTOCOL.on_event(&endpoint, event, reply);

    check_reply(reply);
    check_end(told, reply);
    if (told == PROTOCOL_ERROR) {
        classify(PROTOCOL_IN_STREAM, event->data, reply);
    }
    return told == PROTOCOL_MORE || told == PROTOCOL_REASONING;
}

static void stream(struct str bytes, struct reply *reply)
{
    void *decoder = FUZZ_PROTOCOL.framing->create(EVENT_MAX);
    struct stream_event event;
    struct err err;
    bool is_open = true;

    must(decoder != NULL);
    while (is_open && FUZZ_PROTOCOL.framing->next(decoder, &bytes, &event, &err) > 0) {
        is_open = take(&event, reply);
    }
    if (is_open && FUZZ_PROTOCOL.framing->end(decoder, &event, &err) > 0) {
        (void)take(&event, reply);
    }
    FUZZ_PROTOCOL.framing->free(decoder);
}

static void blame(struct str words)
{
    static const char *const parameters[] = {"a.b=1", "t=0", NULL};
    struct arena arena = {0};
    struct request_json request = {.arena = &arena};
    struct body_frame frame;
    struct endpoint with = endpoint;
    struct err err;
    const struct request_member *blamed = NULL;

    with.parameters = parameters;
    must(FUZZ_PROTOCOL.frame(&with, &request, &frame, &err) == 0);
    blamed = request_json_blamed(&request, words);
    must(blamed == NULL ||
         (blamed >= request.members && blamed->is_sent &&
          blamed < request.members + request.count && blamed->origin != REQUEST_OWN));
    arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const long statuses[] = {400, 401, 403, 404, 413, 422, 429, 499, 500, 503, 504, 529};
    struct str bytes = {(const char *)data, size};
    struct stream_event whole = {.type = STR("message"), .data = bytes};
    struct reply reply;

    reply_init(&reply);
    stream(bytes, &reply);
    reply_reset(&reply);
    (void)take(&whole, &reply);
    classify(statuses[size % (sizeof statuses / sizeof statuses[0])], bytes, &reply);
    reply_release(&reply);
    blame(bytes);
    must(!isnan(wire_duration_s(bytes)));
    must(wire_time_until_s(bytes, 0) >= -1.0);
    return 0;
}
