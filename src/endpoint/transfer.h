/* transfer: one attempt: a request on a connection of its own, and what comes back.
 *
 * A transfer owns the libcurl handle and everything that attempt fills: it sends the body while it
 * is produced, takes events off the stream, stamps times. It judges nothing: the exchange does,
 * when the transfer is over.
 *
 * Every attempt has its own connection (no reuse). On a reused one libcurl posts the whole body a
 * second time, by itself and unseen, when the server had closed it meanwhile; at a million tokens
 * that is a second bill. Beside an upload of megabytes the handshake saved would be nothing.
 */
#ifndef ENDPOINT_TRANSFER_H
#define ENDPOINT_TRANSFER_H

#include "base/clock.h"
#include "endpoint/connection.h"
#include "endpoint/framing.h"
#include "endpoint/retry.h"
#include "endpoint/route.h"
#include "endpoint/survey.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

/* In the order of a request's life; each has its own timer. */
enum transfer_stage {
    TRANSFER_CONNECTING, /* libcurl's timer */
    TRANSFER_SENDING,
    TRANSFER_WAITING,
    TRANSFER_READING,
    TRANSFER_DRAINING /* the answer is complete, the connection not yet closed */
};

/* What the response's body is. */
enum transfer_content {
    TRANSFER_UNDECIDED, /* no content type, too few bytes */
    TRANSFER_EVENTS,
    TRANSFER_OTHER /* an error, a page, a JSON answer: kept in `body` */
};

/* What stopped the reading of events. */
enum transfer_verdict {
    TRANSFER_OPEN,       /* nothing: more may come */
    TRANSFER_FINAL,      /* the terminal marker */
    TRANSFER_ERROR,      /* an error event; its data is in `body` */
    TRANSFER_UNREADABLE, /* an event that is not the protocol's; its data is in `body` */
    TRANSFER_OVERFULL,   /* the answer is longer than a reply may be */
    TRANSFER_ENDLESS,    /* the stream is longer than any answer's, pings and reasoning included */
    TRANSFER_GARBLED,    /* bytes that the framing cannot read; `error` says how */
    TRANSFER_BROKEN      /* ours: `error` says what */
};

enum {
    TRANSFER_BODY_MAX = 1024 * 1024,         /* of a response that is not a stream of events */
    TRANSFER_EVENT_MAX = 16 * 1024 * 1024,   /* one event may repeat the whole answer */
    TRANSFER_STREAM_MAX = 256 * 1024 * 1024, /* an event per byte for 128k tokens comes to half */
    TRANSFER_DRAIN_MS = 1000                 /* for the server to end a complete answer */
};

struct transfer {
    /* Given; borrowed. */
    const struct route *route;
    const struct clock *clock;
    struct body_reader *reader;
    struct reply *reply;
    uint64_t *bytes_sent;                    /* the client's sum */
    bool *holds_part;                        /* the client's: becomes true with `held` */
    const uint64_t *heard_ns;                /* when what is being read came; 0: unknown, so now */
    uint64_t length;                         /* of the body */
    char body_sha256[SURVEY_SHA256_HEX + 1]; /* of the body, for protocols that sign */
    /* A response has begun; NULL: nobody listens. */
    void (*on_response)(void *context, const struct rate_report *report);
    void *response_context;

    /* Owned. */
    CURL *easy;                 /* NULL: not begun */
    struct curl_slist *headers; /* of this attempt */
    const struct framing *framing;
    void *decoder;
    struct buf body;
    struct buf event_type; /* of verdict ERROR */
    struct buf held;       /* part of the request's body that waits for a look at the answer */

    enum transfer_stage stage;
    enum transfer_content content;
    enum transfer_verdict verdict;
    struct connection_ear ear;
    uint64_t started_ns;
    uint64_t moved_ns; /* when a byte last moved in this stage */
    uint64_t produced; /* bytes of the body given to libcurl */
    uint64_t sent;     /* bytes of the body the socket took */
    uint64_t events;   /* seen in the stream */
    size_t text_len;   /* of the reply's text when an event last added to it … */
    uint64_t text_ns;  /* … and when that one came */
    uint64_t received; /* bytes of the response's body */
    struct err error;  /* of verdict BROKEN */
    char curl_text[CURL_ERROR_SIZE];
};

/* `framing` is the route's protocol's. */
int transfer_init(struct transfer *transfer, const struct framing *framing, struct err *err);
void transfer_release(struct transfer *transfer);

/* Makes the handle ready; the caller adds transfer->easy to its multi handle. The handle's private
 * pointer is `owner`. The given fields are set; the reader is at its beginning. */
int transfer_begin(struct transfer *transfer, const struct client_limits *limits, void *owner,
                   struct err *err);

/* The connection is over: takes the event that was still open, or a body that is no stream. */
void transfer_finish(struct transfer *transfer, CURLcode code);

/* Goes on with an upload that stood still because the endpoint had something to say. To be called
 * between two turns of the loop. */
void transfer_resume(struct transfer *transfer);

/* Brings `sent` up to now. To be called before a transfer is judged by it or given up: a small body
 * leaves with the request's head, a step before libcurl tells of it, and may be billed. */
void transfer_note_sent(struct transfer *transfer);

/* Gives the handle back, and with it the connection; the caller removed it from its multi handle.
 */
void transfer_close(struct transfer *transfer);

/* When the timer of the present stage fires, or that of the whole request; UINT64_MAX for never. */
uint64_t transfer_deadline_ns(const struct transfer *transfer, const struct client_limits *limits);
/* The latter alone. */
uint64_t transfer_request_deadline_ns(const struct transfer *transfer,
                                      const struct client_limits *limits);

/* A response header's value, empty when absent; borrowed until transfer_close. */
struct str transfer_header(const struct transfer *transfer, const char *name);
long transfer_status(const struct transfer *transfer); /* 0 when no response came */

#endif
