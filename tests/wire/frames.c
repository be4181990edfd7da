#include "frames.h"

#include "endpoint/event_stream.h"

#include <check.h>
#include <openssl/evp.h>
#include <stdlib.h>

/* As Bedrock does, padding included: it makes all events of one length, against listeners. */
static void append_chunk(struct buf *out, struct str json)
{
    const struct event_stream_field headers[] = {
        {STR(":event-type"), STR("chunk")},
        {STR(":content-type"), STR("application/json")},
        {STR(":message-type"), STR("event")},
    };
    struct buf payload = {0};
    unsigned char *base64 = malloc(json.len / 3 * 4 + 5);

    ck_assert_ptr_nonnull(base64);
    (void)EVP_EncodeBlock(base64, (const unsigned char *)json.p, (int)json.len);
    buf_init(&payload, out->max);
    buf_appendf(&payload, "{\"bytes\":\"%s\",\"p\":\"abcdefghijklmnopqr\"}", (char *)base64);
    event_stream_append(out, headers, 3, buf_str(&payload));
    buf_release(&payload);
    free(base64);
}

static void append_line(struct buf *out, struct str line)
{
    struct str_pair kind = str_cut(line, ' ');
    struct str_pair type = str_cut(kind.tail, ' ');
    struct event_stream_field headers[] = {
        {STR(":event-type"), type.head},
        {STR(":content-type"), STR("application/json")},
        {STR(":message-type"), kind.head},
    };

    if (str_equal(kind.head, STR("chunk"))) {
        append_chunk(out, kind.tail);
    } else if (str_equal(kind.head, STR("event"))) {
        event_stream_append(out, headers, 3, type.tail);
    } else if (str_equal(kind.head, STR("exception"))) {
        headers[0].name = STR(":exception-type");
        event_stream_append(out, headers, 3, type.tail);
    } else {
        ck_assert(str_equal(kind.head, STR("error")));
        headers[0].name = STR(":error-code");
        headers[1] = (struct event_stream_field){STR(":error-message"), type.tail};
        event_stream_append(out, headers, 3, STR(""));
    }
}

void frames_append(struct buf *out, struct str lines)
{
    struct str line;

    while (str_next_line(&lines, &line)) {
        append_line(out, line);
    }
    ck_assert_int_eq(out->failure, 0);
}
