#include "suite.h"

#include "base/random.h"

#include <stdbool.h>

START_TEST(a_stream_is_a_function_of_seed_name_and_index)
{
    struct random a = random_stream(7, STR("distractor"), 3);
    struct random same = random_stream(7, STR("distractor"), 3);
    struct random other_seed = random_stream(8, STR("distractor"), 3);
    struct random other_name = random_stream(7, STR("needle"), 3);
    struct random other_index = random_stream(7, STR("distractor"), 4);
    uint64_t first = random_u64(&a);

    ck_assert_uint_eq(first, random_u64(&same));
    ck_assert_uint_ne(first, random_u64(&other_seed));
    ck_assert_uint_ne(first, random_u64(&other_name));
    ck_assert_uint_ne(first, random_u64(&other_index));
}

/* Pins the bytes: a change here changes every haystack ever made. */
START_TEST(the_first_draws_never_change)
{
    struct random random = random_stream(1, STR("pin"), 0);

    ck_assert_uint_eq(random_u64(&random), UINT64_C(0x5a11eafa18c4ae48));
    ck_assert_uint_eq(random_u64(&random), UINT64_C(0x306c11321aea9d80));
    ck_assert_uint_eq(random_below(&random, 1000), 777);
}

START_TEST(below_is_unbiased_within_chance)
{
    enum { BOUND = 7, DRAWS = 700000 };
    struct random random = random_stream(1, STR("below"), 0);
    uint64_t counts[BOUND] = {0};

    for (int i = 0; i < DRAWS; i++) {
        uint64_t value = random_below(&random, BOUND);

        ck_assert_uint_lt(value, BOUND);
        counts[value]++;
    }
    for (int i = 0; i < BOUND; i++) { /* 100,000 each, standard deviation 293: six of them */
        ck_assert_uint_gt(counts[i], 100000 - 1758);
        ck_assert_uint_lt(counts[i], 100000 + 1758);
    }
    ck_assert_uint_eq(random_below(&random, 0), 0);
    ck_assert_uint_eq(random_below(&random, 1), 0);
}

START_TEST(unit_draws_fill_zero_to_one)
{
    struct random random = random_stream(1, STR("unit"), 0);
    double sum = 0.0;

    for (int i = 0; i < 100000; i++) {
        double value = random_unit(&random);

        ck_assert(value >= 0.0 && value < 1.0);
        sum += value;
    }
    ck_assert_double_eq_tol(sum / 100000.0, 0.5, 0.006);
}

START_TEST(a_permutation_has_every_number_once)
{
    struct random random = random_stream(5, STR("permutation"), 0);
    uint32_t order[100];
    bool seen[100] = {false};
    unsigned moved = 0;

    random_permutation(&random, order, 100);
    for (uint32_t i = 0; i < 100; i++) {
        ck_assert_uint_lt(order[i], 100);
        ck_assert(!seen[order[i]]);
        seen[order[i]] = true;
        moved += order[i] != i;
    }
    ck_assert_uint_gt(moved, 80);
}

int main(void)
{
    Suite *suite = suite_create("base.random");
    TCase *tests = suite_case(suite, "random");

    tcase_add_test(tests, a_stream_is_a_function_of_seed_name_and_index);
    tcase_add_test(tests, the_first_draws_never_change);
    tcase_add_test(tests, below_is_unbiased_within_chance);
    tcase_add_test(tests, unit_draws_fill_zero_to_one);
    tcase_add_test(tests, a_permutation_has_every_number_once);
    return suite_run(suite);
}
