#include "sim/strategy.h"

#include "base/buf.h"
#include "sim_talk.h"
#include "suite.h"

#include <check.h>

enum { TEXT_BYTES_MAX = 8 * 1024 * 1024 };

static struct conversation talk;

static void begin(void)
{
    conversation_init(&talk);
}

static void end(void)
{
    conversation_release(&talk);
}

static struct reading read_text(const char *text)
{
    struct reading reading = {0};

    talk_add(&talk, ROLE_USER, text);
    ck_assert_ptr_eq(strategy_find(&talk, &reading), &strategy_niah);
    return reading;
}

static void assert_answer(const char *text, const char *answer)
{
    struct reading reading = read_text(text);

    ck_assert_msg(str_equal(reading.answer, str_from(answer)), "'%.*s'", STR_ARG(reading.answer));
}

START_TEST(the_value_of_the_key_is_the_answer)
{
    assert_answer("It rained. The access code of Lisbon is 48-213. It stopped.\n\n"
                  "What is the access code of Lisbon? Answer with the code only.",
                  "48-213");
}

START_TEST(a_stop_within_a_value_does_not_end_it)
{
    assert_answer("The speed of the boat is 3.14 knots (v2.0). Then it sank.\n\n"
                  "What is the speed of the boat?",
                  "3.14 knots (v2.0)");
}

START_TEST(the_key_elsewhere_in_the_text_does_not_mislead)
{
    assert_answer("Nobody knew the code of Oslo. The code of Oslo was changed. The code of Oslo "
                  "is amber. So it went.\n\nWhat is the code of Oslo?",
                  "amber");
}

START_TEST(the_question_itself_is_not_searched)
{
    struct reading reading =
        read_text("Nothing of note.\n\nThe code of Oslo is asked for. What is the code of Oslo?");

    ck_assert_uint_eq(reading.answer.len, 0);
    ck_assert_uint_eq(reading.needles, 0);
}

START_TEST(the_text_may_stand_in_an_earlier_message)
{
    talk_add(&talk, ROLE_SYSTEM, "The code of Oslo is amber. Keep it.");
    talk_add(&talk, ROLE_ASSISTANT, "I will.");
    assert_answer("What is the code of Oslo?", "amber");
}

START_TEST(a_value_ends_with_its_paragraph)
{
    assert_answer("The code of Oslo is amber\n\nNext paragraph.\n\nWhat is the code of Oslo?",
                  "amber");
}

START_TEST(any_other_question_is_answered_by_the_sentence_that_shares_most_words)
{
    assert_answer(
        "The city has a park. The best thing in San Francisco is to eat a sandwich in Dolores "
        "Park on a sunny day. San Francisco is large. The best park is green.\n\n"
        "In San Francisco, which thing is the best?",
        "The best thing in San Francisco is to eat a sandwich in Dolores Park on a sunny day.");
}

START_TEST(words_count_once_without_regard_to_case_and_fillers)
{
    assert_answer("The what was the where, and which the how. Zebra zebra zebra. A ZEBRA crossed "
                  "the River 7.\n\nWhich zebra crossed which river, and where was the 7?",
                  "A ZEBRA crossed the River 7.");
}

START_TEST(among_equals_the_first_sentence_wins)
{
    assert_answer("One owl sat. Another owl flew.\n\nWhere did an owl go?", "One owl sat.");
}

START_TEST(a_text_that_shares_no_word_has_no_answer)
{
    assert_answer("Alpha beta. Gamma delta.\n\nWho painted it?", "");
}

START_TEST(a_mistake_is_the_value_of_the_nearest_other_sentence)
{
    struct reading reading = read_text(
        "It rained. The code of Oslo is amber. The code of Rome is cobalt. It snowed in Oslo.\n\n"
        "What is the code of Oslo?");
    struct random random = random_stream(1, STR("mistake"), 0);

    ck_assert(str_equal(strategy_niah.mistake(&talk, &reading, &random), STR("cobalt")));
}

static void append_many(struct buf *out, char c, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        buf_append_char(out, c);
    }
}

START_TEST(depth_is_the_share_of_the_text_before_the_needle)
{
    struct reading reading;
    struct buf text;

    buf_init(&text, TEXT_BYTES_MAX);
    append_many(&text, '.', 150000);
    buf_append(&text, STR(" The code of Oslo is amber. "));
    append_many(&text, '.', 50000);
    buf_append(&text, STR("\n\nWhat is the code of Oslo?"));
    reading = read_text(text.p);
    ck_assert(str_equal(reading.answer, STR("amber")));
    ck_assert_double_eq_tol(reading.depth, 0.75, 0.001);
    buf_release(&text);
}

/* What a stranger may send: nothing, no key, a sentence that never ends. */
START_TEST(odd_texts_are_survived)
{
    struct reading reading;
    struct buf text;

    (void)read_text("?");
    (void)read_text("\n\n\n\nWhat is the ?");
    (void)read_text("What is the code");
    buf_init(&text, TEXT_BYTES_MAX);
    buf_append(&text, STR("The a is "));
    append_many(&text, 'a', 3000000);
    buf_append(&text, STR("\n\nWhat is the a?"));
    reading = read_text(text.p);
    ck_assert_uint_gt(reading.answer.len, 0);
    ck_assert_uint_lt(reading.answer.len, 10000);
    buf_release(&text);
}

START_TEST(a_key_longer_than_a_sentence_is_no_key)
{
    struct buf text;

    buf_init(&text, TEXT_BYTES_MAX);
    buf_append(&text, STR("The owl sat.\n\nWhat is the owl "));
    append_many(&text, 'a', 100000);
    buf_append_char(&text, '?');
    assert_answer(text.p, "The owl sat.");
    buf_release(&text);
}

int main(void)
{
    Suite *suite = suite_create("sim_niah");
    TCase *rules = suite_case(suite, "rules");

    tcase_add_checked_fixture(rules, begin, end);
    tcase_add_test(rules, the_value_of_the_key_is_the_answer);
    tcase_add_test(rules, a_stop_within_a_value_does_not_end_it);
    tcase_add_test(rules, the_key_elsewhere_in_the_text_does_not_mislead);
    tcase_add_test(rules, the_question_itself_is_not_searched);
    tcase_add_test(rules, the_text_may_stand_in_an_earlier_message);
    tcase_add_test(rules, a_value_ends_with_its_paragraph);
    tcase_add_test(rules, any_other_question_is_answered_by_the_sentence_that_shares_most_words);
    tcase_add_test(rules, words_count_once_without_regard_to_case_and_fillers);
    tcase_add_test(rules, among_equals_the_first_sentence_wins);
    tcase_add_test(rules, a_text_that_shares_no_word_has_no_answer);
    tcase_add_test(rules, a_mistake_is_the_value_of_the_nearest_other_sentence);
    tcase_add_test(rules, depth_is_the_share_of_the_text_before_the_needle);
    tcase_add_test(rules, odd_texts_are_survived);
    tcase_add_test(rules, a_key_longer_than_a_sentence_is_no_key);
    return suite_run(suite);
}
