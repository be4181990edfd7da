/* What a strict parser refuses and a reply must survive. Expected texts are written by hand. */
#include "suite.h"

#include "endpoint/wire_json.h"

struct text_case {
    struct str json; /* of one string */
    struct str text; /* what it must say */
};

#define CASE(json, text)                                                                           \
    {                                                                                              \
        {(json), sizeof(json) - 1},                                                                \
        {                                                                                          \
            (text), sizeof(text) - 1                                                               \
        }                                                                                          \
    }
#define FFFD "\xEF\xBF\xBD"

static const struct text_case cases[] = {
    CASE("\"plain\"", "plain"),
    CASE("\"\\ud83d\\ude00\"", "\xF0\x9F\x98\x80"),
    CASE("\"a\\ud83d\"", "a" FFFD),
    CASE("\"a\\ud83dz\"", "a" FFFD "z"),
    CASE("\"\\ude00\\ud83d\"", FFFD FFFD),
    CASE("\"\\ud83d\\ud83d\\ude00\"", FFFD "\xF0\x9F\x98\x80"),
    CASE("\"\\uD83D\\n\"", FFFD "\n"),
    CASE("\"\\\\ud83d\"", "\\ud83d"), /* an escaped backslash, not an escape */
    CASE("\"\\\\\\ud83d\"", "\\" FFFD),
    CASE("\"\xFF\"", FFFD),
    CASE("\"\xE6\xB0\"", FFFD FFFD),
    CASE("\"\xC0\xAF\"", FFFD FFFD),
    CASE("\"\xED\xA0\x80\"", FFFD FFFD FFFD), /* a surrogate in UTF-8 clothes */
    CASE("\"\xE6\xB0\xB4\xF0\x9F\"", "\xE6\xB0\xB4" FFFD FFFD),
    CASE("\"nul \\u0000.\"", "nul \0."),
};

START_TEST(broken_text_is_replaced_and_the_rest_kept)
{
    json_t *value = wire_json_parse(cases[_i].json);

    ck_assert_ptr_nonnull(value);
    ck_assert(str_equal(wire_json_text(value), cases[_i].text));
    json_decref(value);
}

START_TEST(text_that_is_no_json_stays_none)
{
    static const char *const texts[] = {
        "",           "{",    "<!DOCTYPE html>", "\"\\ud83", "\"open",
        "\"\\\xFF\"", "\xFF", "{\"a\":\xFF}",    "\"\\u12",  "nul",
        "{\"a\":1}x"};

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        ck_assert_msg(wire_json_parse(str_from(texts[i])) == NULL, "case %zu", i);
    }
}

START_TEST(accessors_answer_for_any_value)
{
    json_t *value = wire_json_parse(
        STR("{\"n\":5,\"neg\":-1,\"big\":9223372036854775807,\"real\":1.5,\"s\":\"x\",\"null\":"
            "null}"));

    ck_assert_int_eq(wire_json_count(value, "n", -1), 5);
    ck_assert_int_eq(wire_json_count(value, "neg", -1), -1);
    ck_assert_int_eq(wire_json_count(value, "big", -1), -1);
    ck_assert_int_eq(wire_json_count(value, "real", -1), -1);
    ck_assert_int_eq(wire_json_count(value, "s", -1), -1);
    ck_assert_int_eq(wire_json_count(NULL, "n", 3), 3);
    ck_assert(str_equal(wire_json_string(value, "s"), STR("x")));
    ck_assert_uint_eq(wire_json_string(value, "n").len, 0);
    ck_assert_uint_eq(wire_json_string(value, "null").len, 0);
    ck_assert_uint_eq(wire_json_string(NULL, "s").len, 0);
    json_decref(value);
}

START_TEST(a_copy_is_cut_between_characters_and_before_control_characters)
{
    char out[6];

    wire_json_copy(out, sizeof out, STR("abcde"));
    ck_assert_str_eq(out, "abcde");
    wire_json_copy(out, sizeof out, STR("abcdefg"));
    ck_assert_str_eq(out, "abcde");
    wire_json_copy(out, sizeof out, STR("abc\xE6\xB0\xB4"));
    ck_assert_str_eq(out, "abc");
    wire_json_copy(out, sizeof out, STR("ab\x1B[1m"));
    ck_assert_str_eq(out, "ab");
    wire_json_copy(out, sizeof out, (struct str){0});
    ck_assert_str_eq(out, "");
}

int main(void)
{
    Suite *suite = suite_create("endpoint_wire_json");
    TCase *tests = suite_case(suite, "wire_json");

    tcase_add_loop_test(tests, broken_text_is_replaced_and_the_rest_kept, 0,
                        (int)(sizeof cases / sizeof cases[0]));
    tcase_add_test(tests, text_that_is_no_json_stays_none);
    tcase_add_test(tests, accessors_answer_for_any_value);
    tcase_add_test(tests, a_copy_is_cut_between_characters_and_before_control_characters);
    return suite_run(suite);
}
