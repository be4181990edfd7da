#include "suite.h"

#include "base/buf.h"
#include "token/scan.h"

enum { PIECES_MAX = 8 };

static const struct scanner *scanner; /* the scalar one; test_token_scan_paths has the others */

/* The text is the pieces one after the other: the scanner must find the joints again. What they
 * must be is worked out by hand from tiktoken's patterns. */
struct row {
    const char *rule;
    const char *pieces[PIECES_MAX];
};

static const struct row o200k_rows[] = {
    {"a word takes one blank before it", {"hello", " world"}},
    {"lower case after upper case is one word", {"Mc", "Donald"}},
    {"an upper-case run goes with the lower case after it", {"HTMLParser", " X"}},
    {"an upper-case run alone is a word", {"USA", " USA", "."}},
    {"a title-case letter starts a word", {"a", "\u01C5a"}},
    {"a caseless letter is upper and lower", {"A\u65E5b", " \u65E5ab"}},
    {"an upper-case run gives back down to its last caseless letter", {"A\u65E5", "BC", " "}},
    {"a caseless letter does not take upper case after it", {"\u65E5", "A"}},
    {"a modifier letter is caseless", {"\u02B0A\u02B0", "A"}},
    {"a contraction goes with its word", {"don't", " we'll", " I'VE", " it's"}},
    {"a contraction of an upper-case word too", {"DON'T", " WE'Re"}},
    {"ignoring case makes U+017F an s", {"it'\u017F", "x"}},
    {"a contraction does not ask what follows", {"it's", "ing", " we've", "s"}},
    {"a typographic apostrophe makes no contraction", {"don", "\u2019t"}},
    {"other letters after an apostrophe are a word", {"x", "'y", " o", "'clock"}},
    {"an apostrophe before a word is its prefix", {"'sing", " '", "re"}},
    {"an apostrophe at the end is a symbol", {"x", "'"}},
    {"half a contraction is none", {"x", "'r", "9", " y", "'v"}},
    {"digits go in threes", {"123", "456", "7", " ", "89"}},
    {"every kind of number is a digit", {"1\u0663\u2167", "\u00B2\u00BD", "a"}},
    {"symbols take one blank before them", {" ", " ?!", "a"}},
    {"symbols take line ends and slashes after them", {"x", " //\n/\r\n", "y"}},
    {"a mark inside a word belongs to it", {"e\u0301a", " "}},
    {"a mark is a word's prefix", {"\u0301a", " x"}},
    {"a mark before upper case alone is a word by itself", {"\u0301", "AB"}},
    {"a symbol before a mark is its prefix", {"!\u0301", "!"}},
    {"a mark among symbols belongs to them", {"!!\u20E3!", "a"}},
    {"the last blank of several goes with the word", {"a", "  ", " b"}},
    {"any blank can be a word's prefix", {"a", " \t", "\tb", "\u00A0c", "\u3000d"}},
    {"only U+0020 goes with symbols", {"a", "\t", "!", "\u00A0", "!"}},
    {"blanks before a digit stay blanks", {"a", " ", " ", "5"}},
    {"blanks at the end are one piece", {"a", " \t \u2003"}},
    {"blanks with line ends go up to the last of them", {"a", " \n \r\n", " ", " b"}},
    {"line ends are no prefix", {"\n", "a", "\r", "5", "\n\n", "!"}},
    {"U+0085 is a blank", {"a", "\xC2\x85", "\xC2\x85z"}},
    {"U+FEFF, U+180E and U+200B are symbols", {"\uFEFF\u180E\u200B", "a", " \uFEFF"}},
    {"control characters are symbols", {" \x1c\x1f", "a", "\x7f", " "}},
    {"emoji are symbols", {" \U0001F468\u200D\U0001F469", "a"}},
    {"letters of Unicode 16 are letters", {"\u1C89\u1C8Ab", " \U00010D50\U00010D70"}},
    {"a byte that is not UTF-8 is a symbol", {"a", "\xFFzz", " \xFF\xFE!", "zz"}},
    {"so is each byte of a character cut short", {"\xE2\x82", "z", "\xF0\x9F\x98"}},
    {"so is an overlong form or a surrogate", {"\xC0\xAF\xED\xA0\x80", "a"}},
};

static const struct row cl100k_rows[] = {
    {"a word takes one blank before it", {"hello", " world"}},
    {"case does not matter", {"McDonald", " HTMLParser", " \u65E5A\u01C5"}},
    {"a contraction is its own piece", {"don", "'t", " we", "'LL", " it", "'\u017F", "a"}},
    {"a contraction comes before a prefix", {"'s", "ing"}},
    {"other letters after an apostrophe are a word", {"x", "'y", "'", "5"}},
    {"digits go in threes", {"123", "456", "7"}},
    {"symbols take line ends but no slash after them", {"x", " //\n\r", "/y", " //\n", "//"}},
    {"a mark is a symbol", {"e", "\u0301a", "!\u0301!", "e", "\u0301"}},
    {"symbols take one blank before them, also marks", {" ", " ?!", " \u0301!"}},
    {"blanks with line ends go up to the last of them", {"a", " \n \r\n", " ", " b"}},
    {"blanks at the end are one piece", {"a", "  "}},
    {"a byte that is not UTF-8 is a symbol", {"a", "\xFFzz", " \xFF\xFE!", "zz"}},
};

static void check_row(const struct row *row, scan_function *scan)
{
    size_t ends[PIECES_MAX + 1];
    size_t found = 0;
    size_t wanted = 0;
    struct buf text;

    buf_init(&text, 1024);
    for (size_t i = 0; i < PIECES_MAX && row->pieces[i] != NULL; i++) {
        buf_append(&text, str_from(row->pieces[i]));
    }
    found = scan(buf_str(&text), 0, ends, PIECES_MAX + 1);
    for (size_t i = 0; i < PIECES_MAX && row->pieces[i] != NULL; i++) {
        wanted += strlen(row->pieces[i]);
        ck_assert_msg(i < found, "%s: piece %zu of %s is missing", row->rule, i, text.p);
        ck_assert_msg(ends[i] == wanted, "%s: piece %zu of '%s' ends at %zu, not %zu", row->rule, i,
                      text.p, ends[i], wanted);
    }
    ck_assert_msg(ends[found - 1] == text.len, "%s: more pieces in '%s'", row->rule, text.p);
    buf_release(&text);
}

START_TEST(o200k_pieces_are_the_pattern_s)
{
    check_row(&o200k_rows[_i], scanner->o200k);
}

START_TEST(cl100k_pieces_are_the_pattern_s)
{
    check_row(&cl100k_rows[_i], scanner->cl100k);
}

START_TEST(a_scan_goes_on_where_the_last_one_stopped)
{
    struct str text = STR("one  two, 3000\n\n  don't\tstop \xC3\xA9t\xC3\xA9!");
    size_t all[64];
    size_t count = scanner->o200k(text, 0, all, 64);
    size_t from = 0;

    ck_assert_uint_gt(count, 8);
    for (size_t i = 0; i < count; i++) {
        size_t end = 0;

        ck_assert_uint_eq(scanner->o200k(text, from, &end, 1), 1);
        ck_assert_uint_eq(end, all[i]);
        from = end;
    }
    ck_assert_uint_eq(from, text.len);
    ck_assert_uint_eq(scanner->o200k(text, from, all, 64), 0);
}

static void check_first_end(struct str text, size_t wanted)
{
    size_t ends[2] = {0, 0};

    ck_assert_uint_ge(scanner->o200k(text, 0, ends, 2), 1);
    ck_assert_uint_eq(ends[0], wanted);
    ck_assert_uint_ge(scanner->cl100k(text, 0, ends, 2), 1);
    ck_assert_uint_eq(ends[0], wanted);
}

/* Words longer than, as long as and shorter than what is looked at in one step; with text after
 * them and at the end. */
START_TEST(words_of_every_length_are_found_whole)
{
    char text[64];

    for (size_t len = 1; len < sizeof text; len++) {
        memset(text, 'q', sizeof text);
        text[len] = '.';
        check_first_end((struct str){text, sizeof text}, len);
        check_first_end((struct str){text, len}, len);
    }
}

int main(void)
{
    Suite *suite = suite_create("token.scan");
    TCase *tests = suite_case(suite, "scan");
    struct err err = {ERR_NONE, ""};

    if (scanner_choose("scalar", &scanner, &err) != 0) {
        return EXIT_FAILURE;
    }

    tcase_add_loop_test(tests, o200k_pieces_are_the_pattern_s, 0,
                        sizeof o200k_rows / sizeof o200k_rows[0]);
    tcase_add_loop_test(tests, cl100k_pieces_are_the_pattern_s, 0,
                        sizeof cl100k_rows / sizeof cl100k_rows[0]);
    tcase_add_test(tests, a_scan_goes_on_where_the_last_one_stopped);
    tcase_add_test(tests, words_of_every_length_are_found_whole);
    return suite_run(suite);
}
