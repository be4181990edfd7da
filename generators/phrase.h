/* phrase: a text of the grammar with everything that writing it needs known beforehand.
 *
 * A phrase is a text less one space at its beginning and one at its end, which are flags instead:
 * so its token counts are known for both cases, and a writer that puts phrases one after the other
 * adds up the tokens of what it writes (prompt/joint.h has the rules) without looking at a byte.
 */
#ifndef GENERATORS_PHRASE_H
#define GENERATORS_PHRASE_H

#include "base/err.h"
#include "base/str.h"
#include "prompt/joint.h"
#include "token/token.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    PHRASE_BYTES_MAX = 200, /* longer texts are several phrases */
    /* Bytes that may be read behind a phrase's text and written behind its copy. */
    PHRASE_SLACK = 32
};

/* More ways in which a phrase begins: its tokens have not been counted; with "'s" and a space. */
enum { PHRASE_RIGHT_UNKNOWN = JOINT_RIGHT_COUNT, PHRASE_RIGHT_S };

/* One more way in which it ends: with a letter, and "'s" after it is one token more. */
enum { PHRASE_LEFT_TAKES_S = JOINT_LEFT_COUNT, PHRASE_LEFT_COUNT };

enum phrase_flag {
    PHRASE_LEADS = 1,        /* the text begins with a space, which is not in `at` … */
    PHRASE_HAS_WORD = 2,     /* an ASCII letter or digit is in it: a capital is settled here */
    PHRASE_IS_SMALL = 4,     /* the first of these is a small letter */
    PHRASE_TAKES_AN = 8,     /* an article before it is "an" */
    PHRASE_IS_COMPOSED = 16, /* of an alternative: no text, but `len` variants */
    PHRASE_AFTER_SPACE = 32  /* of a reply's memory: tokens[1][0] alone are known */
};

struct phrase {
    uint32_t at; /* of its text */
    uint8_t len; /* the space at the end included, if any */
    uint8_t flags;
    uint8_t right;        /* how it begins, without its space */
    uint8_t left[2];      /* how what is written ends after it: [a space is before it] */
    uint8_t word_at;      /* of the first letter or digit */
    uint8_t tokens[2][2]; /* without spaces at the end: [a space is before it][a capital is set] */
    uint8_t tail_bytes;   /* of `len`: from its last inner joint on; 0: there is none */
    uint8_t tail_tokens;  /* of these, without the space at the end */
};

bool phrase_fits(struct str text); /* it is not too long */

/* Everything but `at` and the tokens of a text that fits. What is left of it, and is to be stored
 * at `at`, is in *stored. */
struct phrase phrase_of(struct str text, struct str *stored);

/* Counts the tokens of a phrase whose stored text is `stored`. ERR_MEMORY only. */
int phrase_count(struct phrase *phrase, struct str stored, const struct tokenizer *tokenizer,
                 struct err *err);

/* Writes a text as it stands in a title: every word but the small ones ("of", "the") gets a
 * capital until the line ends. `before` is what stands before it, a line feed where it begins a
 * line. Whether the title goes on behind it. */
bool phrase_title_case(char *text, size_t len, char before);

/* Its tokens in a title, where it begins the title's line and where a space is before it. As
 * `tokens`, without a space at the end. */
struct phrase_title {
    uint8_t tokens[2]; /* [a space is before it] */
};
int phrase_title_count(struct phrase_title *out, const struct phrase *phrase, struct str stored,
                       const struct tokenizer *tokenizer, struct err *err);

/* Bit `right`: a phrase that begins so may follow. `left` is how what was written ends, without a
 * space that is before the phrase; JOINT_LEFT_SPACE where there is one. */
static inline unsigned phrase_safe_bits(unsigned left)
{
    enum {
        AFTER_SPACE = 1 << JOINT_RIGHT_NOTHING | 1 << JOINT_RIGHT_LETTER | 1 << JOINT_RIGHT_DIGIT |
                      1 << JOINT_RIGHT_APOSTROPHE | 1 << JOINT_RIGHT_SLASH |
                      1 << JOINT_RIGHT_SYMBOL | 1 << JOINT_RIGHT_OTHER
    };

    if (left == PHRASE_LEFT_TAKES_S) {
        return joint_safe_bits[JOINT_LEFT_LETTER] | 1U << PHRASE_RIGHT_S;
    }
    return left == JOINT_LEFT_SPACE ? AFTER_SPACE : joint_safe_bits[left];
}

/* Whether the tokens of a phrase may be added to those of what was written. */
static inline bool phrase_is_additive(unsigned left, const struct phrase *phrase)
{
    return (phrase_safe_bits(left) >> phrase->right & 1U) != 0;
}

/* How many tokens more (or fewer) one or two line feeds make with the symbols before them than
 * each by itself: at [line feeds - 1][the symbol before the last, or 0][the last symbol - '!']. So
 * that the commonest joint that is not safe, a line that ends in a full stop, costs no counting. */
enum { PHRASE_SYMBOLS = '~' - '!' + 1, PHRASE_BREAKS_MAX = 2 };
struct phrase_line_breaks {
    int16_t more[PHRASE_BREAKS_MAX][PHRASE_SYMBOLS + 1][PHRASE_SYMBOLS];
};
int phrase_line_breaks_count(struct phrase_line_breaks *out, const struct tokenizer *tokenizer,
                             struct err *err);

/* Finds the number that applies where a phrase that is stored at `stored` follows `before`. */
bool phrase_line_breaks_find(const struct phrase_line_breaks *breaks, struct str before,
                             struct str stored, int *more);

/* Whether "an" goes before the word that `text` begins with: by sound, not by letter. */
bool phrase_takes_an(struct str text);

#endif
