/* Proportions, corrections and paired comparisons, against R and CPython: the constants are printed
 * by tests/oracle/stats_references.R and tests/oracle/stats_simulated.py. */
#include "stats/bootstrap.h"
#include "stats/multiple.h"
#include "stats/normal.h"
#include "stats/paired.h"
#include "stats/proportion.h"
#include "suite.h"

#include <math.h>
#include <string.h>

/* What chance leaves of a bound that is drawn. */
static const double drawn_tolerance = 0.012;

START_TEST(wilson_agrees_with_r)
{
    static const struct {
        uint64_t successes;
        uint64_t n;
        double low;
        double high;
    } rows[] = {
        {0, 10, 0.0, 0.2775327999},
        {1, 10, 0.0178762131, 0.4041500268},
        {5, 5, 0.5655175352, 1.0},
        {37, 50, 0.6044684274, 0.8412847251},
        {320, 1000, 0.2918240090, 0.3495536241},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct stats_interval got = stats_wilson(rows[i].successes, rows[i].n);

        ck_assert_double_eq_tol(got.low, rows[i].low, 1e-9);
        ck_assert_double_eq_tol(got.high, rows[i].high, 1e-9);
    }
    ck_assert(isnan(stats_wilson(0, 0).low));
}

START_TEST(the_normal_quantile_is_that_of_r)
{
    static const double levels[] = {1e-10, 0.001, 0.02, 0.025, 0.3, 0.5, 0.8, 0.975, 0.999999};
    static const double expected[] = {-6.3613409024, -3.0902323062, -2.0537489106,
                                      -1.9599639845, -0.5244005127, 0.0,
                                      0.8416212336,  1.9599639845,  4.7534243088};

    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
        ck_assert_double_eq_tol(stats_normal_quantile(levels[i]), expected[i], 1e-9);
        ck_assert_double_eq_tol(stats_normal_below(expected[i]), levels[i], 1e-9);
    }
    ck_assert(isinf(stats_normal_quantile(0.0)));
    ck_assert(isnan(stats_normal_quantile(1.5)));
}

START_TEST(holm_agrees_with_r_and_passes_over_what_was_not_compared)
{
    static const double p[] = {0.01, 0.04, (double)NAN, 0.03, 0.005, 0.9, 0.0001, 0.04};
    static const double expected[] = {0.05, 0.12, (double)NAN, 0.12, 0.03, 0.9, 0.0007, 0.12};
    double adjusted[8];
    struct err err = {ERR_NONE, ""};

    ck_assert_int_eq(stats_holm(p, 8, adjusted, &err), 0);
    for (size_t i = 0; i < 8; i++) {
        if (isnan(expected[i])) {
            ck_assert(isnan(adjusted[i]));
        } else {
            ck_assert_double_eq_tol(adjusted[i], expected[i], 1e-12);
        }
    }
}

static double sign_flip_p(const double *differences, const uint64_t *cluster, size_t n)
{
    struct err err = {ERR_NONE, ""};
    double p = (double)NAN;

    ck_assert_int_eq(stats_sign_flip_p(differences, cluster, n, 1, &p, &err), 0);
    return p;
}

START_TEST(few_pairs_are_flipped_in_every_way)
{
    static const double mixed[] = {0.9, -0.2, 0.7, 1.0, 0.95, -0.05, 0.4, 0.0, 0.0};
    static const double falling[] = {-1.0, -1.0, -0.5, -0.25, -1.0};
    static const double clusters_of[] = {0.5, 0.1, 0.1, -0.9, -0.4, 0.2};
    static const uint64_t cluster[] = {4, 4, 9, 2, 2, 7};

    ck_assert_double_eq_tol(sign_flip_p(mixed, NULL, 9), 0.0625, 1e-12);
    ck_assert_double_eq_tol(sign_flip_p(falling, NULL, 5), 0.0625, 1e-12);
    ck_assert_double_eq_tol(sign_flip_p(clusters_of, cluster, 6), 1.0, 1e-12);
    ck_assert_double_eq(stats_sign_flip_smallest_p(5), 0.0625);
    ck_assert_double_eq(stats_sign_flip_smallest_p(0), 1.0);
}

START_TEST(drawn_flips_agree_with_mcnemar_for_all_or_nothing_scores)
{
    /* 30 pairs differ, 20 one way and 10 the other: R's binom.test(10, 30), 0.0987371. */
    double differences[60] = {0};

    for (size_t i = 0; i < 30; i++) {
        differences[i] = i < 20 ? 1.0 : -1.0;
    }
    ck_assert_double_eq_tol(sign_flip_p(differences, NULL, 60), 0.0987371, 0.01);
}

START_TEST(equal_scores_are_no_evidence)
{
    static const double ties[10] = {0};

    ck_assert_double_eq(sign_flip_p(ties, NULL, 10), 1.0);
}

static struct stats_paired compared(const double *differences, const uint64_t *cluster, size_t n)
{
    struct err err = {ERR_NONE, ""};
    struct stats_paired out = {0};

    ck_assert_int_eq(stats_compare_paired(differences, cluster, n, 7, &out, &err), 0);
    return out;
}

START_TEST(paired_bounds_agree_with_the_reference)
{
    static const double singles[] = {0.9,  0.0, 0.0, 1.0, -0.1, 0.0,
                                     0.95, 0.0, 0.3, 0.0, -0.9, 0.02};
    static const double grouped[] = {0.9, 0.8, 0.0, -0.2, 0.1, 0.6, 1.0, 1.0};
    static const uint64_t cluster[] = {3, 3, 1, 2, 2, 2, 0, 0};
    static const double ties[10] = {0};
    struct stats_paired got = compared(singles, NULL, 12);

    ck_assert_double_eq_tol(got.mean, 2.17 / 12.0, 1e-12);
    ck_assert_double_eq_tol(got.low, -0.142420, drawn_tolerance);
    ck_assert_double_eq_tol(got.high, 0.468593, drawn_tolerance);
    ck_assert_double_eq_tol(got.bootstrap_p, 0.254687, drawn_tolerance);
    ck_assert_double_eq(got.p, fmax(got.bootstrap_p, got.sign_flip_p));
    got = compared(grouped, cluster, 8);
    ck_assert_uint_eq(got.clusters, 4);
    ck_assert_double_eq_tol(got.low, -0.179490, drawn_tolerance);
    ck_assert_double_eq_tol(got.high, 0.849260, drawn_tolerance);
    ck_assert_double_eq_tol(got.bootstrap_p, 0.108113, drawn_tolerance);
    got = compared(ties, NULL, 10);
    ck_assert_double_eq_tol(got.low, -0.206195, drawn_tolerance);
    ck_assert_double_eq_tol(got.high, 0.205249, drawn_tolerance);
    ck_assert_double_eq(got.p, 1.0);
}

START_TEST(exchanging_the_models_mirrors_the_comparison)
{
    static const double forth[] = {0.9, 0.8, 0.0, -0.2, 0.1, 0.6, 1.0, 1.0};
    static const double back[] = {-0.9, -0.8, 0.0, 0.2, -0.1, -0.6, -1.0, -1.0};
    struct stats_paired one = compared(forth, NULL, 8);
    struct stats_paired other = compared(back, NULL, 8);

    ck_assert_double_eq_tol(one.low, -other.high, 1e-9);
    ck_assert_double_eq_tol(one.high, -other.low, 1e-9);
    ck_assert_double_eq(one.p, other.p);
}

START_TEST(what_is_no_difference_is_refused)
{
    static const double bad[] = {0.2, -1.5};
    struct err err = {ERR_NONE, ""};
    struct stats_paired out;
    struct stats_interval interval;
    double p = 0.0;

    ck_assert_int_eq(stats_compare_paired(bad, NULL, 2, 1, &out, &err), ERR_INPUT);
    ck_assert_ptr_nonnull(strstr(err.text, "difference 2"));
    ck_assert_int_eq(stats_sign_flip_p(bad, NULL, 0, 1, &p, &err), ERR_INPUT);
    ck_assert_int_eq(stats_bca_interval(bad, NULL, 0, 1, &interval, &err), ERR_INPUT);
}

START_TEST(bca_bounds_agree_with_the_reference)
{
    static const double seconds[] = {3.1, 4.0, 2.2, 9.7, 3.3, 5.1, 2.9, 30.4, 4.4, 3.8};
    static const double grouped[] = {0.9, 0.8, 0.0, 0.2, 0.1, 0.6, 1.0, 1.0, 0.4};
    static const uint64_t cluster[] = {3, 3, 1, 2, 2, 2, 0, 0, 8};
    static const double equal[] = {1.0, 1.0, 1.0};
    struct stats_interval got;
    struct err err = {ERR_NONE, ""};

    ck_assert_int_eq(stats_bca_interval(seconds, NULL, 10, 1, &got, &err), 0);
    ck_assert_double_eq_tol(got.low, 3.81, 0.05);
    ck_assert_double_eq_tol(got.high, 16.95, 0.6);
    ck_assert_int_eq(stats_bca_interval(grouped, cluster, 9, 1, &got, &err), 0);
    ck_assert_double_eq_tol(got.low, 0.244444, drawn_tolerance);
    ck_assert_double_eq_tol(got.high, 0.866667, drawn_tolerance);
    ck_assert_int_eq(stats_bca_interval(equal, NULL, 3, 1, &got, &err), 0);
    ck_assert_double_eq(got.low, 1.0);
}

int main(void)
{
    Suite *suite = suite_create("stats_tests");
    TCase *tests = suite_case(suite, "references");

    tcase_add_test(tests, the_normal_quantile_is_that_of_r);
    tcase_add_test(tests, wilson_agrees_with_r);
    tcase_add_test(tests, holm_agrees_with_r_and_passes_over_what_was_not_compared);
    tcase_add_test(tests, few_pairs_are_flipped_in_every_way);
    tcase_add_test(tests, drawn_flips_agree_with_mcnemar_for_all_or_nothing_scores);
    tcase_add_test(tests, equal_scores_are_no_evidence);
    tcase_add_test(tests, paired_bounds_agree_with_the_reference);
    tcase_add_test(tests, exchanging_the_models_mirrors_the_comparison);
    tcase_add_test(tests, what_is_no_difference_is_refused);
    tcase_add_test(tests, bca_bounds_agree_with_the_reference);
    return suite_run(suite);
}
