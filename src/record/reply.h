/* reply: what came back from an endpoint for one request, and how long each step took.
 *
 * A reply is initialised with reply_init, filled by src/endpoint and released by its owner.
 */
#ifndef RECORD_REPLY_H
#define RECORD_REPLY_H

#include "base/buf.h"
#include "base/err.h"

#include <stdint.h>

/* How the exchange ended on the wire; the outcome of a trial follows from this and the mark. */
enum reply_end {
    REPLY_COMPLETE,  /* the protocol's terminal marker was seen */
    REPLY_CUT,       /* the output limit ended it */
    REPLY_REFUSED,   /* the model declined, and the protocol says so */
    REPLY_FILTERED,  /* a content filter ended it */
    REPLY_TOO_LONG,  /* the prompt does not fit the endpoint's window */
    REPLY_DENIED,    /* authentication, permission, quota: no retry can help, nor another trial */
    REPLY_TIMED_OUT, /* one of our own timers ended it */
    REPLY_FAILED,    /* transport or server error after the last attempt */
    REPLY_CANCELLED  /* the user stopped the run */
};

enum { REPLY_TOKENS_UNKNOWN = -1 };

/* The vendor's own counts, brought to one meaning whatever its protocol calls them. Each may be
 * REPLY_TOKENS_UNKNOWN. */
struct reply_usage {
    int64_t input_tokens;         /* the whole prompt: cached and cache-written ones included */
    int64_t cached_tokens;        /* of input_tokens: read from the vendor's cache */
    int64_t cache_written_tokens; /* of input_tokens: put into the vendor's cache */
    int64_t output_tokens;        /* reasoning included */
    int64_t reasoning_tokens;     /* of output_tokens */
};

/* Milliseconds of our monotonic clock since the request was started; negative when not reached.
 * libcurl's own STARTTRANSFER is wrong for uploads before 8.3.0, hence own stamps. */
struct reply_timing {
    double upload_end_ms;      /* the body's last byte was handed to the socket */
    double first_byte_ms;      /* first byte of the response body */
    double first_reasoning_ms; /* first piece of reasoning that was streamed */
    double first_text_ms;      /* first text of the answer: time to first token */
    double longest_gap_ms;     /* between two pieces of the answer that followed each other */
    double end_ms;
};

enum { REPLY_TEXT_BYTES_MAX = 8 * 1024 * 1024, REPLY_DROPPED_MAX = 256 };

struct reply {
    enum reply_end end;
    struct buf text;        /* the answer as streamed, UTF-8 */
    char finish_reason[40]; /* the vendor's word, or "" */
    char model[128];        /* the model the endpoint says it ran, or "" */
    char request_id[128];   /* the vendor's id of the request, or "" */
    long http_status;       /* 0 when no response came */
    uint32_t attempts;      /* requests sent for this trial, retries included */
    struct reply_usage usage;
    struct reply_timing timing;
    int64_t limit_tokens;   /* of REPLY_TOO_LONG, if the endpoint told: its limit … */
    int64_t counted_tokens; /* … and its count of the prompt; else REPLY_TOKENS_UNKNOWN */
    /* "temperature, top_p": parameters the endpoint refused, so that the request that was answered
     * did without them; or "". A limit sent by its other name counts as well. */
    char dropped_parameters[REPLY_DROPPED_MAX];
    struct err error; /* set when `end` is an error: says what was wrong */
};

void reply_init(struct reply *reply);
void reply_release(struct reply *reply);

/* Forgets an attempt but keeps the memory and the number of attempts. */
void reply_reset(struct reply *reply);

const char *reply_end_name(enum reply_end end); /* "complete", "cut", … */

#endif
