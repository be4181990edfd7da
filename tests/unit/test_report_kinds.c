/* The kinds of charts beside accuracy and heat map: which numbers of which trials they show. */
#include "report/report.h"
#include "report_options_fixture.h"

#include "record/price.h"

#include <check.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const one_model[] = {"openai/gpt-5.5"};
static const char *const three_models[] = {"a/best", "a/good", "a/bad"};
static const uint64_t one_needle[] = {8};
static const uint64_t two_lengths[] = {8192, 65536};
static const struct fixture one = {one_model, 1, one_needle, 1, two_lengths, 2, 5, "a.json"};
static const struct fixture three = {three_models, 3, one_needle, 1, two_lengths, 2, 5, "a.json"};

/* Number `axis` (0: x, 1: y) of point `point` of series `series`. */
static double value_at(const json_t *options, size_t series, size_t point, size_t axis)
{
    const json_t *all = json_object_get(options, "series");
    const json_t *data = json_object_get(json_array_get(all, series), "data");
    const json_t *item = json_array_get(data, point);
    const json_t *value = json_is_object(item) ? json_object_get(item, "value") : item;

    ck_assert(json_is_number(json_array_get(value, axis)));
    return json_number_value(json_array_get(value, axis));
}

static const json_t *tip_at(const json_t *options, size_t series, size_t point)
{
    const json_t *all = json_object_get(options, "series");
    const json_t *data = json_object_get(json_array_get(all, series), "data");

    return json_object_get(json_array_get(data, point), "tip");
}

static bool tip_says(const json_t *tip, const char *line)
{
    for (size_t i = 0; i < json_array_size(tip); i++) {
        if (strcmp(json_string_value(json_array_get(tip, i)), line) == 0) {
            return true;
        }
    }
    return false;
}

/* The trials of the first length come first, in the order of their samples. */
START_TEST(times_are_medians_with_whiskers_to_the_95th_percentile)
{
    static const double times_ms[] = {100, 400, 200, 300, 500};
    struct result result = fixture_result(&one);
    json_t *options = NULL;

    for (size_t i = 0; i < 5; i++) {
        result.trials[i].first_text_ms = times_ms[i];
    }
    options = fixture_options(&result, "ttft", 0);
    /* On an axis of powers of ten: 0.3 s, and 0.48 s, which is R's quantile(x, 0.95). */
    ck_assert_double_eq_tol(value_at(options, 0, 0, 1), log10(0.3), 1e-4);
    ck_assert_double_eq_tol(value_at(options, 1, 0, 1), log10(0.3), 1e-4);
    ck_assert_double_eq_tol(value_at(options, 1, 1, 1), log10(0.48), 1e-4);
    ck_assert(tip_says(tip_at(options, 0, 0), "median time to first token 300 ms"));
    ck_assert(tip_says(tip_at(options, 0, 0), "of 5 trials"));
    json_decref(options);
    result_release(&result);
}

START_TEST(a_trial_that_timed_out_has_no_time_of_an_answer)
{
    struct result result = fixture_result(&one);
    json_t *options = NULL;

    result.trials[0].end_ms = 2000;
    result.trials[1].end_ms = 900000;
    result.trials[1].outcome = OUTCOME_TIMEOUT;
    options = fixture_options(&result, "time", 0);
    ck_assert_double_eq_tol(value_at(options, 0, 0, 1), log10(2.0), 1e-4);
    ck_assert(tip_says(tip_at(options, 0, 0), "of 1 trial"));
    json_decref(options);
    result_release(&result);
}

START_TEST(costs_are_means_over_the_trials_whose_price_is_known)
{
    struct result result = fixture_result(&one);
    json_t *options = NULL;

    result.trials[0].cost_picodollars = PRICE_DOLLAR;
    result.trials[1].cost_picodollars = 3 * PRICE_DOLLAR;
    options = fixture_options(&result, "cost", 0);
    ck_assert_double_eq_tol(value_at(options, 0, 0, 1), log10(2.0), 1e-4);
    ck_assert(tip_says(tip_at(options, 0, 0), "mean cost of an answer $2.00"));
    json_decref(options);
    result_release(&result);
}

START_TEST(a_kind_without_numbers_says_so)
{
    static const char *const kinds[] = {"ttft", "time", "cost", "value", "tokens", "differences"};
    struct result result = fixture_result(&one);

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct report_settings settings = {.chart = chart_find(str_from(kinds[i]))};
        struct err err = {ERR_NONE, ""};
        struct buf out;

        buf_init(&out, REPORT_BYTES_MAX);
        ck_assert_int_eq(report_render(&result, 1, &settings, REPORT_SVG, &out, &err), ERR_INPUT);
        ck_assert_uint_ne(strlen(err.text), 0);
        ck_assert_uint_eq(out.len, 0);
        buf_release(&out);
    }
    result_release(&result);
}

START_TEST(outcomes_are_shares_of_what_was_planned)
{
    struct result result = fixture_result(&one);
    json_t *options = NULL;
    const json_t *names = NULL;

    result.cells[0].outcomes[OUTCOME_SCORED] = 3;
    result.cells[0].outcomes[OUTCOME_REFUSED] = 1; /* and one is missing */
    options = fixture_options(&result, "outcomes", 0);
    names = json_object_get(json_object_get(options, "legend"), "data");
    ck_assert_uint_eq(json_array_size(names), 2);
    ck_assert_str_eq(json_string_value(json_array_get(names, 1)), "refused");
    ck_assert_double_eq_tol(value_at(options, 0, 0, 1), 60.0, 1e-9);
    ck_assert_double_eq_tol(value_at(options, 0, 1, 1), 100.0, 1e-9);
    ck_assert_double_eq_tol(value_at(options, 1, 0, 1), 20.0, 1e-9);
    ck_assert(tip_says(tip_at(options, 1, 0), "refused: 1 of 5 trials: 20 % [4, 62]"));
    json_decref(options);
    result_release(&result);
}

/* a/best and a/good cost the same, a/bad less: a/good is beaten, the others are not. */
START_TEST(the_front_leaves_out_who_is_beaten_at_score_and_cost)
{
    struct result result = fixture_result(&three);
    json_t *options = NULL;
    const json_t *front = NULL;

    for (size_t i = 0; i < result.trial_count; i++) {
        bool is_bad = str_equal(result.trials[i].model, STR("a/bad"));

        result.trials[i].cost_picodollars = is_bad ? PRICE_DOLLAR / 10 : PRICE_DOLLAR;
    }
    options = fixture_options(&result, "value", 0);
    ck_assert(tip_says(tip_at(options, 0, 0), "no other is better and cheaper"));
    ck_assert(!tip_says(tip_at(options, 1, 0), "no other is better and cheaper"));
    ck_assert(tip_says(tip_at(options, 2, 0), "no other is better and cheaper"));
    front = json_object_get(json_array_get(json_object_get(options, "series"), 3), "data");
    ck_assert_uint_eq(json_array_size(front), 2);
    ck_assert_double_eq_tol(value_at(options, 3, 0, 0), -1.0, 1e-9);
    ck_assert_double_eq_tol(value_at(options, 3, 1, 0), 0.0, 1e-9);
    ck_assert_double_eq_tol(value_at(options, 3, 1, 1), 97.5, 1e-9); /* of 100 and 95 */
    json_decref(options);
    result_release(&result);
}

START_TEST(value_compares_only_over_lengths_that_all_have)
{
    struct result result = fixture_result(&three);
    struct report_settings settings = {.chart = chart_find(STR("value"))};
    struct err err = {ERR_NONE, ""};
    struct buf out;

    buf_init(&out, REPORT_BYTES_MAX);
    for (size_t i = 0; i < result.trial_count; i++) {
        result.trials[i].cost_picodollars = PRICE_DOLLAR;
    }
    result.cells[0].length_tokens = 4096; /* a/best: 4k and 64k */
    result.cells[4].length_tokens = 4096; /* a/good: 8k and 4k */
    ck_assert_int_eq(report_render(&result, 1, &settings, REPORT_JSON, &out, &err), ERR_INPUT);
    ck_assert_msg(strstr(err.text, "no context length that all") != NULL, "%s", err.text);
    buf_release(&out);
    result_release(&result);
}

int main(void)
{
    Suite *suite = suite_create("report_kinds");
    TCase *rules = tcase_create("rules");
    SRunner *runner = srunner_create(suite);
    int failed = 0;

    tcase_add_test(rules, times_are_medians_with_whiskers_to_the_95th_percentile);
    tcase_add_test(rules, a_trial_that_timed_out_has_no_time_of_an_answer);
    tcase_add_test(rules, costs_are_means_over_the_trials_whose_price_is_known);
    tcase_add_test(rules, a_kind_without_numbers_says_so);
    tcase_add_test(rules, outcomes_are_shares_of_what_was_planned);
    tcase_add_test(rules, the_front_leaves_out_who_is_beaten_at_score_and_cost);
    tcase_add_test(rules, value_compares_only_over_lengths_that_all_have);
    suite_add_tcase(suite, rules);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
