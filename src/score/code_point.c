#include "score/code_point.h"

#include "base/utf8.h"

#include <string.h>

/* ED A0 80 … ED BF BF: what table 3-7 of the Unicode Standard leaves out of the three-byte forms.
 */
static bool starts_with_surrogate(struct str text)
{
    const unsigned char *p = (const unsigned char *)text.p;

    return text.len >= 3 && p[0] == 0xED && p[1] >= 0xA0 && p[1] <= 0xBF && p[2] >= 0x80 &&
           p[2] <= 0xBF;
}

uint32_t code_point_next_long(struct str *rest)
{
    const unsigned char *p = (const unsigned char *)rest->p;
    uint32_t code = 0;
    size_t len = utf8_decode(*rest, &code);

    if (len == 0 && starts_with_surrogate(*rest)) {
        code = 0xD000U | (p[1] & 0x3FU) << 6 | (p[2] & 0x3FU);
        len = 3;
    } else if (len == 0) {
        code = CODE_POINT_BYTE + (uint32_t)p[0];
        len = 1;
    }
    *rest = str_skip(*rest, len);
    return code;
}

/* Eight bytes at a time while all are ASCII, which compilers turn into a few instructions. */
static size_t decode_ascii(const unsigned char *p, size_t len, uint32_t *out)
{
    static const uint64_t high_bits = 0x8080808080808080U;
    size_t at = 0;

    for (; at + sizeof(uint64_t) <= len; at += sizeof(uint64_t)) {
        uint64_t word = 0;

        memcpy(&word, p + at, sizeof word);
        if ((word & high_bits) != 0) {
            break;
        }
        for (size_t i = 0; i < sizeof word; i++) {
            out[at + i] = p[at + i];
        }
    }
    for (; at < len && p[at] < 0x80; at++) {
        out[at] = p[at];
    }
    return at;
}

size_t code_point_decode(struct str text, uint32_t *out)
{
    size_t count = 0;

    while (text.len != 0) {
        size_t ascii = decode_ascii((const unsigned char *)text.p, text.len, out + count);

        count += ascii;
        text = str_skip(text, ascii);
        if (text.len != 0) {
            out[count++] = code_point_next_long(&text);
        }
    }
    return count;
}

struct str code_point_take(struct str text, size_t count)
{
    struct str rest = text;

    for (size_t i = 0; i < count && rest.len != 0; i++) {
        (void)code_point_next(&rest);
    }
    return str_take(text, text.len - rest.len);
}

bool code_point_is_space(uint32_t code)
{
    return utf8_is_space(code) || (code >= 0x1C && code <= 0x1F);
}

/* The last unit of a text that is not empty. Lead bytes are never inside a unit, so the search
 * backwards finds the same units as reading forwards does. */
static struct str last_unit(struct str text)
{
    enum { UNIT_BYTES_MAX = 4 };

    for (size_t len = 2; len <= UNIT_BYTES_MAX && len <= text.len; len++) {
        struct str tail = str_skip(text, text.len - len);
        struct str rest = tail;

        (void)code_point_next(&rest);
        if (rest.len == 0) {
            return tail;
        }
    }
    return str_skip(text, text.len - 1);
}

struct str code_point_strip(struct str text)
{
    while (text.len != 0) {
        struct str rest = text;

        if (!code_point_is_space(code_point_next(&rest))) {
            break;
        }
        text = rest;
    }
    while (text.len != 0) {
        struct str last = last_unit(text);
        struct str rest = last;

        if (!code_point_is_space(code_point_next(&rest))) {
            break;
        }
        text = str_take(text, text.len - last.len);
    }
    return text;
}

size_t code_point_find_last(struct str text, struct str needle)
{
    if (needle.len > text.len) {
        return SIZE_MAX;
    }
    if (needle.len == 0) {
        return text.len;
    }
    for (size_t at = text.len - needle.len + 1; at-- != 0;) {
        if (text.p[at] == needle.p[0] && str_starts(str_skip(text, at), needle)) {
            return at;
        }
    }
    return SIZE_MAX;
}
