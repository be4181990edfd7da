/* event_stream: application/vnd.amazon.eventstream, AWS's framing of a streamed answer: messages of
 * headers and a payload, each with two CRC-32 checksums.
 *
 *   u32 total length | u32 length of the headers | u32 CRC of these 8 bytes
 *   headers: u8 length of the name, name, u8 type, value
 *   payload
 *   u32 CRC of everything before it
 *
 * All numbers are big-endian. Limits are the format's own: 128 KiB of headers, 24 MiB of payload.
 * Every length is checked before it is believed, so the bytes may come from a stranger.
 */
#ifndef ENDPOINT_EVENT_STREAM_H
#define ENDPOINT_EVENT_STREAM_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "endpoint/framing.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    EVENT_STREAM_HEADERS_MAX = 128 * 1024,
    EVENT_STREAM_PAYLOAD_MAX = 24 * 1024 * 1024,
    EVENT_STREAM_OVERHEAD = 16 /* bytes of a message beside its headers and payload */
};

/* A zeroed one is valid for release only. */
struct event_stream {
    struct buf message; /* so far */
    size_t payload_bytes_max;
    uint64_t offset; /* in the stream, of the message's first byte */
    bool given_out;  /* `message` is whole and the caller has seen it */
    bool broken;     /* an error was reported */
};

/* Borrowed from the stream until its next call. */
struct event_stream_message {
    struct str headers; /* read by event_stream_next_header; known to be well-formed */
    struct str payload;
};

/* Payloads may be at most as long as the format allows and `payload_bytes_max` says. */
void event_stream_init(struct event_stream *stream, size_t payload_bytes_max);
void event_stream_release(struct event_stream *stream);
void event_stream_reset(struct event_stream *stream); /* a new stream; memory kept */

/* Takes bytes off *rest until a message is complete. 1 and a message, 0 when *rest is used up,
 * ERR_INPUT (wrong checksum, lengths that contradict one another) or ERR_LIMIT, which name the
 * message by its offset. After an error the stream cannot be read on. */
int event_stream_next(struct event_stream *stream, struct str *rest,
                      struct event_stream_message *message, struct err *err);

/* Bytes of a message that is not complete: not 0 at the end means that the stream was broken off.
 */
size_t event_stream_open_bytes(const struct event_stream *stream);

/* The numbers are the format's. */
enum event_stream_type {
    EVENT_STREAM_TRUE = 0,
    EVENT_STREAM_FALSE = 1,
    EVENT_STREAM_I8 = 2,
    EVENT_STREAM_I16 = 3,
    EVENT_STREAM_I32 = 4,
    EVENT_STREAM_I64 = 5,
    EVENT_STREAM_BYTES = 6,
    EVENT_STREAM_STRING = 7,
    EVENT_STREAM_TIMESTAMP = 8, /* milliseconds since 1970 */
    EVENT_STREAM_UUID = 9,
    EVENT_STREAM_TYPE_COUNT
};

struct event_stream_header {
    struct str name;
    enum event_stream_type type;
    int64_t number;   /* 1 and 0 for true and false; the numbers; the timestamp */
    struct str bytes; /* of bytes, string and uuid */
};

/* Takes the first header off *headers: 1, 0 when there is none left, or ERR_INPUT. */
int event_stream_next_header(struct str *headers, struct event_stream_header *out, struct err *err);

/* The string header of that name; empty when there is none. */
struct str event_stream_text(const struct event_stream_message *message, const char *name);

/* What a message is to a service, by its ":message-type": an event has ":event-type" and a payload;
 * an exception (one that the service's API names) ":exception-type" and a payload; an error (any
 * other) ":error-code" and ":error-message". The last two are what stream_event calls an exception.
 * ERR_INPUT for a message that is none of these. Borrowed as the message is. */
int event_stream_interpret(const struct event_stream_message *message, struct stream_event *out,
                           struct err *err);

/* All of it as a framing. */
extern const struct framing event_stream_framing;

#endif
