#include "token/piece_step.h"

#include <stdbool.h>

#define U CLASS_UPPER
#define L CLASS_LOWER
#define N CLASS_NUMBER
#define B CLASS_BLANK
#define E CLASS_NEWLINE
#define O CLASS_OTHER

/* clang-format off */
const uint8_t ascii_class[256] = {
    O, O, O, O, O, O, O, O, O, B, E, B, B, E, O, O, /* \t \n \v \f \r */
    O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O,
    B, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O,
    N, N, N, N, N, N, N, N, N, N, O, O, O, O, O, O,
    O, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U,
    U, U, U, U, U, U, U, U, U, U, U, O, O, O, O, O,
    O, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L,
    L, L, L, L, L, L, L, L, L, L, L, O, O, O, O, O,
};
/* clang-format on */

const unsigned char *skip_numbers(const unsigned char *p, const unsigned char *end)
{
    for (int i = 0; i < 3; i++) {
        size_t len = 0;

        if (class_at(p, end, &len) != CLASS_NUMBER) {
            break;
        }
        p += len;
    }
    return p;
}

static bool is_letter(unsigned char byte, char lower)
{
    return (byte | 0x20U) == (unsigned char)lower;
}

const unsigned char *skip_contraction(const unsigned char *p, const unsigned char *end)
{
    size_t left = (size_t)(end - p);

    if (left < 2 || p[0] != '\'') {
        return p;
    }
    if (is_letter(p[1], 's') || is_letter(p[1], 't') || is_letter(p[1], 'm') ||
        is_letter(p[1], 'd')) {
        return p + 2;
    }
    if (left < 3) {
        return p;
    }
    if ((is_letter(p[1], 'r') && is_letter(p[2], 'e')) ||
        (is_letter(p[1], 'v') && is_letter(p[2], 'e')) ||
        (is_letter(p[1], 'l') && is_letter(p[2], 'l')) || (p[1] == 0xC5 && p[2] == 0xBF)) {
        return p + 3;
    }
    return p;
}

const unsigned char *skip_blanks(const unsigned char *p, const unsigned char *end)
{
    const unsigned char *start = p;
    const unsigned char *last = p; /* where the last blank starts */
    const unsigned char *line = NULL;

    for (;;) {
        size_t len = 0;
        unsigned class = class_at(p, end, &len);

        if ((class & (CLASS_BLANK | CLASS_NEWLINE)) == 0) {
            break;
        }
        last = p;
        p += len;
        if (class == CLASS_NEWLINE) {
            line = p;
        }
    }
    if (line != NULL) {
        return line;
    }
    /* \s+(?!\S) leaves the last blank to what follows, unless it is all there is. */
    return p == end || last == start ? p : last;
}
