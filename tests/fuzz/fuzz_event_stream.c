/* Any bytes can be read as an event stream, in pieces of any size: no access outside them, and
 * the same messages however they are split.
 *
 * Random bytes would never get past a checksum. So the input is read twice: as it is, and with the
 * checksums put right wherever its own lengths lead. */
#include "endpoint/event_stream.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { PRELUDE = 8, CRC = 4, OVERHEAD = EVENT_STREAM_OVERHEAD, SUM_START = 1469598103 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint32_t read_u32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void write_crc(uint8_t *at, const uint8_t *start)
{
    uint32_t crc = (uint32_t)crc32_z(0, start, (size_t)(at - start));

    for (int i = 0; i < CRC; i++) {
        at[i] = (uint8_t)(crc >> (24 - 8 * i));
    }
}

static void put_checksums_right(uint8_t *bytes, size_t size)
{
    size_t at = 0;

    while (size - at >= OVERHEAD) {
        uint32_t total = read_u32(bytes + at);

        write_crc(bytes + at + PRELUDE, bytes + at);
        if (total < OVERHEAD || total > size - at) {
            return;
        }
        write_crc(bytes + at + total - CRC, bytes + at);
        at += total;
    }
}

/* A sum over everything the messages hold, and over how the stream ended. */
static uint64_t add(uint64_t sum, struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        sum = (sum ^ (uint8_t)text.p[i]) * UINT64_C(1099511628211);
    }
    return (sum ^ text.len) * UINT64_C(1099511628211);
}

static uint64_t read_message(uint64_t sum, const struct event_stream_message *message)
{
    struct str rest = message->headers;
    struct event_stream_header header;
    struct stream_event event;
    struct err err = {ERR_NONE, ""};
    int rc = 0;

    while ((rc = event_stream_next_header(&rest, &header, &err)) > 0) {
        sum = add(add(sum, header.name), header.bytes) ^ (uint64_t)header.number;
    }
    if (rc != 0) { /* a message is only given out with headers that were checked */
        abort();
    }
    if (event_stream_interpret(message, &event, &err) == 0) {
        sum = add(add(sum, event.type), event.data);
    }
    return add(sum, message->payload);
}

static uint64_t read_all(struct str bytes, size_t piece)
{
    struct event_stream stream;
    struct event_stream_message message;
    struct err err = {ERR_NONE, ""};
    uint64_t sum = SUM_START;
    int rc = 0;

    event_stream_init(&stream, SIZE_MAX);
    while (bytes.len != 0 && rc >= 0) {
        struct str part = str_take(bytes, piece);

        bytes = str_skip(bytes, piece);
        while ((rc = event_stream_next(&stream, &part, &message, &err)) > 0) {
            sum = read_message(sum, &message);
        }
        if (rc == 0 && part.len != 0) {
            abort();
        }
    }
    sum ^= rc < 0 ? (uint64_t)-rc : event_stream_open_bytes(&stream);
    event_stream_release(&stream);
    return sum;
}

static void check(struct str bytes)
{
    uint64_t whole = read_all(bytes, bytes.len);

    if (read_all(bytes, 1) != whole || read_all(bytes, 7) != whole) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *righted = NULL;

    if (size == 0) {
        return 0;
    }
    righted = malloc(size);
    if (righted == NULL) {
        return 0;
    }
    memcpy(righted, data, size);
    put_checksums_right(righted, size);
    check((struct str){(const char *)data, size});
    check((struct str){(const char *)righted, size});
    free(righted);
    return 0;
}
