#include "cli/json_line.h"

#include <check.h>
#include <stdlib.h>

static int parse(const char *line, json_t **out, struct err *err)
{
    struct buf scratch;
    int rc = 0;

    buf_init(&scratch, 4096);
    rc = json_line_parse(str_from(line), &scratch, out, err);
    buf_release(&scratch);
    return rc;
}

/* The member "s" of a line, as a NUL-terminated string that the caller frees. */
static struct buf text_of(const char *line)
{
    struct err err = {ERR_NONE, ""};
    json_t *object = NULL;
    struct buf out;

    buf_init(&out, 4096);
    ck_assert_msg(parse(line, &object, &err) == 0, "%s: %s", line, err.text);
    ck_assert_int_eq(json_line_text(object, "s", JSON_LINE_REQUIRED, &out, &err), 0);
    json_decref(object);
    return out;
}

struct example {
    const char *line;
    const char *text;
};

static const struct example examples[] = {
    {"{\"s\": \"plain \\\"quoted\\\" \\n\"}", "plain \"quoted\" \n"},
    {"{\"s\": null}", ""},
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
    struct buf text = text_of(examples[_i].line);

    ck_assert_msg(str_equal(buf_str(&text), str_from(examples[_i].text)), "%s", examples[_i].line);
    buf_release(&text);
}

struct fault {
    const char *line;
    const char *says;
};

static const struct fault faults[] = {
    {"", "not valid JSON"},
    {"{", "not valid JSON"},
    {"[1]", "not a JSON object"},
    {"{\"s\": \"\xFF\"}", "not valid JSON"},
    {"{\"s\": \"\\ud8\"}", "not valid JSON"},
    {"{\"s\": \"\\", "not valid JSON"},
    {"{\"s\": \"\xF4\x8F\xBF\xBF", "not valid JSON"},
    {"{\"s\": \"a\"} {}", "not valid JSON"},
};

START_TEST(a_line_that_is_no_object_is_an_input_error)
{
    struct err err = {ERR_NONE, ""};
    json_t *object = NULL;

    ck_assert_int_eq(parse(faults[_i].line, &object, &err), ERR_INPUT);
    ck_assert_msg(str_starts(str_from(err.text), str_from(faults[_i].says)), "%s", err.text);
}

START_TEST(a_member_that_is_no_text_is_named)
{
    struct err err = {ERR_NONE, ""};
    json_t *object = NULL;
    struct buf out;

    buf_init(&out, 4096);
    ck_assert_int_eq(parse("{\"s\": 7}", &object, &err), 0);
    ck_assert_int_eq(json_line_text(object, "s", JSON_LINE_REQUIRED, &out, &err), ERR_INPUT);
    ck_assert_str_eq(err.text, "'s' is neither a string nor null");
    ck_assert_int_eq(json_line_text(object, "t", JSON_LINE_REQUIRED, &out, &err), ERR_INPUT);
    ck_assert_str_eq(err.text, "no member 't'");
    ck_assert_int_eq(json_line_text(object, "t", JSON_LINE_OPTIONAL, &out, &err), 0);
    ck_assert_uint_eq(out.len, 0);
    json_decref(object);
    buf_release(&out);
}

START_TEST(a_nul_escape_does_not_end_the_string)
{
    struct buf text = text_of("{\"s\": \"a\\u0000b\"}");

    ck_assert(str_equal(buf_str(&text), STR("a\0b")));
    buf_release(&text);
}

int main(void)
{
    Suite *suite = suite_create("cli_json_line");
    TCase *tcase = tcase_create("json_line");
    SRunner *runner = srunner_create(suite);
    int failed = 0;

    tcase_add_loop_test(tcase, strings_keep_lone_surrogates_and_all_else, 0,
                        (int)(sizeof examples / sizeof *examples));
    tcase_add_loop_test(tcase, a_line_that_is_no_object_is_an_input_error, 0,
                        (int)(sizeof faults / sizeof *faults));
    tcase_add_test(tcase, a_member_that_is_no_text_is_named);
    tcase_add_test(tcase, a_nul_escape_does_not_end_the_string);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
