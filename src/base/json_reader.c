#include "base/json_reader.h"

#include "base/utf8.h"

#include <assert.h>
#include <string.h>

/* What the next byte may be. */
enum state {
    VALUE,        /* a value */
    VALUE_OR_END, /* a value or ']' */
    KEY_OR_END,   /* a key or '}' */
    KEY,          /* a key */
    COLON,
    AFTER_VALUE, /* ',' or the end of what we are in */
    STRING,
    ESCAPE,    /* after a backslash */
    HEX,       /* the four digits of \u */
    LOW_SLASH, /* after a high surrogate: the backslash of the low one */
    LOW_U,     /* … and its u */
    NUMBER,
    LITERAL,
    DONE
};

static_assert((int)JSON_NUMBER_MAX == (int)JSON_KEY_MAX, "both use the scratch");

/* The chunk at hand and how far it is read. */
struct cursor {
    const char *p;
    size_t len;
    size_t at;
};

void json_reader_init(struct json_reader *reader, json_handler handler, void *context)
{
    *reader = (struct json_reader){.handler = handler, .context = context, .state = VALUE};
}

static int fail(const struct json_reader *reader, const struct cursor *in, const char *what,
                struct err *err)
{
    unsigned long long at = reader->offset + in->at;

    return err_set(err, ERR_INPUT, "byte %llu: %s", at, what);
}

static int emit(struct json_reader *reader, enum json_event event, struct err *err)
{
    return reader->handler(reader->context, event, (struct str){0}, err);
}

static int emit_bytes(struct json_reader *reader, struct str bytes, struct err *err)
{
    size_t room = sizeof reader->scratch - reader->scratch_len;

    if (!reader->in_key) {
        return reader->handler(reader->context, JSON_READ_PIECE, bytes, err);
    }
    bytes = str_take(bytes, room);
    memcpy(reader->scratch + reader->scratch_len, bytes.p, bytes.len);
    reader->scratch_len += bytes.len;
    return 0;
}

static int emit_code(struct json_reader *reader, uint32_t code, struct err *err)
{
    char bytes[4];

    return emit_bytes(reader, (struct str){bytes, utf8_encode(code, bytes)}, err);
}

static bool is_in_object(const struct json_reader *reader)
{
    return ((reader->objects >> (reader->depth - 1)) & 1U) != 0;
}

static void value_ended(struct json_reader *reader)
{
    reader->state = reader->depth == 0 ? DONE : AFTER_VALUE;
}

static int open_container(struct json_reader *reader, const struct cursor *in, bool is_object,
                          struct err *err)
{
    if (reader->depth == JSON_DEPTH_MAX) {
        return fail(reader, in, "nested too deeply", err);
    }
    reader->objects &= ~((uint64_t)1 << reader->depth);
    reader->objects |= (uint64_t)is_object << reader->depth;
    reader->depth++;
    reader->state = is_object ? KEY_OR_END : VALUE_OR_END;
    return emit(reader, is_object ? JSON_READ_OBJECT : JSON_READ_ARRAY, err);
}

static int close_container(struct json_reader *reader, struct err *err)
{
    bool is_object = is_in_object(reader);

    reader->depth--;
    value_ended(reader);
    return emit(reader, is_object ? JSON_READ_OBJECT_END : JSON_READ_ARRAY_END, err);
}

static void begin_literal(struct json_reader *reader, const char *word)
{
    reader->word = word;
    reader->scratch_len = 1;
    reader->state = LITERAL;
}

static int begin_value(struct json_reader *reader, const struct cursor *in, char c, struct err *err)
{
    switch (c) {
    case '{':
        return open_container(reader, in, true, err);
    case '[':
        return open_container(reader, in, false, err);
    case '"':
        reader->in_key = false;
        reader->state = STRING;
        return emit(reader, JSON_READ_TEXT, err);
    case 't':
        begin_literal(reader, "true");
        return 0;
    case 'f':
        begin_literal(reader, "false");
        return 0;
    case 'n':
        begin_literal(reader, "null");
        return 0;
    default:
        if (c != '-' && (c < '0' || c > '9')) {
            return fail(reader, in, "a value is expected", err);
        }
        reader->scratch[0] = c;
        reader->scratch_len = 1;
        reader->state = NUMBER;
        return 0;
    }
}

static void begin_key(struct json_reader *reader)
{
    reader->in_key = true;
    reader->scratch_len = 0;
    reader->state = STRING;
}

/* A byte between values. */
static int structural(struct json_reader *reader, const struct cursor *in, char c, struct err *err)
{
    if (c == ' ' || c == '\n' || c == '\r' || c == '\t') {
        return 0;
    }
    switch (reader->state) {
    case VALUE_OR_END:
        return c == ']' ? close_container(reader, err) : begin_value(reader, in, c, err);
    case VALUE:
        return begin_value(reader, in, c, err);
    case KEY_OR_END:
    case KEY:
        if (c == '}' && reader->state == KEY_OR_END) {
            return close_container(reader, err);
        }
        if (c != '"') {
            return fail(reader, in, "a key is expected", err);
        }
        begin_key(reader);
        return 0;
    case COLON:
        reader->state = VALUE;
        return c == ':' ? 0 : fail(reader, in, "':' is expected", err);
    case AFTER_VALUE:
        if (c == ',') {
            reader->state = is_in_object(reader) ? KEY : VALUE;
            return 0;
        }
        if (c == (is_in_object(reader) ? '}' : ']')) {
            return close_container(reader, err);
        }
        return fail(reader, in, "',' or an end is expected", err);
    default:
        return fail(reader, in, "nothing more is expected", err);
    }
}

static int end_string(struct json_reader *reader, struct err *err)
{
    struct str key = {reader->scratch, reader->scratch_len};

    if (!reader->in_key) {
        value_ended(reader);
        return emit(reader, JSON_READ_TEXT_END, err);
    }
    reader->in_key = false;
    reader->state = COLON;
    return reader->handler(reader->context, JSON_READ_KEY, key, err);
}

static bool is_plain(char c)
{
    return (unsigned char)c >= 0x20 && (unsigned char)c < 0x80 && c != '"' && c != '\\';
}

static size_t sequence_length(unsigned char lead)
{
    if (lead < 0xC2 || lead > 0xF4) {
        return 1; /* no character begins so: the decoder will say it */
    }
    return lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
}

/* Collects one non-ASCII character, which may be spread over chunks. */
static int read_wide(struct json_reader *reader, struct cursor *in, struct err *err)
{
    struct str whole = {reader->pending, 0};
    uint32_t code = 0;

    if (reader->pending_len == 0) {
        reader->pending_need = sequence_length((unsigned char)in->p[in->at]);
    }
    while (reader->pending_len < reader->pending_need && in->at < in->len) {
        reader->pending[reader->pending_len++] = in->p[in->at++];
    }
    if (reader->pending_len < reader->pending_need) {
        return 0;
    }
    whole.len = reader->pending_len;
    reader->pending_len = 0;
    if (utf8_decode(whole, &code) != whole.len) {
        return fail(reader, in, "invalid UTF-8", err);
    }
    return emit_bytes(reader, whole, err);
}

static int read_string(struct json_reader *reader, struct cursor *in, struct err *err)
{
    size_t from = in->at;
    char c = 0;

    if (reader->pending_len != 0) {
        return read_wide(reader, in, err);
    }
    while (in->at < in->len && is_plain(in->p[in->at])) {
        in->at++;
    }
    if (in->at != from) {
        return emit_bytes(reader, (struct str){in->p + from, in->at - from}, err);
    }
    c = in->p[in->at];
    if ((unsigned char)c >= 0x80) {
        return read_wide(reader, in, err);
    }
    in->at++;
    if (c == '"') {
        return end_string(reader, err);
    }
    if (c == '\\') {
        reader->state = ESCAPE;
        return 0;
    }
    return fail(reader, in, "a control character in a string", err);
}

static int read_escape(struct json_reader *reader, const struct cursor *in, char c, struct err *err)
{
    static const char names[] = "\"\\/bfnrt";
    static const char meanings[] = "\"\\/\b\f\n\r\t";
    const char *name = c != '\0' ? strchr(names, c) : NULL;

    if (c == 'u') {
        reader->hex = 0;
        reader->hex_digits = 0;
        reader->state = HEX;
        return 0;
    }
    if (name == NULL) {
        return fail(reader, in, "an unknown escape", err);
    }
    reader->state = STRING;
    return emit_bytes(reader, (struct str){&meanings[name - names], 1}, err);
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

static int end_hex(struct json_reader *reader, const struct cursor *in, struct err *err)
{
    uint32_t code = reader->hex;
    uint32_t high = reader->high;
    bool is_high = code >= 0xD800 && code <= 0xDBFF;
    bool is_low = code >= 0xDC00 && code <= 0xDFFF;

    if (is_low != (high != 0)) {
        return fail(reader, in, "a lone surrogate", err);
    }
    if (is_high) {
        reader->high = code;
        reader->state = LOW_SLASH;
        return 0;
    }
    if (is_low) {
        code = 0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00);
    }
    reader->high = 0;
    reader->state = STRING;
    return emit_code(reader, code, err);
}

static int read_hex(struct json_reader *reader, const struct cursor *in, char c, struct err *err)
{
    int value = hex_value(c);

    if (value < 0) {
        return fail(reader, in, "\\u needs four hexadecimal digits", err);
    }
    reader->hex = reader->hex << 4 | (uint32_t)value;
    return ++reader->hex_digits == 4 ? end_hex(reader, in, err) : 0;
}

static void skip_digits(struct str *text)
{
    while (text->len != 0 && text->p[0] >= '0' && text->p[0] <= '9') {
        *text = str_skip(*text, 1);
    }
}

/* -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)? */
static bool is_number(struct str text)
{
    size_t before = 0;

    if (str_starts(text, STR("-"))) {
        text = str_skip(text, 1);
    }
    before = text.len;
    if (str_starts(text, STR("0"))) {
        text = str_skip(text, 1);
    } else {
        skip_digits(&text);
    }
    if (text.len == before) {
        return false;
    }
    if (str_starts(text, STR("."))) {
        text = str_skip(text, 1);
        before = text.len;
        skip_digits(&text);
        if (text.len == before) {
            return false;
        }
    }
    if (str_starts(text, STR("e")) || str_starts(text, STR("E"))) {
        text = str_skip(text, 1);
        if (str_starts(text, STR("+")) || str_starts(text, STR("-"))) {
            text = str_skip(text, 1);
        }
        before = text.len;
        skip_digits(&text);
        return text.len == 0 && before != 0;
    }
    return text.len == 0;
}

static int end_number(struct json_reader *reader, const struct cursor *in, struct err *err)
{
    struct str number = {reader->scratch, reader->scratch_len};

    if (!is_number(number)) {
        return fail(reader, in, "not a number", err);
    }
    value_ended(reader);
    return reader->handler(reader->context, JSON_READ_NUMBER, number, err);
}

static int read_number(struct json_reader *reader, struct cursor *in, struct err *err)
{
    char c = in->p[in->at];

    if (c == '\0' || ((c < '0' || c > '9') && strchr("+-.eE", c) == NULL)) {
        return end_number(reader, in, err); /* the byte itself is looked at again */
    }
    if (reader->scratch_len == JSON_NUMBER_MAX) {
        return fail(reader, in, "a number is too long", err);
    }
    reader->scratch[reader->scratch_len++] = c;
    in->at++;
    return 0;
}

static int read_literal(struct json_reader *reader, const struct cursor *in, char c,
                        struct err *err)
{
    if (c != reader->word[reader->scratch_len]) {
        return fail(reader, in, "a value is expected", err);
    }
    if (reader->word[++reader->scratch_len] != '\0') {
        return 0;
    }
    value_ended(reader);
    return emit(reader,
                reader->word[0] == 't'   ? JSON_READ_TRUE
                : reader->word[0] == 'f' ? JSON_READ_FALSE
                                         : JSON_READ_NULL,
                err);
}

static int expect(struct json_reader *reader, const struct cursor *in, char c, char wanted,
                  enum state next, struct err *err)
{
    if (c != wanted) {
        return fail(reader, in, "a lone surrogate", err);
    }
    reader->state = (int)next;
    reader->hex = 0;
    reader->hex_digits = 0;
    return 0;
}

static int step(struct json_reader *reader, struct cursor *in, struct err *err)
{
    char c = in->p[in->at];

    switch (reader->state) {
    case STRING:
        return read_string(reader, in, err);
    case NUMBER:
        return read_number(reader, in, err);
    default:
        break;
    }
    in->at++;
    switch (reader->state) {
    case ESCAPE:
        return read_escape(reader, in, c, err);
    case HEX:
        return read_hex(reader, in, c, err);
    case LOW_SLASH:
        return expect(reader, in, c, '\\', LOW_U, err);
    case LOW_U:
        return expect(reader, in, c, 'u', HEX, err);
    case LITERAL:
        return read_literal(reader, in, c, err);
    default:
        return structural(reader, in, c, err);
    }
}

int json_reader_feed(struct json_reader *reader, struct str chunk, struct err *err)
{
    struct cursor in = {chunk.p, chunk.len, 0};
    int rc = 0;

    while (rc == 0 && in.at < in.len) {
        reader->position = reader->offset + in.at;
        rc = step(reader, &in, err);
    }
    reader->offset += chunk.len;
    return rc;
}

int json_reader_finish(struct json_reader *reader, struct err *err)
{
    struct cursor end = {NULL, 0, 0};
    int rc = 0;

    if (reader->state == NUMBER && reader->depth == 0) {
        rc = end_number(reader, &end, err);
    }
    if (rc == 0 && reader->state != DONE) {
        rc = fail(reader, &end, "the text ends too early", err);
    }
    return rc;
}
