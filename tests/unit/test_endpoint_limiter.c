#include "suite.h"

#include "base/random.h"
#include "endpoint/limiter.h"

#include <math.h>

#define S  UINT64_C(1000000000)
#define MS UINT64_C(1000000)

enum { SILENT = -1 };

static const int64_t longest_hold_ms = INT64_C(1000) * LIMITER_HOLD_MAX_S;

/* Not a whole second, so that slots and starts do not fall together. */
static const uint64_t noon_ns = 43200 * S + 137 * MS;

static struct limiter limiter_of(int64_t requests, int64_t tokens, size_t concurrency)
{
    const struct limiter_settings settings = {requests, tokens, concurrency};
    struct limiter limiter;

    limiter_init(&limiter, &settings);
    return limiter;
}

static struct rate_report tokens_report(int64_t limit, int64_t remaining, double reset_s)
{
    return (struct rate_report){
        .http_status = 200,
        .requests = {SILENT, SILENT, -1.0},
        .tokens = {limit, remaining, reset_s},
        .output_tokens = {SILENT, SILENT, -1.0},
    };
}

/* Starts a request and has it answered at once. */
static void serve(struct limiter *limiter, int64_t tokens, uint64_t now_ns)
{
    struct limiter_ticket ticket;

    limiter_start(limiter, &ticket, tokens, now_ns);
    limiter_end(limiter, &ticket, LIMITER_SERVED, now_ns);
}

START_TEST(a_limit_is_used_to_sixty_parts_of_sixty_one)
{
    struct limiter limiter = limiter_of(600, 0, 1);
    uint64_t now_ns = noon_ns;
    const int64_t hour = 36000;
    int64_t started = 0;

    while (now_ns < noon_ns + 3600 * S) {
        int64_t wait_ms = limiter_wait_ms(&limiter, 1000, now_ns);

        if (wait_ms == 0) {
            serve(&limiter, 1000, now_ns);
            started++;
        }
        now_ns += (uint64_t)wait_ms * MS;
    }
    ck_assert_int_le(started, hour);
    ck_assert_int_ge(started, hour / 61 * 60);
}

START_TEST(without_limits_only_the_window_holds_back)
{
    struct limiter limiter = limiter_of(0, 0, 3);
    struct limiter_ticket tickets[3];

    for (size_t i = 0; i < 3; i++) {
        ck_assert_int_eq(limiter_wait_ms(&limiter, 1000000, noon_ns), 0);
        limiter_start(&limiter, &tickets[i], 1000000, noon_ns);
    }
    ck_assert_int_eq(limiter_wait_ms(&limiter, 1, noon_ns), LIMITER_UNTIL_END);
    limiter_end(&limiter, &tickets[1], LIMITER_FAILED, noon_ns);
    ck_assert_int_eq(limiter_wait_ms(&limiter, 1, noon_ns), 0);
}

START_TEST(no_concurrency_is_a_concurrency_of_one)
{
    struct limiter limiter = limiter_of(0, 0, 0);

    ck_assert_int_eq(limiter_wait_ms(&limiter, 1, noon_ns), 0);
}

START_TEST(a_clock_may_begin_at_zero)
{
    struct limiter limiter = limiter_of(1, 0, 1);

    ck_assert_int_eq(limiter_wait_ms(&limiter, 1, 0), 0);
    serve(&limiter, 1, 0);
    ck_assert_int_eq(limiter_wait_ms(&limiter, 1, 0), 61000);
    ck_assert_int_eq(limiter_wait_ms(&limiter, 1, 61 * S), 0);
}

START_TEST(an_oversize_request_goes_alone_and_is_paid_for)
{
    struct limiter limiter = limiter_of(0, 500000, 8);
    uint64_t now_ns = noon_ns;
    int64_t wait_ms = 0;

    serve(&limiter, 1, now_ns);
    wait_ms = limiter_wait_ms(&limiter, 1250000, now_ns);
    ck_assert_int_gt(wait_ms, 60000);
    ck_assert_int_le(wait_ms, 61000);
    now_ns += (uint64_t)wait_ms * MS;
    ck_assert_int_eq(limiter_wait_ms(&limiter, 1250000, now_ns), 0);
    serve(&limiter, 1250000, now_ns);
    ck_assert_int_eq(limiter_wait_ms(&limiter, 1, now_ns), 150000); /* two minutes and a half */
    ck_assert_int_eq(limiter_wait_ms(&limiter, 1250000, now_ns), 150000);
    ck_assert_int_eq(limiter_wait_ms(&limiter, 500000, now_ns + 150 * S), 0);
}

START_TEST(what_does_not_fit_into_the_rest_waits_for_the_reset)
{
    struct limiter limiter = limiter_of(0, 0, 8);
    struct limiter_ticket ticket;
    struct rate_report report = tokens_report(2000000, 300000, 20.0);

    limiter_start(&limiter, &ticket, 900000, noon_ns);
    limiter_report(&limiter, &ticket, &report, noon_ns + 5 * S);
    ck_assert_int_eq(limiter_wait_ms(&limiter, 300000, noon_ns + 5 * S), 0);
    ck_assert_int_eq(limiter_wait_ms(&limiter, 300001, noon_ns + 5 * S), 20000);
    ck_assert_int_eq(limiter_wait_ms(&limiter, 300001, noon_ns + 25 * S), 0);
    serve(&limiter, 200000, noon_ns + 6 * S); /* takes its part of the rest */
    ck_assert_int_eq(limiter_wait_ms(&limiter, 100000, noon_ns + 6 * S), 0);
    ck_assert_int_eq(limiter_wait_ms(&limiter, 100001, noon_ns + 6 * S), 19000);
}

START_TEST(prompts_still_on_their_way_are_taken_off_the_rest)
{
    struct limiter limiter = limiter_of(0, 0, 8);
    struct limiter_ticket first;
    struct limiter_ticket second;
    struct rate_report report = tokens_report(SILENT, 1000000, 60.0);

    limiter_start(&limiter, &first, 500000, noon_ns);
    limiter_start(&limiter, &second, 600000, noon_ns);
    limiter_report(&limiter, &first, &report, noon_ns);
    ck_assert_int_eq(limiter_wait_ms(&limiter, 400000, noon_ns), 0);
    ck_assert_int_eq(limiter_wait_ms(&limiter, 400001, noon_ns), 60000);
    limiter_report(&limiter, &second, &report, noon_ns); /* the endpoint's own word again */
    ck_assert_int_eq(limiter_wait_ms(&limiter, 1000000, noon_ns), 0);
}

START_TEST(exhausted_requests_and_output_wait_as_well)
{
    struct limiter limiter = limiter_of(0, 0, 8);
    struct limiter_ticket ticket;
    struct rate_report report = tokens_report(SILENT, SILENT, -1.0);

    limiter_start(&limiter, &ticket, 1, noon_ns);
    report.requests = (struct rate_limit){50, 0, 1.2};
    limiter_report(&limiter, &ticket, &report, noon_ns);
    ck_assert_int_eq(limiter_wait_ms(&limiter, 1, noon_ns), 1200);
    report.output_tokens = (struct rate_limit){80000, 0, 7.0};
    limiter_report(&limiter, &ticket, &report, noon_ns);
    ck_assert_int_eq(limiter_wait_ms(&limiter, 1, noon_ns), 7000);
}

START_TEST(no_header_holds_longer_than_the_longest_hold)
{
    static const double resets[] = {601.0, 1e9, 1e300, INFINITY};

    for (size_t i = 0; i < sizeof resets / sizeof resets[0]; i++) {
        struct limiter limiter = limiter_of(0, 0, 8);
        struct limiter_ticket ticket;
        struct rate_report report = tokens_report(SILENT, 0, resets[i]);

        limiter_start(&limiter, &ticket, 1, noon_ns);
        limiter_report(&limiter, &ticket, &report, noon_ns);
        ck_assert_int_eq(limiter_wait_ms(&limiter, 1, noon_ns), longest_hold_ms);
        limiter_retry(&limiter, &ticket, LIMITER_THROTTLED, resets[i], noon_ns);
        limiter_end(&limiter, &ticket, LIMITER_FAILED, noon_ns);
        ck_assert_int_eq(limiter_wait_ms(&limiter, 1, noon_ns), longest_hold_ms);
    }
}

START_TEST(a_reset_that_is_not_stated_is_a_minute)
{
    static const double resets[] = {-1.0, NAN};

    for (size_t i = 0; i < sizeof resets / sizeof resets[0]; i++) {
        struct limiter limiter = limiter_of(0, 0, 8);
        struct limiter_ticket ticket;
        struct rate_report report = tokens_report(SILENT, 0, resets[i]);

        limiter_start(&limiter, &ticket, 1, noon_ns);
        limiter_report(&limiter, &ticket, &report, noon_ns);
        ck_assert_int_eq(limiter_wait_ms(&limiter, 1, noon_ns), 60000);
    }
}

/* Headers are strangers' bytes: whatever they say, a lone request starts in the end. */
START_TEST(no_word_of_an_endpoint_stops_it_for_good)
{
    struct random random = random_stream(1, STR("headers"), 0);
    static const int64_t counts[] = {INT64_MIN, SILENT, 0, 1, 1000, 1000000, INT64_MAX};
    static const double resets[] = {-1.0, 0.0, 0.02, 59.0, 1e5, 1e300, NAN, INFINITY};
    struct limiter limiter = limiter_of(0, 0, 4);
    uint64_t now_ns = noon_ns;

    for (int i = 0; i < 20000; i++) {
        struct limiter_ticket ticket;
        struct rate_limit words[3];
        int64_t wait_ms = limiter_wait_ms(&limiter, 900000, now_ns);

        ck_assert_int_le(wait_ms, longest_hold_ms);
        now_ns += (uint64_t)wait_ms * MS;
        ck_assert_int_eq(limiter_wait_ms(&limiter, 900000, now_ns), 0);
        limiter_start(&limiter, &ticket, 900000, now_ns);
        for (size_t k = 0; k < 3; k++) {
            words[k] = (struct rate_limit){counts[random_below(&random, 7)],
                                           counts[random_below(&random, 7)],
                                           resets[random_below(&random, 8)]};
        }
        limiter_report(&limiter, &ticket, &(struct rate_report){429, words[0], words[1], words[2]},
                       now_ns);
        limiter_end(&limiter, &ticket, (enum limiter_outcome)random_below(&random, 3), now_ns);
    }
}

START_TEST(limits_are_learnt_where_none_was_given)
{
    struct limiter learning = limiter_of(0, 0, 8);
    struct limiter given = limiter_of(0, 4000000, 8);
    struct rate_report report = tokens_report(1000000, SILENT, -1.0);
    struct limiter_ticket ticket;

    limiter_start(&learning, &ticket, 600000, noon_ns);
    limiter_report(&learning, &ticket, &report, noon_ns);
    ck_assert_int_eq(limiter_wait_ms(&learning, 400000, noon_ns), 0);
    ck_assert_int_gt(limiter_wait_ms(&learning, 400001, noon_ns), 60000);
    limiter_start(&given, &ticket, 600000, noon_ns);
    limiter_report(&given, &ticket, &report, noon_ns);
    ck_assert_int_eq(limiter_wait_ms(&given, 3400000, noon_ns), 0);
}

START_TEST(a_generation_is_halved_once)
{
    struct limiter limiter = limiter_of(0, 0, 9);
    struct limiter_ticket tickets[9];
    uint64_t now_ns = noon_ns;

    for (size_t i = 0; i < 9; i++) {
        limiter_start(&limiter, &tickets[i], 1, now_ns);
    }
    for (size_t i = 0; i < 9; i++) { /* one every ten seconds: no burst, but one generation */
        now_ns += 10 * S;
        limiter_retry(&limiter, &tickets[i], LIMITER_THROTTLED, 0.5, now_ns);
        ck_assert_uint_eq(limiter.window, 4);
    }
    now_ns += 10 * S;
    limiter_end(&limiter, &tickets[0], LIMITER_THROTTLED, now_ns); /* sent since then */
    ck_assert_uint_eq(limiter.window, 2);
}

START_TEST(a_second_is_halved_once_and_one_is_the_least)
{
    struct limiter limiter = limiter_of(0, 0, 16);
    struct limiter_ticket ticket;

    limiter_start(&limiter, &ticket, 1, noon_ns);
    for (uint64_t ms = 0; ms < 3000; ms += 20) { /* "try again in 20 ms" */
        limiter_retry(&limiter, &ticket, LIMITER_THROTTLED, 0.02, noon_ns + ms * MS);
        ck_assert_uint_eq(limiter.window, UINT64_C(8) >> (ms / 1000));
    }
    for (uint64_t s = 3; s < 100; s++) {
        limiter_retry(&limiter, &ticket, LIMITER_THROTTLED, 0.02, noon_ns + s * S);
        ck_assert_uint_eq(limiter.window, 1);
    }
}

START_TEST(nothing_starts_before_the_throttled_request_may_try_again)
{
    struct limiter limiter = limiter_of(0, 0, 16);
    struct limiter_ticket ticket;

    limiter_start(&limiter, &ticket, 1, noon_ns);
    limiter_retry(&limiter, &ticket, LIMITER_THROTTLED, 23.5, noon_ns);
    ck_assert_int_eq(limiter_wait_ms(&limiter, 1, noon_ns), 23500);
    ck_assert_int_eq(limiter_wait_ms(&limiter, 1, noon_ns + 23500 * MS), 0);
}

START_TEST(as_many_answers_as_the_window_is_wide_widen_it_by_one)
{
    struct limiter limiter = limiter_of(0, 0, 8);
    struct limiter_ticket old;
    size_t answers = 0;

    limiter_start(&limiter, &old, 1, noon_ns);
    limiter_retry(&limiter, &old, LIMITER_THROTTLED, 1.0, noon_ns);
    ck_assert_uint_eq(limiter.window, 4);
    for (size_t window = 4; window < 8; window++) {
        for (size_t i = 0; i < window; i++) {
            ck_assert_uint_eq(limiter.window, window);
            serve(&limiter, 1, noon_ns + 10 * S);
            answers++;
        }
    }
    ck_assert_uint_eq(answers, 4 + 5 + 6 + 7);
    for (int i = 0; i < 100; i++) {
        ck_assert_uint_eq(limiter.window, 8);
        serve(&limiter, 1, noon_ns + 10 * S);
    }
}

START_TEST(answers_to_what_was_sent_before_the_halving_do_not_widen)
{
    struct limiter limiter = limiter_of(0, 0, 8);
    struct limiter_ticket tickets[8];

    for (size_t i = 0; i < 8; i++) {
        limiter_start(&limiter, &tickets[i], 1, noon_ns);
    }
    limiter_end(&limiter, &tickets[0], LIMITER_THROTTLED, noon_ns);
    for (size_t i = 1; i < 8; i++) {
        limiter_end(&limiter, &tickets[i], LIMITER_SERVED, noon_ns);
    }
    ck_assert_uint_eq(limiter.window, 4);
    ck_assert_uint_eq(limiter.in_flight, 0);
}

START_TEST(breaks_neither_halve_nor_widen)
{
    struct limiter limiter = limiter_of(0, 0, 8);
    struct limiter_ticket ticket;

    limiter_start(&limiter, &ticket, 1, noon_ns);
    limiter_retry(&limiter, &ticket, LIMITER_THROTTLED, 1.0, noon_ns);
    for (int i = 0; i < 20; i++) {
        limiter_retry(&limiter, &ticket, LIMITER_FAILED, 1.0, noon_ns + 30 * S);
    }
    ck_assert_uint_eq(limiter.window, 4);
}

START_TEST(an_attempt_counts_when_it_is_sent_again)
{
    struct limiter limiter = limiter_of(2, 0, 8);
    struct limiter_ticket ticket;

    limiter_start(&limiter, &ticket, 1, 1000 * S);
    limiter_retry(&limiter, &ticket, LIMITER_FAILED, 300.0, 1010 * S);
    ck_assert_int_eq(limiter_wait_ms(&limiter, 1, 1010 * S), 51000);
    ck_assert_int_eq(limiter_wait_ms(&limiter, 1, 1061 * S), 0);
    serve(&limiter, 1, 1330 * S); /* beside the retry of 1310 */
    ck_assert_int_eq(limiter_wait_ms(&limiter, 1, 1330 * S), 41000);
}

START_TEST(outcomes_follow_from_replies)
{
    static const struct {
        long status;
        enum reply_end end;
        enum limiter_outcome outcome;
    } rows[] = {
        {200, REPLY_COMPLETE, LIMITER_SERVED},  {200, REPLY_CUT, LIMITER_SERVED},
        {200, REPLY_REFUSED, LIMITER_SERVED},   {200, REPLY_FILTERED, LIMITER_SERVED},
        {429, REPLY_FAILED, LIMITER_THROTTLED}, {503, REPLY_FAILED, LIMITER_THROTTLED},
        {529, REPLY_FAILED, LIMITER_THROTTLED}, {500, REPLY_FAILED, LIMITER_FAILED},
        {0, REPLY_FAILED, LIMITER_FAILED},      {429, REPLY_DENIED, LIMITER_FAILED},
        {413, REPLY_TOO_LONG, LIMITER_FAILED},  {0, REPLY_TIMED_OUT, LIMITER_FAILED},
        {0, REPLY_CANCELLED, LIMITER_FAILED},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct reply reply = {.end = rows[i].end, .http_status = rows[i].status};

        ck_assert_int_eq((int)limiter_outcome_of(&reply), (int)rows[i].outcome);
    }
}

int main(void)
{
    Suite *suite = suite_create("endpoint limiter");
    TCase *tests = suite_case(suite, "pace");

    tcase_add_test(tests, a_limit_is_used_to_sixty_parts_of_sixty_one);
    tcase_add_test(tests, a_clock_may_begin_at_zero);
    tcase_add_test(tests, an_oversize_request_goes_alone_and_is_paid_for);
    tcase_add_test(tests, an_attempt_counts_when_it_is_sent_again);
    tests = suite_case(suite, "the endpoint's word");
    tcase_add_test(tests, what_does_not_fit_into_the_rest_waits_for_the_reset);
    tcase_add_test(tests, prompts_still_on_their_way_are_taken_off_the_rest);
    tcase_add_test(tests, exhausted_requests_and_output_wait_as_well);
    tcase_add_test(tests, no_header_holds_longer_than_the_longest_hold);
    tcase_add_test(tests, a_reset_that_is_not_stated_is_a_minute);
    tcase_add_test(tests, no_word_of_an_endpoint_stops_it_for_good);
    tcase_add_test(tests, limits_are_learnt_where_none_was_given);
    tests = suite_case(suite, "window");
    tcase_add_test(tests, without_limits_only_the_window_holds_back);
    tcase_add_test(tests, no_concurrency_is_a_concurrency_of_one);
    tcase_add_test(tests, a_generation_is_halved_once);
    tcase_add_test(tests, a_second_is_halved_once_and_one_is_the_least);
    tcase_add_test(tests, nothing_starts_before_the_throttled_request_may_try_again);
    tcase_add_test(tests, as_many_answers_as_the_window_is_wide_widen_it_by_one);
    tcase_add_test(tests, answers_to_what_was_sent_before_the_halving_do_not_widen);
    tcase_add_test(tests, breaks_neither_halve_nor_widen);
    tcase_add_test(tests, outcomes_follow_from_replies);
    return suite_run(suite);
}
