/* The ECharts options of small results: what is where, with which values. */
#include "report/report.h"
#include "report_options_fixture.h"

#include <check.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static double number_at(const json_t *array, size_t index)
{
    ck_assert(json_is_number(json_array_get(array, index)));
    return json_number_value(json_array_get(array, index));
}

static const json_t *member(const json_t *array, size_t index, const char *name)
{
    const json_t *value = json_object_get(json_array_get(array, index), name);

    ck_assert_ptr_nonnull(value);
    return value;
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    ck_assert_ptr_nonnull(text);
    return text;
}

static const char *const one_model[] = {"openai/gpt-5.5"};
static const uint64_t one_needle[] = {8};
static const uint64_t three_lengths[] = {8192, 16384, 1048576};
static const struct fixture small = {one_model, 1, one_needle, 1, three_lengths, 3, 5, "a.json"};

START_TEST(accuracy_has_a_line_and_whiskers_for_each_series)
{
    struct result result = fixture_result(&small);
    json_t *options = fixture_options(&result, "accuracy", 0);
    const json_t *series = json_object_get(options, "series");
    const json_t *line = member(series, 0, "data");
    const json_t *whiskers = member(series, 1, "data");

    ck_assert_uint_eq(json_array_size(series), 3); /* and the labels of lengths */
    ck_assert_uint_eq(json_array_size(line), 3);
    /* log2 of 8k, 16k, 1m is 13, 14, 20; the fixture's means are 100, 95, 90 %. */
    ck_assert_double_eq_tol(number_at(member(line, 0, "value"), 0), 13.0, 1e-9);
    ck_assert_double_eq_tol(number_at(member(line, 0, "value"), 1), 100.0, 1e-9);
    ck_assert_double_eq_tol(number_at(member(line, 2, "value"), 0), 20.0, 1e-9);
    ck_assert_double_eq_tol(number_at(member(line, 2, "value"), 1), 90.0, 1e-9);
    /* low = mean / 2, high = (1 + mean) / 2, then a gap. */
    ck_assert_uint_eq(json_array_size(whiskers), 9);
    ck_assert_double_eq_tol(number_at(json_array_get(whiskers, 6), 1), 45.0, 1e-9);
    ck_assert_double_eq_tol(number_at(json_array_get(whiskers, 7), 1), 95.0, 1e-9);
    ck_assert(json_is_null(json_array_get(json_array_get(whiskers, 8), 1)));
    ck_assert_str_eq(json_string_value(member(series, 0, "name")), "openai/gpt-5.5 · 8 needles");
    ck_assert_str_eq(json_string_value(member(series, 1, "name")), "openai/gpt-5.5 · 8 needles");
    json_decref(options);
    result_release(&result);
}

START_TEST(accuracy_names_its_axes_with_units_and_its_lengths)
{
    struct result result = fixture_result(&small);
    json_t *options = fixture_options(&result, "accuracy", 0);
    const json_t *labels = member(json_object_get(options, "series"), 2, "data");

    ck_assert_str_eq(text_of(json_object_get(options, "xAxis"), "name"),
                     "context length (tokens, o200k_base)");
    ck_assert_str_eq(text_of(json_object_get(options, "yAxis"), "name"), "mean score (0–100 %)");
    ck_assert_str_eq(json_string_value(member(labels, 0, "name")), "8k");
    ck_assert_str_eq(json_string_value(member(labels, 2, "name")), "1m");
    json_decref(options);
    result_release(&result);
}

START_TEST(the_caption_says_how_when_and_by_what)
{
    struct result result = fixture_result(&small);
    json_t *options = fixture_options(&result, "accuracy", 2000);
    const json_t *title = json_array_get(json_object_get(options, "title"), 0);

    ck_assert_str_eq(text_of(title, "text"), "Mean score by context length");
    ck_assert_str_eq(text_of(title, "subtext"),
                     "task mrcr · graded by openai-mrcr · 5 trials per length · seed 7 · "
                     "2026-11-22 · Haymaker 0.1.0\nWhiskers are 95 % intervals of the mean.");
    json_decref(options);
    result_release(&result);
}

START_TEST(simulated_models_are_called_so_in_title_caption_and_legend)
{
    struct result result = fixture_demo();
    json_t *options = fixture_options(&result, "accuracy", 0);
    const json_t *title = json_array_get(json_object_get(options, "title"), 0);
    const json_t *names = json_object_get(json_object_get(options, "legend"), "data");

    ck_assert_ptr_nonnull(strstr(text_of(title, "text"), "(simulated)"));
    ck_assert_ptr_nonnull(strstr(text_of(title, "subtext"), "say nothing about any real model"));
    ck_assert_uint_eq(json_array_size(names), 6);
    for (size_t i = 0; i < 6; i++) {
        ck_assert_ptr_nonnull(strstr(json_string_value(json_array_get(names, i)), "simulated"));
    }
    json_decref(options);
    result_release(&result);
}

START_TEST(no_two_lines_have_the_same_colour_symbol_and_dash)
{
    struct result result = fixture_demo();
    json_t *options = fixture_options(&result, "accuracy", 0);
    const json_t *series = json_object_get(options, "series");
    json_t *strokes = json_object(); /* as keys, so equal ones fall together */

    for (size_t i = 0; i < 6; i++) {
        json_t *stroke = json_pack("[O, O]", member(series, 2 * i, "symbol"),
                                   member(series, 2 * i, "lineStyle"));
        char *key = json_dumps(stroke, JSON_SORT_KEYS);

        ck_assert_int_eq(json_object_set_new(strokes, key, json_true()), 0);
        free(key);
        json_decref(stroke);
    }
    ck_assert_uint_eq(json_object_size(strokes), 6);
    json_decref(strokes);
    json_decref(options);
    result_release(&result);
}

START_TEST(a_length_without_a_score_is_a_gap_not_a_zero)
{
    struct result result = fixture_result(&small);
    json_t *options = NULL;
    const json_t *series = NULL;

    result.cells[1].counted = 0;
    result.cells[1].mean = (double)NAN;
    result.cells[1].low = (double)NAN;
    result.cells[1].high = (double)NAN;
    options = fixture_options(&result, "accuracy", 0);
    series = json_object_get(options, "series");
    ck_assert(json_is_null(json_array_get(member(member(series, 0, "data"), 1, "value"), 1)));
    ck_assert_uint_eq(json_array_size(member(series, 1, "data")), 6);
    json_decref(options);
    result_release(&result);
}

START_TEST(one_length_alone_still_has_an_axis_with_room)
{
    static const uint64_t only[] = {524288};
    struct fixture fixture = small;
    struct result result;
    json_t *options = NULL;
    const json_t *axis = NULL;

    fixture.lengths = only;
    fixture.length_count = 1;
    result = fixture_result(&fixture);
    options = fixture_options(&result, "accuracy", 0);
    axis = json_object_get(options, "xAxis");
    ck_assert_double_lt(json_number_value(json_object_get(axis, "min")), 19.0);
    ck_assert_double_gt(json_number_value(json_object_get(axis, "max")), 19.0);
    json_decref(options);
    result_release(&result);
}

START_TEST(the_heat_map_has_a_panel_for_each_series_and_tenths_of_depth)
{
    struct result result = fixture_demo();
    json_t *options = fixture_options(&result, "heatmap", 0);
    const json_t *series = json_object_get(options, "series");
    const json_t *cells = member(series, 0, "data");
    const json_t *rows = member(json_object_get(options, "yAxis"), 0, "data");
    const json_t *columns = member(json_object_get(options, "xAxis"), 0, "data");

    ck_assert_uint_eq(json_array_size(series), 6);
    ck_assert_uint_eq(json_array_size(json_object_get(options, "grid")), 6);
    ck_assert_uint_eq(json_array_size(json_object_get(options, "title")), 7);
    ck_assert_uint_eq(json_array_size(rows), 10);
    ck_assert_str_eq(json_string_value(json_array_get(rows, 0)), "0–10 %");
    ck_assert_str_eq(json_string_value(json_array_get(columns, 0)), "8k");
    /* The start of the prompt is on top, the short lengths are on the left. */
    ck_assert(json_is_true(member(json_object_get(options, "yAxis"), 0, "inverse")));
    ck_assert_ptr_null(
        json_object_get(json_array_get(json_object_get(options, "xAxis"), 0), "inverse"));
    /* Five samples at depths 0, 0.2 … 0.8 fill five of ten rows of eight lengths; the other cells
     * are not there. */
    ck_assert_uint_eq(json_array_size(cells), 40);
    ck_assert_double_eq(number_at(member(cells, 8, "value"), 0), 0.0);
    ck_assert_double_eq(number_at(member(cells, 8, "value"), 1), 2.0);
    ck_assert_double_eq_tol(number_at(member(cells, 8, "value"), 2), 100.0, 1e-9);
    json_decref(options);
    result_release(&result);
}

START_TEST(planned_depths_are_rows_of_their_own)
{
    struct result result = fixture_result(&small);
    json_t *options = NULL;
    const json_t *rows = NULL;

    for (size_t i = 0; i < result.trial_count; i++) {
        result.trials[i].depth_percent = (int)(i % 5) * 25;
        result.trials[i].depth = (double)(i % 5) * 0.25;
    }
    options = fixture_options(&result, "heatmap", 0);
    rows = member(json_object_get(options, "yAxis"), 0, "data");
    ck_assert_uint_eq(json_array_size(rows), 5);
    ck_assert_str_eq(json_string_value(json_array_get(rows, 4)), "100 %");
    json_decref(options);
    result_release(&result);
}

START_TEST(trials_that_count_for_nothing_are_not_in_the_heat_map)
{
    struct result result = fixture_result(&small);
    json_t *options = NULL;

    result.trials[0].outcome = OUTCOME_TIMEOUT;
    result.trials[1].depth = -1.0;
    result.trials[2].mark.score = (double)NAN;
    options = fixture_options(&result, "heatmap", 0);
    ck_assert_uint_eq(json_array_size(member(json_object_get(options, "series"), 0, "data")), 12);
    json_decref(options);
    result_release(&result);
}

START_TEST(a_height_that_cannot_hold_the_legend_is_refused_with_the_least)
{
    struct result result = fixture_demo();
    struct report_settings settings = {.width_px = 1000, .height_px = 260};
    struct err err = {ERR_NONE, ""};
    struct buf out;

    buf_init(&out, REPORT_BYTES_MAX);
    ck_assert_int_eq(report_render(&result, 1, &settings, REPORT_SVG, &out, &err), ERR_USAGE);
    ck_assert_msg(strstr(err.text, "at least") != NULL, "%s", err.text);
    settings.height_px = 100;
    ck_assert_int_eq(report_render(&result, 1, &settings, REPORT_SVG, &out, &err), ERR_USAGE);
    settings.height_px = 0;
    settings.width_px = REPORT_SIDE_MAX_PX + 1;
    ck_assert_int_eq(report_render(&result, 1, &settings, REPORT_SVG, &out, &err), ERR_USAGE);
    ck_assert_uint_eq(out.len, 0);
    result_release(&result);
}

START_TEST(the_same_result_gives_the_same_options)
{
    struct result result = fixture_demo();
    json_t *first = fixture_options(&result, "heatmap", 0);
    json_t *again = fixture_options(&result, "heatmap", 0);

    ck_assert(json_equal(first, again));
    json_decref(first);
    json_decref(again);
    result_release(&result);
}

int main(void)
{
    Suite *suite = suite_create("report_options");
    TCase *rules = tcase_create("rules");
    SRunner *runner = srunner_create(suite);
    int failed = 0;

    tcase_add_test(rules, accuracy_has_a_line_and_whiskers_for_each_series);
    tcase_add_test(rules, accuracy_names_its_axes_with_units_and_its_lengths);
    tcase_add_test(rules, the_caption_says_how_when_and_by_what);
    tcase_add_test(rules, simulated_models_are_called_so_in_title_caption_and_legend);
    tcase_add_test(rules, no_two_lines_have_the_same_colour_symbol_and_dash);
    tcase_add_test(rules, a_length_without_a_score_is_a_gap_not_a_zero);
    tcase_add_test(rules, one_length_alone_still_has_an_axis_with_room);
    tcase_add_test(rules, the_heat_map_has_a_panel_for_each_series_and_tenths_of_depth);
    tcase_add_test(rules, planned_depths_are_rows_of_their_own);
    tcase_add_test(rules, trials_that_count_for_nothing_are_not_in_the_heat_map);
    tcase_add_test(rules, a_height_that_cannot_hold_the_legend_is_refused_with_the_least);
    tcase_add_test(rules, the_same_result_gives_the_same_options);
    suite_add_tcase(suite, rules);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
