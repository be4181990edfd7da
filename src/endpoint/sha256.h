/* sha256: SHA-256 of texts, and HMAC over it. On OpenSSL.
 */
#ifndef ENDPOINT_SHA256_H
#define ENDPOINT_SHA256_H

#include "base/err.h"
#include "base/str.h"

enum { SHA256_BYTES = 32, SHA256_HEX = 2 * SHA256_BYTES };

/* In small hexadecimal digits. */
void sha256_hex(const unsigned char digest[SHA256_BYTES], char out[SHA256_HEX + 1]);

/* The keyed hash of RFC 2104. `out` may not overlap `key`. */
int sha256_hmac(struct str key, struct str text, unsigned char out[SHA256_BYTES], struct err *err);

/* The hash of a text, in small hexadecimal digits. */
int sha256_text(struct str text, char out[SHA256_HEX + 1], struct err *err);

#endif
