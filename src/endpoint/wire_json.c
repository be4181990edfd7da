#include "endpoint/wire_json.h"

#include "base/utf8.h"
#include "record/json_text.h"

#include <string.h>

enum { UNICODE_ESCAPE_LEN = 6 }; /* \uXXXX */

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The code unit of an escape at the start of `text`, or -1 when there is none. */
static int32_t code_unit(struct str text)
{
    int32_t unit = 0;

    if (text.len < UNICODE_ESCAPE_LEN || text.p[0] != '\\' || text.p[1] != 'u') {
        return -1;
    }
    for (size_t i = 2; i < UNICODE_ESCAPE_LEN; i++) {
        int digit = hex_value(text.p[i]);

        if (digit < 0) {
            return -1;
        }
        unit = unit * 16 + digit;
    }
    return unit;
}

static size_t repair_escape(struct buf *out, struct str text)
{
    int32_t unit = code_unit(text);
    size_t len = unit >= 0 ? UNICODE_ESCAPE_LEN : 2;

    if (unit >= 0xD800 && unit <= 0xDBFF) {
        int32_t low = code_unit(str_skip(text, UNICODE_ESCAPE_LEN));

        if (low >= 0xDC00 && low <= 0xDFFF) {
            len = (size_t)2 * UNICODE_ESCAPE_LEN;
            buf_append(out, str_take(text, len));
            return len;
        }
    }
    if (unit >= 0xD800 && unit <= 0xDFFF) {
        buf_append(out, STR("\\uFFFD"));
        return len;
    }
    /* A backslash before a byte that is not ASCII is broken anyway; the byte is judged by itself.
     */
    if (text.len >= 2 && (unsigned char)text.p[1] >= 0x80) {
        len = 1;
    }
    buf_append(out, str_take(text, len));
    return len;
}

void wire_json_repair(struct buf *out, struct str text)
{
    while (text.len != 0) {
        size_t len = 0;

        if (text.p[0] == '\\') {
            len = repair_escape(out, text);
        } else {
            uint32_t code = 0;

            len = utf8_decode(text, &code);
            if (len != 0) {
                buf_append(out, str_take(text, len));
            } else {
                buf_append(out, STR("\xEF\xBF\xBD"));
                len = 1;
            }
        }
        text = str_skip(text, len);
    }
}

json_t *wire_json_parse(struct str text)
{
    enum { FLAGS = JSON_ALLOW_NUL | JSON_DECODE_ANY };
    enum { GROWTH_MAX = 3 }; /* one bad byte becomes the three of U+FFFD */
    struct err err = {ERR_NONE, ""};
    json_t *value = NULL;

    if (text.len == 0) {
        return NULL;
    }
    value = json_text_read(text, FLAGS, NULL, &err);
    if (value == NULL && err.code != ERR_MEMORY) {
        struct buf repaired = {0};

        buf_init(&repaired, text.len * GROWTH_MAX);
        wire_json_repair(&repaired, text);
        if (repaired.failure == 0 && !str_equal(buf_str(&repaired), text)) {
            value = json_text_read(buf_str(&repaired), FLAGS, NULL, &err);
        }
        buf_release(&repaired);
    }
    return value;
}

struct str wire_json_text(const json_t *value)
{
    if (!json_is_string(value)) {
        return (struct str){0};
    }
    return (struct str){json_string_value(value), json_string_length(value)};
}

struct str wire_json_string(const json_t *object, const char *name)
{
    return wire_json_text(json_object_get(object, name));
}

int64_t wire_json_count(const json_t *object, const char *name, int64_t absent)
{
    const json_t *value = json_object_get(object, name);
    json_int_t count = json_integer_value(value);

    return json_is_integer(value) && count >= 0 && count <= WIRE_JSON_COUNT_MAX ? count : absent;
}

void wire_json_copy(char *out, size_t out_bytes, struct str text)
{
    size_t len = 0;

    while (len < text.len) {
        uint32_t code = 0;
        size_t step = utf8_decode(str_skip(text, len), &code);

        if (step == 0 || code < 0x20 || len + step >= out_bytes) {
            break;
        }
        len += step;
    }
    if (len != 0) {
        memcpy(out, text.p, len);
    }
    out[len] = '\0';
}
