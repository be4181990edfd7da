#include "sim/conversation.h"

#include "sim_talk.h"
#include "suite.h"

#include <check.h>
#include <stdint.h>

static struct conversation talk;

static void begin(void)
{
    conversation_init(&talk);
    talk_add(&talk, ROLE_USER, "first");
    talk_add(&talk, ROLE_ASSISTANT, "süß");
    talk_add(&talk, ROLE_USER, "third");
}

static void end(void)
{
    conversation_release(&talk);
}

static void assert_messages(const char *const *texts)
{
    size_t count = 0;

    for (; texts[count] != NULL; count++) {
        ck_assert_uint_lt(count, talk.count);
        ck_assert_msg(str_equal(conversation_text(&talk, count), str_from(texts[count])),
                      "message %zu is '%.*s'", count, STR_ARG(conversation_text(&talk, count)));
    }
    ck_assert_uint_eq(talk.count, count);
}

START_TEST(any_message_can_be_put_first)
{
    struct err err = {0};

    begin();
    ck_assert_int_eq(conversation_move_first(&talk, 0, &err), 0);
    assert_messages((const char *const[]){"first", "süß", "third", NULL});
    ck_assert_int_eq(conversation_move_first(&talk, 2, &err), 0);
    assert_messages((const char *const[]){"third", "first", "süß", NULL});
    ck_assert_int_eq(conversation_move_first(&talk, 1, &err), 0);
    assert_messages((const char *const[]){"first", "third", "süß", NULL});
    ck_assert(str_equal(conversation_whole(&talk), STR("first\n\nthird\n\nsüß")));
    ck_assert_int_eq(talk.messages[2].role, ROLE_ASSISTANT);
    end();
}

START_TEST(the_end_is_kept_in_whole_characters)
{
    static const struct {
        size_t bytes;
        const char *texts[4];
    } rows[] = {
        {100, {"first", "süß", "third", NULL}},
        {19, {"first", "süß", "third", NULL}},
        {18, {"irst", "süß", "third", NULL}},
        {15, {"t", "süß", "third", NULL}},
        {14, {"süß", "third", NULL}},
        {13, {"süß", "third", NULL}},
        {12, {"süß", "third", NULL}},
        {11, {"üß", "third", NULL}},
        {10, {"ß", "third", NULL}},
        {9, {"ß", "third", NULL}},
        {8, {"third", NULL}},
        {7, {"third", NULL}},
        {2, {"rd", NULL}},
        {0, {"", NULL}},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        begin();
        conversation_keep_last(&talk, rows[i].bytes);
        assert_messages(rows[i].texts);
        ck_assert_uint_le(conversation_whole(&talk).len, rows[i].bytes);
        end();
    }
}

START_TEST(the_beginning_is_kept_in_whole_characters)
{
    static const struct {
        size_t bytes;
        const char *texts[4];
    } rows[] = {
        {100, {"first", "süß", "third", NULL}},
        {15, {"first", "süß", "t", NULL}},
        {14, {"first", "süß", NULL}},
        {11, {"first", "sü", NULL}},
        {9, {"first", "s", NULL}},
        {8, {"first", "s", NULL}},
        {7, {"first", NULL}},
        {3, {"fir", NULL}},
        {0, {"", NULL}},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        begin();
        conversation_keep_first(&talk, rows[i].bytes);
        assert_messages(rows[i].texts);
        ck_assert_uint_le(conversation_whole(&talk).len, rows[i].bytes);
        end();
    }
}

int main(void)
{
    Suite *suite = suite_create("sim_conversation");
    TCase *rules = suite_case(suite, "rules");

    tcase_add_test(rules, any_message_can_be_put_first);
    tcase_add_test(rules, the_end_is_kept_in_whole_characters);
    tcase_add_test(rules, the_beginning_is_kept_in_whole_characters);
    return suite_run(suite);
}
