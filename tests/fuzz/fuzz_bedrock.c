/* A Bedrock that may say anything: the first byte picks protocol and event, the rest is the event's
 * payload (bare, and for InvokeModel also as what the base64 of a chunk holds), the body of an
 * error and its name. Texts that are kept are UTF-8, an error is one line that can be shown. */
#include "base/utf8.h"
#include "endpoint/bedrock_converse.h"
#include "endpoint/bedrock_invoke.h"

#include <openssl/evp.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct endpoint endpoint = {.model = "m"};

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

static void check_reply(const struct reply *reply)
{
    const struct reply_usage *usage = &reply->usage;

    must(is_utf8(buf_str(&reply->text)));
    must(is_utf8(str_from(reply->finish_reason)));
    must(is_utf8(str_from(reply->model)));
    must(usage->input_tokens >= REPLY_TOKENS_UNKNOWN);
    must(usage->cached_tokens >= REPLY_TOKENS_UNKNOWN);
    must(usage->cache_written_tokens >= REPLY_TOKENS_UNKNOWN);
    must(usage->output_tokens >= REPLY_TOKENS_UNKNOWN);
}

static void take(const struct protocol *protocol, const char *type, struct str data,
                 struct reply *reply)
{
    struct stream_event event = {.type = str_from(type), .data = data};

    reply_reset(reply);
    if (protocol->on_event(&endpoint, &event, reply) == PROTOCOL_FINAL) {
        must(reply->end != REPLY_FAILED);
    }
    check_reply(reply);
}

static void take_in_base64(struct str data, struct reply *reply)
{
    struct buf chunk = {0};
    unsigned char *base64 = malloc(data.len / 3 * 4 + 5);

    must(base64 != NULL);
    (void)EVP_EncodeBlock(base64, (const unsigned char *)data.p, (int)data.len);
    buf_init(&chunk, data.len * 2 + 64);
    buf_appendf(&chunk, "{\"bytes\":\"%s\"}", (char *)base64);
    take(&bedrock_invoke, "chunk", buf_str(&chunk), reply);
    buf_release(&chunk);
    free(base64);
}

static void classify(const struct protocol *protocol, long status, struct str type, struct str body,
                     struct reply *reply)
{
    struct protocol_error error = {.http_status = status, .type = type, .body = body};
    struct protocol_verdict verdict = protocol->classify(&error, reply);
    struct buf shown = {0};

    must(verdict.wait_s >= 0.0 || verdict.wait_s < 0.0); /* not NaN */
    must(reply->error.code < 0 && reply->error.text[0] != '\0');
    buf_init(&shown, (size_t)ERR_TEXT_MAX * 3);
    utf8_append_printable(&shown, str_from(reply->error.text));
    must(str_equal(buf_str(&shown), str_from(reply->error.text)));
    buf_release(&shown);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const types[] = {"contentBlockDelta", "messageStop", "metadata", "other"};
    static const long statuses[] = {PROTOCOL_IN_STREAM, 400, 403, 424, 429, 500, 503};
    struct str rest;
    struct reply reply;

    if (size < 2) {
        return 0;
    }
    rest = (struct str){(const char *)data + 1, size - 1};
    reply_init(&reply);
    take(&bedrock_converse, types[data[0] % 4], rest, &reply);
    take(&bedrock_invoke, "chunk", rest, &reply);
    take_in_base64(rest, &reply);
    classify(&bedrock_converse, statuses[data[0] % 7], str_take(rest, data[0] % 32), rest, &reply);
    classify(&bedrock_invoke, PROTOCOL_IN_STREAM, STR("chunk"), rest, &reply);
    reply_release(&reply);
    return 0;
}
