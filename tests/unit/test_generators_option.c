#include "suite.h"

#include "generators/option.h"

#include <string.h>

static const struct task_option rows[] = {
    {"answer-prefix", "yes|no", "begin the answer", "yes"},
    {"depth", "1..64", "hops", "2"},
    {"style", "long|short", "how it is said", "long"},
    {"data", "FILE", "where the questions are", ""},
    {NULL, NULL, NULL, NULL},
};

static struct arena arena;
static struct err err;

static void set_up(void)
{
    err = (struct err){ERR_NONE, ""};
    arena = (struct arena){0};
}

static void tear_down(void)
{
    arena_release(&arena);
}

static int read_words(const char *const *typed, size_t count, struct task_options *out)
{
    return task_options_read("walk", rows, typed, count, &arena, out, &err);
}

static void check_text(struct str text, const char *expected)
{
    ck_assert_msg(str_equal(text, str_from(expected)), "'%.*s' is not '%s'", STR_ARG(text),
                  expected);
}

START_TEST(what_is_not_set_is_the_default)
{
    struct task_options none = {0};

    ck_assert(task_option_is_yes(rows, none, "answer-prefix"));
    ck_assert_uint_eq(task_option_count(rows, none, "depth"), 2);
    check_text(task_option_text(rows, none, "style"), "long");
    check_text(task_option_text(rows, none, "data"), "");
}

START_TEST(a_plan_keeps_what_differs_from_the_defaults_in_the_order_of_the_rows)
{
    static const char *const typed[] = {"data=/a=b.json", "style=short", "depth=2",
                                        "answer-prefix=no"};
    struct task_options set;

    ck_assert_msg(read_words(typed, 4, &set) == 0, "%s", err.text);
    ck_assert_uint_eq(set.count, 3);
    check_text(set.items[0], "answer-prefix=no");
    check_text(set.items[1], "style=short");
    check_text(set.items[2], "data=/a=b.json");
    ck_assert(!task_option_is_yes(rows, set, "answer-prefix"));
    ck_assert_str_eq(task_option_text(rows, set, "data").p, "/a=b.json");
}

struct spelling {
    const char *typed;
    const char *kept; /* NULL: nothing, it is the default */
};

static const struct spelling spellings[] = {{"no-answer-prefix", "answer-prefix=no"},
                                            {"answer-prefix", NULL},
                                            {"answer-prefix=yes", NULL},
                                            {"depth=64", "depth=64"},
                                            {"depth=02", "depth=02"}};

START_TEST(yes_and_no_have_short_spellings)
{
    struct task_options set;

    ck_assert_msg(read_words(&spellings[_i].typed, 1, &set) == 0, "%s", err.text);
    ck_assert_uint_eq(set.count, spellings[_i].kept != NULL ? 1 : 0);
    if (set.count != 0) {
        check_text(set.items[0], spellings[_i].kept);
    }
}

struct mistake {
    const char *typed[2];
    const char *says;
};

static const struct mistake mistakes[] = {
    {{"hops=3"}, "walk has no option 'hops'; known: answer-prefix, depth, style, data"},
    {{"no-depth"}, "walk has no option 'no-depth'"},
    {{"no-answer-prefix=yes"}, "walk has no option 'no-answer-prefix'"},
    {{"=3"}, "walk has no option ''"},
    {{"depth"}, "walk's 'depth' takes 1..64, not ''"},
    {{"depth=65"}, "walk's 'depth' takes 1..64, not '65'"},
    {{"depth=0"}, "walk's 'depth' takes 1..64, not '0'"},
    {{"depth=3x"}, "walk's 'depth' takes 1..64, not '3x'"},
    {{"style=lon"}, "walk's 'style' takes long|short, not 'lon'"},
    {{"answer-prefix=true"}, "walk's 'answer-prefix' takes yes|no, not 'true'"},
    {{"data="}, "walk's 'data' takes FILE, not ''"},
    {{"depth=3", "depth=4"}, "'depth' is set twice"},
};

START_TEST(a_mistake_is_told_with_what_would_be_right)
{
    const struct mistake *mistake = &mistakes[_i];
    struct task_options set;

    ck_assert_int_eq(read_words(mistake->typed, mistake->typed[1] != NULL ? 2 : 1, &set),
                     ERR_USAGE);
    ck_assert_msg(strstr(err.text, mistake->says) != NULL, "%s", err.text);
}

START_TEST(a_task_without_options_says_so)
{
    static const char *const typed[] = {"depth=3"};
    struct task_options set;

    ck_assert_int_eq(task_options_read("mrcr", NULL, typed, 1, &arena, &set, &err), ERR_USAGE);
    ck_assert_str_eq(err.text, "--task-option: mrcr has no options");
    ck_assert_int_eq(task_options_read("mrcr", NULL, typed, 0, &arena, &set, &err), 0);
    ck_assert_uint_eq(set.count, 0);
}

int main(void)
{
    Suite *suite = suite_create("generators_option");
    TCase *tests = suite_case(suite, "option");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, what_is_not_set_is_the_default);
    tcase_add_test(tests, a_plan_keeps_what_differs_from_the_defaults_in_the_order_of_the_rows);
    tcase_add_loop_test(tests, yes_and_no_have_short_spellings, 0,
                        sizeof spellings / sizeof *spellings);
    tcase_add_loop_test(tests, a_mistake_is_told_with_what_would_be_right, 0,
                        sizeof mistakes / sizeof *mistakes);
    tcase_add_test(tests, a_task_without_options_says_so);
    return suite_run(suite);
}
