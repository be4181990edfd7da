#include "stats/quantile.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

START_TEST(no_value_has_no_quantile)
{
    ck_assert(isnan(stats_quantile(NULL, 0, 0.5)));
}

START_TEST(one_value_is_every_quantile)
{
    double value = 0.25;

    ck_assert_double_eq(stats_quantile(&value, 1, 0.0), 0.25);
    ck_assert_double_eq(stats_quantile(&value, 1, 0.5), 0.25);
    ck_assert_double_eq(stats_quantile(&value, 1, 1.0), 0.25);
}

/* Worked by hand from Hyndman & Fan's definition 7: position (n - 1) p, linear in between. */
START_TEST(quantiles_are_interpolated_as_type_7)
{
    double values[] = {9.0, 1.0, 4.0, 16.0};

    stats_sort(values, 4);
    ck_assert_double_eq(stats_quantile(values, 4, 0.0), 1.0);
    ck_assert_double_eq(stats_quantile(values, 4, 0.25), 3.25);
    ck_assert_double_eq(stats_median(values, 4), 6.5);
    ck_assert_double_eq_tol(stats_quantile(values, 4, 0.9), 13.9, 1e-12);
    ck_assert_double_eq(stats_quantile(values, 4, 1.0), 16.0);
}

START_TEST(the_median_of_an_odd_number_is_the_middle_one)
{
    double values[] = {5.0, -1.0, 3.0};

    stats_sort(values, 3);
    ck_assert_double_eq(stats_median(values, 3), 3.0);
}

START_TEST(a_share_outside_0_to_1_is_the_nearest_end)
{
    double values[] = {1.0, 2.0};

    ck_assert_double_eq(stats_quantile(values, 2, -0.5), 1.0);
    ck_assert_double_eq(stats_quantile(values, 2, 1.5), 2.0);
}

int main(void)
{
    Suite *suite = suite_create("stats_quantile");
    TCase *rules = tcase_create("rules");
    SRunner *runner = srunner_create(suite);
    int failed = 0;

    tcase_add_test(rules, no_value_has_no_quantile);
    tcase_add_test(rules, one_value_is_every_quantile);
    tcase_add_test(rules, quantiles_are_interpolated_as_type_7);
    tcase_add_test(rules, the_median_of_an_odd_number_is_the_middle_one);
    tcase_add_test(rules, a_share_outside_0_to_1_is_the_nearest_end);
    suite_add_tcase(suite, rules);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
