#include "sim/aws_auth.h"

#include "base/buf.h"

#include <ctype.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>
#include <strings.h>

enum { DIGEST = 32, TEXT_BYTES_MAX = 64 * 1024 };

#define ALGORITHM "AWS4-HMAC-SHA256"

/* The parts of "AWS4-HMAC-SHA256 Credential=KEY/DAY/REGION/SERVICE/aws4_request, …". */
struct signature {
    struct str access_key;
    struct str scope; /* DAY/REGION/SERVICE/aws4_request */
    struct str day;
    struct str region;
    struct str service;
    struct str signed_headers; /* "a;b;c" */
    struct str signature;
};

static struct str header(const struct aws_request *request, const char *name)
{
    return str_from(MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name));
}

static bool is_hex(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (isxdigit((unsigned char)text.p[i]) == 0) {
            return false;
        }
    }
    return true;
}

static bool parse_credential(struct str text, struct signature *out)
{
    struct str_pair parts = str_cut(text, '/');
    struct str end;

    out->access_key = parts.head;
    out->scope = parts.tail;
    parts = str_cut(parts.tail, '/');
    out->day = parts.head;
    parts = str_cut(parts.tail, '/');
    out->region = parts.head;
    parts = str_cut(parts.tail, '/');
    out->service = parts.head;
    end = parts.tail;
    return out->access_key.len != 0 && out->day.len == 8 && out->region.len != 0 &&
           str_equal(out->service, STR("bedrock")) && str_equal(end, STR("aws4_request"));
}

static bool parse_authorization(struct str text, struct signature *out)
{
    bool is_credential = false;

    *out = (struct signature){.signature = {0}};
    if (!str_starts(text, STR(ALGORITHM " "))) {
        return false;
    }
    text = str_skip(text, sizeof ALGORITHM);
    while (text.len != 0) {
        struct str_pair field = str_cut(text, ',');
        struct str_pair halves = str_cut(str_trim(field.head), '=');

        if (str_equal(halves.head, STR("Credential"))) {
            is_credential = parse_credential(halves.tail, out);
        } else if (str_equal(halves.head, STR("SignedHeaders"))) {
            out->signed_headers = halves.tail;
        } else if (str_equal(halves.head, STR("Signature"))) {
            out->signature = halves.tail;
        }
        text = field.tail;
    }
    return is_credential && str_contains(out->signed_headers, STR("host")) &&
           out->signature.len == 64 && is_hex(out->signature);
}

/* The path as sent, encoded once more: all services but S3. */
static void append_path(struct str path, struct buf *out)
{
    for (size_t i = 0; i < path.len; i++) {
        unsigned char c = (unsigned char)path.p[i];

        if (isalnum(c) != 0 || strchr("/-._~", c) != NULL) {
            buf_append_char(out, (char)c);
        } else {
            buf_appendf(out, "%%%02X", (unsigned)c);
        }
    }
}

static void append_headers(const struct aws_request *request, struct str names, struct buf *out)
{
    while (names.len != 0) {
        struct str_pair parts = str_cut(names, ';');
        char name[128] = "";

        if (parts.head.len < sizeof name) {
            memcpy(name, parts.head.p, parts.head.len);
        }
        buf_appendf(out, "%s:", name);
        buf_append(out, str_trim(header(request, name)));
        buf_append_char(out, '\n');
        names = parts.tail;
    }
}

static void append_hex(const unsigned char digest[DIGEST], struct buf *out)
{
    for (size_t i = 0; i < DIGEST; i++) {
        buf_appendf(out, "%02x", (unsigned)digest[i]);
    }
}

static void append_canonical(const struct aws_request *request, const struct signature *signature,
                             struct buf *out)
{
    struct str_pair target = str_cut(request->target, '?');

    buf_append(out, request->method);
    buf_append_char(out, '\n');
    append_path(target.head, out);
    buf_append_char(out, '\n');
    buf_append(out, target.tail);
    buf_append_char(out, '\n');
    append_headers(request, signature->signed_headers, out);
    buf_append_char(out, '\n');
    buf_append(out, signature->signed_headers);
    buf_append_char(out, '\n');
    buf_append(out, str_from(request->body_sha256));
}

static void sign(const unsigned char *key, size_t key_len, struct str text,
                 unsigned char out[DIGEST])
{
    unsigned len = DIGEST;

    (void)HMAC(EVP_sha256(), key, (int)key_len, (const unsigned char *)text.p, text.len, out, &len);
}

static void derive_key(const char *secret, const struct signature *signature,
                       unsigned char out[DIGEST])
{
    const struct str parts[] = {signature->region, signature->service, STR("aws4_request")};
    struct buf start;

    buf_init(&start, TEXT_BYTES_MAX);
    buf_appendf(&start, "AWS4%s", secret);
    sign((const unsigned char *)start.p, start.len, signature->day, out);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        unsigned char next[DIGEST];

        sign(out, DIGEST, parts[i], next);
        memcpy(out, next, DIGEST);
    }
    buf_release(&start);
}

static bool is_signed_with(const char *secret, const struct aws_request *request,
                           const struct signature *signature)
{
    unsigned char digest[DIGEST];
    unsigned char key[DIGEST];
    struct buf text;
    struct buf to_sign;
    struct buf hex;
    bool is_right = false;

    buf_init(&text, TEXT_BYTES_MAX);
    buf_init(&to_sign, TEXT_BYTES_MAX);
    buf_init(&hex, TEXT_BYTES_MAX);
    append_canonical(request, signature, &text);
    if (text.failure == 0 && EVP_Digest(text.p, text.len, digest, NULL, EVP_sha256(), NULL) == 1) {
        buf_appendf(&to_sign, ALGORITHM "\n%.*s\n%.*s\n", STR_ARG(header(request, "x-amz-date")),
                    STR_ARG(signature->scope));
        append_hex(digest, &to_sign);
        derive_key(secret, signature, key);
        sign(key, DIGEST, buf_str(&to_sign), digest);
        append_hex(digest, &hex);
        is_right = str_equal(buf_str(&hex), signature->signature);
    }
    buf_release(&text);
    buf_release(&to_sign);
    buf_release(&hex);
    return is_right;
}

const char *aws_auth_refusal(const struct aws_request *request,
                             const struct aws_credentials *credentials)
{
    struct str authorization = header(request, MHD_HTTP_HEADER_AUTHORIZATION);
    struct str digest = header(request, "x-amz-content-sha256");
    struct signature signature;

    if (str_starts(authorization, STR("Bearer ")) && authorization.len >= sizeof "Bearer ") {
        return NULL;
    }
    if (authorization.len == 0) {
        return "Missing Authentication Token";
    }
    if (!parse_authorization(authorization, &signature) ||
        header(request, "x-amz-date").len != sizeof "20261122T140418Z" - 1 ||
        !str_starts(header(request, "x-amz-date"), signature.day)) {
        return "The request signature is incomplete: it needs Credential, SignedHeaders, Signature "
               "and x-amz-date.";
    }
    if (digest.len != 0 && !str_equal(digest, str_from(request->body_sha256))) {
        return "The provided 'x-amz-content-sha256' header does not match what was computed.";
    }
    if (credentials->access_key == NULL) {
        return NULL;
    }
    if (!str_equal(signature.access_key, str_from(credentials->access_key))) {
        return "The security token included in the request is invalid.";
    }
    if (!is_signed_with(credentials->secret_key, request, &signature)) {
        return "The request signature we calculated does not match the signature you provided.";
    }
    return NULL;
}
