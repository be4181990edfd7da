/* framing: how a response's bytes are cut into events: server-sent events or AWS's event stream.
 *
 * A decoder takes bytes in pieces of any size and hands out one event at a time. Whoever reads the
 * stream does not know which framing it has.
 */
#ifndef ENDPOINT_FRAMING_H
#define ENDPOINT_FRAMING_H

#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

/* Borrowed from the decoder until its next call. */
struct stream_event {
    struct str type;   /* "message" unless the stream named one */
    struct str data;   /* usually JSON */
    bool is_exception; /* the framing itself says that this is an error */
};

enum framing_guess { FRAMING_YES, FRAMING_NO, FRAMING_UNDECIDED };

struct framing {
    const char *media_type; /* of Content-Type, and asked for with Accept */

    /* A decoder, or NULL when memory is short. Its memory grows with the longest event, up to
     * `event_bytes_max`. */
    void *(*create)(size_t event_bytes_max);
    void (*free)(void *decoder);  /* NULL is fine */
    void (*reset)(void *decoder); /* a new stream; memory kept */

    /* Takes bytes off *rest until an event is complete. 1 and an event, 0 when *rest is used up,
     * or a negative error, after which the stream cannot be read on. */
    int (*next)(void *decoder, struct str *rest, struct stream_event *event, struct err *err);

    /* The stream is over. 1 and what was still open, if that may be an event; 0 when nothing was;
     * a negative error when what was open cannot be one. */
    int (*end)(void *decoder, struct stream_event *event, struct err *err);

    /* Whether a response without a content type is such a stream, by its first bytes. NULL: it is
     * not. */
    enum framing_guess (*guess)(struct str bytes);
};

#endif
