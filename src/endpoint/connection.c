#include "endpoint/connection.h"

#include "endpoint/arrival.h"

#include <poll.h>

enum { KEEPALIVE_S = 60 };

/* The only options whose failure counts are those that need memory or a feature; libcurl reports
 * either by the same kind of result. */
static CURLcode set_address(CURL *easy, const struct route *route, const char *url)
{
    CURLcode rc = curl_easy_setopt(easy, CURLOPT_URL, url);

    rc = rc != CURLE_OK ? rc : curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    rc = rc != CURLE_OK ? rc
                        : curl_easy_setopt(easy, CURLOPT_USERAGENT, "haymaker/" HAYMAKER_VERSION);
    if (rc == CURLE_OK && route->is_loopback) {
        rc = curl_easy_setopt(easy, CURLOPT_PROXY, "");
    }
    (void)curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L); /* a key goes to one host only */
    return rc;
}

/* Remembers the connection's socket; which of several it is, nobody tells. */
static int on_socket(void *context, curl_socket_t socket, curlsocktype purpose)
{
    struct connection_ear *ear = context;

    (void)purpose;
    ear->socket = ear->sockets == 0 ? socket : -1;
    ear->sockets++;
    arrival_watch(socket);
    return CURL_SOCKOPT_OK;
}

/* Vetoes whatever libcurl wants to send again by itself: it would do so unseen. */
static int on_seek(void *context, curl_off_t offset, int origin)
{
    (void)context;
    (void)offset;
    (void)origin;
    return CURL_SEEKFUNC_FAIL;
}

long connection_status(CURL *easy)
{
    long status = 0;

    (void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

struct str connection_header(CURL *easy, const char *name)
{
    struct curl_header *header = NULL;

    if (curl_easy_header(easy, name, 0, CURLH_HEADER, -1, &header) != CURLHE_OK) {
        return (struct str){0};
    }
    return str_from(header->value);
}

bool connection_has_something_to_say(CURL *easy, const struct connection_ear *ear)
{
    struct pollfd wait = {.fd = ear->socket, .events = POLLIN};

    return ear->socket >= 0 && connection_status(easy) == 0 && poll(&wait, 1, 0) > 0;
}

CURLcode connection_prepare(CURL *easy, const struct route *route, const char *url,
                            const struct client_limits *limits, struct connection_ear *ear)
{
    *ear = (struct connection_ear){.socket = -1};
    (void)curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, on_socket);
    (void)curl_easy_setopt(easy, CURLOPT_SOCKOPTDATA, ear);
    (void)curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, on_seek);
    /* libcurl before 8.4 spins on a blocked HTTP/2 upload, and one connection for each request
     * is what we want anyhow. */
    (void)curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    (void)curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)limits->connect_ms);
    (void)curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, (long)KEEPALIVE_S);
    (void)curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, (long)KEEPALIVE_S);
    (void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, (long)CONNECTION_UPLOAD_BYTES);
    (void)curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    return set_address(easy, route, url);
}
