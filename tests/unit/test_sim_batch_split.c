#include "sim/batch_split.h"

#include "sim/batch_desk.h"
#include "suite.h"

#include <check.h>

/* The requests found, "id url body; " each. */
static int take(void *context, const struct batch_item *item, struct err *err)
{
    struct buf *found = context;

    (void)err;
    buf_appendf(found, "%s %s %.*s; ", item->id, item->url, STR_ARG(item->body));
    return 0;
}

static void assert_requests(const struct batch_form *form, const char *text, const char *wanted)
{
    struct buf found;
    struct err err = {0};

    buf_init(&found, 4096);
    buf_append(&found, STR(">"));
    ck_assert_msg(batch_split(form, str_from(text), take, &found, &err) == 0, "%s", err.text);
    ck_assert_str_eq(found.p, wanted);
    buf_release(&found);
}

START_TEST(lines_are_requests_whatever_the_order_of_their_members)
{
    assert_requests(&batch_shape_openai.file,
                    "{\"custom_id\":\"a\",\"method\":\"POST\",\"url\":\"/v1/x\",\"body\":{\"b\":[{"
                    "\"custom_id\":\"no\"}]}}\r\n\n"
                    "{\"body\": {} ,\"custom_id\":\"\\u00e9\"}",
                    ">a /v1/x {\"b\":[{\"custom_id\":\"no\"}]}; é  {}; ");
    assert_requests(&batch_shape_gemini.file, "{\"key\":\"k\",\"request\":{\"key\":\"no\"}}\n",
                    ">k  {\"key\":\"no\"}; ");
    assert_requests(&batch_shape_openai.file, "", ">");
}

START_TEST(elements_of_an_array_are_requests)
{
    assert_requests(&batch_shape_anthropic.together,
                    "{\"requests\":[{\"custom_id\":\"a\",\"params\":{\"m\":1}}, {\"params\":{},"
                    "\"custom_id\":\"b\"},{\"custom_id\":\"c\"}]}",
                    ">a  {\"m\":1}; b  {}; c  ; ");
    assert_requests(&batch_shape_gemini.together,
                    "{\"batch\":{\"input_config\":{\"requests\":{\"requests\":[{\"request\":{},"
                    "\"metadata\":{\"key\":\"a\"}}]}}}}",
                    ">a  {}; ");
    assert_requests(
        &batch_shape_gemini.together,
        "{\"batch\":{\"inputConfig\":{\"requests\":{\"requests\":[{\"request\":{}}]}}}}",
        ">  {}; ");
}

START_TEST(a_line_that_is_no_json_is_named)
{
    struct buf found;
    struct err err = {0};

    buf_init(&found, 4096);
    ck_assert_int_eq(
        batch_split(&batch_shape_openai.file, STR("{\"body\":{}}\n{\"body\":"), take, &found, &err),
        ERR_INPUT);
    ck_assert_str_eq(err.text, "line 2: byte 8: the text ends too early");
    buf_release(&found);
}

START_TEST(single_members_are_found_by_their_path)
{
    struct str text = STR("{\"file\":{\"display_name\":\"a name\"},\"n\":1}");
    char value[5];

    ck_assert(batch_member(text, "file.displayName", value, sizeof value));
    ck_assert_str_eq(value, "a na");
    ck_assert(!batch_member(text, "file", value, sizeof value));
    ck_assert(!batch_member(text, "n", value, sizeof value));
    ck_assert(!batch_member(STR("nonsense"), "n", value, sizeof value));
    ck_assert_str_eq(value, "");
}

int main(void)
{
    Suite *suite = suite_create("sim_batch_split");
    TCase *rules = suite_case(suite, "rules");

    tcase_add_test(rules, lines_are_requests_whatever_the_order_of_their_members);
    tcase_add_test(rules, elements_of_an_array_are_requests);
    tcase_add_test(rules, a_line_that_is_no_json_is_named);
    tcase_add_test(rules, single_members_are_found_by_their_path);
    return suite_run(suite);
}
