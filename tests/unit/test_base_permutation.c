#include "suite.h"

#include "base/permutation.h"

#include <stdbool.h>

static const uint64_t sizes[] = {1, 2, 3, 4, 5, 16, 17, 100, 1000, 4096, 70001};

START_TEST(every_number_comes_once)
{
    uint64_t n = sizes[_i];
    struct permutation order = permutation_make(7, STR("order"), 3, n);
    bool *seen = calloc(n, sizeof *seen);

    ck_assert_ptr_nonnull(seen);
    for (uint64_t place = 0; place < n; place++) {
        uint64_t value = permutation_at(&order, place);

        ck_assert_uint_lt(value, n);
        ck_assert(!seen[value]);
        seen[value] = true;
    }
    free(seen);
}

START_TEST(seed_name_index_and_size_each_give_another_order)
{
    enum { N = 1000 };
    const struct permutation orders[] = {
        permutation_make(1, STR("a"), 0, N), permutation_make(2, STR("a"), 0, N),
        permutation_make(1, STR("b"), 0, N), permutation_make(1, STR("a"), 1, N),
        permutation_make(1, STR("a"), 0, N - 1)};

    for (size_t i = 1; i < sizeof orders / sizeof *orders; i++) {
        unsigned same = 0;

        for (uint64_t place = 0; place < N - 1; place++) {
            same += permutation_at(&orders[0], place) == permutation_at(&orders[i], place);
        }
        ck_assert_uint_lt(same, 12); /* 1 is expected; 12 or more would be one chance in 10^9 */
    }
}

/* The mean distance of a number from its place is n / 3 in a random order. */
START_TEST(neighbours_end_up_far_apart)
{
    enum { N = 10000 };
    struct permutation order = permutation_make(1, STR("far"), 0, N);
    double moved = 0.0;
    double apart = 0.0;

    for (uint64_t place = 0; place + 1 < N; place++) {
        double here = (double)permutation_at(&order, place);
        double next = (double)permutation_at(&order, place + 1);

        moved += here > (double)place ? here - (double)place : (double)place - here;
        apart += here > next ? here - next : next - here;
    }
    ck_assert_double_eq_tol(moved / N, N / 3.0, N / 60.0);
    ck_assert_double_eq_tol(apart / N, N / 3.0, N / 60.0);
}

START_TEST(large_orders_work_and_never_change)
{
    struct permutation nodes = permutation_make(1, STR("nodes"), 0, UINT64_C(1) << 40);
    struct permutation most = permutation_make(1, STR("most"), 0, (UINT64_C(1) << 62) - 1);

    ck_assert_uint_eq(permutation_at(&nodes, 0), UINT64_C(676757934061));
    ck_assert_uint_eq(permutation_at(&nodes, 1), UINT64_C(934277019577));
    ck_assert_uint_lt(permutation_at(&most, 12345678901), (UINT64_C(1) << 62) - 1);
}

int main(void)
{
    Suite *suite = suite_create("base_permutation");
    TCase *tests = suite_case(suite, "permutation");

    tcase_add_loop_test(tests, every_number_comes_once, 0, sizeof sizes / sizeof *sizes);
    tcase_add_test(tests, seed_name_index_and_size_each_give_another_order);
    tcase_add_test(tests, neighbours_end_up_far_apart);
    tcase_add_test(tests, large_orders_work_and_never_change);
    return suite_run(suite);
}
