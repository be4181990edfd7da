/* Does the 95 % interval hold the truth 95 % of the time? Simulated for models whose true mean is
 * known: near perfect, half right, and nearly always wrong, as MRCR scores are distributed (a right
 * reply 1 or just below, another needle 0.01 … 0.1, no prefix exactly 0). Prints what it measured.
 */
#include "base/random.h"
#include "stats/interval.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct population {
    const char *name;
    double perfect; /* share of replies that score 1 */
    double close;   /* … 0.9 to 1 */
    double wrong;   /* … 0.01 to 0.1; the rest scores 0 */
};

static const struct population populations[] = {
    {"near perfect", 0.90, 0.00, 0.07},
    {"half right", 0.35, 0.15, 0.30},
    {"nearly always wrong", 0.05, 0.00, 0.25},
};

static double true_mean(const struct population *population)
{
    return population->perfect + population->close * 0.95 + population->wrong * 0.055;
}

static double draw_score(const struct population *population, struct random *random)
{
    double which = random_unit(random);

    if (which < population->perfect) {
        return 1.0;
    }
    which -= population->perfect;
    if (which < population->close) {
        return 0.9 + 0.1 * random_unit(random);
    }
    which -= population->close;
    return which < population->wrong ? 0.01 + 0.09 * random_unit(random) : 0.0;
}

struct coverage {
    double share; /* of simulated samples whose interval holds the true mean */
    double width; /* mean of high - low */
};

enum { SCORES_MAX = 100 };

static struct coverage measure(const struct population *population, size_t n, size_t simulations)
{
    struct random random = random_stream(20261122, STR("test.coverage"), n);
    struct coverage coverage = {0};
    double truth = true_mean(population);
    double scores[SCORES_MAX];

    for (size_t i = 0; i < simulations; i++) {
        struct stats_interval interval = {0};
        struct err err = {ERR_NONE, ""};

        for (size_t j = 0; j < n; j++) {
            scores[j] = draw_score(population, &random);
        }
        ck_assert_int_eq(stats_mean_interval(scores, n, i, &interval, &err), 0);
        coverage.share += interval.low <= truth && truth <= interval.high ? 1.0 : 0.0;
        coverage.width += interval.high - interval.low;
    }
    coverage.share /= (double)simulations;
    coverage.width /= (double)simulations;
    return coverage;
}

/* Enough to see an interval that is wrong; sanitizers and unoptimised builds take longer. */
#ifdef NDEBUG
enum { EFFORT = 1 };
#else
enum { EFFORT = 6 };
#endif

struct setting {
    size_t n;
    size_t simulations; /* fewer for large n, for time */
};

static const struct setting settings[] = {
    {5, 300 / EFFORT},
    {10, 150 / EFFORT},
    {30, 60 / EFFORT},
};
enum { SETTING_COUNT = sizeof settings / sizeof settings[0] };

START_TEST(the_interval_holds_the_true_mean_at_its_stated_level)
{
    const struct setting *setting = &settings[_i % SETTING_COUNT];
    const struct population *population = &populations[_i / SETTING_COUNT];
    struct coverage coverage = measure(population, setting->n, setting->simulations);
    double standard_error = sqrt(0.95 * 0.05 / (double)setting->simulations);

    (void)printf("%-20s n = %3zu: %.1f %% of %zu, mean width %.3f\n", population->name, setting->n,
                 coverage.share * 100, setting->simulations, coverage.width);
    ck_assert_double_ge(coverage.share, 0.95 - 3 * standard_error);
}

START_TEST(the_interval_is_no_wider_than_a_buyer_can_use)
{
    /* At n = 100 a near perfect model's interval is about as wide as Student's (0.114). */
    struct coverage coverage = measure(&populations[0], 100, 24 / EFFORT);

    ck_assert_double_le(coverage.width, 0.13);
}

/* Questions about one haystack: in every fourth text the model is lost and mostly fails. */
enum { TEXTS_MAX = 12, PROBES = 4 };
static const double lost_share = 0.25;
static const double mean_when_lost = 0.1;
static const double mean_else = 0.95;

static void draw_texts(struct random *random, size_t texts, double *scores, uint64_t *cluster)
{
    for (size_t i = 0; i < texts; i++) {
        double mean = random_unit(random) < lost_share ? mean_when_lost : mean_else;

        for (size_t j = 0; j < PROBES; j++) {
            scores[i * PROBES + j] = random_unit(random) < mean ? 1.0 : 0.0;
            cluster[i * PROBES + j] = i;
        }
    }
}

/* The share of simulations whose interval holds the true mean. */
static double clustered_coverage(size_t texts, size_t simulations, bool by_text)
{
    struct random random = random_stream(20261122, STR("test.clusters"), texts);
    double truth = lost_share * mean_when_lost + (1.0 - lost_share) * mean_else;
    double scores[TEXTS_MAX * PROBES];
    uint64_t cluster[TEXTS_MAX * PROBES];
    size_t holds = 0;

    for (size_t i = 0; i < simulations; i++) {
        struct stats_interval interval = {0};
        struct err err = {ERR_NONE, ""};

        draw_texts(&random, texts, scores, cluster);
        ck_assert_int_eq(stats_clustered_interval(scores, by_text ? cluster : NULL, texts * PROBES,
                                                  i, &interval, &err),
                         0);
        holds += interval.low <= truth && truth <= interval.high ? 1 : 0;
    }
    return (double)holds / (double)simulations;
}

START_TEST(clusters_hold_the_true_mean_at_the_stated_level_where_scores_do_not)
{
    static const size_t texts[] = {5, TEXTS_MAX};
    const size_t simulations = 240 / EFFORT;
    double by_text = clustered_coverage(texts[_i], simulations, true);
    double by_score = clustered_coverage(texts[_i], simulations, false);

    (void)printf("%zu texts of %d questions: %.1f %% of %zu by text, %.1f %% by score\n", texts[_i],
                 PROBES, by_text * 100, simulations, by_score * 100);
    ck_assert_double_ge(by_text, 0.95 - 3 * sqrt(0.95 * 0.05 / (double)simulations));
    ck_assert_double_le(by_score, 0.90);
}

int main(void)
{
    Suite *suite = suite_create("stats_coverage");
    TCase *rules = tcase_create("rules");
    SRunner *runner = srunner_create(suite);
    int failed = 0;

    tcase_set_timeout(rules, 240);
    tcase_add_loop_test(rules, the_interval_holds_the_true_mean_at_its_stated_level, 0,
                        3 * SETTING_COUNT);
    tcase_add_loop_test(rules, clusters_hold_the_true_mean_at_the_stated_level_where_scores_do_not,
                        0, 2);
    tcase_add_test(rules, the_interval_is_no_wider_than_a_buyer_can_use);
    suite_add_tcase(suite, rules);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
