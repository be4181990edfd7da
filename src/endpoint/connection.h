/* connection: how every request to an endpoint goes on the wire, whatever it is for: a connection
 * of its own, HTTP/1.1, no redirects, no other scheme, no proxy towards this machine.
 */
#ifndef ENDPOINT_CONNECTION_H
#define ENDPOINT_CONNECTION_H

#include "endpoint/route.h"

#include <curl/curl.h>

/* Large enough that a 5 MB body takes few turns of the loop, small enough to have many of them. */
enum { CONNECTION_UPLOAD_BYTES = 256 * 1024 };

/* Puts it into a new handle. `url` is the route's or another of the same endpoint. The handle keeps
 * what is borrowed nowhere. */
CURLcode connection_prepare(CURL *easy, const struct route *route, const char *url,
                            const struct client_limits *limits);

#endif
