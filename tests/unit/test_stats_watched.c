/* Intervals and p of a sample that ended when it had seen enough. Reference values are from the
 * same formulas in Python (tests/oracle/watched.py), which shares nothing with src/stats. */
#include "base/random.h"
#include "stats/interval.h"
#include "stats/sequence.h"
#include "stats/watched.h"
#include "suite.h"

#include <check.h>
#include <math.h>

/* Sanitizers and unoptimised builds take longer. */
#ifdef NDEBUG
enum { SIMULATIONS = 600 };
#else
enum { SIMULATIONS = 100 };
#endif

enum { SAMPLES_MAX = 60 };

/* Watched until the running mean leaves 1/2 by 0.2, at most SAMPLES_MAX scores of 0 or 1. */
static size_t draw_watched(struct random *random, double *scores, uint64_t *samples)
{
    double sum = 0.0;
    size_t n = 0;

    while (n < SAMPLES_MAX && (n < 6 || fabs(sum / (double)n - 0.5) < 0.2)) {
        scores[n] = random_unit(random) < 0.5 ? 1.0 : 0.0;
        samples[n] = n;
        sum += scores[n++];
    }
    return n;
}

START_TEST(the_interval_holds_the_truth_where_a_usual_one_does_not)
{
    struct random random = random_stream(20261122, STR("test.watched"), 0);
    struct err err = {ERR_NONE, ""};
    double scores[SAMPLES_MAX];
    uint64_t samples[SAMPLES_MAX];
    size_t watched_holds = 0;
    size_t usual_holds = 0;

    for (size_t i = 0; i < SIMULATIONS; i++) {
        struct stats_interval watched;
        double deviation = 0.0;
        size_t n = draw_watched(&random, scores, samples);

        ck_assert_int_eq(stats_watched_interval(scores, samples, n, &watched, &err), 0);
        watched_holds += watched.low <= 0.5 && 0.5 <= watched.high ? 1 : 0;
        deviation = sqrt(watched.mean * (1.0 - watched.mean) / (double)n);
        usual_holds += fabs(watched.mean - 0.5) <= 1.96 * deviation ? 1 : 0;
    }
    ck_assert_uint_ge(watched_holds, SIMULATIONS * 95 / 100);
    ck_assert_uint_lt(usual_holds, SIMULATIONS * 93 / 100);
}

START_TEST(p_is_at_most_alpha_just_where_a_sweep_would_have_decided)
{
    struct random random = random_stream(20261122, STR("test.watched-p"), 0);
    const double alpha = 0.05 / 7.0;
    struct err err = {ERR_NONE, ""};
    double differences[SAMPLES_MAX];
    uint64_t samples[SAMPLES_MAX];
    size_t decided = 0;

    for (size_t i = 0; i < 40; i++) {
        struct stats_sequence sequence;
        struct stats_paired paired;
        size_t n = 0;

        stats_sequence_init(&sequence, alpha);
        while (n < SAMPLES_MAX && stats_sequence_decision(&sequence, 0.0) == STATS_UNDECIDED) {
            differences[n] = random_unit(&random) < 0.6 ? 1.0 : 0.0;
            differences[n] -= random_unit(&random) < 0.2 ? 1.0 : 0.0;
            samples[n] = n;
            stats_sequence_add(&sequence, differences[n++]);
        }
        ck_assert_int_eq(stats_watched_paired(differences, samples, n, alpha, &paired, &err), 0);
        if (stats_sequence_decision(&sequence, 0.0) != STATS_UNDECIDED) {
            ck_assert_double_le(paired.p, alpha);
            decided++;
        }
        ck_assert_uint_eq(paired.clusters, n);
        ck_assert_double_le(paired.low, paired.mean);
        ck_assert_double_ge(paired.high, paired.mean);
    }
    ck_assert_uint_gt(decided, 20);
}

START_TEST(figures_agree_with_python)
{
    static const double differences[] = {0.5, 1, 0, 0.25, 1, 0.75, -0.25, 1, 1, 0.5};
    static const uint64_t samples[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    static const double scores[] = {1, 0.9, 1, 0, 0.95, 1, 1, 0.02, 1, 1, 1, 0.5};
    static const uint64_t order[] = {3, 1, 0, 2, 4, 5, 6, 7, 8, 9, 10, 11};
    struct stats_paired paired;
    struct stats_interval interval;
    struct err err = {ERR_NONE, ""};

    ck_assert_int_eq(stats_watched_paired(differences, samples, 10, 0.01, &paired, &err), 0);
    ck_assert_double_eq_tol(paired.p, 0.07481435336160816, 1e-9);
    ck_assert_double_eq_tol(paired.low, -0.05, 1e-9);
    ck_assert_double_eq_tol(paired.high, 0.92, 1e-9);
    ck_assert(isnan(paired.sign_flip_p));
    ck_assert_int_eq(stats_watched_interval(scores, order, 12, &interval, &err), 0);
    ck_assert_double_eq_tol(interval.low, 0.40375, 1e-9);
    ck_assert_double_eq_tol(interval.high, 1.0, 1e-9);
}

START_TEST(values_of_a_sample_are_one_observation)
{
    static const double thrice[] = {0.1, 0.9, 0.4, 0.6, 0.5, 0.5, 1.0, 0.0, 0.5};
    static const uint64_t sample[] = {0, 0, 0, 1, 1, 1, 2, 2, 2};
    static const double once[] = {1.4 / 3.0, 1.6 / 3.0, 1.5 / 3.0};
    static const uint64_t own[] = {0, 1, 2};
    struct stats_interval of_thrice;
    struct stats_interval of_once;
    struct err err = {ERR_NONE, ""};

    ck_assert_int_eq(stats_watched_interval(thrice, sample, 9, &of_thrice, &err), 0);
    ck_assert_int_eq(stats_watched_interval(once, own, 3, &of_once, &err), 0);
    ck_assert_double_eq_tol(of_thrice.low, of_once.low, 1e-12);
    ck_assert_double_eq_tol(of_thrice.high, of_once.high, 1e-12);
}

START_TEST(what_is_no_score_is_refused)
{
    static const double scores[] = {0.5, 1.5};
    static const uint64_t samples[] = {0, 1};
    struct stats_interval interval;
    struct err err = {ERR_NONE, ""};

    ck_assert_int_eq(stats_watched_interval(scores, samples, 2, &interval, &err), ERR_INPUT);
    ck_assert_int_eq(stats_watched_interval(scores, samples, 0, &interval, &err), ERR_INPUT);
}

int main(void)
{
    Suite *suite = suite_create("stats_watched");
    TCase *tests = suite_case(suite, "watched");

    tcase_add_test(tests, the_interval_holds_the_truth_where_a_usual_one_does_not);
    tcase_add_test(tests, p_is_at_most_alpha_just_where_a_sweep_would_have_decided);
    tcase_add_test(tests, figures_agree_with_python);
    tcase_add_test(tests, values_of_a_sample_are_one_observation);
    tcase_add_test(tests, what_is_no_score_is_refused);
    return suite_run(suite);
}
