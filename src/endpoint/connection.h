/* connection: how every request to an endpoint goes on the wire, whatever it is for: a connection
 * of its own, HTTP/1.1, no redirects, no other scheme, no proxy towards this machine.
 */
#ifndef ENDPOINT_CONNECTION_H
#define ENDPOINT_CONNECTION_H

#include "endpoint/route.h"

#include <curl/curl.h>
#include <stdbool.h>

/* Of the buffer each upload has. Twice as much sends a tenth faster, but a thousand of them take
 * much memory, and a part that takes long to write keeps answers waiting. */
enum { CONNECTION_UPLOAD_BYTES = 64 * 1024 };

/* A connection's socket, for a look at whether the endpoint has something to say. */
struct connection_ear {
    int socket;       /* while only one was tried; otherwise -1 */
    unsigned sockets; /* opened */
};

/* Puts it into a new handle. `url` is the route's or another of the same endpoint; libcurl copies
 * it. `ear` is set, and borrowed until the handle is cleaned up. */
CURLcode connection_prepare(CURL *easy, const struct route *route, const char *url,
                            const struct client_limits *limits, struct connection_ear *ear);

/* An endpoint that refuses an upload in its middle often hangs up at once. Sending on would then
 * fail before libcurl has read the reason. So there is a look at the socket right before each part
 * is sent; when bytes wait, the part has to wait until libcurl had a turn to read them. */
bool connection_has_something_to_say(CURL *easy, const struct connection_ear *ear);

long connection_status(CURL *easy); /* of the response; 0 when none came */
/* A response header's value, empty when absent; borrowed until the handle is cleaned up. */
struct str connection_header(CURL *easy, const char *name);

#endif
