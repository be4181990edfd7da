/* retry: may a failed attempt be made again, and after how long?
 *
 * Every attempt at a million tokens costs money and minutes, so the rules are narrow: an endpoint
 * that answered with an error is asked again when its words, its status and its headers say that
 * this may help; a connection that broke is made again; an endpoint that had the whole prompt and
 * stayed silent to the end of our patience is not, since it may have been paid for the silence.
 */
#ifndef ENDPOINT_RETRY_H
#define ENDPOINT_RETRY_H

#include "base/clock.h"
#include "base/random.h"
#include "endpoint/endpoint.h"
#include "endpoint/protocol.h"

#include <curl/curl.h>
#include <stdbool.h>

/* What went wrong between us and the endpoint, if its answer is not what counts. */
enum retry_fault {
    RETRY_FAULT_NONE,           /* the endpoint answered: the verdict counts */
    RETRY_FAULT_UNREACHABLE,    /* no connection was made: nothing was sent */
    RETRY_FAULT_BROKEN,         /* the connection ended before the answer did */
    RETRY_FAULT_UPLOAD_STALLED, /* our timer: the endpoint stopped taking the body */
    RETRY_FAULT_SILENT,         /* our timer: the whole body was sent, nothing came back */
    RETRY_FAULT_IDLE,           /* our timer: the answer stopped in the middle */
    RETRY_FAULT_ENDLESS,        /* our timer: the request as a whole took too long */
    RETRY_FAULT_FINAL           /* certificate, memory, the prompt itself: no attempt can help */
};

struct retry_case {
    enum retry_fault fault;
    struct protocol_verdict verdict; /* when fault is NONE */
    uint32_t attempts;               /* made so far */
    struct str retry_after_ms;       /* response headers; empty when absent */
    struct str retry_after;
    struct str should_retry; /* x-should-retry */
    int64_t wall_s;          /* now, at the server, for a retry-after that is a date */
};

struct retry_decision {
    bool again;
    double wait_s;  /* before the next attempt */
    double asked_s; /* what the server asked for; negative for nothing */
};

enum {
    RETRY_UNREACHABLE_MAX = 4, /* attempts at an address where nobody answers */
    RETRY_PAUSE_MAX_S = 60     /* of our own making; vendors' token windows are a minute long */
};

/* The fault a libcurl result stands for; NONE for CURLE_OK. */
enum retry_fault retry_fault_of(CURLcode code);

/* Fills in what the response's headers say, those of the last one on `easy`: borrowed from it until
 * its next request. */
void retry_case_read(struct retry_case *failed, CURL *easy, const struct clock *clock);

struct retry_decision retry_decide(const struct retry_case *failed,
                                   const struct client_limits *limits, struct random *random);

#endif
