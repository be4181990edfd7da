#include "sim/frame.h"

#include <stdint.h>
#include <string.h>
#include <zlib.h>

enum { FIXED_BYTES = 16, TEXT_TYPE = 7 };

static void append_number(struct buf *out, uint32_t number, unsigned bytes)
{
    while (bytes-- != 0) {
        buf_append_char(out, (char)(number >> (8 * bytes) & 0xFFU));
    }
}

static uint32_t checksum(const struct buf *out, size_t from)
{
    return (uint32_t)crc32(0, (const Bytef *)out->p + from, (uInt)(out->len - from));
}

static void append_header(const struct sim_frame_header *header, struct buf *out)
{
    struct str name = str_from(header->name);
    struct str value = str_from(header->value);

    append_number(out, (uint32_t)name.len, 1);
    buf_append(out, name);
    append_number(out, TEXT_TYPE, 1);
    append_number(out, (uint32_t)value.len, 2);
    buf_append(out, value);
}

void sim_frame_append(const struct sim_frame_header *headers, size_t count, struct str payload,
                      struct buf *out)
{
    size_t start = out->len;
    size_t headers_len = 0;

    for (size_t i = 0; i < count; i++) {
        headers_len += 4 + strlen(headers[i].name) + strlen(headers[i].value);
    }
    append_number(out, (uint32_t)(FIXED_BYTES + headers_len + payload.len), 4);
    append_number(out, (uint32_t)headers_len, 4);
    if (out->failure == 0) {
        append_number(out, checksum(out, start), 4);
    }
    for (size_t i = 0; i < count; i++) {
        append_header(&headers[i], out);
    }
    buf_append(out, payload);
    if (out->failure == 0) {
        append_number(out, checksum(out, start), 4);
    }
}
