/* frame: messages of application/vnd.amazon.eventstream, as Bedrock streams them.
 *
 * All numbers are big-endian: total length, length of the headers, CRC-32 of these eight bytes, the
 * headers (name, type 7, text), the payload, CRC-32 of everything before it.
 */
#ifndef SIM_FRAME_H
#define SIM_FRAME_H

#include "base/buf.h"
#include "base/str.h"

#include <stddef.h>

struct sim_frame_header {
    const char *name; /* at most 255 bytes */
    const char *value;
};

/* Appends one frame. */
void sim_frame_append(const struct sim_frame_header *headers, size_t count, struct str payload,
                      struct buf *out);

#endif
