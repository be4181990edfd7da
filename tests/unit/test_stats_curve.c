/* Scores along lengths, depths and repeats, against R and CPython: the constants are printed by
 * tests/oracle/stats_references.R and tests/oracle/stats_simulated.py. */
#include "stats/curve.h"
#include "stats/falloff.h"
#include "stats/groups.h"
#include "stats/repeat.h"
#include "suite.h"

#include <math.h>

enum { BINS = 8 };

static void fill_points(struct stats_point *points, const double *means, double half_width)
{
    for (size_t i = 0; i < BINS; i++) {
        points[i] = (struct stats_point){
            .length_tokens = (uint64_t)STATS_AUC_FROM_TOKENS << i,
            .score = {means[i], means[i] - half_width, means[i] + half_width},
        };
    }
}

START_TEST(areas_are_those_that_context_arena_publishes)
{
    /* Its row for gpt-4.1, 8 needles: 61.6 at 128k and 53.2 at 1M. */
    static const double means[] = {0.876, 0.680, 0.704, 0.575, 0.555, 0.571, 0.556, 0.421};
    struct stats_point points[BINS];
    struct stats_interval area;
    size_t missing = 9;

    fill_points(points, means, 0.05);
    ck_assert(stats_auc(points, BINS, STATS_AUC_128K_TOKENS, &area, &missing));
    ck_assert_double_eq_tol(area.mean, 0.616, 0.0005);
    ck_assert_uint_eq(missing, 0);
    ck_assert(stats_auc(points, BINS, STATS_AUC_1M_TOKENS, &area, &missing));
    ck_assert_double_eq_tol(area.mean, 0.532, 0.0005);
    /* All bounds 0.05 away: MOVER leaves that times the root of the sum of squared weights. */
    ck_assert_double_eq_tol(area.mean - area.low, 0.05 * 0.50390625, 1e-4);
}

START_TEST(an_area_needs_both_ends_and_counts_what_is_missing_between)
{
    static const double means[] = {1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3};
    struct stats_point points[BINS];
    struct stats_interval area;
    size_t missing = 0;

    fill_points(points, means, 0.0);
    ck_assert(!stats_auc(points, 4, STATS_AUC_128K_TOKENS, &area, &missing));
    ck_assert(!stats_auc(points + 1, 7, STATS_AUC_1M_TOKENS, &area, &missing));
    points[1] = points[4];
    ck_assert(stats_auc(points, 2, STATS_AUC_128K_TOKENS, &area, &missing));
    ck_assert_double_eq_tol(area.mean, 0.8, 1e-12);
    ck_assert_uint_eq(missing, 3);
}

START_TEST(a_point_without_a_score_is_bridged)
{
    static const double means[] = {1.0, (double)NAN, 0.8, 0.8, 0.6, 0.5, 0.4, 0.3};
    struct stats_point points[BINS];
    struct stats_interval area;
    size_t missing = 0;

    fill_points(points, means, 0.0);
    ck_assert(stats_auc(points, BINS, STATS_AUC_128K_TOKENS, &area, &missing));
    /* (24 * 0.9 + 32 * 0.8 + 64 * 0.7) / 120 */
    ck_assert_double_eq_tol(area.mean, 92.0 / 120.0, 1e-12);
    ck_assert_uint_eq(missing, 1);
}

START_TEST(the_effective_length_ends_at_the_first_failure)
{
    static const double means[] = {0.95, 0.93, 0.85, 0.75, 0.66, 0.90, 0.95, 0.95};
    struct stats_point points[BINS];
    struct stats_effective_length length;

    fill_points(points, means, 0.1);
    length = stats_effective_length(points, BINS, 0.7);
    ck_assert_uint_eq(length.at_least, 32768);
    ck_assert_uint_eq(length.estimate, 65536);
    ck_assert_uint_eq(length.at_most, 1048576);
    ck_assert(length.is_open);
    length = stats_effective_length(points, BINS, 0.99);
    ck_assert_uint_eq(length.at_least, 0);
    ck_assert_uint_eq(length.at_most, 16384);
    ck_assert(!length.is_open);
}

START_TEST(chance_is_taken_off_so_that_a_guesser_has_nothing)
{
    struct stats_interval score =
        stats_above_chance((struct stats_interval){0.51, 0.41, 1.0}, 0.51);

    ck_assert_double_eq_tol(score.mean, 0.0, 1e-12);
    ck_assert_double_eq_tol(score.low, -0.1 / 0.49, 1e-12);
    ck_assert_double_eq_tol(score.high, 1.0, 1e-12);
}

START_TEST(the_logistic_curve_agrees_with_r)
{
    static const double means[][BINS] = {
        {0.981, 0.930, 0.965, 0.900, 0.831, 0.875, 0.815, 0.740},
        {0.973, 0.914, 0.972, 0.905, 0.860, 0.793, 0.575, 0.366},
        {1.0, 1.0, 1.0, 1.0, 1.0, 0.5, 0.0, 0.0},
    };
    static const double slopes[] = {-0.2627558300, -0.5277161011, -1.7669561639};
    static const double halves[] = {23.9436665402, 19.6222914968, 17.9339098678};
    double lengths[BINS];
    double counts[BINS];

    for (size_t i = 0; i < BINS; i++) {
        lengths[i] = (double)(8192U << i);
        counts[i] = 20.0;
    }
    for (size_t i = 0; i < 3; i++) {
        struct stats_logistic curve = stats_logistic_fit(lengths, means[i], counts, BINS);

        ck_assert_double_eq_tol(curve.slope, slopes[i], 1e-6);
        ck_assert_double_eq_tol(log2(stats_logistic_half_length(&curve)), halves[i], 1e-6);
    }
}

START_TEST(a_curve_that_would_rise_is_level)
{
    static const double lengths[] = {8192, 16384, 32768};
    static const double means[] = {0.6, 0.7, 0.9};
    static const double counts[] = {10, 10, 10};
    struct stats_logistic curve = stats_logistic_fit(lengths, means, counts, 3);

    ck_assert_double_eq(curve.slope, 0.0);
    ck_assert(isinf(stats_logistic_half_length(&curve)));
}

START_TEST(the_length_of_half_score_has_an_interval_that_shrinks)
{
    double scores[BINS][40];
    double widths[2];
    struct stats_cell_scores cells[BINS];
    struct err err = {ERR_NONE, ""};

    for (size_t i = 0; i < BINS; i++) {
        for (size_t j = 0; j < 40; j++) { /* from 1 down to 1/8 in equal steps */
            scores[i][j] = j % 8 < 8 - i ? 1.0 : 0.0;
        }
    }
    for (size_t k = 0; k < 2; k++) {
        struct stats_half_length half;

        for (size_t i = 0; i < BINS; i++) {
            cells[i] =
                (struct stats_cell_scores){(double)(8192U << i), scores[i], NULL, k == 0 ? 8 : 40};
        }
        ck_assert_int_eq(stats_half_length(cells, BINS, 1, &half, &err), 0);
        ck_assert_double_lt(half.low, half.tokens);
        ck_assert_double_lt(half.tokens, half.high);
        ck_assert_double_gt(half.tokens, 8192.0 * 8); /* the mean is 5/8 at 64k, 1/2 at 128k */
        ck_assert_double_lt(half.tokens, 8192.0 * 32);
        widths[k] = log2(half.high / half.low);
    }
    ck_assert_double_lt(widths[1], widths[0]);
    ck_assert_int_eq(stats_half_length(cells, 1, 1, &(struct stats_half_length){0}, &err),
                     ERR_INPUT);
}

START_TEST(depth_is_tested_within_cells)
{
    struct stats_grouped items[] = {
        {1.0, 0, 1, 0}, {0.9, 0, 2, 0}, {0.1, 0, 3, 1}, {0.4, 0, 4, 1}, {0.7, 0, 5, 2},
        {0.8, 1, 6, 0}, {0.0, 1, 7, 1}, {0.6, 1, 8, 2}, {0.5, 1, 9, 2},
    };
    struct stats_groups groups;
    struct err err = {ERR_NONE, ""};

    ck_assert_int_eq(stats_compare_groups(items, 9, STATS_THIRDS, 1, &groups, &err), 0);
    ck_assert_double_eq_tol(groups.p, 0.005556, 0.005);
    ck_assert_double_eq_tol(groups.means[STATS_BEGINNING], 0.9, 1e-12);
    ck_assert_double_eq_tol(groups.means[STATS_MIDDLE], 0.5 / 3.0, 1e-12);
    ck_assert_uint_eq(groups.counts[STATS_END], 3);
    items[4].group = 3;
    ck_assert_int_eq(stats_compare_groups(items, 9, STATS_THIRDS, 1, &groups, &err), ERR_INPUT);
}

/* Four times the same answers are no more evidence than once. */
START_TEST(repeats_of_a_question_do_not_make_an_effect_of_depth)
{
    enum { QUESTIONS = 12, REPEATS = 4 };
    struct stats_grouped once[QUESTIONS];
    struct stats_grouped repeated[QUESTIONS * REPEATS];
    struct stats_groups of_once;
    struct stats_groups of_repeated;
    struct err err = {ERR_NONE, ""};

    for (size_t i = 0; i < QUESTIONS; i++) {
        once[i] = (struct stats_grouped){(double)(i * i % 7) / 7.0, 0, i, (uint32_t)(i % 2)};
        for (size_t j = 0; j < REPEATS; j++) { /* around the same mean */
            repeated[j * QUESTIONS + i] = once[i];
            repeated[j * QUESTIONS + i].score += j % 2 == 0 ? 0.01 : -0.01;
        }
    }
    ck_assert_int_eq(stats_compare_groups(once, QUESTIONS, 2, 1, &of_once, &err), 0);
    ck_assert_int_eq(
        stats_compare_groups(repeated, (size_t)QUESTIONS * REPEATS, 2, 1, &of_repeated, &err), 0);
    ck_assert_double_eq_tol(of_repeated.p, of_once.p, 0.02);
    ck_assert_double_eq_tol(of_repeated.means[0], of_once.means[0], 1e-12);
    ck_assert_uint_eq(of_repeated.counts[0], of_once.counts[0]);
}

START_TEST(a_difference_between_cells_is_no_effect_of_depth)
{
    struct stats_grouped items[30];
    struct stats_groups groups;
    struct err err = {ERR_NONE, ""};

    for (size_t i = 0; i < 30; i++) { /* deep needles are all in the hard cell */
        items[i] = (struct stats_grouped){i < 15 ? 1.0 : 0.2, i / 15, i, i < 15 ? 0 : 1};
    }
    ck_assert_int_eq(stats_compare_groups(items, 30, 2, 1, &groups, &err), 0);
    ck_assert_double_eq(groups.p, 1.0);
    ck_assert_double_eq_tol(groups.effects[0], 0.0, 1e-12);
}

START_TEST(thirds_split_the_depth)
{
    ck_assert_int_eq(stats_third_of(0.0), STATS_BEGINNING);
    ck_assert_int_eq(stats_third_of(0.5), STATS_MIDDLE);
    ck_assert_int_eq(stats_third_of(1.0), STATS_END);
}

START_TEST(repeatability_agrees_with_r)
{
    static const double scores[] = {1, 1, 0.9, 0, 0.1, 0, 1, 0, 1, 0.5, 0.52, 0.77};
    static const uint64_t question[] = {1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 5};
    struct stats_repeatability repeat;
    struct err err = {ERR_NONE, ""};

    ck_assert_int_eq(stats_repeatability(scores, question, 12, &repeat, &err), 0);
    ck_assert_uint_eq(repeat.questions, 4); /* the fifth was asked once */
    ck_assert_uint_eq(repeat.trials, 11);
    ck_assert_double_eq_tol(repeat.within_sd, 0.3117233205, 1e-9);
    ck_assert_double_eq_tol(repeat.intraclass, 0.5746505100, 1e-9);
    ck_assert_double_eq(repeat.same_share, 0.0);
    ck_assert_int_eq(stats_repeatability(scores, question, 2, &repeat, &err), 0);
    ck_assert_double_eq(repeat.same_share, 1.0);
    ck_assert(isnan(repeat.intraclass));
}

int main(void)
{
    Suite *suite = suite_create("stats_curve");
    TCase *tests = suite_case(suite, "curve");

    tcase_add_test(tests, areas_are_those_that_context_arena_publishes);
    tcase_add_test(tests, an_area_needs_both_ends_and_counts_what_is_missing_between);
    tcase_add_test(tests, a_point_without_a_score_is_bridged);
    tcase_add_test(tests, the_effective_length_ends_at_the_first_failure);
    tcase_add_test(tests, chance_is_taken_off_so_that_a_guesser_has_nothing);
    tcase_add_test(tests, the_logistic_curve_agrees_with_r);
    tcase_add_test(tests, a_curve_that_would_rise_is_level);
    tcase_add_test(tests, the_length_of_half_score_has_an_interval_that_shrinks);
    tcase_add_test(tests, depth_is_tested_within_cells);
    tcase_add_test(tests, repeats_of_a_question_do_not_make_an_effect_of_depth);
    tcase_add_test(tests, a_difference_between_cells_is_no_effect_of_depth);
    tcase_add_test(tests, thirds_split_the_depth);
    tcase_add_test(tests, repeatability_agrees_with_r);
    return suite_run(suite);
}
