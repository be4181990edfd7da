#include "base/utf8.h"

static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xC0U) == 0x80U;
}

static size_t decode_long(struct str text, uint32_t *out)
{
    const unsigned char *p = (const unsigned char *)text.p;
    uint32_t code = 0;
    size_t len = p[0] >= 0xF0 ? 4 : p[0] >= 0xE0 ? 3 : 2;
    static const uint32_t lowest[5] = {0, 0, 0x80, 0x800, 0x10000};

    if (p[0] < 0xC2 || p[0] > 0xF4 || text.len < len) {
        return 0;
    }
    code = p[0] & (0x7FU >> len);
    for (size_t i = 1; i < len; i++) {
        if (!is_continuation(text.p[i])) {
            return 0;
        }
        code = (code << 6) | (p[i] & 0x3FU);
    }
    if (code < lowest[len] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) {
        return 0;
    }
    *out = code;
    return len;
}

size_t utf8_decode(struct str text, uint32_t *out)
{
    if (text.len == 0) {
        return 0;
    }
    if ((unsigned char)text.p[0] < 0x80) {
        *out = (unsigned char)text.p[0];
        return 1;
    }
    return decode_long(text, out);
}

size_t utf8_encode(uint32_t code, char out[4])
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xC0U | (code >> 6));
        out[1] = (char)(0x80U | (code & 0x3FU));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xE0U | (code >> 12));
        out[1] = (char)(0x80U | ((code >> 6) & 0x3FU));
        out[2] = (char)(0x80U | (code & 0x3FU));
        return 3;
    }
    out[0] = (char)(0xF0U | (code >> 18));
    out[1] = (char)(0x80U | ((code >> 12) & 0x3FU));
    out[2] = (char)(0x80U | ((code >> 6) & 0x3FU));
    out[3] = (char)(0x80U | (code & 0x3FU));
    return 4;
}

size_t utf8_invalid_at(struct str text)
{
    size_t at = 0;

    while (at < text.len) {
        uint32_t code = 0;
        size_t len = utf8_decode(str_skip(text, at), &code);

        if (len == 0) {
            return at;
        }
        at += len;
    }
    return SIZE_MAX;
}

size_t utf8_length(struct str text)
{
    size_t count = 0;

    while (text.len != 0) {
        uint32_t code = 0;
        size_t len = utf8_decode(text, &code);

        text = str_skip(text, len != 0 ? len : 1);
        count++;
    }
    return count;
}

struct str utf8_take(struct str text, size_t bytes_max)
{
    if (bytes_max >= text.len) {
        return text;
    }
    while (bytes_max != 0 && is_continuation(text.p[bytes_max])) {
        bytes_max--;
    }
    return str_take(text, bytes_max);
}

bool utf8_is_space(uint32_t code)
{
    if (code <= 0x20) {
        return code == 0x20 || (code >= 0x09 && code <= 0x0D);
    }
    return code == 0x85 || code == 0xA0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200A) ||
           code == 0x2028 || code == 0x2029 || code == 0x202F || code == 0x205F || code == 0x3000;
}

static bool is_harmless(uint32_t code)
{
    if (code < 0x20 || (code >= 0x7F && code < 0xA0)) {
        return false;
    }
    /* Line and paragraph separators, embeddings, overrides and isolates can reorder a line. */
    return !(code >= 0x2028 && code <= 0x202E) && !(code >= 0x2066 && code <= 0x2069);
}

void utf8_append_printable(struct buf *out, struct str text)
{
    while (text.len != 0) {
        uint32_t code = 0;
        size_t len = utf8_decode(text, &code);

        if (len == 1 && (code == '\n' || code == '\r' || code == '\t')) {
            buf_append_char(out, ' ');
        } else if (len != 0 && is_harmless(code)) {
            buf_append(out, str_take(text, len));
        } else {
            buf_append(out, STR("\xEF\xBF\xBD"));
        }
        text = str_skip(text, len != 0 ? len : 1);
    }
}
