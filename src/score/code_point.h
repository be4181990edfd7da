/* code_point: text as CPython sees it, one unit a code point.
 *
 * The reference graders are Python, so lengths, prefixes and stripping are in code points. What
 * Python's str can hold beyond well-formed UTF-8, and what it cannot hold at all, is read so:
 *   - a lone surrogate, which JSON can escape (\ud83c), is kept in the three bytes that UTF-8's
 *     scheme would give it (WTF-8: ED A0 80 … ED BF BF) and is one unit, as in Python;
 *   - any other byte that is not part of well-formed UTF-8 is a unit of its own, unlike every
 *     character and equal to itself only.
 */
#ifndef SCORE_CODE_POINT_H
#define SCORE_CODE_POINT_H

#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CODE_POINT_BYTE = 0x110000, /* an undecodable byte B is the unit CODE_POINT_BYTE + B */
    CODE_POINT_LIMIT = CODE_POINT_BYTE + 0x100
};

/* Takes the first unit off *rest, which is not empty. */
uint32_t code_point_next_long(struct str *rest);

static inline uint32_t code_point_next(struct str *rest)
{
    unsigned char first = (unsigned char)rest->p[0];

    if (first < 0x80) {
        rest->p++;
        rest->len--;
        return first;
    }
    return code_point_next_long(rest);
}

/* All units of `text`, of which there are at most text.len, into `out`. Returns how many. */
size_t code_point_decode(struct str text, uint32_t *out);

/* The first `count` units of `text`: Python's text[:count]. All of it when it is shorter. */
struct str code_point_take(struct str text, size_t count);

/* Whether Python's str.isspace() holds: Unicode white space and U+001C to U+001F. */
bool code_point_is_space(uint32_t code);

/* Python's str.strip(). */
struct str code_point_strip(struct str text);

/* Where `needle` last occurs in `text` (Python's str.rfind, in bytes), or SIZE_MAX. An empty one is
 * at the end. */
size_t code_point_find_last(struct str text, struct str needle);

#endif
