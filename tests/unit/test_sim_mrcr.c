#include "sim/strategy.h"

#include "sim_talk.h"
#include "suite.h"

#include <check.h>
#include <stdio.h>

#define TAIL ". Do not include any other text in your response."

static struct conversation talk;

/* A conversation of the benchmark's form: worked examples, asks and replies. Its question comes
 * last, from each test. */
static void begin(void)
{
    conversation_init(&talk);
    talk_add(&talk, ROLE_USER,
             "Here are some examples of conversations:\n\nUser: write a poem about tapirs\n"
             "Assistant: an example\nUser: write a poem about tapirs\nAssistant: another\n");
    talk_turn(&talk, "write a poem about tapirs", "first tapirs");
    talk_turn(&talk, "write a poem about tapir", "near miss: topic");
    talk_turn(&talk, "write a poem about tapirs", "second tapirs");
    talk_turn(&talk, "write a blog post about tapirs", "near miss: format");
    talk_turn(&talk, "Write a poem about tapirs", "near miss: case");
    talk_turn(&talk, "write a poem about tapirs ", "near miss: blank");
    talk_turn(&talk, "please write a poem about tapirs", "near miss: words before");
    talk_turn(&talk, "write a poem about tapirs", "third tapirs");
    talk_turn(&talk, "write a poem about rivers", "first tapirs");
}

static void end(void)
{
    conversation_release(&talk);
}

static struct reading read_question(const char *question)
{
    struct reading reading = {0};

    talk_add(&talk, ROLE_USER, question);
    ck_assert_ptr_eq(strategy_find(&talk, &reading), &strategy_mrcr);
    return reading;
}

static void assert_answer(const struct reading *reading, const char *opening, const char *answer)
{
    ck_assert(str_equal(reading->opening, str_from(opening)));
    ck_assert_msg(str_equal(reading->answer, str_from(answer)), "'%.*s'", STR_ARG(reading->answer));
}

START_TEST(the_nth_reply_to_exactly_the_ask_is_found)
{
    struct reading reading =
        read_question("Prepend aB3dE6gH9j to the 2nd (1 indexed) poem about tapirs" TAIL);

    assert_answer(&reading, "aB3dE6gH9j", "second tapirs");
    ck_assert_uint_eq(reading.needles, 3);
    ck_assert_double_gt(reading.depth, 0.3);
    ck_assert_double_lt(reading.depth, 0.7);
}

START_TEST(examples_and_near_misses_do_not_count)
{
    struct reading reading =
        read_question("Prepend aB3dE6gH9j to the 3rd (1 indexed) poem about tapirs" TAIL);

    assert_answer(&reading, "aB3dE6gH9j", "third tapirs");
}

START_TEST(a_reply_that_occurs_twice_counts_where_it_was_asked_for)
{
    struct reading reading =
        read_question("Prepend x to the 1st (1 indexed) poem about rivers" TAIL);

    assert_answer(&reading, "x", "first tapirs");
    ck_assert_uint_eq(reading.needles, 1);
    ck_assert_double_gt(reading.depth, 0.5);
}

START_TEST(an_ordinal_beyond_the_needles_has_no_answer)
{
    struct reading reading =
        read_question("Prepend x to the 4th (1 indexed) poem about tapirs" TAIL);

    assert_answer(&reading, "x", "");
    ck_assert_uint_eq(reading.needles, 3);
}

START_TEST(an_ask_without_reply_does_not_count)
{
    struct reading reading;

    talk_add(&talk, ROLE_USER, "write a poem about tapirs");
    talk_add(&talk, ROLE_USER, "write a poem about oceans");
    talk_add(&talk, ROLE_ASSISTANT, "oceans");
    reading = read_question("Prepend x to the 4th (1 indexed) poem about tapirs" TAIL);
    assert_answer(&reading, "x", "");
}

START_TEST(a_mistake_is_another_needle_of_the_ask)
{
    struct reading reading =
        read_question("Prepend x to the 2nd (1 indexed) poem about tapirs" TAIL);
    int firsts = 0;
    int thirds = 0;

    for (uint64_t i = 0; i < 400; i++) {
        struct random random = random_stream(i, STR("mistakes"), 0);
        struct str mistake = strategy_mrcr.mistake(&talk, &reading, &random);

        firsts += str_equal(mistake, STR("first tapirs"));
        thirds += str_equal(mistake, STR("third tapirs"));
    }
    ck_assert_int_eq(firsts + thirds, 400);
    ck_assert_int_gt(firsts, 150); /* 200 expected, a standard deviation is 10 */
    ck_assert_int_gt(thirds, 150);
}

START_TEST(without_another_needle_a_mistake_shares_topic_or_format)
{
    struct reading reading =
        read_question("Prepend x to the 1st (1 indexed) blog post about tapirs" TAIL);

    for (uint64_t i = 0; i < 100; i++) {
        struct random random = random_stream(i, STR("mistakes"), 0);
        struct str mistake = strategy_mrcr.mistake(&talk, &reading, &random);

        ck_assert(str_ends(mistake, STR(" tapirs")));
    }
}

START_TEST(other_wordings_are_not_this_question)
{
    static const char *const questions[] = {
        "Prepend x to the 2th (1 indexed) poem about tapirs" TAIL,
        "Prepend x to the 11st (1 indexed) poem about tapirs" TAIL,
        "Prepend x to the 0th (1 indexed) poem about tapirs" TAIL,
        "Prepend x to the second (1 indexed) poem about tapirs" TAIL,
        "Prepend x to the 2nd poem about tapirs" TAIL,
        "Prepend x to the 2nd (1 indexed) poem about tapirs",
        "Prepend x to the 2nd (1 indexed) " TAIL,
        "Prepend ",
        "",
    };

    for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++) {
        struct reading reading;

        talk_add(&talk, ROLE_USER, questions[i]);
        ck_assert_ptr_ne(strategy_find(&talk, &reading), &strategy_mrcr);
    }
}

/* The ordinals that English writes differently. */
static const struct {
    unsigned n;
    const char *word;
} ordinals[] = {
    {1, "1st"},     {2, "2nd"},     {3, "3rd"},     {4, "4th"},     {10, "10th"}, {11, "11th"},
    {12, "12th"},   {13, "13th"},   {21, "21st"},   {22, "22nd"},   {23, "23rd"}, {100, "100th"},
    {101, "101st"}, {111, "111th"}, {112, "112th"}, {113, "113th"},
};

START_TEST(every_ordinal_picks_its_needle)
{
    struct reading reading;
    char text[200];

    for (unsigned n = 1; n <= 120; n++) {
        (void)snprintf(text, sizeof text, "text %u", n);
        talk_turn(&talk, "write a riddle about clocks", text);
    }
    (void)snprintf(text, sizeof text, "Prepend x to the %s (1 indexed) riddle about clocks" TAIL,
                   ordinals[_i].word);
    reading = read_question(text);
    (void)snprintf(text, sizeof text, "text %u", ordinals[_i].n);
    assert_answer(&reading, "x", text);
}

int main(void)
{
    Suite *suite = suite_create("sim_mrcr");
    TCase *rules = suite_case(suite, "rules");

    tcase_add_checked_fixture(rules, begin, end);
    tcase_add_test(rules, the_nth_reply_to_exactly_the_ask_is_found);
    tcase_add_test(rules, examples_and_near_misses_do_not_count);
    tcase_add_test(rules, a_reply_that_occurs_twice_counts_where_it_was_asked_for);
    tcase_add_test(rules, an_ordinal_beyond_the_needles_has_no_answer);
    tcase_add_test(rules, an_ask_without_reply_does_not_count);
    tcase_add_test(rules, a_mistake_is_another_needle_of_the_ask);
    tcase_add_test(rules, without_another_needle_a_mistake_shares_topic_or_format);
    tcase_add_test(rules, other_wordings_are_not_this_question);
    tcase_add_loop_test(rules, every_ordinal_picks_its_needle, 0,
                        (int)(sizeof ordinals / sizeof ordinals[0]));
    return suite_run(suite);
}
