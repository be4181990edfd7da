/* failure: what an endpoint's error means, whoever the vendor is.
 *
 * Protocols take the words out of their own JSON; here they are judged, so that an error reads the
 * same whether it came as an HTTP status or inside a stream that began with 200. Words count for
 * more than the status: vendors send "context length exceeded" with 400, 413, 422 and 500.
 */
#ifndef ENDPOINT_FAILURE_H
#define ENDPOINT_FAILURE_H

#include "base/err.h"
#include "base/str.h"
#include "endpoint/protocol.h"

struct failure {
    long http_status;     /* PROTOCOL_IN_STREAM for an error inside a stream */
    long stream_status;   /* of that: the HTTP status it would have had, if told; or 0 */
    struct str code;      /* "context_length_exceeded", "502", or empty */
    struct str type;      /* "invalid_request_error", or empty */
    struct str message;   /* for people */
    struct str detail;    /* more of the same, from a server behind this one; or empty */
    struct str reason;    /* a finer code beside `code`: "enforced_spend_limit_reached"; or empty */
    double wait_s;        /* asked for beside the words; 0: not */
    int64_t limit_tokens; /* told beside the words; 0: not */
    int64_t counted_tokens;
};

struct protocol_verdict failure_judge(const struct failure *failure);

/* The two numbers of "… is 1047576 tokens. However, your messages resulted in 1100000 tokens", in
 * the words of any vendor; REPLY_TOKENS_UNKNOWN for one that is not told. */
void failure_read_counts(struct str message, int64_t *limit_tokens, int64_t *counted_tokens);

/* Judges the failure and puts it into the reply: the line of reply->error, and the counts of a
 * prompt that is too long. What `classify` of struct protocol ends with. */
struct protocol_verdict failure_conclude(const struct failure *failure, struct reply *reply);

/* One line: status, code and the server's words, printable and cut short. */
void failure_describe(const struct failure *failure, enum reply_end end, struct err *out);

/* The error code that goes with an end that is an error. */
enum err_code failure_err_code(enum reply_end end);

/* What a server's words ask for: "try again in 11.054s", "in 6m0s", "retry after 20 seconds".
 * Negative when they say nothing. */
double failure_wait_s(struct str message);

#endif
