/* o200k_base's pattern, the alternatives in order:
 *
 *   1  [^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|…)?
 *   2  [^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|…)?
 *   3  \p{N}{1,3}
 *   4   ?[^\s\p{L}\p{N}]+[\r\n/]*
 *   5  \s*[\r\n]+
 *   6  \s+(?!\S)
 *   7  \s+
 */
#include "token/piece_step.h"

#include <stdbool.h>

struct word {
    const unsigned char *end; /* the start where neither alternative matches */
    bool is_first;            /* alternative 1 */
};

/* Alternatives 1 and 2 without their optional prefix and suffix. Where no lower-case letter follows
 * the run of upper-case ones, alternative 1 can still match by giving back the run's tail down to
 * its last character that is also in the second set. */
static inline struct word match_word(const unsigned char *p, const unsigned char *end)
{
    const unsigned char *given_back = NULL;

    for (;;) {
        size_t len = 0;
        unsigned class = class_at(p, end, &len);

        if ((class & (CLASS_CASELESS | CLASS_MARK)) != 0) {
            p += len;
            given_back = p;
        } else if (class == CLASS_UPPER) {
            p += len;
        } else if (class == CLASS_LOWER) {
            p = skip_class(p + len, end, CLASS_LOWER | CLASS_CASELESS | CLASS_MARK);
            return (struct word){p, true};
        } else {
            break;
        }
    }
    if (given_back != NULL) {
        return (struct word){given_back, true};
    }
    return (struct word){p, false};
}

static const unsigned char *skip_symbols(const unsigned char *p, const unsigned char *end)
{
    p = skip_class(p, end, CLASS_OTHER | CLASS_MARK);
    while (p < end && (*p == '\r' || *p == '\n' || *p == '/')) {
        p++;
    }
    return p;
}

const unsigned char *piece_end_o200k(const unsigned char *p, const unsigned char *end)
{
    size_t len = 0;
    unsigned class = class_at(p, end, &len);
    struct word word;

    if ((class & CLASS_LETTER) != 0) {
        return skip_contraction(match_word(p, end).end, end);
    }
    if (class == CLASS_NUMBER) {
        return skip_numbers(p, end);
    }
    if (class == CLASS_NEWLINE) {
        return skip_blanks(p, end);
    }
    word = match_word(p + len, end);
    if (class == CLASS_MARK && !word.is_first) {
        /* A mark is prefix or letter; as a letter it always satisfies alternative 1, which
         * comes before alternative 2 with the mark as prefix. */
        word = match_word(p, end);
    }
    if (word.end > p + len || class == CLASS_MARK) {
        return skip_contraction(word.end, end);
    }
    if (class == CLASS_OTHER) {
        return skip_symbols(p + len, end);
    }
    if (*p == ' ' && class_at(p + 1, end, &len) == CLASS_OTHER) {
        return skip_symbols(p + 1, end);
    }
    return skip_blanks(p, end);
}
