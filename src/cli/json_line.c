#include "cli/json_line.h"

#include "base/utf8.h"

#include <stdint.h>
#include <string.h>

enum {
    DEPTH_MAX = 64,  /* of values that are skipped */
    ESCAPE_BYTES = 6 /* \uXXXX */
};

struct reader {
    struct str line;
    struct str rest;
    struct json_line_field *fields;
    size_t field_count;
    uint64_t found;   /* bit i: there is a field i */
    uint64_t no_text; /* bit i: its last value is neither what the field wants nor null */
    struct buf name;  /* of the member being read, or a text that is skipped */
    struct err *err;
};

static int fault(const struct reader *reader, const char *what)
{
    return err_set(reader->err, ERR_INPUT, "not valid JSON: %s at byte %zu", what,
                   reader->line.len - reader->rest.len);
}

static void skip_blanks(struct reader *reader)
{
    size_t count = 0;

    while (count < reader->rest.len && memchr(" \t\r\n", reader->rest.p[count], 4) != NULL) {
        count++;
    }
    reader->rest = str_skip(reader->rest, count);
}

/* Blanks, then `c`. */
static bool take(struct reader *reader, char c)
{
    skip_blanks(reader);
    if (reader->rest.len == 0 || reader->rest.p[0] != c) {
        return false;
    }
    reader->rest = str_skip(reader->rest, 1);
    return true;
}

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

/* The code of the \uXXXX that `text` begins with, or -1. */
static int32_t unicode_escape(struct str text)
{
    int32_t code = 0;

    if (text.len < ESCAPE_BYTES || text.p[0] != '\\' || text.p[1] != 'u') {
        return -1;
    }
    for (size_t i = 2; i < ESCAPE_BYTES; i++) {
        int value = hex_value(text.p[i]);

        if (value < 0) {
            return -1;
        }
        code = code * 16 + value;
    }
    return code;
}

static bool is_surrogate(int32_t code)
{
    return code >= 0xD800 && code <= 0xDFFF;
}

/* One scalar value as UTF-8, a surrogate by the same scheme. */
static void append_code(struct buf *out, uint32_t code)
{
    char bytes[4];
    size_t len = 3;

    if (is_surrogate((int32_t)code)) {
        bytes[0] = (char)(0xE0U | code >> 12);
        bytes[1] = (char)(0x80U | (code >> 6 & 0x3FU));
        bytes[2] = (char)(0x80U | (code & 0x3FU));
    } else {
        len = utf8_encode(code, bytes);
    }
    buf_append(out, (struct str){bytes, len});
}

static int take_unicode_escape(struct reader *reader, struct buf *out)
{
    int32_t code = unicode_escape(reader->rest);
    int32_t next = unicode_escape(str_skip(reader->rest, ESCAPE_BYTES));

    if (code < 0) {
        return fault(reader, "bad \\u escape");
    }
    reader->rest = str_skip(reader->rest, ESCAPE_BYTES);
    if (code >= 0xD800 && code <= 0xDBFF && next >= 0xDC00 && next <= 0xDFFF) {
        code = 0x10000 + (code - 0xD800) * 0x400 + (next - 0xDC00);
        reader->rest = str_skip(reader->rest, ESCAPE_BYTES);
    }
    append_code(out, (uint32_t)code);
    return 0;
}

static int take_escape(struct reader *reader, struct buf *out)
{
    static const char letters[] = "\"\\/bfnrt";
    static const char meanings[] = "\"\\/\b\f\n\r\t";
    const char *letter = NULL;

    if (reader->rest.len < 2) {
        return fault(reader, "string without end");
    }
    if (reader->rest.p[1] == 'u') {
        return take_unicode_escape(reader, out);
    }
    letter = memchr(letters, reader->rest.p[1], sizeof letters - 1);
    if (letter == NULL) {
        return fault(reader, "unknown escape");
    }
    buf_append_char(out, meanings[letter - letters]);
    reader->rest = str_skip(reader->rest, 2);
    return 0;
}

/* What is before the next escape or the end of the string. */
static int take_plain(struct reader *reader, struct buf *out)
{
    struct str run = reader->rest;
    unsigned char bits = 0;
    size_t len = 0;

    while (len < run.len && run.p[len] != '"' && run.p[len] != '\\' &&
           (unsigned char)run.p[len] >= 0x20) {
        bits |= (unsigned char)run.p[len];
        len++;
    }
    run = str_take(run, len);
    if (bits >= 0x80) {
        size_t at = utf8_invalid_at(run);

        if (at != SIZE_MAX) {
            reader->rest = str_skip(reader->rest, at);
            return fault(reader, "invalid UTF-8");
        }
    }
    buf_append(out, run);
    reader->rest = str_skip(reader->rest, len);
    return 0;
}

/* Appends the rest of a string whose opening quote is taken. */
static int append_string(struct reader *reader, struct buf *out)
{
    int rc = 0;

    for (;;) {
        rc = take_plain(reader, out);
        if (rc != 0) {
            return rc;
        }
        if (reader->rest.len == 0) {
            return fault(reader, "string without end");
        }
        if (reader->rest.p[0] == '"') {
            reader->rest = str_skip(reader->rest, 1);
            return buf_check(out, "text", reader->err);
        }
        if (reader->rest.p[0] != '\\') {
            return fault(reader, "raw control character in a string");
        }
        rc = take_escape(reader, out);
        if (rc != 0) {
            return rc;
        }
    }
}

/* The same into `out` alone. */
static int take_string(struct reader *reader, struct buf *out)
{
    buf_reset(out);
    return append_string(reader, out);
}

static bool take_word(struct reader *reader, struct str word)
{
    if (!str_starts(reader->rest, word)) {
        return false;
    }
    reader->rest = str_skip(reader->rest, word.len);
    return true;
}

static bool take_digits(struct reader *reader)
{
    size_t count = 0;

    while (count < reader->rest.len && reader->rest.p[count] >= '0' &&
           reader->rest.p[count] <= '9') {
        count++;
    }
    reader->rest = str_skip(reader->rest, count);
    return count != 0;
}

static int skip_number(struct reader *reader)
{
    bool is_number = false;

    (void)take_word(reader, STR("-"));
    is_number = take_word(reader, STR("0")) || take_digits(reader);
    if (is_number && take_word(reader, STR("."))) {
        is_number = take_digits(reader);
    }
    if (is_number && (take_word(reader, STR("e")) || take_word(reader, STR("E")))) {
        (void)(take_word(reader, STR("+")) || take_word(reader, STR("-")));
        is_number = take_digits(reader);
    }
    return is_number ? 0 : fault(reader, "no value");
}

static int skip_value(struct reader *reader, int depth);

static int take_name(struct reader *reader)
{
    int rc =
        take(reader, '"') ? take_string(reader, &reader->name) : fault(reader, "no member name");

    if (rc == 0 && !take(reader, ':')) {
        rc = fault(reader, "no ':' after a member name");
    }
    return rc;
}

static int skip_array(struct reader *reader, int depth)
{
    int rc = 0;

    if (take(reader, ']')) {
        return 0;
    }
    do {
        rc = skip_value(reader, depth + 1);
    } while (rc == 0 && take(reader, ','));
    return rc != 0 || take(reader, ']') ? rc : fault(reader, "no ']'");
}

static int skip_object(struct reader *reader, int depth)
{
    int rc = 0;

    if (take(reader, '}')) {
        return 0;
    }
    do {
        rc = take_name(reader);
        if (rc == 0) {
            rc = skip_value(reader, depth + 1);
        }
    } while (rc == 0 && take(reader, ','));
    return rc != 0 || take(reader, '}') ? rc : fault(reader, "no '}'");
}

static int skip_value(struct reader *reader, int depth)
{
    if (depth > DEPTH_MAX) {
        return fault(reader, "values nested too deeply");
    }
    if (take(reader, '"')) {
        return take_string(reader, &reader->name);
    }
    if (take(reader, '[')) {
        return skip_array(reader, depth);
    }
    if (take(reader, '{')) {
        return skip_object(reader, depth);
    }
    if (take_word(reader, STR("true")) || take_word(reader, STR("false")) ||
        take_word(reader, STR("null"))) {
        return 0;
    }
    return skip_number(reader);
}

/* The rest of an array whose opening bracket is taken; *is_list: all of it is strings. */
static int take_list(struct reader *reader, struct json_line_field *field, bool *is_list)
{
    int rc = 0;

    *is_list = true;
    if (take(reader, ']')) {
        return 0;
    }
    do {
        if (!take(reader, '"')) {
            *is_list = false;
            rc = skip_value(reader, 0);
            continue;
        }
        rc = append_string(reader, &field->text);
        buf_append(&field->ends,
                   (struct str){(const char *)&field->text.len, sizeof field->text.len});
        if (rc == 0) {
            rc = buf_check(&field->ends, "list", reader->err);
        }
    } while (rc == 0 && take(reader, ','));
    return rc != 0 || take(reader, ']') ? rc : fault(reader, "no ']'");
}

/* The value of a member that is wanted; *fits: it is of the field's kind, or null. */
static int take_wanted(struct reader *reader, struct json_line_field *field, bool *fits)
{
    *fits = true;
    if (!field->is_list && take(reader, '"')) {
        return take_string(reader, &field->text);
    }
    if (field->is_list && take(reader, '[')) {
        return take_list(reader, field, fits);
    }
    skip_blanks(reader);
    if (take_word(reader, STR("null"))) {
        return 0;
    }
    *fits = false;
    return skip_value(reader, 0);
}

static int take_member(struct reader *reader)
{
    struct json_line_field *field = NULL;
    uint64_t bit = 0;
    bool fits = true;
    int rc = take_name(reader);

    if (rc != 0) {
        return rc;
    }
    for (size_t i = 0; i < reader->field_count; i++) {
        if (str_equal(buf_str(&reader->name), str_from(reader->fields[i].name))) {
            field = &reader->fields[i];
            bit = (uint64_t)1 << i;
        }
    }
    if (field == NULL) {
        return skip_value(reader, 0);
    }
    buf_reset(&field->text);
    buf_reset(&field->ends);
    reader->found |= bit;
    rc = take_wanted(reader, field, &fits);
    reader->no_text = fits ? reader->no_text & ~bit : reader->no_text | bit;
    return rc;
}

static int take_members(struct reader *reader)
{
    int rc = 0;

    if (!take(reader, '{')) {
        return err_set(reader->err, ERR_INPUT, "not a JSON object");
    }
    if (!take(reader, '}')) {
        do {
            rc = take_member(reader);
        } while (rc == 0 && take(reader, ','));
        if (rc == 0 && !take(reader, '}')) {
            rc = fault(reader, "no '}'");
        }
    }
    skip_blanks(reader);
    return rc != 0 || reader->rest.len == 0 ? rc : fault(reader, "more after the object");
}

static int check_fields(const struct reader *reader)
{
    for (size_t i = 0; i < reader->field_count; i++) {
        uint64_t bit = (uint64_t)1 << i;
        const struct json_line_field *field = &reader->fields[i];

        if ((reader->no_text & bit) != 0) {
            return err_set(reader->err, ERR_INPUT, "'%s' is neither a %s nor null", field->name,
                           field->is_list ? "list of strings" : "string");
        }
        if ((reader->found & bit) == 0 && !field->is_optional) {
            return err_set(reader->err, ERR_INPUT, "no member '%s'", field->name);
        }
    }
    return 0;
}

size_t json_line_list_count(const struct json_line_field *field)
{
    return field->ends.len / sizeof(size_t);
}

static size_t list_end(const struct json_line_field *field, size_t index)
{
    size_t end = 0;

    memcpy(&end, field->ends.p + index * sizeof end, sizeof end);
    return end;
}

struct str json_line_list_text(const struct json_line_field *field, size_t index)
{
    size_t begin = index != 0 ? list_end(field, index - 1) : 0;

    return (struct str){field->text.p + begin, list_end(field, index) - begin};
}

int json_line_read(struct str line, struct json_line_field *fields, size_t count, struct err *err)
{
    struct reader reader = {
        .line = line, .rest = line, .fields = fields, .field_count = count, .err = err};
    int rc = 0;

    buf_init(&reader.name, line.len);
    for (size_t i = 0; i < count; i++) {
        buf_reset(&fields[i].text);
        buf_reset(&fields[i].ends);
    }
    rc = take_members(&reader);
    buf_release(&reader.name);
    return rc != 0 ? rc : check_fields(&reader);
}
