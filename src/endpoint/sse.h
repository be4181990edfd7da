/* sse: server-sent events from bytes that come in pieces of any size.
 *
 * The rules are those of the WHATWG HTML standard, section 9.2 (parsing and interpreting an event
 * stream), on bytes: only CR, LF and CRLF end a line, whatever the text holds. Two things differ,
 * because this is a reply to a POST and nobody reconnects: `id` and `retry` are read over, and the
 * end of the stream gives out an event whose blank line is missing (sse_end). Lines that are no
 * fields are dropped, as the standard says, but kept in `stray`: servers that fail in the middle of
 * a stream write a bare JSON error there.
 *
 * Memory grows with the longest event, up to the maximum given at init. A zeroed `struct sse` is
 * valid for release only.
 */
#ifndef ENDPOINT_SSE_H
#define ENDPOINT_SSE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "endpoint/framing.h"

#include <stdbool.h>

struct sse {
    struct buf line;  /* the line so far */
    struct buf type;  /* of the event so far */
    struct buf data;  /* of the event so far, a LF after each line */
    struct buf stray; /* lines that are no fields, the first SSE_STRAY_MAX bytes of them */
    bool skip_lf;     /* a CR ended the last line: one LF right after it belongs to it */
    bool given_out;   /* `type` and `data` are an event the caller has seen */
    unsigned bom_len; /* bytes of a leading byte order mark seen; BOM_DONE when past it */
};

enum { SSE_STRAY_MAX = 64 * 1024 };

void sse_init(struct sse *sse, size_t event_bytes_max);
void sse_release(struct sse *sse);
void sse_reset(struct sse *sse); /* a new stream; memory kept */

/* Takes bytes off *rest until an event is complete. 1 and an event (borrowed from sse until its
 * next call), 0 when *rest is used up, ERR_LIMIT or ERR_MEMORY for an event that is too long. */
int sse_next(struct sse *sse, struct str *rest, struct stream_event *event, struct err *err);

/* The stream is over. 1 and the event that was still open, 0 when there was none. The standard
 * drops such an event; vendors' own clients take it, so the caller decides by what it holds. */
int sse_end(struct sse *sse, struct stream_event *event, struct err *err);

/* All of it as a framing. At the end, when no event is open, the stray lines are one. */
extern const struct framing sse_framing;

#endif
