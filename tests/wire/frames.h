/* frames: event streams for tests, written from lines that people can read:
 *
 *   event TYPE PAYLOAD
 *   exception TYPE PAYLOAD
 *   error CODE MESSAGE
 *   chunk JSON              an event "chunk" whose payload holds the JSON in base64
 */
#ifndef TESTS_WIRE_FRAMES_H
#define TESTS_WIRE_FRAMES_H

#include "base/buf.h"
#include "base/str.h"

#include <stddef.h>

struct frame_field {
    struct str name;
    struct str text;
};

/* Appends one message with headers of type string; errors are buf's. */
void frames_append_message(struct buf *out, const struct frame_field *headers, size_t count,
                           struct str payload);

/* Appends the frames that `lines` stand for; aborts the test on a line of no such form. */
void frames_append(struct buf *out, struct str lines);

#endif
