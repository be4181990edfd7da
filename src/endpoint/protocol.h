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
    PROTOCOL_MORE,      /* nothing of note, or part of the answer */
    PROTOCOL_FINAL,     /* the terminal marker: the reply is complete as reply->end says */
    PROTOCOL_ERROR,     /* an error inside the stream; classified like an HTTP error */
    PROTOCOL_UNREADABLE /* not an event of this protocol: not even JSON */
};

/* May another attempt help? */
enum protocol_retry {
    PROTOCOL_RETRY_NEVER,    /* what the error says leaves no doubt */
    PROTOCOL_RETRY_IF_ASKED, /* unlikely to help, unless a header asks for it */
    PROTOCOL_RETRY_HELPS
};

/* What an HTTP or in-stream error means for the exchange. */
struct protocol_verdict {
    enum reply_end end; /* how it ends if it is not tried again */
    enum protocol_retry retry;
    double wait_s; /* what the server asked to wait; negative for nothing said */
};

enum { PROTOCOL_HEADERS_MAX = 8, PROTOCOL_IN_STREAM = 200 };

struct protocol {
    const char *name;

    /* "/chat/completions": appended to the base URL. */
    const char *path;
    /* The response header that carries the vendor's id of the request. */
    const char *request_id_header;

    /* Builds the frame's texts in `arena`; they stay valid as long as it does. */
    int (*frame)(const struct endpoint *endpoint, struct arena *arena, struct body_frame *out,
                 struct err *err);
    /* Header lines of its own ("Authorization: Bearer …"), at most PROTOCOL_HEADERS_MAX, in
     * `arena`. Returns how many, or a negative error. The key was checked before. */
    int (*headers)(const struct endpoint *endpoint, struct arena *arena, const char **lines,
                   struct err *err);

    /* One event of the stream. Appends text to reply->text and fills usage, finish_reason, model
     * and, as soon as it is known, end. */
    enum protocol_event (*on_event)(struct str type, struct str data, struct reply *reply);

    /* The body of a response whose status is not 200, or with PROTOCOL_IN_STREAM the data of an
     * error in the stream. Sets reply->error to one readable line. */
    struct protocol_verdict (*classify)(long http_status, struct str body, struct reply *reply);

    /* The stream ended without PROTOCOL_FINAL: true when what was seen is enough all the same. */
    bool (*complete_at_end)(const struct reply *reply);
};

extern const struct protocol *const protocols[]; /* NULL-terminated; table.c */

/* ERR_USAGE names those known. */
int protocol_find(const char *name, const struct protocol **out, struct err *err);

#endif
