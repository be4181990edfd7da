/* The scanners agree on every text. That the scalar one is right is for test_token_scan and the
 * oracle to show. */
#include "suite.h"

#include "base/buf.h"
#include "base/random.h"
#include "base/utf8.h"
#include "token/scan.h"

#include <string.h>

enum { TEXTS = 40000, TEXT_BYTES_MAX = 600, PALETTE_MAX = 12 };

/* What patterns and windows find hard, between words that are easy. */
/* clang-format off */
static const char *const parts[] = {
    " ", " ", " the", " of", " Title", "word", "HTML", "xY", "Ab", "q", "Q", "  ", "\n", "\r\n",
    "\t", " \n", "\n  \n", "\n    ", "'s", "'S", "'ll", "'re's", "'", "''", "'x", "'\u017F", "1",
    "22", "12345", "\u0663", "\u00BD", ".", ",", "!?", "/", "/\n/", "//\r\n/", "\n/", "\u2014",
    "\u201C", "\u00E9", "\u00C9", "\u0416\u0438\u0437\u043D\u044C", " \u0436", "\u042F", "\u0301",
    "\u20E3", "\u0903", "\u01C5", "\u02B0", "\u65E5\u672C\u8A9E", "\u4E2D", "\u3002", "\uFF0C",
    "\u3000", "\u00A0", "\u2003", "\xC2\x85", "\uFEFF", "\U0001F468\u200D\U0001F469", "\U00010D50",
    "\x80", "\xFF", "\xE2\x82", "\xF0\x9F", "\xC2", "\xED\xA0\x80", "\xD0", "\xE4\xB8",
    "\uAC00\uD7A3", "\u4DC0", "\u00D7", "\u00F7", "\u00DF\u00FF", "\u2010", "\u2028", "\u2019s", "\u3001", "\u3005",
    "\u3007", "\u301C", "\u3300", "\uFF0D", "\uFF10", "\uFF1A", "\uFF21", "\u4DBF\u4E00", "\u9FFF\uA000", "\uD7A4",
    "\u040F\u0410", "\u045F\u0460", "\u0400", "\u3400", "\u30FB\u30A2", "\u0460\u0461", "\u0482", "\u0451",
};
/* clang-format on */
enum { PARTS = sizeof parts / sizeof parts[0] };

static void append_code_point(struct buf *text, struct random *random)
{
    uint32_t code =
        (uint32_t)random_below(random, random_below(random, 4) == 0 ? 0x110000 : 0x3100);
    char bytes[4];

    if (code < 0xD800 || code > 0xDFFF) {
        buf_append(text, (struct str){bytes, utf8_encode(code, bytes)});
    }
}

/* Few different parts in one text, so that they meet each other often and runs get long. */
static void make_text(struct buf *text, struct random *random)
{
    const char *palette[PALETTE_MAX];
    uint64_t colours = 1 + random_below(random, PALETTE_MAX);
    uint64_t bytes = random_below(random, TEXT_BYTES_MAX);

    buf_reset(text);
    for (uint64_t i = 0; i < colours; i++) {
        palette[i] = parts[random_below(random, PARTS)];
    }
    while (text->len < bytes) {
        uint64_t kind = random_below(random, 30);
        const char *part = palette[random_below(random, colours)];

        if (kind == 0) {
            append_code_point(text, random);
        } else {
            for (uint64_t times = kind == 1 ? random_below(random, 80) : 1; times != 0; times--) {
                buf_append(text, str_from(part));
            }
        }
    }
}

enum { ENDS_MAX = TEXT_BYTES_MAX + 4096 }; /* a text and its last part */

struct pieces {
    size_t ends[ENDS_MAX];
    size_t count;
};

/* Asks for `at_once` pieces at a time. */
static void scan_all(scan_function *scan, struct str text, size_t at_once, struct pieces *pieces)
{
    size_t from = 0;
    size_t found = 0;

    pieces->count = 0;
    do {
        found = scan(text, from, pieces->ends + pieces->count, at_once);
        pieces->count += found;
        from = pieces->count == 0 ? 0 : pieces->ends[pieces->count - 1];
    } while (found != 0);
}

static void check_agreement(scan_function *scan, scan_function *reference, struct str text,
                            size_t at_once)
{
    static struct pieces wanted;
    static struct pieces found;

    scan_all(reference, text, 1, &wanted);
    scan_all(scan, text, at_once, &found);
    for (size_t i = 0; i < wanted.count; i++) {
        if (i >= found.count || found.ends[i] != wanted.ends[i]) { /* an assertion takes long */
            ck_abort_msg("piece %zu ends at %zu, not %zu, in '%.*s'", i, found.ends[i],
                         wanted.ends[i], STR_ARG(text));
        }
    }
    if (found.count != wanted.count) {
        ck_abort_msg("%zu pieces, not %zu, in '%.*s'", found.count, wanted.count, STR_ARG(text));
    }
}

/* In memory of just the text's size, so that a read past it is seen under ASan. */
static void check_text(const struct scanner *scanner, const struct buf *text, size_t at_once)
{
    const struct scanner *scalar = scanners[scanner_count - 1];
    char *exact = malloc(text->len + 1);
    struct str view = {exact + 1, text->len}; /* and nothing is aligned */

    if (exact != NULL && text->len != 0) {
        memcpy(exact + 1, text->p, text->len);
    }
    check_agreement(scanner->o200k, scalar->o200k, view, at_once);
    check_agreement(scanner->cl100k, scalar->cl100k, view, at_once);
    free(exact);
}

START_TEST(every_scanner_cuts_as_the_scalar_one)
{
    const struct scanner *scanner = scanners[_i];
    struct random random = random_stream(7, STR("scanners"), 0);
    struct buf text;

    buf_init(&text, 1 << 16);
    for (int i = 0; i < TEXTS && scanner->is_supported(); i++) {
        static const size_t at_once[] = {1, 63, 64, 65, 100, 256};

        make_text(&text, &random);
        check_text(scanner, &text, at_once[i % 6]);
    }
    buf_release(&text);
}

START_TEST(a_scanner_is_chosen_by_name)
{
    const struct scanner *scanner = NULL;
    struct err err = {ERR_NONE, ""};

    ck_assert_int_eq(scanner_choose(NULL, &scanner, &err), 0);
    ck_assert(scanner->is_supported());
    ck_assert_int_eq(scanner_choose("scalar", &scanner, &err), 0);
    ck_assert_str_eq(scanner->name, "scalar");
    ck_assert_int_eq(scanner_choose("mmx", &scanner, &err), ERR_USAGE);
    ck_assert_str_eq(err.text, "no scanner 'mmx'; known: scalar, avx2, avx512");
}

int main(void)
{
    Suite *suite = suite_create("token.scan_paths");
    TCase *tests = suite_case(suite, "scan_paths");

    tcase_add_loop_test(tests, every_scanner_cuts_as_the_scalar_one, 0, (int)scanner_count);
    tcase_add_test(tests, a_scanner_is_chosen_by_name);
    return suite_run(suite);
}
