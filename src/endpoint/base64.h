/* base64: bytes from their base64 text (RFC 4648, section 4: '+', '/', padded with '=').
 */
#ifndef ENDPOINT_BASE64_H
#define ENDPOINT_BASE64_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

/* Appends the bytes that `text` stands for. ERR_INPUT when it is not base64: a line break, a
 * missing '=' or anything else that is not in the alphabet; ERR_LIMIT when `out` cannot hold them.
 */
int base64_decode(struct str text, struct buf *out, struct err *err);

#endif
