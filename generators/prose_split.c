#include "generators/prose_split.h"

#include "generators/prose.h"

#include "base/utf8.h"

#include <string.h>

/* Words whose full stop ends no sentence before a capital letter. */
static const char *const abbreviations[] = {
    "Mr",  "Mrs", "Ms",   "Messrs", "Dr",  "Prof", "Rev", "Hon",  "Gov", "Sen", "Rep", "Gen",
    "Col", "Maj", "Capt", "Lieut",  "Lt",  "Sgt",  "Adm", "St",   "Mt",  "No",  "Nos", "Art",
    "Sec", "Vol", "Jan",  "Feb",    "Mar", "Apr",  "Aug", "Sept", "Oct", "Nov", "Dec", "vs",
};

static bool is_capital(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_letter(char c)
{
    return is_capital(c) || (c >= 'a' && c <= 'z');
}

/* Length of the white space that `text` begins with; *has_blank_line if it holds a blank line or a
 * paragraph separator. */
static size_t space_length(struct str text, bool *has_blank_line)
{
    size_t at = 0;
    int line_feeds = 0;

    while (at < text.len) {
        uint32_t code = 0;
        size_t len = utf8_decode(str_skip(text, at), &code);

        if (!utf8_is_space(code)) {
            break;
        }
        line_feeds += code == '\n' ? 1 : code == 0x2029 ? 2 : 0;
        at += len;
    }
    *has_blank_line = line_feeds >= 2;
    return at;
}

/* Without closing quotes and brackets at its end. */
static struct str without_closers(struct str text)
{
    static const struct str closers[] = {
        {"\"", 1}, {"'", 1}, {")", 1}, {"]", 1}, {"*", 1}, {"\xE2\x80\x9D", 3}, {"\xE2\x80\x99", 3},
    };
    bool found = true;

    while (found) {
        found = false;
        for (size_t i = 0; i < sizeof closers / sizeof *closers; i++) {
            if (str_ends(text, closers[i])) {
                text.len -= closers[i].len;
                found = true;
            }
        }
    }
    return text;
}

/* Whether the full stop that `text` ends with belongs to its last word: "Mr.", "J.", "U.S.". */
static bool ends_in_abbreviation(struct str text)
{
    struct str word = str_take(text, text.len - 1);
    size_t len = 0;

    while (len < word.len &&
           (is_letter(word.p[word.len - 1 - len]) || word.p[word.len - 1 - len] == '.')) {
        len++;
    }
    word = str_skip(word, word.len - len);
    if (word.len == 1) {
        return is_capital(word.p[0]);
    }
    if (word.len != 0 && memchr(word.p, '.', word.len) != NULL) {
        return true;
    }
    for (size_t i = 0; i < sizeof abbreviations / sizeof *abbreviations; i++) {
        if (str_equal(word, str_from(abbreviations[i]))) {
            return true;
        }
    }
    return false;
}

/* Whether a sentence ends between `text` and, after white space, `next`. */
static bool ends_before_space(struct str text, struct str next)
{
    text = without_closers(text);
    if (text.len == 0 || (next.len != 0 && next.p[0] >= 'a' && next.p[0] <= 'z')) {
        return false;
    }
    if (str_ends(text, STR("!")) || str_ends(text, STR("?")) ||
        str_ends(text, STR("\xE2\x80\xA6"))) {
        return true;
    }
    return str_ends(text, STR(".")) && !ends_in_abbreviation(text);
}

/* 。！？ with a closing bracket, if there is one, at the beginning of `text`: its length, or 0. */
static size_t wide_stop_length(struct str text)
{
    static const struct str closers[] = {
        {"\xE3\x80\x8D", 3}, {"\xE3\x80\x8F", 3}, {"\xE2\x80\x9D", 3}, {"\xEF\xBC\x89", 3}};
    struct str rest = {0};

    if (!str_starts(text, STR("\xE3\x80\x82")) && !str_starts(text, STR("\xEF\xBC\x81")) &&
        !str_starts(text, STR("\xEF\xBC\x9F"))) {
        return 0;
    }
    rest = str_skip(text, 3);
    for (size_t i = 0; i < sizeof closers / sizeof *closers; i++) {
        if (str_starts(rest, closers[i])) {
            return 6;
        }
    }
    return 3;
}

/* Length of the sentence that `text` begins with. */
static size_t sentence_length(struct str text)
{
    size_t last_space = 0; /* where the last white space inside began */
    size_t at = 0;

    while (at < text.len) {
        struct str rest = str_skip(text, at);
        uint32_t code = 0;
        size_t len = utf8_decode(rest, &code);
        size_t stop = code >= 0x80 ? wide_stop_length(rest) : 0;

        if (utf8_is_space(code)) {
            bool has_blank_line = false;

            len = space_length(rest, &has_blank_line);
            if (has_blank_line || len == rest.len ||
                ends_before_space(str_take(text, at), str_skip(rest, len))) {
                return at;
            }
            last_space = at;
        }
        if (stop != 0 && at + stop <= PROSE_SENTENCE_BYTES_MAX) {
            return at + stop;
        }
        if (at + len > PROSE_SENTENCE_BYTES_MAX) {
            return last_space != 0 ? last_space : at;
        }
        at += len;
    }
    return at;
}

bool prose_split_next(struct str *rest, struct str *sentence, bool *after_break)
{
    *rest = str_skip(*rest, space_length(*rest, after_break));
    if (rest->len == 0) {
        return false;
    }
    *sentence = str_take(*rest, sentence_length(*rest));
    *rest = str_skip(*rest, sentence->len);
    return true;
}
