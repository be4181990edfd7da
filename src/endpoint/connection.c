#include "endpoint/connection.h"

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

CURLcode connection_prepare(CURL *easy, const struct route *route, const char *url,
                            const struct client_limits *limits)
{
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
