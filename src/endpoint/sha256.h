/* sha256: SHA-256 of texts and of bodies that are never held whole, and HMAC over it.
 *
 * Signed requests name the hash of their body in front of it, so a body is produced twice: once
 * here, once for the wire. Both passes come from the same recipe, and the reader checks that each
 * of them is the prompt that was measured.
 */
#ifndef ENDPOINT_SHA256_H
#define ENDPOINT_SHA256_H

#include "base/err.h"
#include "base/str.h"
#include "prompt/body.h"

enum { SHA256_BYTES = 32, SHA256_HEX = 2 * SHA256_BYTES };

void sha256_hex(const unsigned char digest[SHA256_BYTES], char out[SHA256_HEX + 1]);

/* The keyed hash of RFC 2104. `out` may not overlap `key`. */
int sha256_hmac(struct str key, struct str text, unsigned char out[SHA256_BYTES], struct err *err);

/* In small hexadecimal digits, as the rest below. */
int sha256_text(struct str text, char out[SHA256_HEX + 1], struct err *err);

/* Reads the body from its first byte to its last and leaves the reader rewound. */
int sha256_body(struct body_reader *reader, char out[SHA256_HEX + 1], struct err *err);

#endif
