/* cl100k_base's pattern, the alternatives in order:
 *
 *   1  (?i:'s|'t|'re|'ve|'m|'ll|'d)
 *   2  [^\r\n\p{L}\p{N}]?\p{L}+
 *   3  \p{N}{1,3}
 *   4   ?[^\s\p{L}\p{N}]+[\r\n]*
 *   5  \s*[\r\n]+
 *   6  \s+(?!\S)
 *   7  \s+
 *
 * tiktoken's newer form tries \s+$ before 5. It cuts blanks at the end of a text differently, but
 * no token has a line end followed by only blanks, so the ids are the same.
 */
#include "token/piece_step.h"

static const unsigned char *skip_symbols(const unsigned char *p, const unsigned char *end)
{
    p = skip_class(p, end, CLASS_OTHER | CLASS_MARK);
    while (p < end && (*p == '\r' || *p == '\n')) {
        p++;
    }
    return p;
}

const unsigned char *piece_end_cl100k(const unsigned char *p, const unsigned char *end)
{
    size_t len = 0;
    unsigned class = class_at(p, end, &len);
    const unsigned char *q = skip_contraction(p, end);

    if (q != p) {
        return q;
    }
    if ((class & CLASS_LETTER) != 0) {
        return skip_class(p + len, end, CLASS_LETTER);
    }
    if (class == CLASS_NUMBER) {
        return skip_numbers(p, end);
    }
    if (class == CLASS_NEWLINE) {
        return skip_blanks(p, end);
    }
    q = skip_class(p + len, end, CLASS_LETTER);
    if (q != p + len) {
        return q;
    }
    if ((class & (CLASS_OTHER | CLASS_MARK)) != 0) {
        return skip_symbols(p + len, end);
    }
    if (*p == ' ' && (class_at(p + 1, end, &len) & (CLASS_OTHER | CLASS_MARK)) != 0) {
        return skip_symbols(p + 1, end);
    }
    return skip_blanks(p, end);
}
