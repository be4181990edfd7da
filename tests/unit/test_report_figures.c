#include "report/figures.h"
#include "report_fixture.h"

#include "base/utf8.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t eight[] = {8};
static const uint64_t lengths[] = {8192, 65536};
static const struct figures_filter everything;

static void gather(struct figures *figures, const struct result *results, size_t count,
                   const struct figures_filter *filter)
{
    struct err err = {ERR_NONE, ""};

    ck_assert_msg(figures_gather(figures, results, count, filter, &err) == 0, "%s", err.text);
}

static void assert_label(const struct figures *figures, size_t index, const char *expected)
{
    struct str label = figures->series[index].label;

    ck_assert_msg(str_equal(label, str_from(expected)), "%.*s", STR_ARG(label));
}

START_TEST(series_are_model_by_model_and_then_by_needle_count)
{
    struct result result = fixture_demo();
    struct figures figures;

    gather(&figures, &result, 1, &everything);
    ck_assert_uint_eq(figures.series_count, 6);
    assert_label(&figures, 0, "sim/perfect (simulated) · 2 needles");
    assert_label(&figures, 2, "sim/perfect (simulated) · 8 needles");
    assert_label(&figures, 3, "sim/decay (simulated) · 2 needles");
    ck_assert_uint_eq(figures.model_count, 2);
    ck_assert_uint_eq(figures.series[4].model_index, 1);
    ck_assert_uint_eq(figures.series[4].variant_index, 1);
    ck_assert_uint_eq(figures.length_count, 8);
    ck_assert_uint_eq(figures.counted_min, 5);
    ck_assert_uint_eq(figures.counted_max, 5);
    figures_release(&figures);
    result_release(&result);
}

START_TEST(cells_of_a_series_are_in_the_order_of_lengths)
{
    struct result result = fixture_demo();
    struct result_cell first = result.cells[0];
    struct figures figures;

    result.cells[0] = result.cells[result.cell_count - 6]; /* the same series at 1m */
    result.cells[result.cell_count - 6] = first;
    gather(&figures, &result, 1, &everything);
    for (size_t i = 0; i < figures.length_count; i++) {
        ck_assert_uint_eq(figures.series[0].cells[i]->length_tokens, (uint64_t)8192 << i);
        ck_assert_uint_eq(figures.lengths[i], (uint64_t)8192 << i);
    }
    figures_release(&figures);
    result_release(&result);
}

START_TEST(filters_choose_models_and_needle_counts)
{
    struct result result = fixture_demo();
    struct str model = STR("sim/decay");
    struct figures_filter filter = {&model, 1, eight, 1};
    struct figures figures;

    gather(&figures, &result, 1, &filter);
    ck_assert_uint_eq(figures.series_count, 1);
    assert_label(&figures, 0, "sim/decay (simulated) · 8 needles");
    figures_release(&figures);
    result_release(&result);
}

START_TEST(the_same_series_of_two_results_are_told_apart_by_file)
{
    static const char *const models[] = {"openai/gpt-5.5"};
    struct fixture fixture = {models, 1, eight, 1, lengths, 2, 5, "runs/monday.json"};
    struct result results[2] = {fixture_result(&fixture)};
    struct figures figures;

    fixture.path = "runs/tuesday.json";
    results[1] = fixture_result(&fixture);
    gather(&figures, results, 2, &everything);
    ck_assert_uint_eq(figures.series_count, 2);
    assert_label(&figures, 0, "openai/gpt-5.5 · 8 needles · monday");
    assert_label(&figures, 1, "openai/gpt-5.5 · 8 needles · tuesday");
    ck_assert_uint_ne(figures.series[0].variant_index, figures.series[1].variant_index);
    figures_release(&figures);
    result_release(&results[0]);
    result_release(&results[1]);
}

START_TEST(different_models_of_two_results_share_their_variants)
{
    static const char *const first[] = {"openai/gpt-5.5"};
    static const char *const second[] = {"google/gemini-3.1-pro-preview"};
    struct fixture fixture = {first, 1, eight, 1, lengths, 2, 5, "a.json"};
    struct result results[2] = {fixture_result(&fixture)};
    struct figures figures;

    fixture.models = second;
    results[1] = fixture_result(&fixture);
    gather(&figures, results, 2, &everything);
    assert_label(&figures, 0, "openai/gpt-5.5 · 8 needles");
    assert_label(&figures, 1, "google/gemini-3.1-pro-preview · 8 needles");
    ck_assert_uint_eq(figures.series[0].variant_index, figures.series[1].variant_index);
    figures_release(&figures);
    result_release(&results[0]);
    result_release(&results[1]);
}

START_TEST(long_names_are_cut_in_the_middle_and_stay_unique)
{
    static const char *const models[] = {
        "compatible/a-name-much-too-long-for-a-legend-one-instruct-preview-2026-11-22",
        "compatible/a-name-much-too-long-for-a-legend-two-instruct-preview-2026-11-22",
    };
    struct fixture fixture = {models, 2, eight, 1, lengths, 2, 5, "a.json"};
    struct result result = fixture_result(&fixture);
    struct figures figures;

    gather(&figures, &result, 1, &everything);
    assert_label(&figures, 0, "compatible/a-name-much…review-2026-11-22 · 8 needles");
    assert_label(&figures, 1, "compatible/a-name-much…review-2026-11-22 · 8 needles · no. 2");
    figures_release(&figures);
    result_release(&result);
}

START_TEST(labels_are_one_line_of_printable_utf8)
{
    static const char *const models[] = {"evil\xE2\x80\xAEname\x07\n\xFF\xC3"};
    struct fixture fixture = {models, 1, eight, 1, lengths, 2, 5, "a.json"};
    struct result result = fixture_result(&fixture);
    struct figures figures;

    gather(&figures, &result, 1, &everything);
    assert_label(&figures, 0, "evil\uFFFDname\uFFFD \uFFFD\uFFFD · 8 needles");
    figures_release(&figures);
    result_release(&result);
}

static void assert_refused(struct result *result, const struct figures_filter *filter,
                           const char *what)
{
    struct figures figures;
    struct err err = {ERR_NONE, ""};

    ck_assert_int_eq(figures_gather(&figures, result, 1, filter, &err), ERR_INPUT);
    ck_assert_msg(strstr(err.text, what) != NULL, "%s", err.text);
    ck_assert_msg(strstr(err.text, "results/demo/RESULT.json") != NULL, "%s", err.text);
    result_release(result);
}

START_TEST(a_score_outside_0_to_1_is_refused_by_its_place)
{
    struct result result = fixture_demo();

    result.cells[3].high = 1.5;
    assert_refused(&result, &everything, "summaries[3]");
}

START_TEST(a_length_of_0_is_refused)
{
    struct result result = fixture_demo();

    result.cells[7].length_tokens = 0;
    assert_refused(&result, &everything, "summaries[7]: length is 0");
}

START_TEST(a_result_without_scores_is_refused)
{
    struct result result = fixture_demo();

    for (size_t i = 0; i < result.cell_count; i++) {
        result.cells[i].counted = 0;
        result.cells[i].mean = (double)NAN;
    }
    assert_refused(&result, &everything, "no trial has been scored");
}

START_TEST(a_filter_that_nothing_passes_is_named)
{
    static const uint64_t three[] = {3};
    struct result result = fixture_demo();
    struct figures_filter filter = {NULL, 0, three, 1};

    assert_refused(&result, &filter, "--needles");
}

START_TEST(more_lines_than_can_be_told_apart_are_refused)
{
    uint64_t needles[FIGURES_SERIES_MAX + 1];
    static const char *const models[] = {"a/b"};
    struct fixture fixture = {models, 1, needles, FIGURES_SERIES_MAX + 1, lengths, 2, 1, "a.json"};
    struct result result;
    struct figures figures;
    struct err err = {ERR_NONE, ""};

    for (size_t i = 0; i < FIGURES_SERIES_MAX + 1; i++) {
        needles[i] = i + 1;
    }
    result = fixture_result(&fixture);
    ck_assert_int_eq(figures_gather(&figures, &result, 1, &everything, &err), ERR_LIMIT);
    ck_assert_ptr_nonnull(strstr(err.text, "--model"));
    result_release(&result);
}

int main(void)
{
    Suite *suite = suite_create("report_figures");
    TCase *rules = tcase_create("rules");
    SRunner *runner = srunner_create(suite);
    int failed = 0;

    tcase_add_test(rules, series_are_model_by_model_and_then_by_needle_count);
    tcase_add_test(rules, cells_of_a_series_are_in_the_order_of_lengths);
    tcase_add_test(rules, filters_choose_models_and_needle_counts);
    tcase_add_test(rules, the_same_series_of_two_results_are_told_apart_by_file);
    tcase_add_test(rules, different_models_of_two_results_share_their_variants);
    tcase_add_test(rules, long_names_are_cut_in_the_middle_and_stay_unique);
    tcase_add_test(rules, labels_are_one_line_of_printable_utf8);
    tcase_add_test(rules, a_score_outside_0_to_1_is_refused_by_its_place);
    tcase_add_test(rules, a_length_of_0_is_refused);
    tcase_add_test(rules, a_result_without_scores_is_refused);
    tcase_add_test(rules, a_filter_that_nothing_passes_is_named);
    tcase_add_test(rules, more_lines_than_can_be_told_apart_are_refused);
    suite_add_tcase(suite, rules);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
