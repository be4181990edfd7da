/* rate: what a response's headers say of the endpoint's rate limits.
 *
 * Two families are known: OpenAI's x-ratelimit-… (also Azure's), whose resets are durations
 * ("6m0s"), and Anthropic's anthropic-ratelimit-…, whose resets are times (RFC 3339). Both become
 * the same report; who keeps to the limits is the caller's business.
 */
#ifndef ENDPOINT_RATE_H
#define ENDPOINT_RATE_H

#include "base/str.h"

#include <stdint.h>

/* One limit; each member negative where the response is silent. */
struct rate_limit {
    int64_t limit;     /* per window */
    int64_t remaining; /* of it, now */
    double reset_s;    /* until it is whole again */
};

struct rate_report {
    long http_status;
    struct rate_limit requests;
    struct rate_limit tokens; /* input and output, or input alone where the vendor counts apart */
    struct rate_limit output_tokens;
};

/* Where the headers come from: `header` gives a value by its name, empty when it is absent. */
struct rate_source {
    struct str (*header)(const void *context, const char *name);
    const void *context;
    long http_status;
    int64_t wall_s; /* now, at the server, for resets that are times */
};

struct rate_report rate_read(const struct rate_source *source);

#endif
