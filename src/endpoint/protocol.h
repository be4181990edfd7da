/* protocol: what one wire protocol knows: how a request is dressed, what an event of its stream
 * means, how its errors read. Nothing in a protocol blocks, logs, retries or knows of scoring.
 */
#ifndef ENDPOINT_PROTOCOL_H
#define ENDPOINT_PROTOCOL_H

#include "base/arena.h"
#include "base/buf.h"
#include "endpoint/endpoint.h"
#include "endpoint/framing.h"
#include "endpoint/request_json.h"
#include "prompt/body.h"
#include "record/reply.h"

#include <stdbool.h>

/* What an event told, beyond what it put into the reply. */
enum protocol_event {
    PROTOCOL_MORE,      /* nothing of note, or part of the answer */
    PROTOCOL_REASONING, /* a piece of the reasoning that comes before the answer */
    PROTOCOL_FINAL,     /* the terminal marker: the reply is complete as reply->end says */
    PROTOCOL_ERROR,     /* an error inside the stream; classified like an HTTP error */
    PROTOCOL_UNREADABLE /* not an event of this protocol: not even JSON */
};

/* May another attempt help? */
enum protocol_retry {
    PROTOCOL_RETRY_NEVER,    /* what the error says leaves no doubt */
    PROTOCOL_RETRY_IF_ASKED, /* unlikely to help, unless a header asks for it */
    PROTOCOL_RETRY_HELPS,
    PROTOCOL_RETRY_LATER /* helps, but an overloaded server needs longer than one that slipped */
};

/* What an endpoint said instead of an answer. */
struct protocol_error {
    long http_status; /* PROTOCOL_IN_STREAM for an error inside a stream */
    struct str type;  /* of the event in the stream, or the header error_type_header; or empty */
    struct str body;  /* of the response, or the event's data */
};

/* What an HTTP or in-stream error means for the exchange. */
struct protocol_verdict {
    enum reply_end end; /* how it ends if it is not tried again */
    enum protocol_retry retry;
    double wait_s;         /* what the server asked to wait; negative for nothing said */
    bool blames_parameter; /* the request might do without one that the words name */
};

/* A request as it will be sent, for protocols that sign. Borrowed during the call. */
struct protocol_request {
    const char *method;
    const char *url;            /* as on the wire, query included */
    const char *const *headers; /* "Name: value", NULL-terminated: all but Host, Content-Length,
                                 * User-Agent and those that `sign` adds */
    const char *body_sha256;    /* small hexadecimal digits */
    int64_t wall_s;             /* now */
};

enum { PROTOCOL_HEADERS_MAX = 8, PROTOCOL_IN_STREAM = 200 };

struct protocol {
    const char *name;
    const struct framing *framing;

    /* The response headers that carry the vendor's id of the request and the kind of an error; NULL
     * where events and bodies do. */
    const char *request_id_header;
    const char *error_type_header;

    /* How the key is sent unless the endpoint's quirks say otherwise. */
    enum quirk_auth auth;

    /* The base URL for an endpoint without one; NULL: it must have one. */
    int (*base_url)(const struct endpoint *endpoint, struct buf *out, struct err *err);
    /* What follows the base URL: "/chat/completions"; may end in a query. */
    int (*path)(const struct endpoint *endpoint, struct buf *out, struct err *err);

    /* Adds its own members and the user's parameters to `request` and builds the frame's texts in
     * request->arena. */
    int (*frame)(const struct endpoint *endpoint, struct request_json *request,
                 struct body_frame *out, struct err *err);
    /* What of its requests is cached. NULL: whatever the vendor caches unasked. */
    enum endpoint_caching (*caching)(const struct endpoint *endpoint);
    /* Header lines of its own beside the key's, at most PROTOCOL_HEADERS_MAX, in `arena`. Returns
     * how many, or a negative error. NULL: none. */
    int (*headers)(const struct endpoint *endpoint, struct arena *arena, const char **lines,
                   struct err *err);
    /* The header lines that sign a request, made anew for every attempt. As `headers`. NULL: the
     * protocol does not sign; otherwise the body is produced twice, since its hash goes ahead.
     * May return 0 for an endpoint that has a key. */
    int (*sign)(const struct endpoint *endpoint, const struct protocol_request *request,
                struct arena *arena, const char **lines, struct err *err);

    /* One event of the stream. Appends text to reply->text and fills usage, finish_reason, model
     * and, as soon as it is known, end. */
    enum protocol_event (*on_event)(const struct endpoint *endpoint,
                                    const struct stream_event *event, struct reply *reply);

    /* What an error means. Sets reply->error to one readable line, and of a prompt that is too
     * long both counts, if told. */
    struct protocol_verdict (*classify)(const struct protocol_error *error, struct reply *reply);

    /* The stream ended without PROTOCOL_FINAL: true when what was seen is enough all the same. */
    bool (*complete_at_end)(const struct reply *reply);
};

extern const struct protocol *const protocols[]; /* NULL-terminated; table.c */

/* ERR_USAGE names those known. */
int protocol_find(const char *name, const struct protocol **out, struct err *err);

/* The line that carries the endpoint's key as `auth` says, in `arena`; PROTOCOL's is Bearer. */
int protocol_key_header(const struct endpoint *endpoint, enum quirk_auth auth, struct arena *arena,
                        const char **line, struct err *err);

/* Appends `text` percent-encoded, so that it is one segment of a path (RFC 3986: all but letters,
 * digits and "-._~"). */
void protocol_append_segment(struct buf *out, struct str text);

/* Appends the endpoint's api_version as the path's query, if it has one. */
void protocol_append_version(struct buf *out, const struct endpoint *endpoint);

#endif
