#include "cli/json_line.h"

#include "base/utf8.h"

#include <stdbool.h>
#include <stdint.h>

/* Before jansson sees the line, a lone surrogate U+D800 + n becomes GUARD and U+100000 + n, and a
 * GUARD that was there, raw or escaped, becomes two. So the way back is unambiguous. */
enum {
    GUARD = 0x10FFFF,
    STAND_IN = 0x100000,
    SURROGATE_FIRST = 0xD800,
    SURROGATE_LOW = 0xDC00,
    SURROGATE_LAST = 0xDFFF,
    ESCAPE_BYTES = 6 /* \uXXXX */
};

static const struct str guard = {"\xF4\x8F\xBF\xBF", 4};

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

/* The code of a \uXXXX escape for a surrogate that `text` begins with; 0 for anything else. */
static uint32_t surrogate_escape(struct str text)
{
    uint32_t code = 0;

    if (text.len < ESCAPE_BYTES || text.p[0] != '\\' || text.p[1] != 'u') {
        return 0;
    }
    for (size_t i = 2; i < ESCAPE_BYTES; i++) {
        int value = hex_value(text.p[i]);

        if (value < 0) {
            return 0;
        }
        code = code << 4 | (uint32_t)value;
    }
    return code >= SURROGATE_FIRST && code <= SURROGATE_LAST ? code : 0;
}

static void append_code(struct buf *out, uint32_t code)
{
    char bytes[4];
    size_t len = utf8_encode(code, bytes);

    buf_append(out, (struct str){bytes, len});
}

/* Takes the escape of a surrogate, or of a pair of them, off *rest. */
static void shield_escape(struct str *rest, uint32_t code, struct buf *out)
{
    uint32_t next = surrogate_escape(str_skip(*rest, ESCAPE_BYTES));
    bool is_pair = code < SURROGATE_LOW && next >= SURROGATE_LOW;

    if (is_pair) {
        uint32_t joined = 0x10000 + ((code - SURROGATE_FIRST) << 10) + (next - SURROGATE_LOW);

        if (joined == GUARD) {
            append_code(out, GUARD);
        }
        append_code(out, joined);
    } else {
        append_code(out, GUARD);
        append_code(out, STAND_IN + (code - SURROGATE_FIRST));
    }
    *rest = str_skip(*rest, is_pair ? 2 * (size_t)ESCAPE_BYTES : (size_t)ESCAPE_BYTES);
}

static void shield(struct str rest, struct buf *out)
{
    while (rest.len != 0) {
        size_t plain = 0;
        uint32_t code = 0;

        while (plain < rest.len && rest.p[plain] != '\\' && rest.p[plain] != guard.p[0]) {
            plain++;
        }
        buf_append(out, str_take(rest, plain));
        rest = str_skip(rest, plain);
        code = surrogate_escape(rest);
        if (code != 0) {
            shield_escape(&rest, code, out);
        } else if (str_starts(rest, guard)) {
            buf_append(out, guard);
            buf_append(out, guard);
            rest = str_skip(rest, guard.len);
        } else {
            /* A backslash takes the character after it along: it may be a backslash, too. */
            size_t bytes = rest.len != 0 && rest.p[0] == '\\' ? 2 : 1;

            buf_append(out, str_take(rest, bytes));
            rest = str_skip(rest, bytes);
        }
    }
}

static void append_surrogate(struct buf *out, uint32_t code)
{
    char bytes[3] = {(char)(0xE0U | code >> 12), (char)(0x80U | (code >> 6 & 0x3FU)),
                     (char)(0x80U | (code & 0x3FU))};

    buf_append(out, (struct str){bytes, sizeof bytes});
}

static void restore(struct str rest, struct buf *out)
{
    while (rest.len != 0) {
        size_t at = str_find(rest, guard);
        uint32_t code = 0;
        size_t len = 0;

        buf_append(out, str_take(rest, at));
        if (at == SIZE_MAX) {
            return;
        }
        rest = str_skip(rest, at + guard.len);
        len = utf8_decode(rest, &code);
        if (code == GUARD) {
            buf_append(out, guard);
        } else {
            append_surrogate(out, SURROGATE_FIRST + (code - STAND_IN));
        }
        rest = str_skip(rest, len);
    }
}

int json_line_parse(struct str line, struct buf *scratch, json_t **out, struct err *err)
{
    json_error_t problem;
    json_t *root = NULL;
    int rc = 0;

    buf_reset(scratch);
    shield(line, scratch);
    rc = buf_check(scratch, "line", err);
    if (rc != 0) {
        return rc;
    }
    root = json_loadb(scratch->p != NULL ? scratch->p : "", scratch->len, JSON_ALLOW_NUL, &problem);
    if (root == NULL) {
        struct buf text;

        buf_init(&text, sizeof problem.text * 3);
        utf8_append_printable(&text, str_from(problem.text));
        rc = err_set(err, ERR_INPUT, "not valid JSON: %.*s", STR_ARG(buf_str(&text)));
        buf_release(&text);
        return rc;
    }
    if (!json_is_object(root)) {
        json_decref(root);
        return err_set(err, ERR_INPUT, "not a JSON object");
    }
    *out = root;
    return 0;
}

int json_line_text(const json_t *object, const char *name, enum json_line_need need,
                   struct buf *out, struct err *err)
{
    const json_t *value = json_object_get(object, name);

    buf_reset(out);
    if (value == NULL && need == JSON_LINE_REQUIRED) {
        return err_set(err, ERR_INPUT, "no member '%s'", name);
    }
    if (value == NULL || json_is_null(value)) {
        return 0;
    }
    if (!json_is_string(value)) {
        return err_set(err, ERR_INPUT, "'%s' is neither a string nor null", name);
    }
    restore((struct str){json_string_value(value), json_string_length(value)}, out);
    return buf_check(out, name, err);
}
