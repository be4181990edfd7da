#include "suite.h"

#include "sim/published.h"

START_TEST(the_expected_score_is_the_published_mean_of_the_bin)
{
    static const struct {
        enum published_model model;
        uint64_t prompt_tokens;
        double percent;
    } rows[] = {
        {PUBLISHED_GPT_5_5, 5000, 98.1},    {PUBLISHED_GPT_5_5, 8192, 98.1},
        {PUBLISHED_GPT_5_5, 8193, 93.0},    {PUBLISHED_GPT_5_5, 500000, 81.5},
        {PUBLISHED_GPT_5_5, 1048576, 74.0}, {PUBLISHED_GPT_5_5, 10000000, 74.0},
        {PUBLISHED_OPUS_4_7, 200000, 59.2}, {PUBLISHED_OPUS_4_7, 1000000, 32.2},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        double right = published_recall(rows[i].model, rows[i].prompt_tokens);

        ck_assert_double_eq_tol(right + (1.0 - right) * 0.025, rows[i].percent / 100.0, 1e-12);
    }
}

int main(void)
{
    Suite *suite = suite_create("sim.published");

    tcase_add_test(suite_case(suite, "means"), the_expected_score_is_the_published_mean_of_the_bin);
    return suite_run(suite);
}
