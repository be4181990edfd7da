/* window: what an endpoint itself says of a model's limits, where its vendor offers that.
 *
 * The catalogue says where to ask and which fields of the answer are meant (catalogue_limits).
 */
#ifndef ENDPOINT_WINDOW_H
#define ENDPOINT_WINDOW_H

#include "base/clock.h"
#include "base/err.h"
#include "endpoint/catalogue.h"
#include "endpoint/endpoint.h"

#include <stdint.h>

/* CATALOGUE_UNKNOWN where the answer has no such number. */
struct window {
    int64_t input_tokens; /* the most input tokens, or the whole window */
    int64_t output_tokens;
};

/* Asks the endpoint; blocks until it has answered, a few seconds at most. ERR_USAGE when the vendor
 * offers no such question, ERR_ENDPOINT with its words when it refuses, ERR_INPUT when its answer
 * does not name the model. */
int window_ask(const struct endpoint *endpoint, const struct catalogue_limits *limits,
               const struct clock *clock, struct window *out, struct err *err);

#endif
