#include "endpoint/sigv4.h"

#include "endpoint/sha256.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define ALGORITHM "AWS4-HMAC-SHA256"

enum {
    TIME_LEN = 16, /* 20260102T030405Z */
    DATE_LEN = 8,
    SECRET_LEN_MAX = 256,
    TEXT_MAX = 64 * 1024 /* of a canonical form; session tokens take a few KB */
};

/* The headers that are signed, in canonical order. */
struct header_set {
    struct sigv4_header headers[SIGV4_HEADERS_MAX];
    size_t count;
};

static int check_text(const char *text, const char *what, struct err *err)
{
    if (text == NULL || text[0] == '\0') {
        return err_set(err, ERR_USAGE, "the %s is missing", what);
    }
    for (const char *at = text; *at != '\0'; at++) {
        unsigned char c = (unsigned char)*at;

        if (c <= ' ' || c >= 0x7F) {
            return err_set(err, ERR_USAGE,
                           "the %s holds a blank, a line end or another character that none has "
                           "(character %zu)",
                           what, (size_t)(at - text) + 1);
        }
    }
    return 0;
}

/* Region and service stand between slashes in the credential's scope. */
static int check_scope_name(const char *name, const char *what, struct err *err)
{
    int rc = check_text(name, what, err);

    if (rc == 0 && name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-")] != '\0') {
        rc = err_set(err, ERR_USAGE,
                     "the %s '%s' holds something other than small letters, digits and '-'", what,
                     name);
    }
    return rc;
}

int sigv4_check_region(const char *region, struct err *err)
{
    return check_scope_name(region, "AWS region", err);
}

int sigv4_check(const struct sigv4_keys *keys, const struct sigv4_scope *scope, struct err *err)
{
    int rc = check_text(keys->access_key_id, "AWS access key id", err);

    if (rc == 0) {
        rc = check_text(keys->secret_access_key, "AWS secret access key", err);
    }
    if (rc == 0 && strlen(keys->secret_access_key) > SECRET_LEN_MAX) {
        rc = err_set(err, ERR_USAGE, "the AWS secret access key is longer than %d characters",
                     SECRET_LEN_MAX);
    }
    if (rc == 0 && keys->session_token != NULL) {
        rc = check_text(keys->session_token, "AWS session token", err);
    }
    if (rc == 0) {
        rc = sigv4_check_region(scope->region, err);
    }
    return rc == 0 ? check_scope_name(scope->service, "AWS service", err) : rc;
}

static int write_time(int64_t wall_s, char out[TIME_LEN + 1], struct err *err)
{
    time_t seconds = (time_t)wall_s;
    struct tm parts;

    memset(&parts, 0, sizeof parts);
    if (gmtime_r(&seconds, &parts) == NULL ||
        strftime(out, TIME_LEN + 1, "%Y%m%dT%H%M%SZ", &parts) != TIME_LEN) {
        return err_set(err, ERR_SYSTEM, "the clock shows no time that a request can be signed at");
    }
    return 0;
}

/* The parts of a URL that are signed. */
struct url_parts {
    struct str host; /* with the port unless it is the scheme's own */
    struct str path;
};

static int split_url(struct str url, struct url_parts *out, struct err *err)
{
    static const char *const schemes[][2] = {{"https://", ":443"}, {"http://", ":80"}};

    if (memchr(url.p, '?', url.len) != NULL || memchr(url.p, '#', url.len) != NULL) {
        return err_set(err, ERR_USAGE, "a URL with a query cannot be signed: %.*s", STR_ARG(url));
    }
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        if (str_starts(url, str_from(schemes[i][0]))) {
            struct str rest = str_skip(url, strlen(schemes[i][0]));

            out->host = str_cut(rest, '/').head;
            out->path = str_skip(rest, out->host.len);
            if (str_ends(out->host, str_from(schemes[i][1]))) {
                out->host = str_take(out->host, out->host.len - strlen(schemes[i][1]));
            }
            return 0;
        }
    }
    return err_set(err, ERR_USAGE, "not a URL that can be signed: %.*s", STR_ARG(url));
}

static void append_path(struct buf *out, struct str path)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";

    if (path.len == 0) {
        buf_append_char(out, '/');
    }
    for (size_t i = 0; i < path.len; i++) {
        if (memchr(plain, path.p[i], sizeof plain - 1) != NULL) {
            buf_append_char(out, path.p[i]);
        } else {
            buf_appendf(out, "%%%02X", (unsigned)(unsigned char)path.p[i]);
        }
    }
}

static void append_name(struct buf *out, struct str name)
{
    for (size_t i = 0; i < name.len; i++) {
        buf_append_char(out, str_lower(name.p[i]));
    }
}

/* Without blanks at the ends, and with one where there were several. */
static void append_value(struct buf *out, struct str value)
{
    struct str rest = str_trim(value);

    while (rest.len != 0) {
        struct str_pair word = str_cut(rest, ' ');

        buf_append(out, word.head);
        rest = str_trim(word.tail);
        if (rest.len != 0) {
            buf_append_char(out, ' ');
        }
    }
}

static int compare_names(struct str a, struct str b)
{
    size_t shorter = a.len < b.len ? a.len : b.len;

    for (size_t i = 0; i < shorter; i++) {
        int difference = (unsigned char)str_lower(a.p[i]) - (unsigned char)str_lower(b.p[i]);

        if (difference != 0) {
            return difference;
        }
    }
    return (a.len > b.len) - (a.len < b.len);
}

static int add_header(struct header_set *set, struct str name, struct str value, struct err *err)
{
    size_t at = set->count;

    if (set->count == SIGV4_HEADERS_MAX) {
        return err_set(err, ERR_LIMIT, "more than %d headers to sign", SIGV4_HEADERS_MAX);
    }
    while (at > 0 && compare_names(set->headers[at - 1].name, name) > 0) {
        set->headers[at] = set->headers[at - 1];
        at--;
    }
    if (at > 0 && compare_names(set->headers[at - 1].name, name) == 0) {
        return err_set(err, ERR_USAGE, "the header %.*s is there twice", STR_ARG(name));
    }
    set->headers[at] = (struct sigv4_header){name, value};
    set->count++;
    return 0;
}

/* "content-type;host;x-amz-date" */
static void append_names(struct buf *out, const struct header_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        if (i != 0) {
            buf_append_char(out, ';');
        }
        append_name(out, set->headers[i].name);
    }
}

/* A request taken apart: what the canonical form is written from. */
struct parsed {
    struct url_parts url;
    struct header_set set;
    char time[TIME_LEN + 1];
};

static int parse(struct parsed *out, const struct sigv4_keys *keys,
                 const struct sigv4_request *request, struct err *err)
{
    int rc = write_time(request->wall_s, out->time, err);

    out->set.count = 0;
    if (rc == 0) {
        rc = split_url(request->url, &out->url, err);
    }
    if (rc == 0) {
        rc = add_header(&out->set, STR("host"), out->url.host, err);
    }
    if (rc == 0) {
        rc = add_header(&out->set, STR("x-amz-date"), str_from(out->time), err);
    }
    if (rc == 0 && keys->session_token != NULL) {
        rc = add_header(&out->set, STR("x-amz-security-token"), str_from(keys->session_token), err);
    }
    for (size_t i = 0; rc == 0 && i < request->header_count; i++) {
        rc = add_header(&out->set, request->headers[i].name, request->headers[i].value, err);
    }
    return rc;
}

static int append_canonical(struct buf *out, const struct parsed *parsed,
                            const struct sigv4_request *request, struct err *err)
{
    const struct header_set *set = &parsed->set;

    buf_append(out, request->method);
    buf_append_char(out, '\n');
    append_path(out, parsed->url.path);
    buf_append(out, STR("\n\n")); /* between the two would stand the query */
    for (size_t i = 0; i < set->count; i++) {
        append_name(out, set->headers[i].name);
        buf_append_char(out, ':');
        append_value(out, set->headers[i].value);
        buf_append_char(out, '\n');
    }
    buf_append_char(out, '\n');
    append_names(out, set);
    buf_append_char(out, '\n');
    buf_append(out, request->payload_hash);
    return buf_check(out, "the canonical request", err);
}

int sigv4_append_canonical(struct buf *out, const struct sigv4_keys *keys,
                           const struct sigv4_request *request, struct err *err)
{
    struct parsed parsed;
    int rc = parse(&parsed, keys, request, err);

    return rc == 0 ? append_canonical(out, &parsed, request, err) : rc;
}

/* HMAC(HMAC(HMAC(HMAC("AWS4" secret, date), region), service), "aws4_request") */
static int derive_key(const struct sigv4_keys *keys, const struct sigv4_scope *scope,
                      struct str date, unsigned char out[SHA256_BYTES], struct err *err)
{
    const struct str steps[] = {date, str_from(scope->region), str_from(scope->service),
                                STR("aws4_request")};
    char secret[SECRET_LEN_MAX + sizeof "AWS4"];
    unsigned char digest[SHA256_BYTES];
    struct str key = {0};
    int rc = 0;

    (void)snprintf(secret, sizeof secret, "AWS4%s", keys->secret_access_key);
    key = str_from(secret);
    for (size_t i = 0; rc == 0 && i < sizeof steps / sizeof steps[0]; i++) {
        rc = sha256_hmac(key, steps[i], digest, err);
        if (rc == 0) {
            memcpy(out, digest, sizeof digest);
            key = (struct str){(const char *)out, sizeof digest};
        }
    }
    OPENSSL_cleanse(secret, sizeof secret);
    OPENSSL_cleanse(digest, sizeof digest);
    return rc;
}

static void append_scope(struct buf *out, const struct sigv4_scope *scope, const char *time)
{
    buf_appendf(out, "%.*s/%s/%s/aws4_request", DATE_LEN, time, scope->region, scope->service);
}

/* What is signed in the end: the time, the scope and the hash of the canonical request. */
static int append_text_to_sign(struct buf *out, const struct sigv4_scope *scope, const char *time,
                               struct str canonical, struct err *err)
{
    char hash[SHA256_HEX + 1];
    int rc = sha256_text(canonical, hash, err);

    if (rc == 0) {
        buf_appendf(out, ALGORITHM "\n%s\n", time);
        append_scope(out, scope, time);
        buf_appendf(out, "\n%s", hash);
        rc = buf_check(out, "the text to sign", err);
    }
    return rc;
}

static int compute_signature(const struct sigv4_keys *keys, const struct sigv4_scope *scope,
                             const struct sigv4_request *request, const struct parsed *parsed,
                             char out[SHA256_HEX + 1], struct err *err)
{
    unsigned char key[SHA256_BYTES] = {0};
    unsigned char digest[SHA256_BYTES];
    struct buf canonical = {0};
    struct buf text = {0};
    int rc = 0;

    buf_init(&canonical, TEXT_MAX);
    buf_init(&text, TEXT_MAX);
    rc = append_canonical(&canonical, parsed, request, err);
    if (rc == 0) {
        rc = append_text_to_sign(&text, scope, parsed->time, buf_str(&canonical), err);
    }
    if (rc == 0) {
        rc = derive_key(keys, scope, str_take(str_from(parsed->time), DATE_LEN), key, err);
    }
    if (rc == 0) {
        rc = sha256_hmac((struct str){(const char *)key, sizeof key}, buf_str(&text), digest, err);
    }
    if (rc == 0) {
        sha256_hex(digest, out);
    }
    OPENSSL_cleanse(key, sizeof key);
    buf_release(&canonical);
    buf_release(&text);
    return rc;
}

/* Moves the text to the arena as one more header line. */
static int add_line(struct buf *text, struct arena *arena, const char *lines[], int *count,
                    struct err *err)
{
    int rc = buf_check(text, "a signed header", err);

    if (rc == 0) {
        lines[*count] = arena_copy(arena, buf_str(text)).p;
        rc = lines[*count] != NULL ? 0 : err_memory(err);
        *count += 1;
    }
    buf_reset(text);
    return rc;
}

int sigv4_sign(const struct sigv4_keys *keys, const struct sigv4_scope *scope,
               const struct sigv4_request *request, struct arena *arena,
               const char *lines[SIGV4_LINES_MAX], struct err *err)
{
    struct parsed parsed;
    struct buf text = {0};
    char signature[SHA256_HEX + 1];
    int count = 0;
    int rc = sigv4_check(keys, scope, err);

    buf_init(&text, TEXT_MAX);
    if (rc == 0) {
        rc = parse(&parsed, keys, request, err);
    }
    if (rc == 0) {
        rc = compute_signature(keys, scope, request, &parsed, signature, err);
    }
    if (rc == 0) {
        buf_appendf(&text, "X-Amz-Date: %s", parsed.time);
        rc = add_line(&text, arena, lines, &count, err);
    }
    if (rc == 0 && keys->session_token != NULL) {
        buf_appendf(&text, "X-Amz-Security-Token: %s", keys->session_token);
        rc = add_line(&text, arena, lines, &count, err);
    }
    if (rc == 0) {
        buf_appendf(&text, "Authorization: " ALGORITHM " Credential=%s/", keys->access_key_id);
        append_scope(&text, scope, parsed.time);
        buf_append(&text, STR(", SignedHeaders="));
        append_names(&text, &parsed.set);
        buf_appendf(&text, ", Signature=%s", signature);
        rc = add_line(&text, arena, lines, &count, err);
    }
    buf_release(&text);
    return rc == 0 ? count : rc;
}
