/* google_replay: a transcript of tests/wire read as a protocol reads it, in pieces of any size,
 * without a connection.
 */
#ifndef TESTS_WIRE_GOOGLE_REPLAY_H
#define TESTS_WIRE_GOOGLE_REPLAY_H

#include "base/buf.h"
#include "endpoint/protocol.h"

#include <jansson.h>

enum { REPLAY_FILE_MAX = 1024 * 1024, REPLAY_PIECES = 3 };

extern const size_t replay_pieces[REPLAY_PIECES]; /* a byte, 7 bytes, all of it */

/* Reads the transcript "google/answer.sse" into `file`. */
void replay_load(const char *name, struct buf *file);

/* Resets the reply and fills it until an event ends the stream. Returns what that event, or else
 * the last one, told: PROTOCOL_MORE when none ended it. Its data is copied to `last`. */
enum protocol_event replay(const struct protocol *protocol, const struct endpoint *endpoint,
                           struct str stream, size_t piece, struct reply *reply, struct buf *last);

/* The request's body with the user's "one", the user's "two" and the model's "three"; the caller
 * releases it with json_decref. The reference is jansson: it must be JSON, no name given twice. */
json_t *replay_body(const struct body_frame *frame);

#endif
