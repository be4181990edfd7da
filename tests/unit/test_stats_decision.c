/* Power and stopping rules against R and CPython (tests/oracle/stats_references.R,
 * stats_simulated.py), and how often verdicts are wrong: a quick version of
 * tests/bench/bench_stats.
 */
#include "../bench/stats_simulation.h"
#include "stats/power.h"
#include "stats/sequence.h"
#include "suite.h"

#include <math.h>
#include <stdio.h>

/* Sanitizers and unoptimised builds take longer. */
#ifdef NDEBUG
enum { EFFORT = 1 };
#else
enum { EFFORT = 5 };
#endif

/* Three standard errors above the stated rate. */
static double at_most(double rate, size_t simulations)
{
    return rate + 3.0 * sqrt(rate * (1.0 - rate) / (double)simulations);
}

START_TEST(samples_of_two_separate_groups_agree_with_r)
{
    struct stats_power power = stats_power_usual;

    power.paired = false;
    ck_assert_uint_eq(stats_samples_needed(&power, 0.2), 78);
    ck_assert_uint_eq(stats_samples_needed(&power, 0.05), 1125);
    power.mean = 0.9;
    power.spread = 1.0;
    power.alpha = 0.01;
    ck_assert_uint_eq(stats_samples_needed(&power, 0.3), 45);
}

START_TEST(samples_of_pairs_agree_with_connors_formula)
{
    /* Worked by hand in CPython: v = 0.9 * 0.1875, v' = 0.9 * 0.2475, var = v + v' - 0.6 sqrt(v
     * v'), (1.959964 sqrt(var + 0.04) + 0.841621 sqrt(var))² / 0.04 + 3.841459. */
    ck_assert_uint_eq(stats_samples_needed(&stats_power_usual, 0.2), 64);
    ck_assert_uint_eq(stats_samples_needed(&stats_power_usual, 0.05), 797);
    ck_assert_uint_eq(stats_samples_needed(&stats_power_usual, 0.0), UINT64_MAX);
    ck_assert_uint_eq(stats_samples_needed(&stats_power_usual, 0.8), UINT64_MAX);
}

START_TEST(what_n_samples_detect_needs_n_samples)
{
    for (uint64_t n = 20; n < 2000; n *= 3) {
        double difference = stats_detectable_difference(&stats_power_usual, n);

        ck_assert_uint_eq(stats_samples_needed(&stats_power_usual, difference + 1e-9), n);
    }
    ck_assert(isnan(stats_detectable_difference(&stats_power_usual, 4)));
    ck_assert(isnan(stats_detectable_by_sd(0.5, 3, 0.05, 0.8)));
    ck_assert_double_lt(stats_detectable_by_sd(0.5, 100, 0.05, 0.8),
                        stats_detectable_by_sd(0.5, 50, 0.05, 0.8));
}

START_TEST(a_confidence_sequence_agrees_with_the_reference)
{
    static const double watched[] = {1.0, 0.0, 0.0, 0.9, 0.0, 1.0, -0.2, 0.0, 0.6, 1.0};
    static const double low[] = {-0.1475, 0.1575, 0.2475};
    static const double high[] = {0.85, 0.6875, 0.625};
    struct stats_sequence sequence;
    size_t looks = 0;

    stats_sequence_init(&sequence, 0.05);
    ck_assert(isnan(sequence.mean));
    for (size_t i = 0; i < 60; i++) {
        stats_sequence_add(&sequence, watched[i % 10]);
        if (i + 1 == 10 || i + 1 == 30 || i + 1 == 60) {
            ck_assert_double_eq_tol(sequence.low, low[looks], 1e-9);
            ck_assert_double_eq_tol(sequence.high, high[looks], 1e-9);
            looks++;
        }
    }
    ck_assert_double_eq_tol(sequence.mean, 0.43, 1e-12);
    ck_assert_int_eq(stats_sequence_decision(&sequence, 0.0), STATS_SECOND_BETTER);
}

START_TEST(ties_are_decided_only_within_a_margin)
{
    struct stats_sequence sequence;

    stats_sequence_init(&sequence, 0.01);
    for (size_t i = 0; i < 200; i++) {
        stats_sequence_add(&sequence, 0.0);
    }
    ck_assert_double_eq_tol(sequence.low, -0.035, 1e-9);
    ck_assert_double_eq_tol(sequence.high, 0.035, 1e-9);
    ck_assert_int_eq(stats_sequence_decision(&sequence, 0.0), STATS_UNDECIDED);
    ck_assert_int_eq(stats_sequence_decision(&sequence, 0.036), STATS_WITHIN_MARGIN);
}

START_TEST(watching_continuously_errs_no_more_often_than_stated)
{
    const size_t simulations = 60 / EFFORT;
    struct watch_rates rates = measure_watching(0.0, 200, simulations);

    (void)printf("watched null: %.1f %% decided\n", rates.decided * 100);
    ck_assert_double_le(rates.decided, at_most(0.05, simulations));
}

START_TEST(watching_saves_half_of_a_plan_for_half_the_difference)
{
    uint64_t planned = stats_samples_needed(&stats_power_usual, 0.1);
    struct watch_rates rates = measure_watching(0.2, (size_t)planned, 60 / EFFORT);

    (void)printf("20 points: %.1f %% decided, %.0f of %llu samples\n", rates.decided * 100,
                 rates.mean_needed, (unsigned long long)planned);
    ck_assert_double_ge(rates.decided, 0.75);
    ck_assert_double_le(rates.mean_needed, (double)planned / 2.0);
}

START_TEST(null_sweeps_find_nothing_better)
{
    const size_t sweeps = 40 / EFFORT; /* of 27 comparisons each */
    bool same_shape = _i == 0;
    struct null_rates rates = measure_null_sweeps(10, same_shape, sweeps);

    (void)printf("null sweeps: %.1f %% with a false verdict, %.1f %% without correction\n",
                 rates.corrected * 100, rates.uncorrected * 100);
    ck_assert_double_le(rates.corrected, at_most(0.05, sweeps));
    ck_assert_double_ge(rates.uncorrected, 0.1); /* the correction has something to correct */
}

START_TEST(paired_intervals_hold_the_truth_at_the_stated_level)
{
    const size_t simulations = 120 / EFFORT;
    struct coverage coverage = measure_coverage(INTERVAL_PAIRED, &populations[_i], 30, simulations);

    (void)printf("%-20s n = 30: %.1f %%, width %.3f\n", populations[_i].name, coverage.share * 100,
                 coverage.width);
    ck_assert_double_ge(coverage.share, 0.95 - 3.0 * sqrt(0.95 * 0.05 / (double)simulations));
}

START_TEST(the_stated_samples_find_the_difference)
{
    const size_t simulations = 120 / EFFORT;
    struct stats_power power = stats_power_usual;
    double found = 0.0;

    power.spread = 1.0; /* these scores are all or nothing */
    found = measure_power(0.3, (size_t)stats_samples_needed(&power, 0.3), simulations);
    (void)printf("30 points found in %.1f %%\n", found * 100);
    ck_assert_double_ge(found, 0.8 - 3.0 * sqrt(0.8 * 0.2 / (double)simulations));
}

int main(void)
{
    Suite *suite = suite_create("stats_decision");
    TCase *tests = suite_case(suite, "decision");

    tcase_set_timeout(tests, 240);
    tcase_add_test(tests, samples_of_two_separate_groups_agree_with_r);
    tcase_add_test(tests, samples_of_pairs_agree_with_connors_formula);
    tcase_add_test(tests, what_n_samples_detect_needs_n_samples);
    tcase_add_test(tests, a_confidence_sequence_agrees_with_the_reference);
    tcase_add_test(tests, ties_are_decided_only_within_a_margin);
    tcase_add_test(tests, watching_continuously_errs_no_more_often_than_stated);
    tcase_add_test(tests, watching_saves_half_of_a_plan_for_half_the_difference);
    tcase_add_loop_test(tests, null_sweeps_find_nothing_better, 0, 2);
    tcase_add_loop_test(tests, paired_intervals_hold_the_truth_at_the_stated_level, 0, 2);
    tcase_add_test(tests, the_stated_samples_find_the_difference);
    return suite_run(suite);
}
