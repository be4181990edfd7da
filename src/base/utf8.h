/* utf8: code points from bytes.
 *
 * Well-formed UTF-8 as in The Unicode Standard, table 3-7: no overlong forms, no surrogates,
 * nothing above U+10FFFF.
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/buf.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { UTF8_REPLACEMENT = 0xFFFD };

/* Reads one code point at text.p and sets *out. Returns its length in bytes, or 0 where the bytes
 * are not well-formed (or the view is empty). */
size_t utf8_decode(struct str text, uint32_t *out);

/* Writes a code point, 1 to 4 bytes, and returns how many. `code` must be a valid scalar value. */
size_t utf8_encode(uint32_t code, char out[4]);

/* Offset of the first byte that is not part of well-formed UTF-8, or SIZE_MAX when all of it is. */
size_t utf8_invalid_at(struct str text);

/* Number of code points; every byte that is not part of well-formed UTF-8 counts as one. */
size_t utf8_length(struct str text);

/* The longest start of `text` that has at most `bytes_max` bytes and splits no character. `text` is
 * well-formed; of other bytes the cut is merely somewhere. */
struct str utf8_take(struct str text, size_t bytes_max);

/* Unicode's White_Space property: what \s of the tokenizers' patterns stands for. */
bool utf8_is_space(uint32_t code);

/* Appends `text` made safe to show in a terminal on one line: control characters, invalid bytes and
 * bidirectional overrides become U+FFFD, line ends and tabs a space. */
void utf8_append_printable(struct buf *out, struct str text);

#endif
