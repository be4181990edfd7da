/* A server that may send anything: as a stream of events, and as the body of an error. Whatever it
 * sends, texts that are kept are UTF-8, an error is one line that can be shown, counts are counts.
 */
#include "base/utf8.h"
#include "endpoint/openai_chat.h"
#include "endpoint/sse.h"

#include <stdlib.h>
#include <string.h>

enum { EVENT_MAX = 64 * 1024 };

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
    must(is_utf8(buf_str(&reply->text)));
    must(is_utf8(str_from(reply->finish_reason)));
    must(is_utf8(str_from(reply->model)));
    must(reply->usage.input_tokens >= REPLY_TOKENS_UNKNOWN);
    must(reply->usage.cached_tokens >= REPLY_TOKENS_UNKNOWN);
    must(reply->usage.output_tokens >= REPLY_TOKENS_UNKNOWN);
    must(reply->usage.reasoning_tokens >= REPLY_TOKENS_UNKNOWN);
}

static void classify(long status, struct str body, struct reply *reply)
{
    struct protocol_verdict verdict = openai_chat.classify(status, body, reply);

    must(verdict.wait_s >= 0.0 || verdict.wait_s < 0.0); /* not NaN */
    must(reply->error.code < 0 && reply->error.text[0] != '\0');
    check_line(reply->error.text);
}

static void stream(struct str bytes, struct reply *reply)
{
    enum protocol_event told = PROTOCOL_MORE;
    struct sse_event event;
    struct sse sse;
    struct err err;

    sse_init(&sse, EVENT_MAX);
    while (told == PROTOCOL_MORE && sse_next(&sse, &bytes, &event, &err) > 0) {
        told = openai_chat.on_event(event.type, event.data, reply);
        check_reply(reply);
    }
    if (told == PROTOCOL_ERROR) {
        classify(PROTOCOL_IN_STREAM, event.data, reply);
    }
    if (told == PROTOCOL_FINAL) {
        must(reply->end != REPLY_FAILED);
    }
    (void)openai_chat.complete_at_end(reply);
    sse_release(&sse);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const long statuses[] = {400, 401, 403, 404, 413, 422, 429, 500, 503, 529};
    struct str bytes = {(const char *)data, size};
    struct reply reply;

    reply_init(&reply);
    stream(bytes, &reply);
    reply_reset(&reply);
    (void)openai_chat.on_event(STR("message"), bytes, &reply);
    check_reply(&reply);
    classify(statuses[size % (sizeof statuses / sizeof statuses[0])], bytes, &reply);
    reply_release(&reply);
    return 0;
}
