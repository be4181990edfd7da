/* limiter: may a request to this endpoint start now, and if not, when?
 *
 * One limiter per endpoint; three things hold a request back, and all must agree.
 *
 * 1. The pace: requests and tokens per minute, given by the user or learnt from the rate headers.
 *    What was started in the last minute is kept in slots of a second (a sliding window), so that
 *    no minute, wherever it begins, has more than the limit. A token bucket would be the shorter
 *    code, but it lets nearly twice its limit through in the minute that follows a rest. What is
 *    paced so passes whether a vendor counts per calendar minute, over the last minute, or with a
 *    bucket that holds a minute's worth; vendors who count shorter spans throttle, and point 3
 *    answers. It costs a second in sixty.
 *    `tokens` is a request's input plus the full output that it allows, since that is what vendors
 *    count (OpenAI's "Limit 30000, Requested 56336"). Refused attempts stay counted, to be on
 *    the safe side.
 *
 * 2. The endpoint's word: a response that says how much remains and when the limit is whole again.
 *    A report cannot know of requests whose prompt is still on its way, so these are taken off
 *    what remains. A request that does not fit waits for the reset, at most LIMITER_HOLD_MAX_S.
 *
 * 3. The window of requests in flight, which looks for what the endpoint bears: additive increase,
 *    multiplicative decrease (Chiu and Jain, 1989; TCP's congestion avoidance, RFC 5681). It
 *    begins at the user's --concurrency, which is also its maximum. An endpoint that throttles
 *    with a 429, 503 or 529 halves it, down to one; as many answers as it is wide widen it by one.
 *    All that was in flight when it was halved is one generation: being throttled as well, it
 *    tells nothing new. It is halved at most once a second, so that a burst is not taken for
 *    several. Nothing starts until the request that was throttled may try again.
 *
 * A request larger than a whole minute's tokens would never fit. It starts when nothing was counted
 * in the last minute, and what follows waits for as many minutes' worth as it took (at most
 * LIMITER_HOLD_MAX_S), so that the average is kept. Most endpoints refuse such a request for good.
 *
 * Nothing here sleeps or reads a clock: `now_ns` is clock_ns of the caller's clock and never goes
 * back. Ask for one request at a time and keep to it until it has started: who passes over a large
 * request for a small one can starve it. All waits end, since each is bounded and only responses
 * to requests that did start can begin another.
 *
 * A limiter is a value of constant size (some 24 KB): nothing to release.
 */
#ifndef ENDPOINT_LIMITER_H
#define ENDPOINT_LIMITER_H

#include "endpoint/rate.h"
#include "record/reply.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LIMITER_WINDOW_S = 60,
    LIMITER_HOLD_MAX_S = 600, /* no header holds longer: afterwards the endpoint is asked itself */
    LIMITER_SLOTS = 1024,     /* seconds that are remembered, and foreseen for retries */
    LIMITER_AHEAD_MAX_S = LIMITER_SLOTS - LIMITER_WINDOW_S - 1
};

/* Returned by limiter_wait_ms: no time will help, only the end of a request in flight. */
#define LIMITER_UNTIL_END INT64_MAX

struct limiter_settings {
    int64_t requests_per_minute; /* 0: as the rate headers say, if they do */
    int64_t tokens_per_minute;   /* 0: likewise. A limit that is given is not changed by headers */
    size_t concurrency;          /* at least 1 */
};

/* What is counted. */
enum limiter_kind { LIMITER_REQUESTS, LIMITER_TOKENS, LIMITER_KINDS };

struct limiter_slot {
    uint64_t second; /* of the clock; a slot of another second is empty */
    int64_t used[LIMITER_KINDS];
};

struct limiter_gate {
    int64_t limit; /* per minute; 0: none known */
    bool is_given; /* by the user */
    int64_t remaining;
    uint64_t whole_ns;   /* until then `remaining` counts */
    int64_t unanswered;  /* of requests whose response has not begun */
    uint64_t held_to_ns; /* pays for a request larger than the limit */
};

struct limiter {
    struct limiter_gate gates[LIMITER_KINDS];
    struct limiter_slot slots[LIMITER_SLOTS];
    uint64_t latest_s; /* the last second that has a slot */
    size_t in_flight;
    size_t window;
    size_t window_max;
    size_t answers;      /* towards the next widening */
    uint64_t generation; /* how often the window was halved */
    uint64_t may_halve_ns;
    uint64_t held_to_ns;
};

/* A request in flight; the caller keeps it beside the exchange. */
struct limiter_ticket {
    int64_t tokens;
    uint64_t generation;
    bool is_unanswered;
};

enum limiter_outcome {
    LIMITER_SERVED,    /* answered, whatever the answer */
    LIMITER_THROTTLED, /* 429, 503, 529: too much, or too busy */
    LIMITER_FAILED     /* says nothing about what the endpoint bears */
};

void limiter_init(struct limiter *limiter, const struct limiter_settings *settings);

/* Milliseconds until such a request may start, 0 for now, LIMITER_UNTIL_END while the window of
 * requests in flight is full. Events (reports, throttling) may make it longer: ask again then. */
int64_t limiter_wait_ms(const struct limiter *limiter, int64_t tokens, uint64_t now_ns);

/* A request starts. One limiter_end follows. */
void limiter_start(struct limiter *limiter, struct limiter_ticket *ticket, int64_t tokens,
                   uint64_t now_ns);

/* A response has begun (exchange_request.rate). */
void limiter_report(struct limiter *limiter, struct limiter_ticket *ticket,
                    const struct rate_report *report, uint64_t now_ns);

/* An attempt has failed and the client sends the request again in wait_s
 * (exchange_request.retrying). The new attempt counts from when it will be sent; it is not held
 * back, what starts in the meantime is. */
void limiter_retry(struct limiter *limiter, struct limiter_ticket *ticket,
                   enum limiter_outcome outcome, double wait_s, uint64_t now_ns);

void limiter_end(struct limiter *limiter, struct limiter_ticket *ticket,
                 enum limiter_outcome outcome, uint64_t now_ns);

/* Of an attempt that has ended; in `retrying` as well as in `done`. */
enum limiter_outcome limiter_outcome_of(const struct reply *reply);

#endif
