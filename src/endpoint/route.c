#include "endpoint/route.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <string.h>
#include <strings.h>

/* A shorter "key" is a placeholder for a server that wants none ("x", "-"); hiding every x of an
 * error would help nobody. */
enum { SECRET_LEN_MIN = 4, URL_BYTES_MAX = 16 * 1024 };

static int check_secret(const char *secret, const char *what, struct err *err)
{
    if (secret == NULL) {
        return 0;
    }
    if (secret[0] == '\0') {
        return err_set(err, ERR_USAGE, "the endpoint's %s is empty", what);
    }
    for (const char *at = secret; *at != '\0'; at++) {
        unsigned char c = (unsigned char)*at;

        /* A line end would let the key write headers of its own. */
        if (c <= ' ' || c >= 0x7F) {
            return err_set(err, ERR_USAGE,
                           "the endpoint's %s holds a blank, a line end or another character that "
                           "no key has (character %zu)",
                           what, (size_t)(at - secret) + 1);
        }
    }
    return 0;
}

static int keep_secret(struct route *route, struct str secret, struct err *err)
{
    struct str copy;

    if (secret.len < SECRET_LEN_MIN) {
        return 0;
    }
    copy = arena_copy(&route->arena, secret);
    if (copy.p == NULL) {
        return err_memory(err);
    }
    route->secrets[route->secret_count++] = copy;
    return 0;
}

static int take_credentials(struct route *route, struct err *err)
{
    const struct credentials *credentials = &route->endpoint->credentials;
    const struct {
        const char *text;
        const char *what;
    } parts[] = {
        {credentials->key, "key"},
        {credentials->secret_access_key, "secret access key"},
        {credentials->session_token, "session token"},
        {credentials->access_key_id, "access key ID"},
    };
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < sizeof parts / sizeof parts[0]; i++) {
        rc = check_secret(parts[i].text, parts[i].what, err);
        if (rc == 0) {
            rc = keep_secret(route, str_from(parts[i].text), err);
        }
    }
    return rc;
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

/* What cannot be looked at is not taken for absent. */
static int check_absent(CURLU *url, CURLUPart part, const char *says, struct err *err)
{
    char *text = NULL;
    CURLUcode code = curl_url_get(url, part, &text, 0);

    curl_free(text);
    if (code == CURLUE_OUT_OF_MEMORY) {
        return err_memory(err);
    }
    return code != CURLUE_OK ? 0 : err_set(err, ERR_USAGE, "%s", says);
}

static int check_bare(CURLU *url, struct err *err)
{
    static const char secret[] = "the endpoint's base URL holds a user name or password; keys have "
                                 "their own place";
    static const char tail[] =
        "the endpoint's base URL holds a '?' or '#', so that no path can follow it";
    int rc = check_absent(url, CURLUPART_USER, secret, err);

    rc = rc != 0 ? rc : check_absent(url, CURLUPART_PASSWORD, secret, err);
    rc = rc != 0 ? rc : check_absent(url, CURLUPART_QUERY, tail, err);
    return rc != 0 ? rc : check_absent(url, CURLUPART_FRAGMENT, tail, err);
}

/* Errors do not quote a URL that may hold a secret. */
static int check_url(struct route *route, const char *base_url, CURLU *url, struct err *err)
{
    const char *scheme = NULL;
    CURLUcode code = curl_url_set(url, CURLUPART_URL, base_url, CURLU_NON_SUPPORT_SCHEME);

    if (code == CURLUE_OUT_OF_MEMORY) {
        return err_memory(err);
    }
    if (code != CURLUE_OK) {
        return err_set(err, ERR_USAGE,
                       "the endpoint's base URL is not a URL (expected something like "
                       "https://host/v1)");
    }
    if (check_bare(url, err) != 0) {
        return err->code;
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
    if (strcmp(scheme, "http") == 0 && !route->is_loopback && !route->endpoint->allows_plain_http) {
        return err_set(err, ERR_USAGE,
                       "%s: plain http would send prompts and key readable by anyone on the way; "
                       "use https (http is for this machine: localhost, 127.0.0.1, ::1)",
                       base_url);
    }
    return 0;
}

/* The endpoint's base URL, or the one its protocol knows. */
static int find_base_url(const struct route *route, struct buf *out, struct err *err)
{
    const struct endpoint *endpoint = route->endpoint;

    if (endpoint->base_url != NULL) {
        buf_append(out, str_from(endpoint->base_url));
        return 0;
    }
    if (route->protocol->base_url != NULL) {
        return route->protocol->base_url(endpoint, out, err);
    }
    return err_set(err, ERR_USAGE, "the endpoint has no base URL (protocol %s)",
                   route->protocol->name);
}

static int build_url(struct route *route, struct err *err)
{
    struct buf text = {0};
    CURLU *url = curl_url();
    int rc = url != NULL ? 0 : err_memory(err);

    buf_init(&text, URL_BYTES_MAX);
    if (rc == 0) {
        rc = find_base_url(route, &text, err);
    }
    if (rc == 0) {
        rc = buf_check(&text, "the endpoint's base URL", err);
    }
    if (rc == 0) {
        rc = check_url(route, text.p != NULL ? text.p : "", url, err);
    }
    while (rc == 0 && str_ends(buf_str(&text), STR("/"))) {
        text.len--;
    }
    if (rc == 0) {
        rc = route->protocol->path(route->endpoint, &text, err);
    }
    if (rc == 0) {
        rc = buf_check(&text, "the endpoint's URL", err);
    }
    if (rc == 0) {
        route->url = arena_copy(&route->arena, buf_str(&text)).p;
        rc = route->url != NULL ? 0 : err_memory(err);
    }
    curl_url_cleanup(url);
    buf_release(&text);
    return rc;
}

static size_t header_count(const struct route *route)
{
    size_t count = 0;

    while (route->headers[count] != NULL) {
        count++;
    }
    return count;
}

/* The user's lines come first; a line of ours that sets the same header gives way. */
static int add_header(struct route *route, const char *line, struct err *err)
{
    size_t count = header_count(route);

    for (size_t i = 0; i < count; i++) {
        if (header_is_same(route->headers[i], line)) {
            return 0;
        }
    }
    if (count == HEADER_LINES_MAX) {
        return err_set(err, ERR_USAGE, "more than %d headers", HEADER_LINES_MAX);
    }
    route->headers[count] = line;
    return 0;
}

static int add_user_headers(struct route *route, struct err *err)
{
    const char *const *line = route->endpoint->headers;
    int rc = 0;

    for (; rc == 0 && line != NULL && *line != NULL; line++) {
        size_t count = header_count(route);

        rc = header_check(*line, err);
        if (rc == 0) {
            rc = add_header(route, *line, err);
        }
        if (rc == 0 && header_count(route) == count) {
            rc = err_set(err, ERR_USAGE, "header '%.*s' is given twice",
                         STR_ARG(header_name(*line)));
        }
        if (rc == 0 && header_is_secret(*line)) {
            rc = keep_secret(route, header_value(*line), err);
        }
    }
    return rc;
}

static int add_key_header(struct route *route, struct err *err)
{
    const struct endpoint *endpoint = route->endpoint;
    enum quirk_auth auth = endpoint->quirks != NULL ? endpoint->quirks->auth : QUIRK_AUTH_PROTOCOL;
    const char *line = NULL;
    int rc = 0;

    if (endpoint->credentials.key == NULL) {
        return 0;
    }
    if (auth == QUIRK_AUTH_PROTOCOL) {
        auth = route->protocol->auth;
    }
    rc = protocol_key_header(endpoint, auth, &route->arena, &line, err);
    return rc != 0 ? rc : add_header(route, line, err);
}

static int add_accept(struct route *route, struct err *err)
{
    struct buf text = {0};
    struct str line;

    buf_init(&text, URL_BYTES_MAX);
    buf_appendf(&text, "Accept: %s", route->protocol->framing->media_type);
    line = arena_copy(&route->arena, buf_str(&text));
    buf_release(&text);
    return line.p != NULL ? add_header(route, line.p, err) : err_memory(err);
}

static int build_headers(struct route *route, struct err *err)
{
    const char *lines[PROTOCOL_HEADERS_MAX];
    int count = 0;
    int rc = add_user_headers(route, err);

    if (rc == 0) {
        rc = add_header(route, "Content-Type: application/json", err);
    }
    if (rc == 0) {
        rc = add_accept(route, err);
    }
    if (rc == 0) {
        rc = add_key_header(route, err);
    }
    if (rc == 0 && route->protocol->headers != NULL) {
        count = route->protocol->headers(route->endpoint, &route->arena, lines, err);
        rc = count < 0 ? count : 0;
    }
    for (int i = 0; rc == 0 && i < count; i++) {
        rc = add_header(route, lines[i], err);
    }
    return rc;
}

static int build_frame(struct route *route, const struct request_json *wanted, struct err *err)
{
    int rc = 0;

    route->request = *wanted;
    route->frame = (struct body_frame){0};
    rc = route->protocol->frame(route->endpoint, &route->request, &route->frame, err);
    route->request.refused = NULL;
    return rc;
}

int route_reframe(struct route *route, const struct request_refused *refused, struct err *err)
{
    const struct request_json wanted = {.arena = &route->arena, .refused = refused};

    return build_frame(route, &wanted, err);
}

int route_frame_whole(struct route *route, struct err *err)
{
    const struct request_json wanted = {.arena = &route->arena, .answer_is_whole = true};

    return build_frame(route, &wanted, err);
}

int route_init(struct route *route, const struct endpoint *endpoint,
               const struct request_refused *refused, struct err *err)
{
    int rc = 0;

    *route = (struct route){.endpoint = endpoint};
    rc = protocol_find(endpoint->protocol, &route->protocol, err);
    if (rc == 0) {
        rc = take_credentials(route, err);
    }
    if (rc == 0) {
        rc = build_url(route, err);
    }
    if (rc == 0) {
        rc = build_headers(route, err);
    }
    if (rc == 0) {
        rc = route_reframe(route, refused, err);
    }
    if (rc != 0) {
        route_release(route);
    }
    return rc;
}

void route_release(struct route *route)
{
    arena_release(&route->arena);
    *route = (struct route){0};
}

void route_redact(const struct route *route, char *text, size_t len)
{
    for (size_t i = 0; text != NULL && i < route->secret_count; i++) {
        struct str secret = route->secrets[i];
        struct str rest = {text, len};
        size_t at = 0;

        while ((at = str_find(rest, secret)) != SIZE_MAX) {
            memset(text + (size_t)(rest.p - text) + at, '*', secret.len);
            rest = str_skip(rest, at + secret.len);
        }
    }
}
