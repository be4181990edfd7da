/* replay: transcripts of streams (tests/wire, a folder for each protocol) read by a protocol in
 * pieces of 1 byte, 7 bytes and whole, as they would come off a socket; and requests as a protocol
 * frames them.
 */
#ifndef TESTS_WIRE_REPLAY_H
#define TESTS_WIRE_REPLAY_H

#include "endpoint/protocol.h"

#include <jansson.h>

/* A transcript and what a reader makes of it; texts left out are "". */
struct replay_case {
    const char *file; /* "gemini/answer.sse" */
    const char *text;
    const char *finish_reason;
    const char *model;
    const char *request_id;
    size_t reasoning; /* events that told of it */
    const char *says; /* of last ERROR: a part of the line shown; of end TOO_LONG too */
    double wait_s;    /* 0: not asked for */
    struct reply_usage usage;
    enum protocol_event last; /* what the last event told; MORE also for one that reasons */
    enum reply_end end;
    enum protocol_retry retry;
    bool is_whole; /* complete_at_end */
};

/* Checks the case in pieces of every size. */
void replay_expect(const struct protocol *protocol, const struct replay_case *wanted);

/* What one event's data tells a protocol, and what it leaves in the reply. */
enum protocol_event replay_event(const struct protocol *protocol, const char *data,
                                 struct reply *reply);

/* The body with the messages user "one", user "two", assistant "three", or the error of making it
 * (then NULL, and *err). The caller releases it with json_decref. */
json_t *replay_request(const struct endpoint *endpoint, struct err *err);

/* The same compared with JSON text. */
void replay_expect_request(const struct endpoint *endpoint, const char *wanted);

#endif
