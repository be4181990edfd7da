/* route: an endpoint made ready: what all its requests share, checked once.
 *
 * The key is a secret that leaves the machine only inside TLS, towards the host the user named.
 * So plain http is for this machine alone unless the user insists, a URL carries no user name, and
 * whatever text is made from the endpoint's words passes route_redact before it is kept.
 */
#ifndef ENDPOINT_ROUTE_H
#define ENDPOINT_ROUTE_H

#include "base/arena.h"
#include "base/err.h"
#include "endpoint/endpoint.h"
#include "endpoint/header.h"
#include "endpoint/protocol.h"

#include <stdbool.h>

enum { ROUTE_SECRETS_MAX = 4 + HEADER_LINES_MAX };

struct route {
    const struct endpoint *endpoint; /* borrowed */
    const struct protocol *protocol;
    struct arena arena;                        /* owns the texts below and the frame's */
    const char *url;                           /* base URL and path */
    const char *host;                          /* without the brackets of an IPv6 address */
    const char *port;                          /* digits */
    bool is_loopback;                          /* the host is this machine */
    const char *headers[HEADER_LINES_MAX + 1]; /* NULL-terminated */
    struct str secrets[ROUTE_SECRETS_MAX];
    size_t secret_count;
    struct request_json request; /* the members of the body beside the messages */
    struct body_frame frame;
};

/* ERR_USAGE says what cannot be used. `refused` (NULL: nothing) is borrowed during the call. A
 * zeroed route is valid for release. */
int route_init(struct route *route, const struct endpoint *endpoint,
               const struct request_refused *refused, struct err *err);
void route_release(struct route *route);

/* Builds the frame anew without what was refused meanwhile; texts of the old frame stay valid. */
int route_reframe(struct route *route, const struct request_refused *refused, struct err *err);

/* Builds the frame anew for an answer that comes whole, as in a batch. */
int route_frame_whole(struct route *route, struct err *err);

/* Overwrites every secret wherever it stands in `text`. */
void route_redact(const struct route *route, char *text, size_t len);

#endif
