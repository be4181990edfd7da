#include "sim/model.h"

#include "base/utf8.h"
#include "sim_talk.h"
#include "suite.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define TAIL   ". Do not include any other text in your response."
#define FIRST  "One: über the hills the tapirs came, and nobody had seen them. "
#define SECOND "Two: a tapir slept beneath the fern; the river ran, the night was long. "

static struct conversation talk;

/* Two needles and a distractor; `salt` only makes the prompt, and so its draws, another one. */
static void begin_mrcr(unsigned salt)
{
    char examples[64];

    (void)snprintf(examples, sizeof examples, "Here are some examples: %u", salt);
    conversation_init(&talk);
    talk_add(&talk, ROLE_USER, examples);
    talk_turn(&talk, "write a poem about tapirs", FIRST);
    talk_turn(&talk, "write a poem about rivers", "A river.");
    talk_turn(&talk, "write a poem about tapirs", SECOND);
    talk_add(&talk, ROLE_USER, "Prepend aB3dE6gH9j to the 1st (1 indexed) poem about tapirs" TAIL);
}

static void begin_niah(unsigned salt)
{
    char text[256];

    (void)snprintf(text, sizeof text,
                   "Page %u. The code of Oslo is 48213. The code of Rome is cobalt.\n\n"
                   "What is the code of Oslo?",
                   salt);
    conversation_init(&talk);
    talk_add(&talk, ROLE_USER, text);
}

static void answer_as(const char *model, uint64_t output_tokens_max, struct sim_answer *out)
{
    const struct sim_answer_wish wish = {.output_tokens_max = output_tokens_max};
    struct sim_thought thought;
    struct err err = {0};

    ck_assert_ptr_nonnull(sim_model_find(str_from(model)));
    sim_thought_init(&thought, &talk);
    ck_assert_int_eq(sim_model_answer(sim_model_find(str_from(model)), &thought, &wish, out, &err),
                     0);
    ck_assert_uint_eq(utf8_invalid_at(buf_str(&out->text)), SIZE_MAX);
}

static void assert_answer(const char *model, const char *text, enum sim_finish finish)
{
    struct sim_answer answer;

    answer_as(model, 0, &answer);
    ck_assert_msg(str_equal(buf_str(&answer.text), str_from(text)), "%s: '%.*s'", model,
                  STR_ARG(buf_str(&answer.text)));
    ck_assert_int_eq(answer.finish, finish);
    sim_answer_release(&answer);
}

START_TEST(every_model_answers_mrcr_as_its_purpose_says)
{
    begin_mrcr(0);
    assert_answer("perfect", "aB3dE6gH9j" FIRST, SIM_STOP);
    assert_answer("slow", "aB3dE6gH9j" FIRST, SIM_STOP);
    assert_answer("newline", "\n\naB3dE6gH9j" FIRST, SIM_STOP);
    assert_answer("wrong-needle", "aB3dE6gH9j" SECOND, SIM_STOP);
    assert_answer("refuse", "I'm sorry, but I can't help with that request.", SIM_REFUSAL);
    assert_answer("decline", "I'm sorry, but I can't help with that request.", SIM_STOP);
    assert_answer("cut", "aB3dE6gH9jOne: über the hills the ta", SIM_LENGTH);
    assert_answer("empty", "", SIM_STOP);
    conversation_release(&talk);
}

START_TEST(every_model_answers_niah_as_its_purpose_says)
{
    begin_niah(0);
    assert_answer("perfect", "48213", SIM_STOP);
    assert_answer("newline", "\n\n48213", SIM_STOP);
    assert_answer("wrong-needle", "cobalt", SIM_STOP);
    assert_answer("cut", "48", SIM_LENGTH);
    assert_answer("empty", "", SIM_STOP);
    conversation_release(&talk);
}

START_TEST(a_question_without_answer_is_admitted)
{
    conversation_init(&talk);
    talk_add(&talk, ROLE_USER, "Nothing.\n\nWhat is the code of Oslo?");
    assert_answer("perfect", "I could not find that in the text.", SIM_STOP);
    assert_answer("decay", "I could not find that in the text.", SIM_STOP);
    assert_answer("wrong-needle", "I could not find that in the text.", SIM_STOP);
    talk_add(&talk, ROLE_ASSISTANT, "And now?");
    assert_answer("perfect", "I do not see a question that I could answer.", SIM_STOP);
    assert_answer("wrong-needle", "I could not find that in the text.", SIM_STOP);
    conversation_release(&talk);
}

START_TEST(an_output_limit_cuts_between_characters)
{
    struct sim_answer answer;

    begin_mrcr(0);
    for (uint64_t limit = 1; limit < 20; limit++) {
        answer_as("perfect", limit, &answer);
        ck_assert_uint_le(sim_tokens(answer.text.len), limit);
        ck_assert_int_eq(answer.finish,
                         sim_tokens(10 + strlen(FIRST)) > limit ? SIM_LENGTH : SIM_STOP);
        sim_answer_release(&answer);
    }
    conversation_release(&talk);
}

START_TEST(reasoning_comes_before_the_answer_and_counts_against_the_limit)
{
    static const struct sim_answer_wish wish = {.reasons = true};
    struct sim_answer_wish limited = {.reasons = true};
    struct sim_thought thought;
    struct sim_answer answer;
    struct err err = {0};

    begin_mrcr(0);
    sim_thought_init(&thought, &talk);
    ck_assert_int_eq(
        sim_model_answer(sim_model_find(STR("perfect")), &thought, &wish, &answer, &err), 0);
    ck_assert(str_equal(buf_str(&answer.text), STR("aB3dE6gH9j" FIRST)));
    ck_assert_uint_gt(answer.reasoning.len, 100);
    limited.output_tokens_max = sim_tokens(answer.reasoning.len);
    sim_answer_release(&answer);
    ck_assert_int_eq(
        sim_model_answer(sim_model_find(STR("perfect")), &thought, &limited, &answer, &err), 0);
    ck_assert_uint_eq(answer.text.len, 0);
    ck_assert_int_eq(answer.finish, SIM_LENGTH);
    sim_answer_release(&answer);
    conversation_release(&talk);
}

START_TEST(recall_follows_the_stated_formula)
{
    static const struct {
        uint64_t tokens;
        size_t needles;
        double depth;
        double chance; /* worked out apart, by Python's math module */
    } rows[] = {
        {1048576, 1, 0.0, 0.8607079764250578}, {1048576, 1, 0.5, 0.43823499246494924},
        {1048576, 8, 0.5, 0.1271357329320356}, {8192, 2, 1.0, 0.9878325125686435},
        {65536, 4, 0.25, 0.7798355232260565},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ck_assert_double_eq_tol(sim_recall(rows[i].tokens, rows[i].needles, rows[i].depth),
                                rows[i].chance, 1e-12);
    }
}

/* The mean over depth, as a chart's point shows it. */
static double mean_recall(uint64_t tokens, size_t needles)
{
    double sum = 0.0;

    for (int i = 0; i <= 100; i++) {
        sum += sim_recall(tokens, needles, i / 100.0);
    }
    return sum / 101;
}

START_TEST(recall_falls_from_nearly_all_at_8k_to_a_third_at_1m)
{
    size_t needles = (size_t)1 << _i;

    ck_assert_double_gt(mean_recall(8192, needles), 0.90);
    ck_assert_double_lt(mean_recall(1048576, needles), 0.60);
    ck_assert_double_gt(mean_recall(1048576, needles), 0.20);
}

START_TEST(recall_falls_with_length_and_needles)
{
    size_t needles = (size_t)1 << _i;

    for (uint64_t tokens = 8192; tokens < 1048576; tokens *= 2) {
        ck_assert_double_gt(mean_recall(tokens, needles), mean_recall(2 * tokens, needles));
        ck_assert_double_gt(mean_recall(tokens, needles), mean_recall(tokens, 2 * needles));
    }
}

START_TEST(the_same_prompt_always_gets_the_same_answer)
{
    for (unsigned salt = 0; salt < 50; salt++) {
        struct sim_answer once;
        struct sim_answer again;

        begin_mrcr(salt);
        answer_as("decay", 0, &once);
        answer_as("decay", 0, &again);
        ck_assert(str_equal(buf_str(&once.text), buf_str(&again.text)));
        sim_answer_release(&once);
        sim_answer_release(&again);
        conversation_release(&talk);
    }
}

/* What `decay` made of one prompt. */
enum outcome { RIGHT, OTHER, GARBLED, ADMITTED, OUTCOMES };

static enum outcome outcome_of(struct str text, struct str right, struct str other)
{
    if (str_equal(text, right)) {
        return RIGHT;
    }
    if (str_equal(text, other)) {
        return OTHER;
    }
    return str_equal(text, STR("I could not find that in the text.")) ? ADMITTED : GARBLED;
}

/* Answers many prompts of 1M tokens' difficulty: the thought is told that the prompt was so long.
 */
static void count_outcomes(void (*start)(unsigned salt), struct str right, struct str other,
                           int counts[OUTCOMES])
{
    static const struct sim_answer_wish no_wish = {0};

    for (unsigned salt = 0; salt < 4000; salt++) {
        struct sim_thought thought;
        struct sim_answer answer;
        struct err err = {0};

        start(salt);
        sim_thought_init(&thought, &talk);
        thought.prompt_tokens = 1048576;
        thought.reading.depth = 0.5;
        ck_assert_int_eq(
            sim_model_answer(sim_model_find(STR("decay")), &thought, &no_wish, &answer, &err), 0);
        ck_assert_uint_eq(utf8_invalid_at(buf_str(&answer.text)), SIZE_MAX);
        counts[outcome_of(buf_str(&answer.text), right, other)]++;
        sim_answer_release(&answer);
        conversation_release(&talk);
    }
}

/* Within five standard deviations of 4,000 draws. */
static void assert_share(int count, double share)
{
    ck_assert_double_eq_tol(count / 4000.0, share, 5 * sqrt(share * (1 - share) / 4000));
}

START_TEST(decay_errs_in_the_stated_proportions)
{
    int counts[OUTCOMES] = {0};
    double recall = sim_recall(1048576, 2, 0.5);

    count_outcomes(begin_mrcr, STR("aB3dE6gH9j" FIRST), STR("aB3dE6gH9j" SECOND), counts);
    assert_share(counts[RIGHT], recall);
    assert_share(counts[OTHER], (1 - recall) * 0.60);
    assert_share(counts[GARBLED], (1 - recall) * 0.25);
    assert_share(counts[ADMITTED], (1 - recall) * 0.15);
}

START_TEST(decay_never_gives_a_forgotten_value_away)
{
    int counts[OUTCOMES] = {0};
    double recall = sim_recall(1048576, 1, 0.5);

    count_outcomes(begin_niah, STR("48213"), STR("cobalt"), counts);
    assert_share(counts[RIGHT], recall);
    assert_share(counts[OTHER], (1 - recall) * 0.60);
    assert_share(counts[GARBLED], (1 - recall) * 0.25);
}

START_TEST(tokens_are_bytes_by_4_9)
{
    ck_assert_uint_eq(sim_tokens(0), 0);
    ck_assert_uint_eq(sim_tokens(49), 10);
    ck_assert_uint_eq(sim_tokens(5138022), 1048576);
}

int main(void)
{
    Suite *suite = suite_create("sim_model");
    TCase *rules = suite_case(suite, "rules");

    tcase_add_test(rules, every_model_answers_mrcr_as_its_purpose_says);
    tcase_add_test(rules, every_model_answers_niah_as_its_purpose_says);
    tcase_add_test(rules, a_question_without_answer_is_admitted);
    tcase_add_test(rules, an_output_limit_cuts_between_characters);
    tcase_add_test(rules, reasoning_comes_before_the_answer_and_counts_against_the_limit);
    tcase_add_test(rules, recall_follows_the_stated_formula);
    tcase_add_loop_test(rules, recall_falls_from_nearly_all_at_8k_to_a_third_at_1m, 0, 4);
    tcase_add_loop_test(rules, recall_falls_with_length_and_needles, 0, 4);
    tcase_add_test(rules, the_same_prompt_always_gets_the_same_answer);
    tcase_add_test(rules, decay_errs_in_the_stated_proportions);
    tcase_add_test(rules, decay_never_gives_a_forgotten_value_away);
    tcase_add_test(rules, tokens_are_bytes_by_4_9);
    return suite_run(suite);
}
