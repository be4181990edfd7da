/* failure: what went wrong with a request, before a protocol puts it in its own words.
 */
#ifndef SIM_FAILURE_H
#define SIM_FAILURE_H

#include "base/buf.h"

#include <stddef.h>
#include <stdint.h>

enum sim_failure_kind {
    FAILURE_INVALID,     /* the request is wrong; the message says how */
    FAILURE_URL,         /* no such address */
    FAILURE_METHOD,      /* not this way */
    FAILURE_MODEL,       /* no such model */
    FAILURE_KEY,         /* not authenticated */
    FAILURE_QUOTA,       /* out of money: waiting does not help */
    FAILURE_RATE,        /* too many requests: waiting helps */
    FAILURE_TOKENS,      /* the request alone is above the limit per minute */
    FAILURE_TOO_LONG,    /* the prompt is above the context window */
    FAILURE_BODY,        /* the body has too many bytes */
    FAILURE_UNSUPPORTED, /* the model refuses a setting */
    FAILURE_BLOCKED,     /* a filter refuses the prompt */
    FAILURE_OVERLOADED,
    FAILURE_SERVER,
    FAILURE_KINDS
};

/* How a reply says when to try again. */
enum sim_delay {
    DELAY_NONE,
    DELAY_SECONDS,   /* Retry-After: 1 */
    DELAY_HTTP_DATE, /* Retry-After: Sun, 22 Nov 2026 14:04:18 GMT */
    DELAY_MS,        /* retry-after-ms: 1200 */
    DELAY_INFO,      /* google.rpc.RetryInfo in the body */
    DELAY_TEXT       /* "Please try again in 1.2s." in the message */
};

enum { SIM_DELAY_MS = 1200, SIM_DELAY_S = 1 };

struct sim_failure {
    enum sim_failure_kind kind;
    unsigned status; /* 0: the protocol's own for the kind */
    enum sim_delay delay;
    const char *message; /* NULL: the protocol's own words */
    const char *code;    /* OpenAI's name of the mistake, where the kind does not say it, or NULL */
    const char *param;   /* the member that it is about, or NULL */
    const char *model;   /* "" when unknown */
    uint64_t prompt_tokens;
    uint64_t window_tokens; /* the limit that the prompt is above */
};

/* How a protocol says a kind of failure. In the message {model}, {param}, {prompt} and {window}
 * stand for the failure's own, {retry} for a sentence with the delay where that is DELAY_TEXT, and
 * {instead} for one with the setting to use. */
struct sim_failure_row {
    unsigned status;
    const char *type;
    const char *code; /* or NULL */
    const char *message;
};

/* Appends the message of `failure`, from `rows[failure->kind]` unless it has one of its own. */
void sim_failure_message(const struct sim_failure *failure, const struct sim_failure_row *rows,
                         struct buf *out);

#endif
