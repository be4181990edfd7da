#include "suite.h"

#include "score/truncation.h"

static struct result_trial trial(uint64_t length, double ratio, enum outcome outcome)
{
    return (struct result_trial){
        .model = STR("a/m"),
        .length_tokens = length,
        .prompt_tokens = (int64_t)length,
        .input_tokens = ratio < 0.0 ? -1 : (int64_t)((double)length * ratio),
        .outcome = outcome,
    };
}

START_TEST(a_count_far_below_the_models_usual_ratio_is_a_truncation)
{
    struct result_trial trials[] = {
        trial(8192, 1.35, OUTCOME_SCORED), trial(8192, 1.33, OUTCOME_NO_PREFIX),
        trial(524288, 1.30, OUTCOME_SCORED), trial(524288, 0.98, OUTCOME_SCORED),
        trial(1048576, 0.12, OUTCOME_NO_PREFIX)};

    ck_assert_uint_eq(truncation_mark(trials, 5, STR("a/m")), 2);
    ck_assert_int_eq((int)trials[2].outcome, OUTCOME_SCORED);
    ck_assert_int_eq((int)trials[3].outcome, OUTCOME_TRUNCATED);
    ck_assert_int_eq((int)trials[4].outcome, OUTCOME_TRUNCATED);
}

START_TEST(a_server_that_cuts_even_the_shortest_is_seen)
{
    struct result_trial trials[] = {trial(65536, 0.06, OUTCOME_SCORED),
                                    trial(131072, 0.03, OUTCOME_SCORED)};

    ck_assert_uint_eq(truncation_mark(trials, 2, STR("a/m")), 2);
}

START_TEST(unknown_counts_failures_and_other_models_are_left_alone)
{
    struct result_trial trials[] = {
        trial(8192, 1.0, OUTCOME_SCORED), trial(65536, -1.0, OUTCOME_SCORED),
        trial(65536, 0.1, OUTCOME_ENDPOINT_ERROR), trial(65536, 0.1, OUTCOME_SCORED)};

    trials[3].model = STR("b/m");
    ck_assert_uint_eq(truncation_mark(trials, 4, STR("a/m")), 0);
}

int main(void)
{
    Suite *suite = suite_create("score.truncation");
    TCase *tests = suite_case(suite, "truncation");

    tcase_add_test(tests, a_count_far_below_the_models_usual_ratio_is_a_truncation);
    tcase_add_test(tests, a_server_that_cuts_even_the_shortest_is_seen);
    tcase_add_test(tests, unknown_counts_failures_and_other_models_are_left_alone);
    return suite_run(suite);
}
