/* joint: where two texts may be put together so that their token counts add up.
 *
 * o200k_base cuts a text into pretokens by a pattern and merges bytes inside each alone. So
 * tokens(a + b) = tokens(a) + tokens(b) wherever a pretoken of a + b ends at the joint and the
 * pattern, which looks at most one character ahead, cuts a and b by themselves as it cuts them
 * together. All sizes of haystacks rest on the rules below and on nothing else; those of the
 * pattern's alternatives that each follows from are in brackets (leftmost first: 1 and 2 words with
 * one optional character before and an English contraction behind, 3 up to three digits, 4 an
 * optional space, symbols, and line ends or slashes, 5 white space up to its last line end, 6 white
 * space less its last character before other text, 7 white space).
 *
 *   left ends in       right may begin with                                            because
 *   nothing            anything
 *   anything           one space and then no    the space begins a word or symbols, or stands alone
 *                      white space              before a digit; it is left out of the white space
 *                                               before it [1, 2, 4, 6, 7]
 *   no white space     a space                  a space ends nothing but white space
 *   a line feed        neither white space      5 ends at the last line end; 4 takes slashes as
 *                      nor a slash              well as line ends
 *   an ASCII letter    an ASCII digit, a line   neither is in a word; other symbols are no
 *                      feed, a symbol but '     contractions [1, 2]
 *   an ASCII digit     an ASCII letter, a line  digits stand alone [3]
 *                      feed, a symbol
 *   an ASCII symbol    an ASCII digit           before a letter it might begin a word, and 4 would
 *                                               take more symbols, line ends and slashes
 *   another before it  an ASCII letter or digit 4 takes both and ends there
 *   that is no slash,
 *   or a space
 *
 * Messages are counted apart, as the benchmarks do, so any two messages may follow each other.
 * tests/unit/test_prompt_joint.c proves the table with the tokenizer, for every pair of beginnings
 * and ends; tests/unit/test_generators_additive.c counts whole haystacks again.
 */
#ifndef PROMPT_JOINT_H
#define PROMPT_JOINT_H

#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

/* How a text ends. */
enum joint_left {
    JOINT_LEFT_NOTHING, /* it is empty */
    JOINT_LEFT_LINE_FEED,
    JOINT_LEFT_SPACE,
    JOINT_LEFT_LETTER, /* ASCII, as all but OTHER */
    JOINT_LEFT_DIGIT,
    JOINT_LEFT_SYMBOL,  /* a symbol after something else */
    JOINT_LEFT_SYMBOLS, /* a symbol after a space, or after another that is no slash */
    JOINT_LEFT_OTHER,   /* any other character, but not white space */
    JOINT_LEFT_BLANK,   /* other white space */
    JOINT_LEFT_COUNT
};

/* How a text begins. */
enum joint_right {
    JOINT_RIGHT_NOTHING,
    JOINT_RIGHT_LINE_FEED,
    JOINT_RIGHT_SPACED, /* one space, then a character that is no white space */
    JOINT_RIGHT_SPACE,  /* a space, then more white space or nothing */
    JOINT_RIGHT_LETTER,
    JOINT_RIGHT_DIGIT,
    JOINT_RIGHT_APOSTROPHE,
    JOINT_RIGHT_SLASH,
    JOINT_RIGHT_SYMBOL,
    JOINT_RIGHT_OTHER,
    JOINT_RIGHT_BLANK,
    JOINT_RIGHT_COUNT
};

enum joint_left joint_left_of(struct str text);
enum joint_right joint_right_of(struct str text);

/* Bit `right` of element `left`: the joint is safe. */
extern const uint16_t joint_safe_bits[JOINT_LEFT_COUNT];

static inline bool joint_is_safe(enum joint_left left, enum joint_right right)
{
    return (joint_safe_bits[left] >> right & 1U) != 0;
}

/* Whether the tokens of `left` followed by `right` are certain to be the sum of the tokens of both.
 */
bool joint_is_additive(struct str left, struct str right);

#endif
