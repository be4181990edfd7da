#include "score/canary.h"

#include "score/grader.h"
#include "suite.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX "h7Kd02mQxZ"
#define GOLD   "Tapirs at dawn,\nCheckpoint of the moor:\nthey wade."
#define LINE   "Checkpoints: KRT481, LMP204, QXV093"

static const struct answer_key asked = {
    .answer = STR_INIT(PREFIX GOLD),
    .prefix = STR_INIT(PREFIX),
    .canary = {STR_INIT("KRT481"), STR_INIT("LMP204"), STR_INIT("QXV093")},
};
static const struct answer_key not_asked = {
    .answer = STR_INIT(PREFIX GOLD),
    .prefix = STR_INIT(PREFIX),
};

struct cut {
    const char *reply;
    const char *left;
};

static const struct cut cuts[] = {
    {PREFIX GOLD "\n" LINE, PREFIX GOLD},
    {PREFIX GOLD "\n\n \r\n" LINE "\n\n", PREFIX GOLD},
    {PREFIX GOLD "\n**checkpoints:** KRT481, -, -", PREFIX GOLD},
    {PREFIX GOLD "\nCheckpoints: -, -, -", PREFIX GOLD},
    {PREFIX GOLD "\nCheckpoints:\n- KRT481\n- LMP204\n- QXV093", PREFIX GOLD},
    {PREFIX GOLD "\n\nCheckpoint 1: KRT481\nCheckpoint 2: -\nCheckpoint 3: -", PREFIX GOLD},
    {PREFIX GOLD "\nKRT481, LMP204, QXV093", PREFIX GOLD},
    {PREFIX GOLD, PREFIX GOLD},
    {PREFIX GOLD "\n", PREFIX GOLD "\n"},
    {"4417093 (KRT481)", "4417093 (KRT481)"},
    {"4417093 (KRT481)\n" LINE, "4417093 (KRT481)"},
    {LINE, ""},
    {"KRT4812\nLMP2041", "KRT4812\nLMP2041"},
    {"We came to a checkpoint\ncheckpoint without colon",
     "We came to a checkpoint\ncheckpoint without colon"},
    {"", ""},
    {"\n\n", "\n\n"},
};

START_TEST(the_answer_to_the_canary_is_cut_off_the_end)
{
    struct str left = canary_cut(&asked, str_from(cuts[_i].reply));

    ck_assert_msg(str_equal(left, str_from(cuts[_i].left)), "'%.*s'", STR_ARG(left));
}

START_TEST(without_a_canary_nothing_is_cut)
{
    struct str reply = str_from(cuts[_i].reply);

    ck_assert(str_equal(canary_cut(&not_asked, reply), reply));
}

static struct mark mark_of(const struct answer_key *key, const char *reply)
{
    const struct grader *grader = NULL;
    struct err err = {ERR_NONE, ""};
    struct mark mark;

    ck_assert_int_eq(grader_find(STR("openai-mrcr"), &grader, &err), 0);
    ck_assert_int_eq(grader_mark(grader, key, str_from(reply), &mark, &err), 0);
    return mark;
}

START_TEST(the_rest_gets_the_official_mark)
{
    struct mark right = mark_of(&asked, PREFIX GOLD "\n" LINE);
    struct mark other = mark_of(&asked, PREFIX "Tapirs\n" LINE);

    ck_assert_double_eq(right.score, 1.0);
    ck_assert(right.exact);
    ck_assert_double_eq(other.score, mark_of(&not_asked, PREFIX "Tapirs").score);
    ck_assert_double_lt(mark_of(&not_asked, PREFIX GOLD "\n" LINE).score, 1.0);
}

START_TEST(each_checkpoint_is_found_or_missing)
{
    struct mark mark = mark_of(&asked, PREFIX GOLD "\nCheckpoints: -, lmp204, QXV0931");

    ck_assert_int_eq(mark.canary_start, CANARY_MISSING);
    ck_assert_int_eq(mark.canary_middle, CANARY_FOUND);
    ck_assert_int_eq(mark.canary_end, CANARY_MISSING);
    mark = mark_of(&asked, "KRT481 LMP204 QXV093 " PREFIX GOLD);
    ck_assert_int_eq(mark.canary_start, CANARY_FOUND);
    ck_assert_int_eq(mark.canary_middle, CANARY_FOUND);
    ck_assert_int_eq(mark.canary_end, CANARY_FOUND);
}

START_TEST(a_case_without_canary_says_not_asked)
{
    struct mark mark = mark_of(&not_asked, PREFIX GOLD "\n" LINE);

    ck_assert_int_eq(mark.canary_start, CANARY_NOT_ASKED);
    ck_assert_int_eq(mark.canary_middle, CANARY_NOT_ASKED);
    ck_assert_int_eq(mark.canary_end, CANARY_NOT_ASKED);
}

/* Strangers' replies: the work is linear, so a million lines take no time. */
START_TEST(a_million_lines_of_checkpoints_are_cut_at_once)
{
    enum { LINES = 1000000 };
    static const char line[] = "Checkpoint: KRT481\n";
    size_t len = LINES * (sizeof line - 1);
    char *text = malloc(len);

    ck_assert_ptr_nonnull(text);
    for (size_t i = 0; i < LINES; i++) {
        memcpy(text + i * (sizeof line - 1), line, sizeof line - 1);
    }
    ck_assert_uint_eq(canary_cut(&asked, (struct str){text, len}).len, 0);
    free(text);
}

int main(void)
{
    Suite *suite = suite_create("score_canary");
    TCase *rules = suite_case(suite, "rules");

    tcase_add_loop_test(rules, the_answer_to_the_canary_is_cut_off_the_end, 0,
                        (int)(sizeof cuts / sizeof cuts[0]));
    tcase_add_loop_test(rules, without_a_canary_nothing_is_cut, 0,
                        (int)(sizeof cuts / sizeof cuts[0]));
    tcase_add_test(rules, the_rest_gets_the_official_mark);
    tcase_add_test(rules, each_checkpoint_is_found_or_missing);
    tcase_add_test(rules, a_case_without_canary_says_not_asked);
    tcase_add_test(rules, a_million_lines_of_checkpoints_are_cut_at_once);
    return suite_run(suite);
}
