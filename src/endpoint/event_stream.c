#include "endpoint/event_stream.h"

#include <stdlib.h>
#include <zlib.h>

enum {
    TOTAL_AT = 0,
    HEADERS_LEN_AT = 4,
    PRELUDE_CRC_AT = 8,
    PRELUDE_BYTES = 12,
    CRC_BYTES = 4,
    UUID_BYTES = 16,
    LENGTH_BYTES = 2 /* before the value of bytes and strings */
};

void event_stream_init(struct event_stream *stream, size_t payload_bytes_max)
{
    *stream = (struct event_stream){.payload_bytes_max = EVENT_STREAM_PAYLOAD_MAX};
    if (payload_bytes_max < EVENT_STREAM_PAYLOAD_MAX) {
        stream->payload_bytes_max = payload_bytes_max;
    }
    buf_init(&stream->message,
             EVENT_STREAM_HEADERS_MAX + stream->payload_bytes_max + EVENT_STREAM_OVERHEAD);
}

void event_stream_release(struct event_stream *stream)
{
    buf_release(&stream->message);
}

void event_stream_reset(struct event_stream *stream)
{
    buf_reset(&stream->message);
    stream->offset = 0;
    stream->given_out = false;
    stream->broken = false;
}

static uint64_t big_endian(const char *at, size_t bytes)
{
    uint64_t number = 0;

    for (size_t i = 0; i < bytes; i++) {
        number = number << 8 | (unsigned char)at[i];
    }
    return number;
}

static int64_t signed_big_endian(const char *at, size_t bytes)
{
    uint64_t sign = UINT64_C(1) << (8 * bytes - 1);

    return (int64_t)((big_endian(at, bytes) ^ sign) - sign);
}

static uint32_t crc_of(struct str bytes)
{
    return (uint32_t)crc32_z(0, (const unsigned char *)bytes.p, bytes.len);
}

static int check_crc(const struct event_stream *stream, size_t at, const char *of, struct err *err)
{
    const char *bytes = stream->message.p;
    uint32_t stated = (uint32_t)big_endian(bytes + at, CRC_BYTES);
    uint32_t computed = crc_of((struct str){bytes, at});

    if (stated != computed) {
        return err_set(err, ERR_INPUT,
                       "event stream: message at byte %llu: the checksum of its %s is %08x where "
                       "its bytes give %08x",
                       (unsigned long long)stream->offset, of, (unsigned)stated,
                       (unsigned)computed);
    }
    return 0;
}

/* The prelude is there and not yet believed. */
static int check_prelude(const struct event_stream *stream, struct err *err)
{
    unsigned long long total = big_endian(stream->message.p + TOTAL_AT, 4);
    unsigned long long headers_len = big_endian(stream->message.p + HEADERS_LEN_AT, 4);
    unsigned long long payload_len = total - headers_len - EVENT_STREAM_OVERHEAD;
    unsigned long long offset = stream->offset;

    if (check_crc(stream, PRELUDE_CRC_AT, "lengths", err) != 0) {
        return err->code;
    }
    if (total < EVENT_STREAM_OVERHEAD || headers_len > total - EVENT_STREAM_OVERHEAD) {
        return err_set(err, ERR_INPUT,
                       "event stream: message at byte %llu: %llu bytes of headers do not fit into "
                       "a message of %llu",
                       offset, headers_len, total);
    }
    if (headers_len > EVENT_STREAM_HEADERS_MAX) {
        return err_set(err, ERR_LIMIT,
                       "event stream: message at byte %llu: %llu bytes of headers (at most %d)",
                       offset, headers_len, EVENT_STREAM_HEADERS_MAX);
    }
    if (payload_len > stream->payload_bytes_max) {
        return err_set(err, ERR_LIMIT,
                       "event stream: message at byte %llu: %llu bytes of payload (at most %zu)",
                       offset, payload_len, stream->payload_bytes_max);
    }
    return 0;
}

/* Moves bytes from *rest until the message has `wanted`; false when *rest is used up before. */
static bool gather(struct event_stream *stream, struct str *rest, size_t wanted)
{
    struct str bytes = str_take(*rest, wanted - stream->message.len);

    buf_append(&stream->message, bytes);
    *rest = str_skip(*rest, bytes.len);
    return stream->message.len == wanted;
}

static int check_headers(struct str headers, struct err *err)
{
    struct event_stream_header header;
    int rc = 0;

    while ((rc = event_stream_next_header(&headers, &header, err)) > 0) {
    }
    return rc;
}

/* The message is there as a whole. */
static int open_message(const struct event_stream *stream, struct event_stream_message *message,
                        struct err *err)
{
    struct str bytes = buf_str(&stream->message);
    size_t headers_len = (size_t)big_endian(bytes.p + HEADERS_LEN_AT, 4);

    if (check_crc(stream, bytes.len - CRC_BYTES, "bytes", err) != 0) {
        return err->code;
    }
    message->headers = str_take(str_skip(bytes, PRELUDE_BYTES), headers_len);
    message->payload =
        str_skip(str_take(bytes, bytes.len - CRC_BYTES), PRELUDE_BYTES + headers_len);
    if (check_headers(message->headers, err) != 0) {
        return err_wrap(err, "event stream: message at byte %llu",
                        (unsigned long long)stream->offset);
    }
    return 0;
}

/* As event_stream_next, of a stream that is not broken. */
static int read_on(struct event_stream *stream, struct str *rest,
                   struct event_stream_message *message, struct err *err)
{
    if (stream->message.len < PRELUDE_BYTES) {
        if (!gather(stream, rest, PRELUDE_BYTES)) {
            return buf_check(&stream->message, "a message of the event stream", err);
        }
        if (check_prelude(stream, err) != 0) {
            return err->code;
        }
    }
    if (!gather(stream, rest, (size_t)big_endian(stream->message.p + TOTAL_AT, 4))) {
        return buf_check(&stream->message, "a message of the event stream", err);
    }
    if (open_message(stream, message, err) != 0) {
        return err->code;
    }
    stream->given_out = true;
    return 1;
}

int event_stream_next(struct event_stream *stream, struct str *rest,
                      struct event_stream_message *message, struct err *err)
{
    int rc = 0;

    if (stream->broken) {
        return err_set(err, ERR_INPUT, "event stream: nothing can be read after an error");
    }
    if (stream->given_out) {
        stream->offset += stream->message.len;
        stream->given_out = false;
        buf_reset(&stream->message);
    }
    rc = read_on(stream, rest, message, err);
    stream->broken = rc < 0;
    return rc;
}

size_t event_stream_open_bytes(const struct event_stream *stream)
{
    return stream->given_out ? 0 : stream->message.len;
}

/* Takes `count` bytes off *bytes; a view without a pointer when there are fewer. */
static struct str take_off(struct str *bytes, size_t count)
{
    struct str taken = {0};

    if (count <= bytes->len) {
        taken = (struct str){bytes->p, count};
        *bytes = str_skip(*bytes, count);
    }
    return taken;
}

/* Bytes that a value of that type takes; of bytes and strings, its length. */
static size_t fixed_bytes(enum event_stream_type type)
{
    switch (type) {
    case EVENT_STREAM_I8:
        return 1;
    case EVENT_STREAM_I16:
    case EVENT_STREAM_BYTES:
    case EVENT_STREAM_STRING:
        return LENGTH_BYTES;
    case EVENT_STREAM_I32:
        return 4;
    case EVENT_STREAM_I64:
    case EVENT_STREAM_TIMESTAMP:
        return 8;
    case EVENT_STREAM_UUID:
        return UUID_BYTES;
    case EVENT_STREAM_TRUE:
    case EVENT_STREAM_FALSE:
    case EVENT_STREAM_TYPE_COUNT:
        break;
    }
    return 0;
}

/* False when the value does not fit into *rest. */
static bool read_value(struct str *rest, struct event_stream_header *out)
{
    size_t len = fixed_bytes(out->type);
    struct str value = take_off(rest, len);

    if (value.p == NULL) {
        return false;
    }
    if (out->type == EVENT_STREAM_BYTES || out->type == EVENT_STREAM_STRING) {
        value = take_off(rest, (size_t)big_endian(value.p, LENGTH_BYTES));
        out->bytes = value;
        return value.p != NULL;
    }
    if (out->type == EVENT_STREAM_UUID) {
        out->bytes = value;
    } else if (len != 0) {
        out->number = signed_big_endian(value.p, len);
    } else {
        out->number = out->type == EVENT_STREAM_TRUE;
    }
    return true;
}

int event_stream_next_header(struct str *headers, struct event_stream_header *out, struct err *err)
{
    struct str rest = *headers;
    struct str byte = {0};

    if (rest.len == 0) {
        return 0;
    }
    *out = (struct event_stream_header){.number = 0};
    byte = take_off(&rest, 1);
    out->name = take_off(&rest, (unsigned char)byte.p[0]);
    if (out->name.len == 0) {
        return err_set(err, ERR_INPUT, "a header has no name, or one that runs past the headers");
    }
    byte = take_off(&rest, 1);
    if (byte.p == NULL) {
        return err_set(err, ERR_INPUT, "a header ends after its name");
    }
    if ((unsigned char)byte.p[0] >= EVENT_STREAM_TYPE_COUNT) {
        return err_set(err, ERR_INPUT, "a header is of the unknown type %u",
                       (unsigned)(unsigned char)byte.p[0]);
    }
    out->type = (enum event_stream_type)byte.p[0];
    if (!read_value(&rest, out)) {
        return err_set(err, ERR_INPUT, "the value of a header runs past the headers");
    }
    *headers = rest;
    return 1;
}

struct str event_stream_text(const struct event_stream_message *message, const char *name)
{
    struct str rest = message->headers;
    struct event_stream_header header;
    struct err ignored; /* the headers were checked when the message was opened */

    while (event_stream_next_header(&rest, &header, &ignored) > 0) {
        if (header.type == EVENT_STREAM_STRING && str_equal(header.name, str_from(name))) {
            return header.bytes;
        }
    }
    return (struct str){0};
}

int event_stream_interpret(const struct event_stream_message *message, struct stream_event *out,
                           struct err *err)
{
    struct str kind = event_stream_text(message, ":message-type");

    *out = (struct stream_event){.data = message->payload, .is_exception = true};
    if (str_equal(kind, STR("event"))) {
        out->type = event_stream_text(message, ":event-type");
        out->is_exception = false;
    } else if (str_equal(kind, STR("exception"))) {
        out->type = event_stream_text(message, ":exception-type");
    } else if (str_equal(kind, STR("error"))) {
        out->type = event_stream_text(message, ":error-code");
        out->data = event_stream_text(message, ":error-message");
    } else {
        return err_set(err, ERR_INPUT,
                       "event stream: a message is neither event nor exception nor "
                       "error");
    }
    return 0;
}

static void *framing_create(size_t event_bytes_max)
{
    struct event_stream *stream = malloc(sizeof *stream);

    if (stream != NULL) {
        event_stream_init(stream, event_bytes_max);
    }
    return stream;
}

static void framing_free(void *decoder)
{
    struct event_stream *stream = decoder;

    if (stream != NULL) {
        event_stream_release(stream);
        free(stream);
    }
}

static void framing_reset(void *decoder)
{
    event_stream_reset(decoder);
}

static int framing_next(void *decoder, struct str *rest, struct stream_event *event,
                        struct err *err)
{
    struct event_stream_message message = {.payload = {0}};
    int rc = event_stream_next(decoder, rest, &message, err);

    if (rc > 0 && event_stream_interpret(&message, event, err) != 0) {
        rc = err->code;
    }
    return rc;
}

/* Half a message is what a broken connection leaves behind; it is no event. */
static int framing_end(void *decoder, struct stream_event *event, struct err *err)
{
    (void)decoder;
    (void)event;
    (void)err;
    return 0;
}

const struct framing event_stream_framing = {
    .media_type = "application/vnd.amazon.eventstream",
    .create = framing_create,
    .free = framing_free,
    .reset = framing_reset,
    .next = framing_next,
    .end = framing_end,
};
