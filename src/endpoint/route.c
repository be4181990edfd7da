#include "endpoint/route.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

/* A shorter "key" is a placeholder for a server that wants none ("x", "-"); hiding every x of an
 * error would help nobody. */
enum { SECRET_LEN_MIN = 4 };

static int check_key(const char *key, struct err *err)
{
    if (key == NULL) {
        return 0;
    }
    if (key[0] == '\0') {
        return err_set(err, ERR_USAGE, "the endpoint's key is empty");
    }
    for (const char *at = key; *at != '\0'; at++) {
        unsigned char c = (unsigned char)*at;

        /* A line end would let the key write headers of its own. */
        if (c <= ' ' || c >= 0x7F) {
            return err_set(err, ERR_USAGE,
                           "the endpoint's key holds a blank, a line end or another character that "
                           "no key has (character %zu)",
                           (size_t)(at - key) + 1);
        }
    }
    return 0;
}

static bool names_loopback(const char *host)
{
    struct in_addr v4;
    struct in6_addr v6;

    if (inet_pton(AF_INET, host, &v4) == 1) {
        return (ntohl(v4.s_addr) >> 24) == 127;
    }
    if (inet_pton(AF_INET6, host, &v6) == 1) {
        return IN6_IS_ADDR_LOOPBACK(&v6) != 0;
    }
    return strcasecmp(host, "localhost") == 0;
}

/* Copies one part of the URL into the arena; NULL when it is absent or memory is short. */
static const char *url_part(CURLU *url, CURLUPart part, struct arena *arena)
{
    char *text = NULL;
    struct str copy = {0};

    if (curl_url_get(url, part, &text, CURLU_DEFAULT_PORT) != CURLUE_OK) {
        return NULL;
    }
    copy = str_from(text);
    if (part == CURLUPART_HOST && str_starts(copy, STR("["))) {
        copy = (struct str){copy.p + 1, copy.len - 2};
    }
    copy = arena_copy(arena, copy);
    curl_free(text);
    return copy.p;
}

static bool has_part(CURLU *url, CURLUPart part)
{
    char *text = NULL;
    bool given = curl_url_get(url, part, &text, 0) == CURLUE_OK;

    curl_free(text);
    return given;
}

/* Errors do not quote a URL that may hold a secret. */
static int check_url(struct route *route, CURLU *url, struct err *err)
{
    const char *base_url = route->endpoint->base_url;
    const char *scheme = NULL;

    if (curl_url_set(url, CURLUPART_URL, base_url, CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK) {
        return err_set(err, ERR_USAGE,
                       "the endpoint's base URL is not a URL (expected something like "
                       "https://host/v1)");
    }
    if (has_part(url, CURLUPART_USER) || has_part(url, CURLUPART_PASSWORD)) {
        return err_set(err, ERR_USAGE,
                       "the endpoint's base URL holds a user name or password; keys have their "
                       "own place");
    }
    if (has_part(url, CURLUPART_QUERY) || has_part(url, CURLUPART_FRAGMENT)) {
        return err_set(err, ERR_USAGE,
                       "the endpoint's base URL holds a '?' or '#', so that no path can follow it");
    }
    scheme = url_part(url, CURLUPART_SCHEME, &route->arena);
    if (scheme == NULL) {
        return err_memory(err);
    }
    if (strcmp(scheme, "https") != 0 && strcmp(scheme, "http") != 0) {
        return err_set(err, ERR_USAGE, "%s: '%s' is not http or https", base_url, scheme);
    }
    route->host = url_part(url, CURLUPART_HOST, &route->arena);
    route->port = url_part(url, CURLUPART_PORT, &route->arena);
    if (route->host == NULL || route->port == NULL) {
        return err_memory(err);
    }
    route->is_loopback = names_loopback(route->host);
    if (strcmp(scheme, "http") == 0 && !route->is_loopback) {
        return err_set(err, ERR_USAGE,
                       "%s: plain http would send prompts and key readable by anyone on the way; "
                       "use https (http is for this machine: localhost, 127.0.0.1, ::1)",
                       base_url);
    }
    return 0;
}

static int join_url(struct route *route, struct err *err)
{
    struct str base = str_from(route->endpoint->base_url);
    struct str path = str_from(route->protocol->path);
    char *url = NULL;

    while (str_ends(base, STR("/"))) {
        base.len--;
    }
    url = arena_alloc(&route->arena, base.len + path.len + 1, 1);
    if (url == NULL) {
        return err_memory(err);
    }
    memcpy(url, base.p, base.len);
    memcpy(url + base.len, path.p, path.len);
    route->url = url;
    return 0;
}

static int add_header(struct route *route, const char *line, struct err *err)
{
    struct curl_slist *longer = curl_slist_append(route->headers, line);

    if (longer == NULL) {
        return err_memory(err);
    }
    route->headers = longer;
    return 0;
}

static int build_headers(struct route *route, struct err *err)
{
    /* An empty "Expect:" keeps libcurl from asking before it sends more than 1 MB: a server that
     * does not know the question costs a second for each request. */
    static const char *const common[] = {"Content-Type: application/json",
                                         "Accept: text/event-stream", "Expect:"};
    const char *lines[PROTOCOL_HEADERS_MAX];
    int count = route->protocol->headers(route->endpoint, &route->arena, lines, err);
    int rc = count < 0 ? count : 0;

    for (size_t i = 0; rc == 0 && i < sizeof common / sizeof common[0]; i++) {
        rc = add_header(route, common[i], err);
    }
    for (int i = 0; rc == 0 && i < count; i++) {
        rc = add_header(route, lines[i], err);
    }
    return rc;
}

int route_init(struct route *route, const struct endpoint *endpoint, struct err *err)
{
    CURLU *url = NULL;
    int rc = 0;

    *route = (struct route){.endpoint = endpoint};
    url = curl_url();
    if (url == NULL) {
        return err_memory(err);
    }
    rc = protocol_find(endpoint->protocol, &route->protocol, err);
    if (rc == 0) {
        rc = check_key(endpoint->key, err);
    }
    if (rc == 0) {
        rc = check_url(route, url, err);
    }
    if (rc == 0) {
        rc = join_url(route, err);
    }
    if (rc == 0) {
        rc = build_headers(route, err);
    }
    if (rc == 0) {
        rc = route->protocol->frame(endpoint, &route->arena, &route->frame, err);
    }
    curl_url_cleanup(url);
    if (rc != 0) {
        route_release(route);
    }
    return rc;
}

void route_release(struct route *route)
{
    curl_slist_free_all(route->headers);
    arena_release(&route->arena);
    *route = (struct route){0};
}

void route_redact(const struct route *route, char *text, size_t len)
{
    struct str key = str_from(route->endpoint->key);
    struct str rest = {text, len};
    size_t at = 0;

    if (key.len < SECRET_LEN_MIN || text == NULL) {
        return;
    }
    while ((at = str_find(rest, key)) != SIZE_MAX) {
        memset(text + (size_t)(rest.p - text) + at, '*', key.len);
        rest = str_skip(rest, at + key.len);
    }
}
