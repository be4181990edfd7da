#include "cli/json_line.h"

#include <check.h>
#include <stdlib.h>

enum { TEXT_BYTES_MAX = 4096 };

static struct json_line_field field_named(const char *name)
{
    struct json_line_field field = {.name = name};

    buf_init(&field.text, TEXT_BYTES_MAX);
    return field;
}

static struct json_line_field list_named(const char *name)
{
    struct json_line_field field = field_named(name);

    field.is_list = true;
    buf_init(&field.ends, TEXT_BYTES_MAX);
    return field;
}

struct example {
    const char *line;
    const char *text;
};

static const struct example examples[] = {
    {"{\"s\": \"plain \\\"quoted\\\" \\n\"}", "plain \"quoted\" \n"},
    {"{\"s\": null}", ""},
    {"{\"s\": \"\\u00e9\\/\\b\\f\\r\\t\\\"\"}", "\xC3\xA9/\b\f\r\t\""},
    {"{\"s\": \"\\ud83c\\udfb6\"}", "\xF0\x9F\x8E\xB6"}, /* a pair is one character */
    {"{\"s\": \"a\\ud83cb\"}", "a\xED\xA0\xBC"
                               "b"},                             /* the first half alone */
    {"{\"s\": \"\\uDFB6\\uD83C\"}", "\xED\xBE\xB6\xED\xA0\xBC"}, /* halves in the wrong order */
    {"{\"s\": \"\\ud83c\\ud83c\\udfb6\"}", "\xED\xA0\xBC\xF0\x9F\x8E\xB6"},
    {"{\"s\": \"\\\\ud83c\"}", "\\ud83c"}, /* an escaped backslash */
    {"{\"s\": \"\\\\\\ud83c\"}", "\\\xED\xA0\xBC"},
    {"{\"s\": \"\xF4\x8F\xBF\xBF\"}", "\xF4\x8F\xBF\xBF"}, /* U+10FFFF, raw and escaped */
    {"{\"s\": \"\\udbff\\udfff\"}", "\xF4\x8F\xBF\xBF"},
    {"{\"s\": \"\xF4\x8F\xBF\xBF\\ud800\"}", "\xF4\x8F\xBF\xBF\xED\xA0\x80"},
    {"{\"s\": \"\xF4\x8F\xBF\xBF\xF4\x80\x80\x80\"}", "\xF4\x8F\xBF\xBF\xF4\x80\x80\x80"},
    {"{\"s\": \"\xF4\x80\x80\x80\"}", "\xF4\x80\x80\x80"}, /* U+100000 */
};

START_TEST(strings_keep_lone_surrogates_and_all_else)
{
    struct err err = {ERR_NONE, ""};
    struct json_line_field field = field_named("s");
    const struct example *example = &examples[_i];

    ck_assert_msg(json_line_read(str_from(example->line), &field, 1, &err) == 0, "%s: %s",
                  example->line, err.text);
    ck_assert_msg(str_equal(buf_str(&field.text), str_from(example->text)), "%s", example->line);
    buf_release(&field.text);
}

struct fault {
    const char *line;
    const char *says;
};

static const struct fault faults[] = {
    {"", "not a JSON object"},
    {"[1]", "not a JSON object"},
    {"{", "not valid JSON: no member name at byte 1"},
    {"{\"s\"}", "not valid JSON: no ':' after a member name at byte 4"},
    {"{\"s\": \"a\"", "not valid JSON: no '}' at byte 9"},
    {"{\"s\": \"a\",}", "not valid JSON: no member name at byte 10"},
    {"{\"s\": \"a\"} {}", "not valid JSON: more after the object at byte 11"},
    {"{\"s\": \"\xFF\"}", "not valid JSON: invalid UTF-8 at byte 7"},
    {"{\"s\": \"ab\xED\xA0\x80\"}", "not valid JSON: invalid UTF-8 at byte 9"},
    {"{\"s\": \"\t\"}", "not valid JSON: raw control character in a string at byte 7"},
    {"{\"s\": \"\\ud8\"}", "not valid JSON: bad \\u escape at byte 7"},
    {"{\"s\": \"\\ud8", "not valid JSON: bad \\u escape at byte 7"},
    {"{\"s\": \"\\x41\"}", "not valid JSON: unknown escape at byte 7"},
    {"{\"s\": \"\\", "not valid JSON: string without end at byte 7"},
    {"{\"s\": \"a", "not valid JSON: string without end at byte 8"},
    {"{\"s\": nul}", "not valid JSON: no value at byte 6"},
    {"{\"t\": [1, 2, {\"u\": ]}", "not valid JSON: no value at byte 19"},
    {"{\"t\": [1", "not valid JSON: no ']' at byte 8"},
    {"{\"t\": 01}", "not valid JSON: no '}' at byte 7"},
    {"{\"t\": 1.}", "not valid JSON: no value at byte 8"},
    {"{\"t\": 1e+}", "not valid JSON: no value at byte 9"},
    {"{\"t\": -}", "not valid JSON: no value at byte 7"},
    {"{\"t\": 1}", "no member 's'"},
    {"{\"s\": 7}", "'s' is neither a string nor null"},
    {"{\"s\": \"a\", \"s\": [\"a\"]}", "'s' is neither a string nor null"},
};

START_TEST(a_line_that_is_no_such_object_is_an_input_error_that_says_where)
{
    struct err err = {ERR_NONE, ""};
    struct json_line_field field = field_named("s");
    const struct fault *wrong = &faults[_i];

    ck_assert_int_eq(json_line_read(str_from(wrong->line), &field, 1, &err), ERR_INPUT);
    ck_assert_str_eq(err.text, wrong->says);
    buf_release(&field.text);
}

START_TEST(other_members_of_any_kind_are_skipped)
{
    struct err err = {ERR_NONE, ""};
    struct json_line_field fields[2] = {field_named("s"), field_named("none")};

    fields[1].is_optional = true;
    ck_assert_int_eq(
        json_line_read(
            STR(" { \"a\" : [ 1 , -0.5e+7, true,false , null, [ ], { }, \"]\" ] ,\t\"b\":"
                "{\"s\":\"inner\"}, \"s\": \"first\", \"\\u0073\":\"last\",\"c\":0 } \r\n"),
            fields, 2, &err),
        0);
    ck_assert(str_equal(buf_str(&fields[0].text), STR("last")));
    ck_assert_uint_eq(fields[1].text.len, 0);
    buf_release(&fields[0].text);
    buf_release(&fields[1].text);
}

START_TEST(deep_nesting_is_an_error_and_no_crash)
{
    enum { DEPTH = 100000 };
    struct err err = {ERR_NONE, ""};
    struct json_line_field field = field_named("s");
    struct buf line;

    buf_init(&line, DEPTH + 100);
    buf_append(&line, STR("{\"t\": "));
    for (int i = 0; i < DEPTH; i++) {
        buf_append_char(&line, '[');
    }
    ck_assert_int_eq(json_line_read(buf_str(&line), &field, 1, &err), ERR_INPUT);
    ck_assert(str_starts(str_from(err.text), STR("not valid JSON: values nested too deeply")));
    buf_release(&line);
    buf_release(&field.text);
}

START_TEST(a_text_beyond_its_buffer_is_a_limit_error)
{
    struct err err = {ERR_NONE, ""};
    struct json_line_field field = {.name = "s"};

    buf_init(&field.text, 3);
    ck_assert_int_eq(json_line_read(STR("{\"s\": \"abcd\"}"), &field, 1, &err), ERR_LIMIT);
    buf_release(&field.text);
}

START_TEST(a_nul_escape_does_not_end_the_string)
{
    struct err err = {ERR_NONE, ""};
    struct json_line_field field = field_named("s");

    ck_assert_int_eq(json_line_read(STR("{\"s\": \"a\\u0000b\"}"), &field, 1, &err), 0);
    ck_assert(str_equal(buf_str(&field.text), STR("a\0b")));
    buf_release(&field.text);
}

START_TEST(a_list_of_strings_is_read_text_by_text)
{
    struct err err = {ERR_NONE, ""};
    struct json_line_field field = list_named("s");

    ck_assert_int_eq(
        json_line_read(STR("{\"s\": [ \"a\\u0000b\", \"\" , \"\\n\" ]}"), &field, 1, &err), 0);
    ck_assert_uint_eq(json_line_list_count(&field), 3);
    ck_assert(str_equal(json_line_list_text(&field, 0), STR("a\0b")));
    ck_assert(str_equal(json_line_list_text(&field, 1), STR("")));
    ck_assert(str_equal(json_line_list_text(&field, 2), STR("\n")));
    ck_assert_int_eq(json_line_read(STR("{\"s\": [\"x\"], \"s\": []}"), &field, 1, &err), 0);
    ck_assert_uint_eq(json_line_list_count(&field), 0);
    ck_assert_int_eq(json_line_read(STR("{\"s\": null}"), &field, 1, &err), 0);
    ck_assert_uint_eq(json_line_list_count(&field), 0);
    buf_release(&field.text);
    buf_release(&field.ends);
}

START_TEST(a_list_of_anything_else_is_an_input_error)
{
    static const char *const lines[] = {"{\"s\": [1]}", "{\"s\": [\"a\", [\"b\"]]}",
                                        "{\"s\": \"a\"}", "{\"s\": {\"a\": \"b\"}}"};
    struct err err = {ERR_NONE, ""};
    struct json_line_field field = list_named("s");

    ck_assert_int_eq(json_line_read(str_from(lines[_i]), &field, 1, &err), ERR_INPUT);
    ck_assert_str_eq(err.text, "'s' is neither a list of strings nor null");
    buf_release(&field.text);
    buf_release(&field.ends);
}

int main(void)
{
    Suite *suite = suite_create("cli_json_line");
    TCase *tcase = tcase_create("json_line");
    SRunner *runner = srunner_create(suite);
    int failed = 0;

    tcase_add_loop_test(tcase, strings_keep_lone_surrogates_and_all_else, 0,
                        (int)(sizeof examples / sizeof *examples));
    tcase_add_loop_test(tcase, a_line_that_is_no_such_object_is_an_input_error_that_says_where, 0,
                        (int)(sizeof faults / sizeof *faults));
    tcase_add_test(tcase, other_members_of_any_kind_are_skipped);
    tcase_add_test(tcase, deep_nesting_is_an_error_and_no_crash);
    tcase_add_test(tcase, a_text_beyond_its_buffer_is_a_limit_error);
    tcase_add_test(tcase, a_nul_escape_does_not_end_the_string);
    tcase_add_test(tcase, a_list_of_strings_is_read_text_by_text);
    tcase_add_loop_test(tcase, a_list_of_anything_else_is_an_input_error, 0, 4);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
