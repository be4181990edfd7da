#include "prompt/joint.h"

#include "base/utf8.h"

enum {
    NOTHING = 1 << JOINT_RIGHT_NOTHING,
    LINE_FEED = 1 << JOINT_RIGHT_LINE_FEED,
    SPACED = 1 << JOINT_RIGHT_SPACED,
    ANY_SPACE = SPACED | 1 << JOINT_RIGHT_SPACE,
    LETTER = 1 << JOINT_RIGHT_LETTER,
    DIGIT = 1 << JOINT_RIGHT_DIGIT,
    APOSTROPHE = 1 << JOINT_RIGHT_APOSTROPHE,
    SLASH = 1 << JOINT_RIGHT_SLASH,
    SYMBOL = 1 << JOINT_RIGHT_SYMBOL,
    OTHER = 1 << JOINT_RIGHT_OTHER,
    ANYTHING = (1 << JOINT_RIGHT_COUNT) - 1
};

const uint16_t joint_safe_bits[JOINT_LEFT_COUNT] = {
    [JOINT_LEFT_NOTHING] = ANYTHING,
    [JOINT_LEFT_LINE_FEED] = NOTHING | SPACED | LETTER | DIGIT | APOSTROPHE | SYMBOL | OTHER,
    [JOINT_LEFT_SPACE] = NOTHING | SPACED,
    [JOINT_LEFT_LETTER] = NOTHING | ANY_SPACE | LINE_FEED | DIGIT | SLASH | SYMBOL,
    [JOINT_LEFT_DIGIT] = NOTHING | ANY_SPACE | LINE_FEED | LETTER | APOSTROPHE | SLASH | SYMBOL,
    [JOINT_LEFT_SYMBOL] = NOTHING | ANY_SPACE | DIGIT,
    [JOINT_LEFT_SYMBOLS] = NOTHING | ANY_SPACE | LETTER | DIGIT,
    [JOINT_LEFT_OTHER] = NOTHING | ANY_SPACE,
    [JOINT_LEFT_BLANK] = NOTHING | SPACED,
};

static bool is_letter(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(unsigned char c)
{
    return c >= '0' && c <= '9';
}

static bool is_symbol(unsigned char c)
{
    return c > ' ' && c < 0x7F && !is_letter(c) && !is_digit(c);
}

/* The last character of text that is not ASCII; other bytes than UTF-8 count as white space, of
 * which nothing is assumed. */
static enum joint_left left_of_other(struct str text)
{
    uint32_t code = 0;

    for (size_t len = 2; len <= 4 && len <= text.len; len++) {
        if (utf8_decode(str_skip(text, text.len - len), &code) == len) {
            return utf8_is_space(code) ? JOINT_LEFT_BLANK : JOINT_LEFT_OTHER;
        }
    }
    return JOINT_LEFT_BLANK;
}

enum joint_left joint_left_of(struct str text)
{
    unsigned char last = 0;
    unsigned char before = 0;

    if (text.len == 0) {
        return JOINT_LEFT_NOTHING;
    }
    last = (unsigned char)text.p[text.len - 1];
    before = text.len >= 2 ? (unsigned char)text.p[text.len - 2] : '\n';
    if (last == '\n') {
        return JOINT_LEFT_LINE_FEED;
    }
    if (last == ' ') {
        return JOINT_LEFT_SPACE;
    }
    if (is_letter(last)) {
        return JOINT_LEFT_LETTER;
    }
    if (is_digit(last)) {
        return JOINT_LEFT_DIGIT;
    }
    if (is_symbol(last)) {
        /* A slash may belong to line ends before it, and the next symbol then not to it. */
        return before == ' ' || (is_symbol(before) && before != '/') ? JOINT_LEFT_SYMBOLS
                                                                     : JOINT_LEFT_SYMBOL;
    }
    return last >= 0x80 ? left_of_other(text) : JOINT_LEFT_BLANK;
}

static bool begins_white(struct str text)
{
    uint32_t code = 0;

    return utf8_decode(text, &code) == 0 || utf8_is_space(code);
}

enum joint_right joint_right_of(struct str text)
{
    unsigned char first = 0;

    if (text.len == 0) {
        return JOINT_RIGHT_NOTHING;
    }
    first = (unsigned char)text.p[0];
    switch (first) {
    case '\n':
        return JOINT_RIGHT_LINE_FEED;
    case ' ':
        return begins_white(str_skip(text, 1)) ? JOINT_RIGHT_SPACE : JOINT_RIGHT_SPACED;
    case '\'':
        return JOINT_RIGHT_APOSTROPHE;
    case '/':
        return JOINT_RIGHT_SLASH;
    default:
        break;
    }
    if (is_letter(first)) {
        return JOINT_RIGHT_LETTER;
    }
    if (is_digit(first)) {
        return JOINT_RIGHT_DIGIT;
    }
    if (is_symbol(first)) {
        return JOINT_RIGHT_SYMBOL;
    }
    return first >= 0x80 && !begins_white(text) ? JOINT_RIGHT_OTHER : JOINT_RIGHT_BLANK;
}

bool joint_is_additive(struct str left, struct str right)
{
    return joint_is_safe(joint_left_of(left), joint_right_of(right));
}
