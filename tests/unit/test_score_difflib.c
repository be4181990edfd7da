#include "score/difflib.h"

#include "base/buf.h"
#include "base/file.h"
#include "cli/json_line.h"

#include <check.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static uint64_t bits_of(double value)
{
    uint64_t bits = 0;

    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static double ratio_of(struct str a, struct str b)
{
    struct err err = {ERR_NONE, ""};
    double ratio = -1.0;

    ck_assert_msg(difflib_ratio(a, b, &ratio, &err) == 0, "%s", err.text);
    return ratio;
}

static struct buf repeated(struct str text, size_t count)
{
    struct buf out;

    buf_init(&out, text.len * count + 1);
    for (size_t i = 0; i < count; i++) {
        buf_append(&out, text);
    }
    ck_assert_int_eq(out.failure, 0);
    return out;
}

static void check_vector(struct str line)
{
    enum { NAME, A, B, RATIO, FIELDS };
    struct json_line_field fields[FIELDS] = {
        {.name = "name"}, {.name = "a"}, {.name = "b"}, {.name = "ratio_hex"}};
    struct err err = {ERR_NONE, ""};
    double wanted = 0.0;
    double found = 0.0;

    for (size_t i = 0; i < FIELDS; i++) {
        buf_init(&fields[i].text, 1 << 20);
    }
    ck_assert_msg(json_line_read(line, fields, FIELDS, &err) == 0, "%s", err.text);
    wanted = strtod(fields[RATIO].text.p, NULL);
    found = ratio_of(buf_str(&fields[A].text), buf_str(&fields[B].text));
    ck_assert_msg(bits_of(wanted) == bits_of(found), "%s: %a, CPython %a", fields[NAME].text.p,
                  found, wanted);
    for (size_t i = 0; i < FIELDS; i++) {
        buf_release(&fields[i].text);
    }
}

/* CPython 3.11's ratios of 94 pairs: edits, halves, the steps of autojunk, astral characters. */
START_TEST(ratios_have_cpythons_bits)
{
    enum { VECTORS = 94 };
    struct err err = {ERR_NONE, ""};
    struct buf path;
    struct buf text;
    struct str rest;
    struct str line;
    int vectors = 0;

    buf_init(&path, 4096);
    buf_init(&text, 1 << 20);
    /* Read before any thread exists. */
    buf_appendf(&path, "%s/tests/data/difflib_vectors.jsonl",
                getenv("HAYMAKER_SOURCE")); // NOLINT(concurrency-mt-unsafe)
    ck_assert_msg(file_read(path.p, &text, &err) == 0, "%s", err.text);
    rest = buf_str(&text);
    while (str_next_line(&rest, &line)) {
        check_vector(line);
        vectors++;
    }
    ck_assert_int_eq(vectors, VECTORS);
    buf_release(&path);
    buf_release(&text);
}

START_TEST(empty_texts_are_equal_and_unlike_all_others)
{
    ck_assert_double_eq(ratio_of(STR(""), STR("")), 1.0);
    ck_assert_double_eq(ratio_of(STR(""), STR("abc")), 0.0);
    ck_assert_double_eq(ratio_of(STR("abc"), STR("")), 0.0);
}

/* 200 units of b are the cliff: every letter of "abab…" becomes popular. */
START_TEST(autojunk_begins_at_200_units_of_b)
{
    struct buf pairs = repeated(STR("ab"), 100);
    struct buf moved = repeated(STR("x"), 1);

    buf_release(&moved);
    buf_init(&moved, 300);
    buf_append_char(&moved, 'x');
    buf_append(&moved, buf_str(&pairs));
    ck_assert_double_eq(ratio_of(buf_str(&moved), str_take(buf_str(&pairs), 199)), 398.0 / 400.0);
    ck_assert_double_eq(ratio_of(buf_str(&moved), buf_str(&pairs)), 0.0);
    ck_assert_double_eq(ratio_of(buf_str(&pairs), buf_str(&moved)), 0.0);
    buf_release(&pairs);
    buf_release(&moved);
}

START_TEST(characters_that_share_bytes_are_unlike)
{
    ck_assert_double_eq(ratio_of(STR("\xF0\x9F\x90\xA6"), STR("\xF0\x9F\x90\xA7")), 0.0);
    ck_assert_double_eq(ratio_of(STR("\xC3\xA9"), STR("\xC3\xA8")), 0.0);
}

START_TEST(stray_bytes_equal_themselves_only)
{
    ck_assert_double_eq(ratio_of(STR("\xFF\xFE"), STR("\xFF\xFE")), 1.0);
    ck_assert_double_eq(ratio_of(STR("\xFF"), STR("\xC3\xBF")), 0.0);
    ck_assert_double_eq(ratio_of(STR("\xC3"), STR("\xC3\xA9")), 0.0);
}

/* A reply that runs on to the client's limit must be graded like any other, in either order. */
START_TEST(replies_of_megabytes_are_graded)
{
    struct buf reply =
        repeated(STR("Lorem ipsum: 0123456789 (dolor) \xE6\x98\xA5 sit; amet. "), 131072);
    struct str gold =
        STR("amet? Zwei Boxkämpfer jagen Eva quer durch den Sylter Deich [und zurück]");
    double forward = ratio_of(buf_str(&reply), gold);
    double backward = ratio_of(gold, buf_str(&reply));

    ck_assert(forward > 0.0 && forward < 0.001);
    ck_assert(backward >= 0.0 && backward < 0.001);
    ck_assert_double_eq(ratio_of(buf_str(&reply), buf_str(&reply)), 1.0);
    buf_release(&reply);
}

/* Every second unit differs, so every other one is a block, which a recursion would not
 * survive. */
START_TEST(as_many_blocks_as_units_need_no_deep_stack)
{
    enum { UNITS = 4096 };
    struct buf a;
    struct buf b;

    buf_init(&a, 1 << 20);
    buf_init(&b, 1 << 20);
    for (unsigned i = 0; i < UNITS; i++) {
        buf_appendf(&a, "%c%c%cA", (int)(0xE4 + i / 64 / 16), (int)(0x80 + i / 16 % 64),
                    (int)(0x80 + i % 16));
        buf_appendf(&b, "%c%c%cB", (int)(0xE4 + i / 64 / 16), (int)(0x80 + i / 16 % 64),
                    (int)(0x80 + i % 16));
    }
    ck_assert_double_eq(ratio_of(buf_str(&a), buf_str(&b)), 0.5);
    buf_release(&a);
    buf_release(&b);
}

int main(void)
{
    enum { SECONDS_MAX = 120 };
    Suite *suite = suite_create("score_difflib");
    TCase *tcase = tcase_create("difflib");
    SRunner *runner = srunner_create(suite);
    int failed = 0;

    tcase_set_timeout(tcase, SECONDS_MAX);
    tcase_add_test(tcase, ratios_have_cpythons_bits);
    tcase_add_test(tcase, empty_texts_are_equal_and_unlike_all_others);
    tcase_add_test(tcase, autojunk_begins_at_200_units_of_b);
    tcase_add_test(tcase, characters_that_share_bytes_are_unlike);
    tcase_add_test(tcase, stray_bytes_equal_themselves_only);
    tcase_add_test(tcase, replies_of_megabytes_are_graded);
    tcase_add_test(tcase, as_many_blocks_as_units_need_no_deep_stack);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
