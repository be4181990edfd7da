/* sigv4: AWS Signature Version 4, as the AWS General Reference describes it.
 *
 * A request is put into a canonical form and hashed; the hash is signed with a key derived from the
 * secret for one day, one region and one service. Nothing of the secret is in the result. A
 * signature is good for some five minutes around its time stamp, so every attempt is signed anew.
 *
 * For every service but S3 the path is percent-encoded a second time inside the canonical form:
 * "%3A" on the wire is signed as "%253A". Paths here have neither dot segments nor "//", and URLs
 * no query; sigv4 refuses a query rather than sign it wrongly.
 */
#ifndef ENDPOINT_SIGV4_H
#define ENDPOINT_SIGV4_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#include <stddef.h>
#include <stdint.h>

/* For the payload hash of a request whose body is not signed. */
#define SIGV4_UNSIGNED_PAYLOAD "UNSIGNED-PAYLOAD"

enum { SIGV4_HEADERS_MAX = 16, SIGV4_LINES_MAX = 3 };

/* Who signs. All borrowed; neither the secret nor the token ever reaches an error or a log. */
struct sigv4_keys {
    const char *access_key_id;
    const char *secret_access_key;
    const char *session_token; /* of temporary keys; NULL for lasting ones */
};

/* What the signature is good for. */
struct sigv4_scope {
    const char *region;  /* "us-east-1" */
    const char *service; /* "bedrock" */
};

struct sigv4_header {
    struct str name;
    struct str value;
};

struct sigv4_request {
    struct str method;                  /* "POST" */
    struct str url;                     /* as on the wire: "https://host:port/path" */
    const struct sigv4_header *headers; /* signed beside host, x-amz-date, x-amz-security-token */
    size_t header_count;
    struct str payload_hash; /* SHA-256 in hexadecimal, or SIGV4_UNSIGNED_PAYLOAD */
    int64_t wall_s;          /* now, in seconds since 1970 */
};

/* ERR_USAGE, without the value, for a key or scope that is empty or holds a blank, a line end or
 * another character that could not stand in a header. */
int sigv4_check(const struct sigv4_keys *keys, const struct sigv4_scope *scope, struct err *err);

int sigv4_check_region(const char *region, struct err *err); /* the same, of the region alone */

/* The canonical form of the request, appended to `out`; for tests and for finding out why a
 * signature was refused. It holds the session token. */
int sigv4_append_canonical(struct buf *out, const struct sigv4_keys *keys,
                           const struct sigv4_request *request, struct err *err);

/* The header lines that make the request signed: X-Amz-Date, Authorization and, with a session
 * token, X-Amz-Security-Token. They are in `arena`. Returns how many, or a negative error. */
int sigv4_sign(const struct sigv4_keys *keys, const struct sigv4_scope *scope,
               const struct sigv4_request *request, struct arena *arena,
               const char *lines[SIGV4_LINES_MAX], struct err *err);

#endif
