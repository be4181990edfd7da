/* quirks: in what servers differ from the protocol they speak.
 *
 * A compatible server is an entry of the catalogue and not code: catalogue_quirks reads it. A
 * member that is NULL or false is the protocol's own way.
 */
#ifndef ENDPOINT_QUIRKS_H
#define ENDPOINT_QUIRKS_H

#include <stdbool.h>

/* How a request proves who sends it. */
enum quirk_auth {
    QUIRK_AUTH_PROTOCOL,       /* as the protocol's own vendor wants it */
    QUIRK_AUTH_BEARER,         /* Authorization: Bearer KEY */
    QUIRK_AUTH_X_API_KEY,      /* x-api-key: KEY */
    QUIRK_AUTH_API_KEY,        /* api-key: KEY */
    QUIRK_AUTH_X_GOOG_API_KEY, /* x-goog-api-key: KEY */
    QUIRK_AUTH_COUNT
};

struct quirks {
    const char *max_tokens_name; /* of the output limit */
    enum quirk_auth auth;        /* how the key is sent */
    bool tells_usage_unasked;    /* asking for usage in the stream is left out */
    bool counts_reasoning_apart; /* output tokens come without those of the reasoning */
    bool roles_alternate;        /* messages of one role in a row are one message's parts */
};

#endif
