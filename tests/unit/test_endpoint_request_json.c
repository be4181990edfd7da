/* The members of a request: who may set what, what is left out, and whom an error blames. */
#include "suite.h"

#include "endpoint/request_json.h"

#include <stdio.h>
#include <string.h>

static struct arena arena;
static struct request_refused refused;
static struct request_json request;
static struct err err;

static void set_up(void)
{
    request = (struct request_json){.arena = &arena, .refused = &refused};
}

static void tear_down(void)
{
    arena_release(&arena);
}

static void expect_head(const char *wanted)
{
    struct str head;

    ck_assert_msg(request_json_head(&request, "\"m\":[", &head, &err) == 0, "%s", err.text);
    ck_assert_msg(str_equal(head, str_from(wanted)), "%.*s", STR_ARG(head));
}

static void expect_failure(const char *says)
{
    struct str head;

    ck_assert_int_eq(request_json_head(&request, "\"m\":[", &head, &err), ERR_USAGE);
    ck_assert_msg(strstr(err.text, says) != NULL, "%s", err.text);
}

static void add_parameters(const char *first, const char *second)
{
    const char *const parameters[] = {first, second, NULL};

    request_json_parameters(&request, parameters, NULL);
}

START_TEST(dotted_paths_become_objects_in_the_order_of_their_first_member)
{
    request_json_own_string(&request, "model", "a\"b", "the model's name");
    request_json_own(&request, "o.first", "1");
    request_json_own(&request, "stream", "true");
    add_parameters("o.second={\"x\": null}", "o.deep.er=[1,2]");
    add_parameters("oh=1", "o\"q=2");
    expect_head("{\"model\":\"a\\\"b\",\"o\":{\"first\":1,\"second\":{\"x\": null},\"deep\":{"
                "\"er\":[1,2]}},\"stream\":true,\"oh\":1,\"o\\\"q\":2,\"m\":[");
}

START_TEST(no_member_at_all_is_fine)
{
    expect_head("{\"m\":[");
}

START_TEST(the_user_overrides_a_default_whichever_came_first)
{
    request_json_default(&request, "store", "false");
    request_json_default(&request, "o.a", "1");
    add_parameters("store=true", "late=2");
    add_parameters("o={\"b\":1}", NULL);
    request_json_default(&request, "plugins", "[1]");
    request_json_default(&request, "late", "1");
    expect_head("{\"store\":true,\"late\":2,\"o\":{\"b\":1},\"plugins\":[1],\"m\":[");
}

START_TEST(what_the_program_sets_it_keeps)
{
    static const struct {
        const char *parameter;
        const char *says;
    } wrong[] = {
        {"stream=false", "'stream' is set by the program itself"},
        {"o={}", "'o' is set by the program itself, in part: give the other members as NAME."},
        {"o.a.b=1", "'o.a.b' is set by the program itself"},
        {"max_tokens=5", "'max_tokens' is set by the program itself"},
        {"limit=5", "'limit' is set by the program itself"},
        {"=1", "'=1' is not NAME=JSON"},
        {"temperature", "'temperature' is not NAME=JSON"},
        {"a..b=1", "'a..b=1' is not NAME=JSON"},
        {".a=1", "is not NAME=JSON"},
        {"a.=1", "is not NAME=JSON"},
        {"a.b.c.d.e.f.g.h.i=1", "is not NAME=JSON"},
        {"\xFF=1", "is not NAME=JSON"},
        {"effort=high", "not JSON"},
        {"x=1,\"stream\":false", "not JSON"},
    };

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        set_up();
        request_json_own(&request, "stream", "true");
        request_json_own(&request, "o.a", "1");
        request_json_limit(&request, "limit", "max_tokens", 9);
        add_parameters(wrong[i].parameter, NULL);
        expect_failure(wrong[i].says);
    }
}

START_TEST(a_name_given_twice_is_refused)
{
    add_parameters("a.b=1", "a={}");
    expect_failure("'a' is given twice");
}

START_TEST(more_parameters_than_there_is_room_for_are_refused)
{
    for (int i = 0; i <= REQUEST_MEMBERS_MAX; i++) {
        char *text = arena_alloc(&arena, 1, 32);

        (void)snprintf(text, 32, "p%d=1", i);
        add_parameters(text, NULL);
    }
    expect_failure("more than");
}

START_TEST(a_model_that_is_not_utf8_is_refused)
{
    request_json_own_string(&request, "model", "a\xFF", "the model's name");
    expect_failure("the model's name is not UTF-8");
}

static void refuse(const char *path)
{
    refused.paths[refused.count++] = str_from(path);
}

START_TEST(what_was_refused_is_left_out)
{
    refuse("temperature");
    refuse("plugins");
    request_json_own(&request, "stream", "true");
    request_json_default(&request, "plugins", "[]");
    add_parameters("temperature=0", "top_p=1");
    expect_head("{\"stream\":true,\"top_p\":1,\"m\":[");
}

START_TEST(a_refused_limit_is_sent_by_its_other_name_and_never_left_out)
{
    request_json_limit(&request, "limit", "max_tokens", 9);
    expect_head("{\"limit\":9,\"m\":[");
    set_up();
    refuse("limit");
    request_json_limit(&request, "limit", "max_tokens", 9);
    expect_head("{\"max_tokens\":9,\"m\":[");
    set_up();
    refuse("max_tokens");
    request_json_limit(&request, "limit", "max_tokens", 9);
    expect_head("{\"max_tokens\":9,\"m\":[");
    set_up();
    request_json_limit(&request, "limit", NULL, 9);
    expect_head("{\"limit\":9,\"m\":[");
    set_up();
    request_json_limit(&request, "limit", "max_tokens", 0);
    expect_head("{\"m\":[");
}

START_TEST(the_member_that_the_words_name_first_is_blamed)
{
    static const struct {
        const char *words;
        const char *path; /* NULL: nobody */
    } said[] = {
        {"{\"error\":{\"message\":\"Unsupported parameter: 'temperature' is not supported\","
         "\"param\":\"temperature\"}}",
         "temperature"},
        {"{\"error\":{\"message\":\"Unsupported value\",\"param\":\"reasoning.effort\"}}",
         "reasoning.effort"},
        {"{\"error\":{\"message\":\"Unknown name \\\"topP\\\" at 'generation_config'\"}}",
         "generationConfig.topP"},
        {"{\"message\":\"`temperature` is deprecated for this model.\"}", "temperature"},
        {"{\"message\":\"temperature: Extra inputs are not permitted\"}", "temperature"},
        {"{\"detail\":[{\"loc\":[\"body\",\"plugins\"],\"msg\":\"Extra inputs\"}]}", "plugins"},
        {"'max_completion_tokens' is not supported. Use 'max_tokens' instead.",
         "max_completion_tokens"},
        {"Unrecognized request argument supplied: 'stream_options'", "stream_options.include"},
        {"'top_k' is not supported with 'temperature'", "temperature"},
        {"{\"plugins\":{\"raw\":\"something else\"}}", NULL},
        {"the temperature of the room", NULL},
        {"'temperatures' are unknown", NULL},
        {"'model' is unsupported", NULL},
        {"'temperature", NULL},
        {"", NULL},
    };

    request_json_own(&request, "model", "1");
    request_json_default(&request, "plugins", "[]");
    request_json_default(&request, "stream_options.include", "true");
    request_json_limit(&request, "max_completion_tokens", "max_tokens", 9);
    add_parameters("temperature=0", "reasoning.effort=\"low\"");
    add_parameters("generationConfig.topP=1", NULL);
    for (size_t i = 0; i < sizeof said / sizeof said[0]; i++) {
        const struct request_member *member =
            request_json_blamed(&request, str_from(said[i].words));

        if (said[i].path == NULL) {
            ck_assert_msg(member == NULL, "%s", said[i].words);
        } else {
            ck_assert_msg(member != NULL, "%s", said[i].words);
            ck_assert_msg(str_equal(member->path, str_from(said[i].path)), "%.*s",
                          STR_ARG(member->path));
        }
    }
}

START_TEST(a_limit_by_its_other_name_cannot_be_blamed_again)
{
    refuse("limit");
    request_json_limit(&request, "limit", "max_tokens", 9);
    ck_assert_ptr_null(request_json_blamed(&request, STR("'max_tokens' is not supported")));
}

int main(void)
{
    Suite *suite = suite_create("endpoint_request_json");
    TCase *tests = suite_case(suite, "request_json");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, dotted_paths_become_objects_in_the_order_of_their_first_member);
    tcase_add_test(tests, no_member_at_all_is_fine);
    tcase_add_test(tests, the_user_overrides_a_default_whichever_came_first);
    tcase_add_test(tests, what_the_program_sets_it_keeps);
    tcase_add_test(tests, a_name_given_twice_is_refused);
    tcase_add_test(tests, more_parameters_than_there_is_room_for_are_refused);
    tcase_add_test(tests, a_model_that_is_not_utf8_is_refused);
    tcase_add_test(tests, what_was_refused_is_left_out);
    tcase_add_test(tests, a_refused_limit_is_sent_by_its_other_name_and_never_left_out);
    tcase_add_test(tests, the_member_that_the_words_name_first_is_blamed);
    tcase_add_test(tests, a_limit_by_its_other_name_cannot_be_blamed_again);
    return suite_run(suite);
}
