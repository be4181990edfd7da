/* What pairs, what is found better, and what is not. */
#include "comparison_fixture.h"
#include "report/comparison.h"
#include "suite.h"

#include <math.h>

static const char *const two_models[] = {"openai/strong", "sim/weak"};

/* The second model fails every other question from the second length on. */
static double weaker_later(size_t model, size_t length, uint64_t sample)
{
    return model == 1 && length > 0 && sample % 2 == 0 ? 0.05 : 1.0;
}

static double all_right(size_t model, size_t length, uint64_t sample)
{
    (void)model;
    (void)length;
    (void)sample;
    return 1.0;
}

/* The third model is as good as the first, the second is bad. */
static double middle_bad(size_t model, size_t length, uint64_t sample)
{
    (void)length;
    return model == 1 ? 0.02 : (sample + model) % 10 == 0 ? 0.05 : 1.0;
}

static const struct comparison_settings plain = {.seed = 1, .threshold = 0.7};

static struct scored_result recipe_of(double (*score)(size_t, size_t, uint64_t), uint64_t samples)
{
    return (struct scored_result){
        .path = "a.json",
        .created = "2026-03-01T00:00:00Z",
        .models = two_models,
        .model_count = 2,
        .lengths = 3,
        .samples = samples,
        .seed = 1,
        .score = score,
    };
}

static struct comparison build(const struct result *results, size_t count,
                               const struct comparison_settings *settings)
{
    struct comparison comparison;
    struct err err = {ERR_NONE, ""};

    ck_assert_msg(comparison_build(&comparison, results, count, settings, &err) == 0, "%s",
                  err.text);
    return comparison;
}

START_TEST(a_real_difference_is_found_where_it_is)
{
    struct scored_result recipe = recipe_of(weaker_later, 30);
    struct result result = scored_result_make(&recipe);
    struct comparison comparison = build(&result, 1, &plain);

    ck_assert_uint_eq(comparison.pairing_count, 1);
    ck_assert_uint_eq(comparison.pairings[0].paired, 90);
    ck_assert_uint_eq(comparison.row_count, 4); /* three lengths and all */
    ck_assert_int_eq(comparison.rows[0].verdict, VERDICT_TIE);
    ck_assert_int_eq(comparison.rows[1].verdict, VERDICT_FIRST_BETTER);
    ck_assert_double_eq_tol(comparison.rows[1].difference.mean, -0.475, 1e-9);
    ck_assert_uint_eq(comparison.rows[3].length_tokens, 0);
    ck_assert_uint_eq(comparison.rows[3].pairs, 90);
    ck_assert_int_eq(comparison.rows[3].verdict, VERDICT_FIRST_BETTER);
    for (size_t i = 0; i < comparison.row_count; i++) {
        ck_assert_double_ge(comparison.rows[i].adjusted_p, comparison.rows[i].difference.p);
    }
    comparison_release(&comparison);
    result_release(&result);
}

START_TEST(five_pairs_are_not_enough_data)
{
    struct scored_result recipe = recipe_of(weaker_later, 5);
    struct result result = scored_result_make(&recipe);
    struct comparison comparison = build(&result, 1, &plain);

    ck_assert_int_eq(comparison.rows[1].verdict, VERDICT_TOO_FEW);
    comparison_release(&comparison);
    result_release(&result);
}

START_TEST(equal_models_tie)
{
    struct scored_result recipe = recipe_of(all_right, 30);
    struct result result = scored_result_make(&recipe);
    struct comparison comparison = build(&result, 1, &plain);

    for (size_t i = 0; i < comparison.row_count; i++) {
        ck_assert_int_eq(comparison.rows[i].verdict, VERDICT_TIE);
        ck_assert_double_lt(comparison.rows[i].difference.low, 0.0);
    }
    ck_assert_uint_eq(comparison.curves[0].rank, 1);
    ck_assert_uint_eq(comparison.curves[1].rank, 1);
    comparison_release(&comparison);
    result_release(&result);
}

START_TEST(ranks_admit_ties)
{
    static const char *const models[] = {"a/one", "b/two", "c/three"};
    struct scored_result recipe = recipe_of(middle_bad, 30);
    struct result result;
    struct comparison comparison;

    recipe.models = models;
    recipe.model_count = 3;
    result = scored_result_make(&recipe);
    comparison = build(&result, 1, &plain);
    ck_assert_uint_eq(comparison.pairing_count, 3);
    ck_assert_uint_eq(comparison_curve(&comparison, 0, 0)->rank, 1);
    ck_assert_uint_eq(comparison_curve(&comparison, 1, 0)->rank, 3);
    ck_assert_uint_eq(comparison_curve(&comparison, 2, 0)->rank, 1);
    comparison_release(&comparison);
    result_release(&result);
}

START_TEST(other_bytes_do_not_pair_and_the_reason_is_told)
{
    struct scored_result recipe = recipe_of(all_right, 10);
    struct result results[2];
    struct comparison comparison;

    recipe.model_count = 1;
    results[0] = scored_result_make(&recipe);
    recipe.seed = 2;
    recipe.created = "2026-06-01T00:00:00Z";
    results[1] = scored_result_make(&recipe);
    comparison = build(results, 2, &plain);
    ck_assert_uint_eq(comparison.pairings[0].paired, 0);
    ck_assert_uint_eq(comparison.pairings[0].only_first, 30);
    ck_assert_uint_eq(comparison.pairings[0].only_second, 30);
    ck_assert(str_equal(comparison.pairings[0].reason, STR("seed 1 against 2")));
    ck_assert_uint_eq(comparison.row_count, 0);
    ck_assert_uint_eq(comparison.curves[0].rank, 0);
    comparison_release(&comparison);
    result_release(&results[0]);
    result_release(&results[1]);
}

START_TEST(other_graders_do_not_pair)
{
    struct scored_result recipe = recipe_of(all_right, 10);
    struct result results[2];
    struct comparison comparison;

    recipe.model_count = 1;
    results[0] = scored_result_make(&recipe);
    results[1] = scored_result_make(&recipe);
    results[1].plan.grader = STR("gdm-mrcr");
    comparison = build(results, 2, &plain);
    ck_assert_uint_eq(comparison.pairings[0].paired, 0);
    ck_assert_uint_eq(comparison.pairings[0].only_first, 30);
    comparison_release(&comparison);
    result_release(&results[0]);
    result_release(&results[1]);
}

START_TEST(failed_requests_are_counted_but_not_paired)
{
    struct scored_result recipe = recipe_of(all_right, 10);
    struct result result = scored_result_make(&recipe);
    struct comparison comparison;

    result.trials[0].outcome = OUTCOME_TIMEOUT;
    result.trials[1].fingerprint = STR("no fingerprint");
    comparison = build(&result, 1, &plain);
    ck_assert_uint_eq(comparison.pairings[0].paired, 28);
    ck_assert_uint_eq(comparison.pairings[0].unscored, 1);
    ck_assert_uint_eq(comparison.pairings[0].only_first, 1);
    ck_assert_uint_eq(comparison.pairings[0].only_second, 1);
    comparison_release(&comparison);
    result_release(&result);
}

START_TEST(drift_compares_a_model_with_itself)
{
    struct comparison_settings settings = plain;
    struct scored_result recipe = recipe_of(all_right, 30);
    struct result results[2];
    struct comparison comparison;

    settings.only_drift = true;
    results[0] = scored_result_make(&recipe);
    recipe.created = "2026-06-01T00:00:00Z";
    recipe.score = weaker_later;
    results[1] = scored_result_make(&recipe);
    comparison = build(results, 2, &settings);
    ck_assert_uint_eq(comparison.contender_count, 4);
    ck_assert_uint_eq(comparison.pairing_count, 2);
    ck_assert(str_equal(comparison.contenders[0].label, STR("openai/strong 2026-03-01")));
    ck_assert(str_equal(comparison.contenders[3].label, STR("sim/weak 2026-06-01 (simulated)")));
    ck_assert_int_eq(comparison.rows[3].verdict, VERDICT_TIE); /* strong, all lengths */
    ck_assert_int_eq(comparison.rows[7].verdict, VERDICT_FIRST_BETTER);
    ck_assert(comparison.any_simulated);
    comparison_release(&comparison);
    result_release(&results[0]);
    result_release(&results[1]);
}

START_TEST(repeated_prompts_count_once)
{
    struct scored_result recipe = recipe_of(all_right, 10);
    struct result results[2];
    struct comparison comparison;

    recipe.model_count = 1;
    results[0] = scored_result_make(&recipe);
    results[1] = scored_result_make(&recipe);
    results[1].trials[1].fingerprint = results[1].trials[0].fingerprint; /* asked twice */
    results[1].trials[1].mark.score = 0.0;
    comparison = build(results, 2, &plain);
    ck_assert_uint_eq(comparison.pairings[0].paired, 29);
    ck_assert_double_eq_tol(comparison.rows[0].second_mean, 8.5 / 9.0, 1e-12);
    ck_assert_uint_eq(comparison_curve(&comparison, 1, 0)->repeats.questions, 1);
    comparison_release(&comparison);
    result_release(&results[0]);
    result_release(&results[1]);
}

START_TEST(a_baseline_meets_everyone_and_has_to_exist)
{
    static const char *const models[] = {"a/one", "b/two", "c/three"};
    struct comparison_settings settings = plain;
    struct scored_result recipe = recipe_of(middle_bad, 10);
    struct comparison comparison;
    struct result result;
    struct err err = {ERR_NONE, ""};

    recipe.models = models;
    recipe.model_count = 3;
    result = scored_result_make(&recipe);
    settings.baseline = STR("b/two");
    comparison = build(&result, 1, &settings);
    ck_assert_uint_eq(comparison.pairing_count, 2);
    comparison_release(&comparison);
    settings.baseline = STR("d/four");
    ck_assert_int_eq(comparison_build(&comparison, &result, 1, &settings, &err), ERR_INPUT);
    result_release(&result);
}

START_TEST(price_and_speed_stand_beside_scores)
{
    struct scored_result recipe = recipe_of(weaker_later, 30);
    struct result result = scored_result_make(&recipe);
    struct comparison comparison = build(&result, 1, &plain);
    const struct contender *weak = &comparison.contenders[1];

    ck_assert_uint_eq(weak->counted, 90);
    ck_assert_uint_eq(weak->correct, 60);
    ck_assert_double_eq_tol(weak->dollars_per_correct, 0.015, 1e-9);
    ck_assert_double_eq(weak->output_tokens_per_answer, 28.0);
    ck_assert_double_eq(weak->output_tokens_per_second, 28.0);
    ck_assert_double_eq(weak->first_text_ms_median, 1000.0);
    ck_assert_double_eq_tol(comparison.pairings[0].token_ratio.mean, 0.28, 1e-12);
    ck_assert_double_eq_tol(comparison.pairings[0].token_ratio.high, 0.28, 1e-9);
    comparison_release(&comparison);
    result_release(&result);
}

static double guesses(struct str task, uint64_t needles)
{
    return str_equal(task, STR("mrcr")) && needles == 8 ? 0.15 : (double)NAN;
}

START_TEST(each_model_is_described_by_itself)
{
    struct comparison_settings settings = plain;
    struct scored_result recipe = recipe_of(weaker_later, 30);
    struct result result = scored_result_make(&recipe);
    struct comparison comparison;
    const struct contender_curve *weak = NULL;

    settings.chance = guesses;
    comparison = build(&result, 1, &settings);
    weak = comparison_curve(&comparison, 1, 0);
    ck_assert_ptr_nonnull(weak);
    ck_assert_uint_eq(weak->point_count, 3);
    ck_assert_double_eq_tol(weak->mean.mean, (1.0 + 0.525 + 0.525) / 3.0, 1e-9);
    ck_assert_double_eq_tol(weak->above_chance.mean, (weak->mean.mean - 0.15) / 0.85, 1e-9);
    ck_assert_uint_eq(weak->effective.at_least, 8192);
    ck_assert_uint_eq(weak->effective.at_most, 8192);
    ck_assert(isnan(weak->auc_128k.mean));
    ck_assert(weak->has_half);
    ck_assert(weak->has_depths);
    ck_assert_uint_eq(weak->depths.counts[STATS_BEGINNING], 30);
    comparison_release(&comparison);
    result_release(&result);
}

START_TEST(a_filter_that_lets_nothing_through_is_an_error)
{
    struct str absent = STR("x/absent");
    struct comparison_settings settings = plain;
    struct scored_result recipe = recipe_of(all_right, 3);
    struct result result = scored_result_make(&recipe);
    struct comparison comparison;
    struct err err = {ERR_NONE, ""};

    settings.filter.models = &absent;
    settings.filter.model_count = 1;
    ck_assert_int_eq(comparison_build(&comparison, &result, 1, &settings, &err), ERR_INPUT);
    result_release(&result);
}

int main(void)
{
    Suite *suite = suite_create("report_comparison");
    TCase *tests = suite_case(suite, "comparison");

    tcase_add_test(tests, a_real_difference_is_found_where_it_is);
    tcase_add_test(tests, five_pairs_are_not_enough_data);
    tcase_add_test(tests, equal_models_tie);
    tcase_add_test(tests, ranks_admit_ties);
    tcase_add_test(tests, other_bytes_do_not_pair_and_the_reason_is_told);
    tcase_add_test(tests, other_graders_do_not_pair);
    tcase_add_test(tests, failed_requests_are_counted_but_not_paired);
    tcase_add_test(tests, drift_compares_a_model_with_itself);
    tcase_add_test(tests, repeated_prompts_count_once);
    tcase_add_test(tests, a_baseline_meets_everyone_and_has_to_exist);
    tcase_add_test(tests, price_and_speed_stand_beside_scores);
    tcase_add_test(tests, each_model_is_described_by_itself);
    tcase_add_test(tests, a_filter_that_lets_nothing_through_is_an_error);
    return suite_run(suite);
}
