#include "suite.h"

#include "base/random.h"
#include "record/budget.h"

#include <string.h>

enum { FLIGHTS_MAX = 16, SWEEPS = 3000, ATTEMPTS = 300 };

static const int64_t cent = PRICE_DOLLAR / 100;

static struct budget budget_of(int64_t cap)
{
    struct budget budget;

    budget_init(&budget, cap, 0);
    return budget;
}

START_TEST(amounts_are_read_exactly)
{
    static const struct {
        const char *text;
        int64_t cap;
    } rows[] = {
        {"5", 5000000000000},
        {"0.25", 250000000000},
        {"5usd", 5000000000000},
        {" 5 USD ", 5000000000000},
        {"0.1", 100000000000},
        {".000000000001usd", 1},
        {"0", 0},
        {"12.50Usd", 12500000000000},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err err = {ERR_NONE, ""};
        int64_t cap = -7;

        ck_assert_int_eq(budget_parse(str_from(rows[i].text), &cap, &err), 0);
        ck_assert_int_eq(cap, rows[i].cap);
    }
}

START_TEST(what_is_no_amount_is_refused)
{
    static const char *const texts[] = {"",
                                        "usd",
                                        "-5",
                                        "5eur",
                                        "5usdusd",
                                        "1e3",
                                        "5,00",
                                        "1.2.3",
                                        "$5",
                                        "five",
                                        "5 6",
                                        "nan",
                                        "sd",
                                        "5 us d",
                                        "0x5usd",
                                        "9223373",
                                        "99999999999999999999"};

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct err err = {ERR_NONE, ""};
        int64_t cap = -7;

        ck_assert_int_eq(budget_parse(str_from(texts[i]), &cap, &err), ERR_USAGE);
        ck_assert_int_eq(cap, -7);
        ck_assert_ptr_nonnull(strstr(err.text, "amount of dollars"));
    }
}

START_TEST(what_is_in_flight_counts_at_its_worst)
{
    struct budget budget = budget_of(100 * cent);

    ck_assert(budget_admits(&budget, 60 * cent));
    budget_commit(&budget, 60 * cent);
    ck_assert_int_eq((int)budget_room(&budget, 40 * cent), BUDGET_ADMITS);
    ck_assert_int_eq((int)budget_room(&budget, 40 * cent + 1), BUDGET_WAITS);
    ck_assert_int_eq((int)budget_room(&budget, 100 * cent + 1), BUDGET_REACHED);
    budget_settle(&budget, 60 * cent, 10 * cent);
    ck_assert_int_eq((int)budget_room(&budget, 90 * cent), BUDGET_ADMITS);
    ck_assert_int_eq((int)budget_room(&budget, 90 * cent + 1), BUDGET_REACHED);
    ck_assert_int_eq(budget.spent, 10 * cent);
    ck_assert_int_eq(budget.committed, 0);
}

START_TEST(a_bill_that_stays_open_counts_for_good)
{
    struct budget budget = budget_of(100 * cent);

    budget_commit(&budget, 40 * cent);
    budget_settle(&budget, 40 * cent, PRICE_UNKNOWN);
    ck_assert_int_eq(budget.spent, 0);
    ck_assert_int_eq(budget.possibly_paid, 40 * cent);
    ck_assert_uint_eq(budget.possibly_paid_attempts, 1);
    budget_commit(&budget, 40 * cent); /* made again */
    ck_assert(!budget_admits(&budget, 20 * cent + 1));
    budget_settle(&budget, 40 * cent, 30 * cent);
    ck_assert_int_eq(budget_counted(&budget), 70 * cent);
}

START_TEST(earlier_runs_count)
{
    struct budget budget;

    budget_init(&budget, 100 * cent, 99 * cent);
    ck_assert(budget_admits(&budget, cent));
    ck_assert_int_eq((int)budget_room(&budget, cent + 1), BUDGET_REACHED);
}

START_TEST(a_cap_needs_a_price)
{
    struct budget capped = budget_of(PRICE_DOLLAR);
    struct budget open = budget_of(BUDGET_NO_CAP);

    ck_assert_int_eq((int)budget_room(&capped, PRICE_UNKNOWN), BUDGET_UNPRICED);
    ck_assert_int_eq((int)budget_room(&open, PRICE_UNKNOWN), BUDGET_ADMITS);
    budget_commit(&open, PRICE_UNKNOWN);
    budget_settle(&open, PRICE_UNKNOWN, PRICE_UNKNOWN);
    ck_assert_int_eq(budget_counted(&open), 0);
    ck_assert_uint_eq(open.possibly_paid_attempts, 1);
}

START_TEST(a_cap_of_nothing_admits_what_is_free)
{
    struct budget budget = budget_of(0);

    ck_assert(budget_admits(&budget, 0));
    ck_assert_int_eq((int)budget_room(&budget, 1), BUDGET_REACHED);
}

START_TEST(a_bill_above_the_worst_case_is_counted_and_told)
{
    struct budget budget = budget_of(PRICE_DOLLAR);

    budget_commit(&budget, 90 * cent);
    budget_settle(&budget, 90 * cent, 120 * cent);
    ck_assert_int_eq(budget.spent, 120 * cent);
    ck_assert_int_eq(budget.overrun, 30 * cent);
    ck_assert_int_eq((int)budget_room(&budget, 0), BUDGET_REACHED);
}

START_TEST(sums_stop_where_the_numbers_end)
{
    struct budget budget = budget_of(BUDGET_NO_CAP);

    for (int i = 0; i < 3; i++) {
        budget_commit(&budget, PRICE_COST_MAX);
    }
    ck_assert(budget_admits(&budget, PRICE_COST_MAX));
    for (int i = 0; i < 3; i++) {
        budget_settle(&budget, PRICE_COST_MAX, i == 0 ? PRICE_UNKNOWN : PRICE_COST_MAX);
    }
    ck_assert_int_eq(budget_counted(&budget), PRICE_COST_MAX);
    ck_assert_int_eq(budget.committed, 0);
    budget = budget_of(PRICE_COST_MAX - 1);
    ck_assert_int_eq((int)budget_room(&budget, PRICE_COST_MAX), BUDGET_REACHED);
    budget_commit(&budget, PRICE_COST_MAX - 1);
    ck_assert_int_eq((int)budget_room(&budget, PRICE_COST_MAX - 1), BUDGET_WAITS);
}

/* What an endpoint might have on its books, kept apart from the budget's own sums. */
struct books {
    int64_t billed_at_most; /* every open bill turned out to be the worst */
    int64_t in_flight_worst;
    uint64_t open_bills;
};

static void end_attempt(struct budget *budget, struct books *books, struct random *random,
                        int64_t worst)
{
    int64_t actual = (int64_t)random_below(random, (uint64_t)worst + 1);

    if (random_below(random, 4) == 0) {
        budget_settle(budget, worst, PRICE_UNKNOWN);
        books->billed_at_most += worst;
        books->open_bills++;
    } else {
        budget_settle(budget, worst, actual);
        books->billed_at_most += actual;
    }
    books->in_flight_worst -= worst;
}

START_TEST(no_order_of_events_exceeds_the_cap)
{
    for (uint64_t seed = 0; seed < SWEEPS; seed++) {
        struct random random = random_stream(seed, STR("budget"), 0);
        int64_t cap = (int64_t)random_below(&random, 40) * PRICE_DOLLAR;
        struct budget budget = budget_of(cap);
        struct books books = {0, 0, 0};
        int64_t flights[FLIGHTS_MAX] = {0}; /* worst cases; 0: no flight here */
        bool is_right = true;

        for (int i = 0; i < ATTEMPTS; i++) {
            int64_t *flight = &flights[random_below(&random, FLIGHTS_MAX)];
            int64_t worst = 1 + (int64_t)random_below(&random, 3 * (uint64_t)PRICE_DOLLAR);
            enum budget_room room = budget_room(&budget, worst);

            if (*flight != 0) {
                end_attempt(&budget, &books, &random, *flight);
                *flight = 0;
            } else if (room == BUDGET_ADMITS) {
                budget_commit(&budget, worst);
                books.in_flight_worst += worst;
                *flight = worst;
            } else {
                /* It was right to say no, and to say for how long. */
                is_right = is_right && books.billed_at_most + books.in_flight_worst + worst > cap &&
                           (room == BUDGET_REACHED) == (books.billed_at_most + worst > cap);
            }
            is_right = is_right && books.billed_at_most + books.in_flight_worst <= cap &&
                       budget_counted(&budget) == books.billed_at_most + books.in_flight_worst;
        }
        ck_assert(is_right);
        ck_assert_int_eq(budget.overrun, 0);
        ck_assert_uint_eq(budget.possibly_paid_attempts, books.open_bills);
    }
}

START_TEST(only_a_break_after_the_upload_leaves_the_bill_open)
{
    enum { PRICED = 77 };
    static const struct {
        enum reply_end end;
        long status;
        double upload_end_ms;
        int64_t cost;
    } rows[] = {
        {REPLY_COMPLETE, 200, 900.0, PRICED},
        {REPLY_CUT, 200, 900.0, PRICED},
        {REPLY_REFUSED, 200, 900.0, PRICED},
        {REPLY_FILTERED, 200, 900.0, PRICED},
        {REPLY_TOO_LONG, 400, 900.0, 0},
        {REPLY_DENIED, 401, 900.0, 0},
        {REPLY_FAILED, 429, 900.0, 0},
        {REPLY_FAILED, 529, 900.0, 0},
        {REPLY_FAILED, 500, 900.0, 0},
        {REPLY_FAILED, 0, -1.0, 0},
        {REPLY_FAILED, 0, 900.0, PRICE_UNKNOWN},
        {REPLY_FAILED, 200, 900.0, PRICE_UNKNOWN},
        {REPLY_FAILED, 502, 900.0, PRICE_UNKNOWN},
        {REPLY_FAILED, 504, 900.0, PRICE_UNKNOWN},
        {REPLY_FAILED, 524, 900.0, PRICE_UNKNOWN},
        {REPLY_FAILED, 502, -1.0, 0},
        {REPLY_TIMED_OUT, 0, 900.0, PRICE_UNKNOWN},
        {REPLY_TIMED_OUT, 0, -1.0, 0},
        {REPLY_CANCELLED, 0, 900.0, PRICE_UNKNOWN},
        {REPLY_CANCELLED, 0, -1.0, 0},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct reply reply = {.end = rows[i].end,
                              .http_status = rows[i].status,
                              .timing = {.upload_end_ms = rows[i].upload_end_ms}};

        ck_assert_int_eq(budget_actual_cost(&reply, PRICED), rows[i].cost);
    }
}

int main(void)
{
    Suite *suite = suite_create("record budget");
    TCase *tests = suite_case(suite, "budget");

    tcase_add_test(tests, amounts_are_read_exactly);
    tcase_add_test(tests, what_is_no_amount_is_refused);
    tcase_add_test(tests, what_is_in_flight_counts_at_its_worst);
    tcase_add_test(tests, a_bill_that_stays_open_counts_for_good);
    tcase_add_test(tests, earlier_runs_count);
    tcase_add_test(tests, a_cap_needs_a_price);
    tcase_add_test(tests, a_cap_of_nothing_admits_what_is_free);
    tcase_add_test(tests, a_bill_above_the_worst_case_is_counted_and_told);
    tcase_add_test(tests, sums_stop_where_the_numbers_end);
    tcase_add_test(tests, no_order_of_events_exceeds_the_cap);
    tcase_add_test(tests, only_a_break_after_the_upload_leaves_the_bill_open);
    return suite_run(suite);
}
