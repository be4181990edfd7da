/* piece_step: the moves both split patterns are made of.
 *
 * Each takes where it stands and the end of the text, and returns where it stops.
 */
#ifndef TOKEN_PIECE_STEP_H
#define TOKEN_PIECE_STEP_H

#include "base/str.h"
#include "token/unicode_class.h"
#include "token/word.h"

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

/* Past ASCII letters, eight bytes a step; `fold` is 0x20 for letters of both cases, 0 for
 * lower-case ones. It may stop early, within eight bytes of the end: a word's length is hard to
 * predict, so this saves most of the branches taken wrong. */
static inline const unsigned char *skip_ascii_letters(const unsigned char *p,
                                                      const unsigned char *end, uint64_t fold)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    const uint64_t tops = 0x80 * ones;

    while ((size_t)(end - p) >= sizeof(uint64_t)) {
        uint64_t bytes = load_little_endian(p);
        uint64_t low = (bytes | (fold * ones)) & ~tops;
        uint64_t from_a = low + (0x80 - 'a') * ones;
        uint64_t past_z = low + (0x80 - 'z' - 1) * ones;
        uint64_t others = ~(from_a & ~past_z & ~bytes) & tops;

        if (others != 0) {
            return p + (unsigned)__builtin_ctzll(others) / 8;
        }
        p += sizeof bytes;
    }
    return p;
}

/* Past the characters whose class is one of `classes`. */
static inline const unsigned char *skip_class(const unsigned char *p, const unsigned char *end,
                                              unsigned classes)
{
    for (;;) {
        size_t len = 0;

        if ((classes & CLASS_LOWER) != 0) {
            p = skip_ascii_letters(p, end, (classes & CLASS_UPPER) != 0 ? 0x20 : 0);
        }
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

/* The end of the piece that starts at `p`, which is before `end`: the patterns, one character after
 * the other. */
const unsigned char *piece_end_o200k(const unsigned char *p, const unsigned char *end);
const unsigned char *piece_end_cl100k(const unsigned char *p, const unsigned char *end);

#endif
