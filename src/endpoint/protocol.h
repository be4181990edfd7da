/* protocol: what one wire protocol knows: how a request is dressed, what an event of its stream
 * means, how its errors read. Nothing in a protocol blocks, logs, retries or knows of scoring.
 */
#ifndef ENDPOINT_PROTOCOL_H
#define ENDPOINT_PROTOCOL_H

#include "base/arena.h"
#include "base/buf.h"
#include "endpoint/endpoint.h"
#include "prompt/body.h"
#include "record/reply.h"

#include <stdbool.h>

/* What an event told, beyond what it put into the reply. */
enum protocol_event {
    PROTOCOL_MORE,  /* nothing of note, or part of the answer */
    PROTOCOL_FINAL, /* the terminal marker: the reply is complete as reply->end says */
    PROTOCOL_ERROR  /* an error inside the stream; classified like an HTTP error */
};

/* What an HTTP or in-stream error means for the exchange. */
struct protocol_verdict {
    enum reply_end end; /* how it ends if it is not tried again */
    bool retry;         /* another attempt may help */
    double wait_s;      /* what the server asked to wait; negative for nothing said */
};

struct protocol {
    const char *name;

    /* Builds the frame's texts in `arena`; they stay valid as long as it does. */
    int (*frame)(const struct endpoint *endpoint, struct arena *arena, struct body_frame *out,
                 struct err *err);
    /* "/chat/completions": appended to the base URL. */
    const char *path;
    /* Header lines ("Authorization: Bearer …"), NUL-terminated, one append each. */
    int (*headers)(const struct endpoint *endpoint, struct arena *arena, const char **lines,
                   size_t lines_max, struct err *err);

    /* One SSE event. Appends text to reply->text and fills usage, finish_reason, model. */
    enum protocol_event (*on_event)(struct str event, struct str data, struct reply *reply);

    /* The body of a response whose status is not 200, or the data of an in-stream error. Sets
     * reply->error to one readable line. */
    struct protocol_verdict (*classify)(long http_status, struct str body, struct reply *reply);

    /* The stream ended without PROTOCOL_FINAL: true when what was seen is enough all the same. */
    bool (*complete_at_end)(const struct reply *reply);
};

extern const struct protocol *const protocols[]; /* NULL-terminated; table.c */

int protocol_find(const char *name, const struct protocol **out, struct err *err);

#endif
