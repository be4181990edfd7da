#include "generators/phrase.h"

#include <assert.h>
#include <string.h>

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* --- "a" and "an". --- */

/* A list ends with an empty one. */
static bool starts_with_any(struct str word, const struct str *prefixes)
{
    for (; prefixes->len != 0; prefixes++) {
        if (prefixes->p[0] == word.p[0] && str_starts(word, *prefixes)) {
            return true;
        }
    }
    return false;
}

static bool is_vowel(char c)
{
    return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u';
}

/* The word, in small letters, is cut at its end. */
static bool sounds_like_vowel(struct str word)
{
    static const struct str vowel_sounds[] = {STR_INIT("heir"),  STR_INIT("honest"),
                                              STR_INIT("honor"), STR_INIT("honour"),
                                              STR_INIT("hour"),  {NULL, 0}};
    static const struct str consonant_sounds[] = {
        STR_INIT("eu"),   STR_INIT("ewe"),  STR_INIT("once"), STR_INIT("ubi"),   STR_INIT("uku"),
        STR_INIT("unic"), STR_INIT("unif"), STR_INIT("unil"), STR_INIT("union"), STR_INIT("uniq"),
        STR_INIT("unis"), STR_INIT("unit"), STR_INIT("uni-"), STR_INIT("univ"),  STR_INIT("ura"),
        STR_INIT("uri"),  STR_INIT("usa"),  STR_INIT("use"),  STR_INIT("usi"),   STR_INIT("usu"),
        STR_INIT("ute"),  STR_INIT("uti"),  STR_INIT("uto"),  {NULL, 0}};

    if (is_digit(word.p[0])) {
        return word.p[0] == '8' || str_equal(word, STR("11")) || str_equal(word, STR("18"));
    }
    if (!is_vowel(word.p[0])) {
        return starts_with_any(word, vowel_sounds);
    }
    return !str_equal(word, STR("one")) && !str_starts(word, STR("one-")) &&
           !starts_with_any(word, consonant_sounds);
}

bool phrase_takes_an(struct str text)
{
    char word[8] = {0};
    size_t len = 0;

    while (len < sizeof word && len < text.len &&
           (is_letter(text.p[len]) || is_digit(text.p[len]) || text.p[len] == '-')) {
        char c = text.p[len];

        word[len++] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    return len != 0 && sounds_like_vowel((struct str){word, len});
}

/* --- What is known without counting. --- */

bool phrase_fits(struct str text)
{
    return text.len <= PHRASE_BYTES_MAX;
}

/* Sets the tail: what stands after the last single space that may be cut before. It begins after
 * the first word, so that a capital does not change it. */
static void find_tail(struct phrase *phrase, struct str text)
{
    size_t at = text.len;

    while (at-- > (size_t)phrase->word_at + 1) {
        if (text.p[at] == ' ' && joint_is_additive(str_take(text, at), str_skip(text, at))) {
            phrase->tail_bytes = (uint8_t)(phrase->len - at);
            return;
        }
    }
}

/* How a text ends that has a space before it or none. */
static uint8_t left_of(struct str text, bool is_spaced)
{
    enum joint_left left = joint_left_of(text);

    return is_spaced && text.len == 1 && left == JOINT_LEFT_SYMBOL ? JOINT_LEFT_SYMBOLS
                                                                   : (uint8_t)left;
}

struct phrase phrase_of(struct str text, struct str *stored)
{
    struct phrase phrase = {0};
    struct str core = text;

    assert(phrase_fits(text));
    if (core.len != 0 && core.p[0] == ' ') {
        phrase.flags |= PHRASE_LEADS;
        core = str_skip(core, 1);
    }
    *stored = core;
    phrase.len = (uint8_t)core.len;
    if (core.len != 0 && core.p[core.len - 1] == ' ') {
        core.len--;
        phrase.left[0] = JOINT_LEFT_SPACE;
        phrase.left[1] = JOINT_LEFT_SPACE;
    } else {
        phrase.left[0] = left_of(core, false);
        phrase.left[1] = left_of(core, true);
    }
    phrase.right = (uint8_t)joint_right_of(core);
    if (str_starts(*stored, STR("'s "))) {
        phrase.right = PHRASE_RIGHT_S;
    }
    if (core.len == 0 && stored->len != 0) {
        phrase.right = PHRASE_RIGHT_UNKNOWN; /* two spaces: the first is counted on the spot */
    }
    for (size_t at = 0; at < core.len; at++) {
        if (is_letter(core.p[at]) || is_digit(core.p[at])) {
            phrase.word_at = (uint8_t)at;
            phrase.flags |= PHRASE_HAS_WORD;
            phrase.flags |= core.p[at] >= 'a' && core.p[at] <= 'z' ? PHRASE_IS_SMALL : 0;
            phrase.flags |= phrase_takes_an(str_skip(core, at)) ? PHRASE_TAKES_AN : 0;
            break;
        }
    }
    find_tail(&phrase, core);
    return phrase;
}

/* --- Counting. --- */

static int count(const struct tokenizer *tokenizer, struct str text, uint8_t *out, struct err *err)
{
    uint64_t tokens = 0;
    int rc = tokenizer_count(tokenizer, text, &tokens, err);

    *out = (uint8_t)tokens; /* at most as many as bytes */
    return rc;
}

/* Whether "'s" after it is one token more, however it is written. */
static int count_possessive(struct phrase *phrase, struct str core,
                            const struct tokenizer *tokenizer, struct err *err)
{
    char text[PHRASE_BYTES_MAX + 3] = " ";
    bool is_one_more = phrase->left[1] == JOINT_LEFT_LETTER && phrase->left[0] == JOINT_LEFT_LETTER;
    int rc = 0;

    memcpy(text + 1, core.p, core.len);
    memcpy(text + 1 + core.len, "'s", 2);
    for (int capital = 0; rc == 0 && is_one_more && capital <= 1; capital++) {
        if (capital != 0 && (phrase->flags & PHRASE_IS_SMALL) != 0) {
            text[1 + phrase->word_at] = (char)(text[1 + phrase->word_at] - 'a' + 'A');
        }
        for (int spaced = 0; rc == 0 && spaced <= 1; spaced++) {
            uint8_t tokens = 0;

            rc = count(tokenizer, (struct str){text + 1 - spaced, core.len + 2 + (size_t)spaced},
                       &tokens, err);
            is_one_more = is_one_more && tokens == phrase->tokens[spaced][capital] + 1;
        }
    }
    if (is_one_more) {
        phrase->left[0] = PHRASE_LEFT_TAKES_S;
        phrase->left[1] = PHRASE_LEFT_TAKES_S;
    }
    return rc;
}

int phrase_count(struct phrase *phrase, struct str stored, const struct tokenizer *tokenizer,
                 struct err *err)
{
    char text[PHRASE_BYTES_MAX + 1] = " ";
    bool is_small = (phrase->flags & PHRASE_IS_SMALL) != 0;
    struct str core = stored;
    int rc = 0;

    if (stored.len != 0 && stored.p[stored.len - 1] == ' ') {
        core.len--;
    }
    memcpy(text + 1, core.p, core.len);
    for (int capital = 0; rc == 0 && capital <= (is_small ? 1 : 0); capital++) {
        if (capital != 0) {
            text[1 + phrase->word_at] = (char)(text[1 + phrase->word_at] - 'a' + 'A');
        }
        for (int spaced = 0; rc == 0 && spaced <= 1; spaced++) {
            rc = count(tokenizer, (struct str){text + 1 - spaced, core.len + (size_t)spaced},
                       &phrase->tokens[spaced][capital], err);
        }
    }
    if (core.len == 0) {
        phrase->tokens[1][0] = 0; /* a space alone belongs to what follows it */
    }
    if (!is_small) {
        phrase->tokens[0][1] = phrase->tokens[0][0];
        phrase->tokens[1][1] = phrase->tokens[1][0];
    }
    if (rc == 0) {
        rc = count_possessive(phrase, core, tokenizer, err);
    }
    if (rc == 0 && phrase->tail_bytes != 0) {
        rc = count(tokenizer, str_skip(core, stored.len - phrase->tail_bytes), &phrase->tail_tokens,
                   err);
    }
    return rc;
}

/* --- Titles. --- */

/* Words that stay small inside a title. */
static bool is_small_word(struct str word)
{
    static const struct str small[] = {
        STR_INIT("a"),  STR_INIT("an"),  STR_INIT("and"), STR_INIT("as"),  STR_INIT("at"),
        STR_INIT("by"), STR_INIT("for"), STR_INIT("in"),  STR_INIT("of"),  STR_INIT("on"),
        STR_INIT("or"), STR_INIT("the"), STR_INIT("to"),  STR_INIT("with")};

    for (size_t i = 0; i < sizeof small / sizeof *small; i++) {
        if (str_equal(word, small[i])) {
            return true;
        }
    }
    return false;
}

static bool opens_word(char before)
{
    return before == ' ' || before == '-' || before == '(' || before == '"' || before == '*';
}

bool phrase_title_case(char *text, size_t len, char before)
{
    for (size_t at = 0; at < len; before = text[at++]) {
        size_t end = at;

        if (text[at] == '\n') {
            return false;
        }
        if (text[at] < 'a' || text[at] > 'z' || (before != '\n' && !opens_word(before))) {
            continue;
        }
        while (end < len && is_letter(text[end])) {
            end++;
        }
        if (before == '\n' || !is_small_word((struct str){text + at, end - at})) {
            text[at] = (char)(text[at] - 'a' + 'A');
        }
    }
    return true;
}

int phrase_title_count(struct phrase_title *out, const struct phrase *phrase, struct str stored,
                       const struct tokenizer *tokenizer, struct err *err)
{
    char text[PHRASE_BYTES_MAX + 1] = " ";
    size_t len = stored.len;
    int rc = 0;

    if (len != 0 && stored.p[len - 1] == ' ') {
        len--;
    }
    for (size_t spaced = 0; rc == 0 && spaced <= 1; spaced++) {
        memcpy(text + 1, stored.p, len);
        (void)phrase_title_case(text + 1, len, spaced != 0 ? ' ' : '\n');
        if (memcmp(text + 1, stored.p, len) == 0) {
            out->tokens[spaced] = phrase->tokens[spaced][0];
        } else {
            rc = count(tokenizer, (struct str){text + 1 - spaced, len + spaced},
                       &out->tokens[spaced], err);
        }
    }
    return rc;
}

/* --- Symbols before line ends. --- */

static bool is_symbol(char c)
{
    return c >= '!' && c <= '~' && !is_letter(c) && !is_digit(c);
}

/* tokens(symbols, feeds) - tokens(symbols) - tokens(feeds) */
static int count_break(struct str symbols, size_t feeds, const struct tokenizer *tokenizer,
                       int16_t *more, struct err *err)
{
    char text[4];
    uint8_t all = 0;
    uint8_t left = 0;
    uint8_t right = 0;
    int rc = 0;

    memcpy(text, symbols.p, symbols.len);
    memset(text + symbols.len, '\n', feeds);
    rc = count(tokenizer, (struct str){text, symbols.len + feeds}, &all, err);
    if (rc == 0) {
        rc = count(tokenizer, symbols, &left, err);
    }
    if (rc == 0) {
        rc = count(tokenizer, (struct str){text + symbols.len, feeds}, &right, err);
    }
    *more = (int16_t)(all - left - right);
    return rc;
}

int phrase_line_breaks_count(struct phrase_line_breaks *out, const struct tokenizer *tokenizer,
                             struct err *err)
{
    int rc = 0;

    for (int before = 0; rc == 0 && before <= PHRASE_SYMBOLS; before++) {
        for (int last = 0; rc == 0 && last < PHRASE_SYMBOLS; last++) {
            char text[2] = {(char)('!' + before - 1), (char)('!' + last)};
            struct str symbols = before != 0 ? (struct str){text, 2} : (struct str){text + 1, 1};

            if (!is_symbol(text[1]) || (before != 0 && !is_symbol(text[0]))) {
                continue;
            }
            for (size_t feeds = 1; rc == 0 && feeds <= PHRASE_BREAKS_MAX; feeds++) {
                rc = count_break(symbols, feeds, tokenizer, &out->more[feeds - 1][before][last],
                                 err);
            }
        }
    }
    return rc;
}

bool phrase_line_breaks_find(const struct phrase_line_breaks *breaks, struct str before,
                             struct str stored, int *more)
{
    size_t feeds = 0;
    size_t symbols = 0;
    size_t at = before.len;

    while (feeds < stored.len && stored.p[feeds] == '\n') {
        feeds++;
    }
    while (symbols < at && symbols < 3 && is_symbol(before.p[at - 1 - symbols])) {
        symbols++;
    }
    /* The symbols begin a token after a word or number; a slash may belong to the one before. */
    if (feeds == 0 || feeds > PHRASE_BREAKS_MAX || symbols == 0 || symbols > 2 || symbols == at ||
        (symbols == 2 && before.p[at - 2] == '/') ||
        !(is_letter(before.p[at - 1 - symbols]) || is_digit(before.p[at - 1 - symbols])) ||
        !joint_is_safe(JOINT_LEFT_LINE_FEED, joint_right_of(str_skip(stored, feeds)))) {
        return false;
    }
    *more = breaks->more[feeds - 1][symbols == 2 ? before.p[at - 2] - '!' + 1 : 0]
                        [before.p[at - 1] - '!'];
    return true;
}
