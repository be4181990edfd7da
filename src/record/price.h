/* price: what an endpoint charges, and what a trial costs.
 *
 * Money is counted in whole numbers. A rate is micro-dollars per million tokens, which is the same
 * as pico-dollars (10^-12) per token, so that tokens times rate is a cost without any rounding;
 * int64_t holds nine million dollars of them. A limit on the cost of a sweep compares sums of
 * thousands of trials that end in any order: such sums have to be the same in every order.
 *
 * Vendors with tiers reprice the whole request (input, cached and output tokens) once its input
 * reaches a tier, so that a token more can double what a trial costs.
 */
#ifndef RECORD_PRICE_H
#define RECORD_PRICE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "record/reply.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PRICE_UNKNOWN     INT64_C(-1)            /* a rate not stated, a cost that cannot be told */
#define PRICE_RATE_MAX    INT64_C(3000000000)    /* 3,000 dollars per million tokens */
#define PRICE_COST_MAX    INT64_MAX              /* more than this reads as this */
#define PRICE_DOLLAR      INT64_C(1000000000000) /* a dollar in pico-dollars */
#define PRICE_RATE_DOLLAR INT64_C(1000000)       /* a dollar per million tokens as a rate */
enum { PRICE_RATE_DECIMALS = 6, PRICE_HOUR_UNKNOWN = -1 };

/* Micro-dollars per million tokens; PRICE_UNKNOWN where the vendor states none. */
struct price_rates {
    int64_t input;
    int64_t output;
    int64_t cache_read;     /* input tokens served from the cache; unknown: like input */
    int64_t cache_write_5m; /* input tokens kept for minutes; unknown: like input */
    int64_t cache_write_1h; /* input tokens kept for an hour; unknown: like those for minutes */
};

/* Rates of requests with that many input tokens or more. What a tier leaves out changes in the
 * proportion in which its input rate does. */
struct price_tier {
    int64_t from_input_tokens;
    struct price_rates rates;
};

/* Hours of the day (UTC) at which everything costs `percent` of the rates. */
struct price_peak {
    int64_t from_hour_utc;  /* 0 to 23 */
    int64_t until_hour_utc; /* 1 to 24, not included */
    int64_t percent;
};

struct price {
    struct price_rates rates;
    const struct price_tier *tiers; /* ascending; borrowed */
    size_t tier_count;
    const struct price_peak *peaks; /* apart from one another; borrowed */
    size_t peak_count;
    int64_t batch_discount_percent; /* 50: a batch request costs half; 0 when there is none */
};

/* What else decides the price of a request. */
struct price_terms {
    bool is_batch;
    bool caches_for_1h; /* the request asked for the longer of the vendor's cache lives */
    int hour_utc;       /* when it was sent; PRICE_HOUR_UNKNOWN takes the dearest */
};

/* "in=5,out=30[,cache-read=.5][,cache-write=6.25][,cache-write-1h=10]": dollars per million tokens,
 * `in` and `out` required. ERR_USAGE says which part is wrong. */
int price_parse(struct str text, struct price *out, struct err *err);

/* The rates of a request with that many input tokens: its tier's, none unknown if input and output
 * are stated. */
struct price_rates price_rates_at(const struct price *price, int64_t input_tokens);

/* What a request cost, in pico-dollars. Cached and cache-written tokens are part of the input, the
 * reasoning part of the output; an unknown number of them counts as none. PRICE_UNKNOWN when input
 * or output tokens, or their rates, are unknown. */
int64_t price_cost(const struct price *price, const struct reply_usage *usage,
                   const struct price_terms *terms);

/* Of price_cost: how much more it would be, had the cached tokens been read anew. What writing them
 * to the cache cost is in price_cost and not taken off here. PRICE_UNKNOWN as there. */
int64_t price_cache_saved(const struct price *price, const struct reply_usage *usage,
                          const struct price_terms *terms);

/* The most that a request can cost which has that many input tokens and may answer up to
 * `output_tokens_max`: nothing read from a cache, all of it written to one if that is dearer. */
int64_t price_cost_at_worst(const struct price *price, int64_t input_tokens,
                            int64_t output_tokens_max, const struct price_terms *terms);

/* Sums that stop at PRICE_COST_MAX; unknown plus anything is unknown. */
int64_t price_add(int64_t cost, int64_t more);

void price_append_rate(struct buf *out, int64_t rate); /* "6.25", "0.003625"; "-" for unknown */
/* "$12.35", "$0.0042", "<$0.0001"; "-" for unknown. Rounded to the nearest. */
void price_append_cost(struct buf *out, int64_t cost);

#endif
