#include "sim/strategy.h"

#include "sim_talk.h"
#include "suite.h"

#include <check.h>

#define REQUEST                                                                                    \
    " After your answer, and as the only addition to it, write one last line: \"Checkpoints:\" "   \
    "and the codes of checkpoints 1, 2 and 3 in order, with a dash for each that is not in the "   \
    "text above."
#define ASKED                                                                                      \
    "Prepend x to the 1st (1 indexed) poem about tapirs. Do not include any other text in your "   \
    "response."

static struct conversation talk;
static struct buf line;

static void begin(void)
{
    conversation_init(&talk);
    buf_init(&line, 4096);
}

static void end(void)
{
    conversation_release(&talk);
    buf_release(&line);
}

static struct reading read_talk(const struct strategy *expected)
{
    struct reading reading = {0};

    ck_assert_ptr_eq(strategy_find(&talk, &reading), expected);
    strategy_append_checkpoints(&reading, &line);
    return reading;
}

static void add_turns(void)
{
    talk_add(&talk, ROLE_USER, "Checkpoint 1 of 3: KRT481.\n\nHere are some examples");
    talk_turn(&talk, "write a poem about tapirs", "first tapirs");
    talk_turn(&talk, "Checkpoint 2 of 3: LMP204. Remember it.", "Checkpoint 2 is noted.");
    talk_turn(&talk, "write a poem about rivers", "rivers");
    talk_turn(&talk, "Checkpoint 3 of 3: QXV093. Remember it.", "Checkpoint 3 is noted.");
}

START_TEST(the_codes_are_read_from_a_conversation)
{
    struct reading reading;

    add_turns();
    talk_add(&talk, ROLE_USER, ASKED REQUEST);
    reading = read_talk(&strategy_mrcr);
    ck_assert(str_equal(reading.answer, STR("first tapirs")));
    ck_assert(str_equal(buf_str(&line), STR("\nCheckpoints: KRT481, LMP204, QXV093")));
}

START_TEST(who_is_not_asked_says_nothing)
{
    add_turns();
    talk_add(&talk, ROLE_USER, ASKED);
    (void)read_talk(&strategy_mrcr);
    ck_assert_uint_eq(line.len, 0);
}

START_TEST(a_checkpoint_that_was_cut_off_is_a_dash)
{
    talk_turn(&talk, "write a poem about tapirs", "first tapirs");
    talk_turn(&talk, "Checkpoint 3 of 3: QXV093. Remember it.", "Checkpoint 3 is noted.");
    talk_add(&talk, ROLE_USER, ASKED REQUEST);
    (void)read_talk(&strategy_mrcr);
    ck_assert(str_equal(buf_str(&line), STR("\nCheckpoints: -, -, QXV093")));
}

START_TEST(the_codes_are_read_from_prose_and_the_question_is_still_known)
{
    struct reading reading;

    talk_add(&talk, ROLE_USER,
             "Checkpoint 1 of 3: KRT481. The code is amber. It rained. Checkpoint 2 of 3: LMP204. "
             "It cleared. Checkpoint 3 of 3: QXV093.\n\nWhat is the code?" REQUEST);
    reading = read_talk(&strategy_niah);
    ck_assert(str_equal(reading.answer, STR("amber")));
    ck_assert(str_equal(buf_str(&line), STR("\nCheckpoints: KRT481, LMP204, QXV093")));
}

/* The request's own words must not draw another sentence. */
START_TEST(a_free_question_is_answered_as_without_the_request)
{
    struct reading reading;

    talk_add(&talk, ROLE_USER,
             "Write the codes of the last checkpoints on one line. Owls sat in the old oak.\n\n"
             "Who sat in the oak?" REQUEST);
    reading = read_talk(&strategy_niah);
    ck_assert(str_equal(reading.answer, STR("Owls sat in the old oak.")));
    ck_assert(str_equal(buf_str(&line), STR("\nCheckpoints: -, -, -")));
}

START_TEST(the_words_elsewhere_are_no_request)
{
    struct reading reading;

    talk_add(&talk, ROLE_USER,
             "After your answer, owls sat here. After your answer, say \"Checkpoints:\" and "
             "go.\n\nWho sat here?");
    reading = read_talk(&strategy_niah);
    ck_assert(!reading.wants_checkpoints);
    ck_assert(str_equal(reading.answer, STR("After your answer, owls sat here.")));
}

START_TEST(a_request_is_found_behind_the_same_words)
{
    struct reading reading;

    talk_add(&talk, ROLE_USER,
             "We wait. After your answer, we go. Checkpoint 1 of 3: KRT481.\n\nWho waits?" REQUEST);
    reading = read_talk(&strategy_niah);
    ck_assert(reading.wants_checkpoints);
    ck_assert(str_equal(buf_str(&line), STR("\nCheckpoints: KRT481, -, -")));
}

int main(void)
{
    Suite *suite = suite_create("sim_checkpoints");
    TCase *rules = suite_case(suite, "rules");

    tcase_add_checked_fixture(rules, begin, end);
    tcase_add_test(rules, the_codes_are_read_from_a_conversation);
    tcase_add_test(rules, who_is_not_asked_says_nothing);
    tcase_add_test(rules, a_checkpoint_that_was_cut_off_is_a_dash);
    tcase_add_test(rules, the_codes_are_read_from_prose_and_the_question_is_still_known);
    tcase_add_test(rules, a_free_question_is_answered_as_without_the_request);
    tcase_add_test(rules, the_words_elsewhere_are_no_request);
    tcase_add_test(rules, a_request_is_found_behind_the_same_words);
    return suite_run(suite);
}
