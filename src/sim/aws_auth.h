/* aws_auth: AWS Signature Version 4 from the server's side.
 *
 * A request to Bedrock carries either a bearer key or a signature. Without credentials of its own
 * the server only looks whether the signature is well-formed; with them it computes it anew.
 */
#ifndef SIM_AWS_AUTH_H
#define SIM_AWS_AUTH_H

#include "base/str.h"

#include <microhttpd.h>

enum { AWS_DIGEST_HEX = 65 }; /* SHA-256 in hexadecimal digits, NUL-terminated */

struct aws_request {
    struct MHD_Connection *connection; /* its headers are read */
    struct str method;
    struct str target; /* path and query as sent */
    const char *body_sha256;
};

struct aws_credentials {
    const char *access_key; /* NULL: signatures are not verified */
    const char *secret_key;
};

/* NULL when the request may pass, else what is wrong with it: one static sentence. */
const char *aws_auth_refusal(const struct aws_request *request,
                             const struct aws_credentials *credentials);

#endif
