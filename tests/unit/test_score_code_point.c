#include "score/code_point.h"

#include <check.h>
#include <stdlib.h>

START_TEST(a_character_is_one_unit_whatever_its_bytes)
{
    struct str text = STR("a\xC3\xA9\xE6\x98\xA5\xF0\x9F\x90\xA6");

    ck_assert_uint_eq(code_point_next(&text), 'a');
    ck_assert_uint_eq(code_point_next(&text), 0xE9);
    ck_assert_uint_eq(code_point_next(&text), 0x6625);
    ck_assert_uint_eq(code_point_next(&text), 0x1F426);
    ck_assert_uint_eq(text.len, 0);
}

START_TEST(a_lone_surrogate_is_one_unit)
{
    struct str text = STR("\xED\xA0\xBC\xED\xBE\xB6");

    ck_assert_uint_eq(code_point_next(&text), 0xD83C);
    ck_assert_uint_eq(code_point_next(&text), 0xDFB6);
    ck_assert_uint_eq(text.len, 0);
}

START_TEST(every_other_stray_byte_is_a_unit_of_its_own)
{
    struct str text = STR("\xED\xA0\xC3(\xFF");

    ck_assert_uint_eq(code_point_next(&text), CODE_POINT_BYTE + 0xED);
    ck_assert_uint_eq(code_point_next(&text), CODE_POINT_BYTE + 0xA0);
    ck_assert_uint_eq(code_point_next(&text), CODE_POINT_BYTE + 0xC3);
    ck_assert_uint_eq(code_point_next(&text), '(');
    ck_assert_uint_eq(code_point_next(&text), CODE_POINT_BYTE + 0xFF);
    ck_assert_uint_eq(text.len, 0);
}

START_TEST(take_counts_units_not_bytes)
{
    struct str text = STR("\xC3\xA9\xF0\x9F\x90\xA6z");

    ck_assert_uint_eq(code_point_take(text, 0).len, 0);
    ck_assert_uint_eq(code_point_take(text, 2).len, 6);
    ck_assert_uint_eq(code_point_take(text, 9).len, 7);
}

START_TEST(strip_takes_pythons_white_space_off_both_ends)
{
    ck_assert(str_equal(
        code_point_strip(STR("\x1C\n \xC2\xA0\xE3\x80\x80 a b\xE2\x80\xA8\xC2\x85")), STR("a b")));
    ck_assert(str_equal(code_point_strip(STR("\xE2\x80\x8B x\xEF\xBB\xBF")),
                        STR("\xE2\x80\x8B x\xEF\xBB\xBF")));
    ck_assert_uint_eq(code_point_strip(STR(" \t\xE1\x9A\x80")).len, 0);
    ck_assert_uint_eq(code_point_strip(STR("")).len, 0);
    ck_assert(str_equal(code_point_strip(STR("\x80\xC2 ")), STR("\x80\xC2")));
}

START_TEST(find_last_finds_the_last_even_when_occurrences_overlap)
{
    ck_assert_uint_eq(code_point_find_last(STR("xaaa"), STR("aa")), 2);
    ck_assert_uint_eq(code_point_find_last(STR("xaaa"), STR("b")), SIZE_MAX);
    ck_assert_uint_eq(code_point_find_last(STR("x"), STR("xx")), SIZE_MAX);
    ck_assert_uint_eq(code_point_find_last(STR("abc"), STR("")), 3);
    ck_assert_uint_eq(code_point_find_last(STR("abc"), STR("abc")), 0);
}

int main(void)
{
    Suite *suite = suite_create("score_code_point");
    TCase *tcase = tcase_create("code_point");
    SRunner *runner = srunner_create(suite);
    int failed = 0;

    tcase_add_test(tcase, a_character_is_one_unit_whatever_its_bytes);
    tcase_add_test(tcase, a_lone_surrogate_is_one_unit);
    tcase_add_test(tcase, every_other_stray_byte_is_a_unit_of_its_own);
    tcase_add_test(tcase, take_counts_units_not_bytes);
    tcase_add_test(tcase, strip_takes_pythons_white_space_off_both_ends);
    tcase_add_test(tcase, find_last_finds_the_last_even_when_occurrences_overlap);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
