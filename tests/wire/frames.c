#include "frames.h"

#include "endpoint/event_stream.h"

#include <check.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <zlib.h>

static void append_big_endian(struct buf *out, uint32_t number, unsigned bytes)
{
    while (bytes-- > 0) {
        buf_append_char(out, (char)(unsigned char)(number >> 8 * bytes));
    }
}

/* Of what was appended since `start`. */
static void append_crc(struct buf *out, size_t start)
{
    struct str bytes = str_skip(buf_str(out), start);

    append_big_endian(out, (uint32_t)crc32(0, (const unsigned char *)bytes.p, (uInt)bytes.len), 4);
}

void frames_append_message(struct buf *out, const struct frame_field *headers, size_t count,
                           struct str payload)
{
    enum { LENGTH_BYTES = 2, FIELD_OVERHEAD = 1 + 1 + LENGTH_BYTES };
    size_t start = out->len;
    size_t headers_len = 0;

    for (size_t i = 0; i < count; i++) {
        headers_len += headers[i].name.len + headers[i].text.len + FIELD_OVERHEAD;
    }
    append_big_endian(out, (uint32_t)(headers_len + payload.len + EVENT_STREAM_OVERHEAD), 4);
    append_big_endian(out, (uint32_t)headers_len, 4);
    append_crc(out, start);
    for (size_t i = 0; i < count; i++) {
        append_big_endian(out, (uint32_t)headers[i].name.len, 1);
        buf_append(out, headers[i].name);
        append_big_endian(out, EVENT_STREAM_STRING, 1);
        append_big_endian(out, (uint32_t)headers[i].text.len, LENGTH_BYTES);
        buf_append(out, headers[i].text);
    }
    buf_append(out, payload);
    append_crc(out, start);
}

/* As Bedrock does, padding included: it makes all events of one length, against listeners. */
static void append_chunk(struct buf *out, struct str json)
{
    const struct frame_field headers[] = {
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
    frames_append_message(out, headers, 3, buf_str(&payload));
    buf_release(&payload);
    free(base64);
}

static void append_line(struct buf *out, struct str line)
{
    struct str_pair kind = str_cut(line, ' ');
    struct str_pair type = str_cut(kind.tail, ' ');
    struct frame_field headers[] = {
        {STR(":event-type"), type.head},
        {STR(":content-type"), STR("application/json")},
        {STR(":message-type"), kind.head},
    };

    if (str_equal(kind.head, STR("chunk"))) {
        append_chunk(out, kind.tail);
    } else if (str_equal(kind.head, STR("event"))) {
        frames_append_message(out, headers, 3, type.tail);
    } else if (str_equal(kind.head, STR("exception"))) {
        headers[0].name = STR(":exception-type");
        frames_append_message(out, headers, 3, type.tail);
    } else {
        ck_assert(str_equal(kind.head, STR("error")));
        headers[0].name = STR(":error-code");
        headers[1] = (struct frame_field){STR(":error-message"), type.tail};
        frames_append_message(out, headers, 3, STR(""));
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
