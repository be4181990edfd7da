/* scan_step: the moves both split patterns are made of.
 *
 * Each takes where it stands and the end of the text, and returns where it stops.
 */
#ifndef TOKEN_SCAN_STEP_H
#define TOKEN_SCAN_STEP_H

#include "base/str.h"
#include "token/unicode_class.h"

#include <stddef.h>
#include <stdint.h>

/* Of ASCII; 0 for a byte that starts or continues something longer. */
extern const uint8_t ascii_class[256];

static inline unsigned class_at(const unsigned char *p, const unsigned char *end, size_t *len)
{
    if (p == end) {
        *len = 0;
        return 0;
    }
    if (*p < 0x80) {
        *len = 1;
        return ascii_class[*p];
    }
    return unicode_class_at(p, end, len);
}

/* Past the characters whose class is one of `classes`. */
static inline const unsigned char *skip_class(const unsigned char *p, const unsigned char *end,
                                              unsigned classes)
{
    for (;;) {
        size_t len = 0;

        while (p < end && (ascii_class[*p] & classes) != 0) {
            p++;
        }
        if (p == end || *p < 0x80 || (unicode_class_at(p, end, &len) & classes) == 0) {
            return p;
        }
        p += len;
    }
}

/* \p{N}{1,3} */
const unsigned char *skip_numbers(const unsigned char *p, const unsigned char *end);

/* (?i:'s|'t|'re|'ve|'m|'ll|'d)? where ignoring case makes U+017F an s. */
const unsigned char *skip_contraction(const unsigned char *p, const unsigned char *end);

/* \s*[\r\n]+|\s+(?!\S)|\s+ at a blank or line end. */
const unsigned char *skip_blanks(const unsigned char *p, const unsigned char *end);

typedef const unsigned char *piece_function(const unsigned char *p, const unsigned char *end);

/* A scan_function's body. Inlined, so that `piece_end` is a direct call. */
static inline size_t scan_with(piece_function *piece_end, struct str text, size_t from,
                               size_t *ends, size_t ends_max)
{
    const unsigned char *start = (const unsigned char *)text.p;
    const unsigned char *end = start + text.len;
    const unsigned char *p = start + from;
    size_t count = 0;

    while (count < ends_max && p < end) {
        p = piece_end(p, end);
        ends[count++] = (size_t)(p - start);
    }
    return count;
}

#endif
