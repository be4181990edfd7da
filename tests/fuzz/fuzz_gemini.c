/* A server that says it is Gemini and may send anything: as a stream of events, as one body, and as
 * an error. Whatever it sends, texts that are kept are UTF-8, an error is one line that can be
 * shown, counts are counts, and an end is told only together with its reason.
 * Seeds: tests/wire/gemini.
 */
#include "base/utf8.h"
#include "endpoint/gemini.h"

#include <math.h>
#include <stdlib.h>

enum { EVENT_MAX = 64 * 1024 };

static const struct endpoint endpoint = {.protocol = "gemini", .model = "m"};

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
    must(usage->output_tokens >= REPLY_TOKENS_UNKNOWN);
    must(usage->reasoning_tokens >= REPLY_TOKENS_UNKNOWN);
    must(gemini.complete_at_end(reply) == (reply->end != REPLY_FAILED));
}

static void classify(long status, struct str body, struct reply *reply)
{
    struct protocol_error error = {.http_status = status, .body = body};
    struct protocol_verdict verdict = gemini.classify(&error, reply);

    must(!isnan(verdict.wait_s));
    must(reply->limit_tokens >= REPLY_TOKENS_UNKNOWN);
    must(reply->counted_tokens >= REPLY_TOKENS_UNKNOWN);
    must(reply->error.code < 0 && reply->error.text[0] != '\0');
    check_line(reply->error.text);
}

/* True while the stream goes on. */
static bool take(const struct stream_event *event, struct reply *reply)
{
    enum protocol_event told = gemini.on_event(&endpoint, event, reply);

    check_reply(reply);
    must(told != PROTOCOL_FINAL);
    if (told == PROTOCOL_ERROR) {
        classify(PROTOCOL_IN_STREAM, event->data, reply);
    }
    return told == PROTOCOL_MORE || told == PROTOCOL_REASONING;
}

static void stream(struct str bytes, struct reply *reply)
{
    void *decoder = gemini.framing->create(EVENT_MAX);
    struct stream_event event;
    struct err err;
    bool is_open = true;

    must(decoder != NULL);
    while (is_open && gemini.framing->next(decoder, &bytes, &event, &err) > 0) {
        is_open = take(&event, reply);
    }
    if (is_open && gemini.framing->end(decoder, &event, &err) > 0) {
        (void)take(&event, reply);
    }
    gemini.framing->free(decoder);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const long statuses[] = {400, 401, 403, 404, 413, 429, 499, 500, 503, 504};
    struct str bytes = {(const char *)data, size};
    struct stream_event whole = {.type = STR("message"), .data = bytes};
    struct reply reply;

    reply_init(&reply);
    stream(bytes, &reply);
    reply_reset(&reply);
    (void)take(&whole, &reply);
    classify(statuses[size % (sizeof statuses / sizeof statuses[0])], bytes, &reply);
    reply_release(&reply);
    return 0;
}
