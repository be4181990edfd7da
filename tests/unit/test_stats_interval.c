#include "stats/interval.h"

#include <check.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Chance moves a bound by about 0.003 at 10,000 resamples; three times that is still a sharp test.
 */
static const double tolerance = 0.01;

static struct stats_interval interval_of(const double *values, size_t n, uint64_t seed)
{
    struct stats_interval interval = {0};
    struct err err = {ERR_NONE, ""};

    ck_assert_msg(stats_mean_interval(values, n, seed, &interval, &err) == 0, "%s", err.text);
    return interval;
}

struct reference {
    double scores[10];
    size_t n;
    struct stats_interval expected;
};

/* Printed by tests/oracle/mean_interval.py. */
static const struct reference references[] = {
    {{0.0}, 1, {0.0, 0.0, 0.9502}},
    {{0.8}, 1, {0.8, 0.0400, 0.9900}},
    {{0.6, 0.6, 0.6, 0.6, 0.6}, 5, {0.6, 0.3298, 0.7801}},
    {{0.05, 0.93, 1.0, 1.0, 0.0, 0.71, 1.0, 0.02, 0.88, 1.0}, 10, {0.659, 0.3644, 0.8713}},
    {{0.0, 0.0, 0.03, 0.0, 0.07, 0.0, 0.0, 1.0}, 8, {0.1375, 0.0171, 0.4871}},
};

START_TEST(bounds_agree_with_the_reference)
{
    const struct reference *row = &references[_i];
    struct stats_interval got = interval_of(row->scores, row->n, 7);

    ck_assert_double_eq_tol(got.mean, row->expected.mean, 1e-12);
    ck_assert_double_eq_tol(got.low, row->expected.low, tolerance);
    ck_assert_double_eq_tol(got.high, row->expected.high, tolerance);
}

struct clustered_reference {
    double scores[10];
    uint64_t cluster[10];
    size_t n;
    struct stats_interval expected;
};

/* Printed by tests/oracle/mean_interval.py; the scores of a cluster do not stand together. */
static const struct clustered_reference clustered_references[] = {
    {{1.0, 0.0, 0.5, 1.0}, {9, 4, 4, 9}, 4, {0.625, 0.1114, 0.9811}},
    {{1.0, 0.0, 1.0, 0.6, 1.0, 1.0, 0.02, 0.0, 0.9, 0.0},
     {7, 5, 7, UINT64_MAX, 7, 0, UINT64_MAX, 0, 7, 0},
     10,
     {0.552, 0.1687, 0.8692}},
    {{0.8, 0.8, 0.8, 0.8}, {0, 0, 0, 0}, 4, {0.8, 0.0402, 0.9899}},
};

static struct stats_interval clustered_interval_of(const double *values, const uint64_t *cluster,
                                                   size_t n, uint64_t seed)
{
    struct stats_interval interval = {0};
    struct err err = {ERR_NONE, ""};

    ck_assert_msg(stats_clustered_interval(values, cluster, n, seed, &interval, &err) == 0, "%s",
                  err.text);
    return interval;
}

START_TEST(bounds_of_clusters_agree_with_the_reference)
{
    const struct clustered_reference *row = &clustered_references[_i];
    struct stats_interval got = clustered_interval_of(row->scores, row->cluster, row->n, 7);

    ck_assert_double_eq_tol(got.mean, row->expected.mean, 1e-12);
    ck_assert_double_eq_tol(got.low, row->expected.low, tolerance);
    ck_assert_double_eq_tol(got.high, row->expected.high, tolerance);
}

START_TEST(clusters_of_one_give_the_same_bits_as_scores)
{
    static const double scores[] = {0.3, 1.0, 0.0, 0.77, 1.0, 0.05};
    static const uint64_t cluster[] = {50, 3, UINT64_MAX, 12, 0, 7};
    struct stats_interval plain = interval_of(scores, 6, 5);
    struct stats_interval clustered = clustered_interval_of(scores, cluster, 6, 5);

    ck_assert_mem_eq(&plain, &clustered, sizeof plain);
}

START_TEST(more_questions_about_the_same_texts_do_not_narrow_the_interval)
{
    enum { TEXTS = 5, QUESTIONS = 8, SCORES = TEXTS * QUESTIONS };
    static const double means[TEXTS] = {1.0, 0.4, 1.0, 0.9, 0.0};
    double scores[SCORES];
    uint64_t cluster[SCORES];
    struct stats_interval of_texts = interval_of(means, TEXTS, 3);
    struct stats_interval of_questions;

    for (size_t i = 0; i < SCORES; i++) {
        scores[i] = means[i / QUESTIONS];
        cluster[i] = i / QUESTIONS;
    }
    of_questions = clustered_interval_of(scores, cluster, SCORES, 3);
    ck_assert_double_eq_tol(of_questions.mean, of_texts.mean, 1e-12);
    ck_assert_double_eq_tol(of_questions.low, of_texts.low, 1e-9);
    ck_assert_double_eq_tol(of_questions.high, of_texts.high, 1e-9);
}

static double binomial_coefficient(size_t n, size_t k)
{
    double product = 1.0;

    for (size_t i = 1; i <= k; i++) {
        product *= (double)(n - k + i) / (double)i;
    }
    return product;
}

/* P(X > successes) + P(X = successes) / 2 for X binomial: the mid-P tail, summed term by term. */
static double mid_p_tail(size_t n, size_t successes, double p)
{
    double tail = 0.0;

    for (size_t k = successes; k <= n; k++) {
        double term = binomial_coefficient(n, k) * pow(p, (double)k) * pow(1 - p, (double)(n - k));

        tail += k == successes ? term / 2 : term;
    }
    return tail;
}

static double mid_p_bound(size_t n, size_t successes, double level)
{
    double low = 1e-12;
    double high = 1.0 - 1e-12;

    for (int i = 0; i < 60; i++) {
        double middle = (low + high) / 2;

        if (mid_p_tail(n, successes, middle) < level) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

START_TEST(all_or_nothing_scores_give_the_binomial_mid_p_interval)
{
    static const size_t sizes[] = {2, 5, 10, 30, 100};
    size_t n = sizes[_i];
    double scores[100] = {0};

    for (size_t successes = 0; successes <= n; successes += n / 5 + 1) {
        struct stats_interval got;

        for (size_t i = 0; i < n; i++) {
            scores[i] = i < successes ? 1.0 : 0.0;
        }
        got = interval_of(scores, n, 11);
        ck_assert_double_eq_tol(got.low, mid_p_bound(n, successes, 0.025), tolerance);
        ck_assert_double_eq_tol(got.high, mid_p_bound(n, successes, 0.975), tolerance);
    }
}

START_TEST(five_perfect_scores_are_no_certainty)
{
    static const double scores[] = {1.0, 1.0, 1.0, 1.0, 1.0};
    struct stats_interval got = interval_of(scores, 5, 1);

    ck_assert_double_eq(got.mean, 1.0);
    ck_assert_double_eq(got.high, 1.0);
    ck_assert_double_eq_tol(got.low, pow(0.05, 1.0 / 5.0), tolerance);
}

START_TEST(the_same_seed_gives_the_same_bits)
{
    static const double scores[] = {0.1, 0.9, 0.4};
    struct stats_interval first = interval_of(scores, 3, 5);
    struct stats_interval again = interval_of(scores, 3, 5);
    struct stats_interval other = interval_of(scores, 3, 6);

    ck_assert_mem_eq(&first, &again, sizeof first);
    ck_assert_double_ne(first.low, other.low);
    ck_assert_double_eq_tol(first.low, other.low, tolerance);
}

START_TEST(more_scores_narrow_the_interval)
{
    double scores[80];
    double width = 2.0;

    for (size_t n = 5; n <= 80; n *= 2) {
        struct stats_interval got;

        for (size_t i = 0; i < n; i++) {
            scores[i] = i % 5 == 0 ? 0.0 : 1.0;
        }
        got = interval_of(scores, n, 3);
        ck_assert_double_lt(got.high - got.low, width);
        width = got.high - got.low;
    }
}

START_TEST(mirrored_scores_mirror_the_interval)
{
    static const double scores[] = {0.0, 0.2, 0.95, 1.0};
    static const double mirrored[] = {1.0, 0.8, 0.05, 0.0};
    struct stats_interval plain = interval_of(scores, 4, 9);
    struct stats_interval mirror = interval_of(mirrored, 4, 9);

    ck_assert_double_eq_tol(plain.low, 1.0 - mirror.high, 1e-9);
    ck_assert_double_eq_tol(plain.high, 1.0 - mirror.low, 1e-9);
}

START_TEST(what_is_no_score_is_refused)
{
    static const double bad[][2] = {
        {0.5, (double)NAN}, {0.5, -0.01}, {0.5, 1.01}, {0.5, (double)INFINITY}};
    struct stats_interval out = {0};
    struct err err = {ERR_NONE, ""};

    ck_assert_int_eq(stats_mean_interval(NULL, 0, 1, &out, &err), ERR_INPUT);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ck_assert_int_eq(stats_mean_interval(bad[i], 2, 1, &out, &err), ERR_INPUT);
        ck_assert_ptr_nonnull(strstr(err.text, "score 2"));
    }
}

int main(void)
{
    Suite *suite = suite_create("stats_interval");
    TCase *rules = tcase_create("rules");
    SRunner *runner = srunner_create(suite);
    int failed = 0;

    tcase_set_timeout(rules, 60);
    tcase_add_loop_test(rules, bounds_agree_with_the_reference, 0,
                        sizeof references / sizeof references[0]);
    tcase_add_loop_test(rules, bounds_of_clusters_agree_with_the_reference, 0,
                        sizeof clustered_references / sizeof clustered_references[0]);
    tcase_add_test(rules, clusters_of_one_give_the_same_bits_as_scores);
    tcase_add_test(rules, more_questions_about_the_same_texts_do_not_narrow_the_interval);
    tcase_add_loop_test(rules, all_or_nothing_scores_give_the_binomial_mid_p_interval, 0, 5);
    tcase_add_test(rules, five_perfect_scores_are_no_certainty);
    tcase_add_test(rules, the_same_seed_gives_the_same_bits);
    tcase_add_test(rules, more_scores_narrow_the_interval);
    tcase_add_test(rules, mirrored_scores_mirror_the_interval);
    tcase_add_test(rules, what_is_no_score_is_refused);
    suite_add_tcase(suite, rules);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
