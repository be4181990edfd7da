#include "score/words.h"

#include "score/code_point.h"

#include <stddef.h>
#include <stdint.h>

struct code_range {
    uint32_t first;
    uint32_t last;
};

/* Above ASCII, ascending: what is no letter, digit or mark of a script that puts spaces between
 * words. Blocks as in the Unicode Standard 16.0. */
static const struct code_range no_word[] = {
    {0x0080, 0x00A9},     /* controls, punctuation and signs of Latin-1 */
    {0x00AB, 0x00B4},     /* … without the ordinal indicators and the micro sign */
    {0x00B6, 0x00B9},     /* … */
    {0x00BB, 0x00BF},     /* … */
    {0x00D7, 0x00D7},     /* multiplication sign */
    {0x00F7, 0x00F7},     /* division sign */
    {0x037E, 0x037E},     /* Greek question mark */
    {0x0387, 0x0387},     /* Greek ano teleia */
    {0x055A, 0x055F},     /* Armenian punctuation */
    {0x0589, 0x058A},     /* … */
    {0x05BE, 0x05BE},     /* Hebrew punctuation */
    {0x05C0, 0x05C0},     /* … */
    {0x05C3, 0x05C3},     /* … */
    {0x05F3, 0x05F4},     /* … */
    {0x060C, 0x060D},     /* Arabic punctuation */
    {0x061B, 0x061F},     /* … */
    {0x066A, 0x066D},     /* … */
    {0x06D4, 0x06D4},     /* … */
    {0x0964, 0x0965},     /* danda */
    {0x0E00, 0x0EFF},     /* Thai, Lao */
    {0x1000, 0x109F},     /* Burmese */
    {0x1100, 0x11FF},     /* Hangul letters */
    {0x1680, 0x1680},     /* Ogham space */
    {0x1780, 0x17FF},     /* Khmer */
    {0x2000, 0x20CF},     /* general punctuation, superscripts, currency */
    {0x2190, 0x2BFF},     /* arrows, mathematics, boxes, dingbats */
    {0x2E00, 0x9FFF},     /* punctuation, CJK punctuation, kana, Han */
    {0xA960, 0xA97F},     /* Hangul letters */
    {0xAC00, 0xFAFF},     /* Hangul, surrogates, private use, Han compatibility */
    {0xFE10, 0xFE1F},     /* vertical forms */
    {0xFE30, 0xFE6F},     /* small forms */
    {0xFEFF, 0xFF0F},     /* byte order mark, full-width punctuation */
    {0xFF1A, 0xFF20},     /* … */
    {0xFF3B, 0xFF40},     /* … */
    {0xFF5B, 0xFFFF},     /* … half-width kana and Hangul, specials */
    {0x1B000, 0x1B16F},   /* kana */
    {0x1F000, 0x1FAFF},   /* emoji, pictographs */
    {0x20000, UINT32_MAX} /* Han, tags, private use, undecodable bytes */
};

static bool is_ascii_word(uint32_t code)
{
    return (code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z') ||
           (code >= '0' && code <= '9');
}

static bool is_word(uint32_t code)
{
    if (code < 0x80) {
        return is_ascii_word(code);
    }
    for (size_t i = 0; i < sizeof no_word / sizeof *no_word && no_word[i].first <= code; i++) {
        if (code <= no_word[i].last) {
            return false;
        }
    }
    return true;
}

/* Latin Extended-A has capital and small letters in turn; in two stretches capitals are odd. */
static uint32_t fold_latin_extended(uint32_t code)
{
    bool capitals_are_odd = (code >= 0x139 && code <= 0x148) || code >= 0x179;

    if (code == 0x130 || code == 0x131 || code == 0x138 || code == 0x149 || code == 0x17F) {
        return code; /* dotless and dotted i, and letters without a capital */
    }
    if (code == 0x178) {
        return 0xFF;
    }
    return (code % 2 != 0) == capitals_are_odd ? code + 1 : code;
}

static uint32_t fold(uint32_t code)
{
    if (code < 0x80) {
        return code >= 'A' && code <= 'Z' ? code + 32 : code;
    }
    if (code >= 0x100 && code <= 0x17F) {
        return fold_latin_extended(code);
    }
    if ((code >= 0xC0 && code <= 0xDE && code != 0xD7) || (code >= 0x391 && code <= 0x3A9) ||
        (code >= 0x410 && code <= 0x42F)) {
        return code + 32;
    }
    if (code >= 0x400 && code <= 0x40F) {
        return code + 80;
    }
    return code == 0x3C2 ? 0x3C3 : code; /* final sigma */
}

static void skip_space(struct str *rest)
{
    while (rest->len != 0) {
        struct str after = *rest;

        if (!code_point_is_space(code_point_next(&after))) {
            return;
        }
        *rest = after;
    }
}

/* Takes the phrase off the front of *text. */
static bool take_phrase(struct str *text, struct str phrase)
{
    while (phrase.len != 0) {
        uint32_t wanted = code_point_next(&phrase);
        uint32_t found = 0;

        if (text->len == 0) {
            return false;
        }
        found = code_point_next(text);
        if (code_point_is_space(wanted)) {
            if (!code_point_is_space(found)) {
                return false;
            }
            skip_space(&phrase);
            skip_space(text);
        } else if (fold(found) != fold(wanted)) {
            return false;
        }
    }
    return true;
}

static uint32_t first_code(struct str text)
{
    return code_point_next(&text);
}

static uint32_t last_code(struct str text)
{
    uint32_t code = 0;

    while (text.len != 0) {
        code = code_point_next(&text);
    }
    return code;
}

/* Whether a word goes on here, on the far side of underscores if there are any. */
static bool goes_on(struct str text)
{
    while (text.len != 0) {
        uint32_t code = code_point_next(&text);

        if (code != '_') {
            return is_word(code);
        }
    }
    return false;
}

bool words_contain(struct str text, struct str phrase)
{
    bool starts_word = false;
    bool ends_word = false;
    bool inside_word = false; /* the character before `text`, underscores aside, is of a word */

    phrase = code_point_strip(phrase);
    if (phrase.len == 0) {
        return false;
    }
    starts_word = is_word(first_code(phrase));
    ends_word = is_word(last_code(phrase));
    while (text.len != 0) {
        struct str after = text;
        uint32_t code = 0;

        if (!(starts_word && inside_word) && take_phrase(&after, phrase) &&
            !(ends_word && goes_on(after))) {
            return true;
        }
        code = code_point_next(&text);
        inside_word = code == '_' ? inside_word : is_word(code);
    }
    return false;
}
