/* The loop: many exchanges at once, cancelling, freeing, and what a request costs. */
#include "suite.h"

#include "flight.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

START_TEST(a_proxy_never_stands_between_us_and_this_machine)
{
    static const struct wire_answer answers[] = {{.text = ANSWER}};
    char proxy[64];

    (void)snprintf(proxy, sizeof proxy, "http://127.0.0.1:%u", (unsigned)wire_unused_port());
    ck_assert(setenv("http_proxy", proxy, 1) == 0); // NOLINT(concurrency-mt-unsafe): one thread yet
    expect_text(ask(answers, 1, SMALL), "Hello there");
}

START_TEST(a_prompt_that_changes_or_fails_is_not_sent)
{
    static const struct wire_answer answers[] = {{.text = ANSWER}};
    const char *says = _i == 0 ? "second pass differs" : "the corpus went away";

    serve(answers, 1);
    start(&flights[0], LARGE);
    flights[0].prompt.changes = _i == 0;
    flights[0].prompt.fails = _i != 0;
    work();
    expect_failure(&flights[0].reply, REPLY_FAILED, 1, says);
    ck_assert_uint_eq(wire_server_bodies(server), 0);
}

START_TEST(a_prompt_of_another_length_than_measured_is_not_sent)
{
    static const struct wire_answer answers[] = {{.text = ANSWER}};
    struct flight *flight = &flights[0];

    long_prompt_init(&flight->prompt, SMALL);
    long_prompt_measure(&flight->prompt, &flight->measure);
    flight->measure.escaped_bytes += _i == 0 ? 1 : UINT64_MAX; /* one more, one less */
    reply_init(&flight->reply);
    serve(answers, 1);
    start(flight, SMALL);
    work();
    expect_failure(&flight->reply, REPLY_FAILED, 1, "another length");
    ck_assert_uint_eq(wire_server_bodies(server), 0);
}

START_TEST(sixteen_exchanges_go_side_by_side)
{
    static const struct wire_answer answers[] = {
        {.text = ANSWER, .piece = 40, .piece_pause_us = 20 * 1000}};
    uint64_t from_ns = 0;
    double one_ms = 0.0;

    serve(answers, 1);
    from_ns = clock_ns(clock_system());
    for (size_t i = 0; i < FLIGHTS_MAX; i++) {
        start(&flights[i], SMALL * (i + 1));
    }
    ck_assert_uint_eq(client_in_flight(client), FLIGHTS_MAX);
    work();
    one_ms = flights[0].reply.timing.end_ms;
    for (size_t i = 0; i < FLIGHTS_MAX; i++) {
        ck_assert_int_eq(flights[i].done, 1);
        expect_text(&flights[i].reply, "Hello there");
    }
    /* One after another they would take sixteen times as long as one. */
    ck_assert_double_lt(clock_ms_between(from_ns, clock_ns(clock_system())), one_ms * 8);
}

static void start_next(void *context, struct reply *reply)
{
    struct flight *flight = context;

    on_done(context, reply);
    if (flight < &flights[2]) {
        start_then(flight + 1, SMALL, start_next);
    }
}

START_TEST(a_done_callback_may_start_another_exchange)
{
    static const struct wire_answer answers[] = {{.text = ANSWER}};

    serve(answers, 1);
    start_then(&flights[0], SMALL, start_next);
    work();
    for (size_t i = 0; i < 3; i++) {
        ck_assert_int_eq(flights[i].done, 1);
        expect_text(&flights[i].reply, "Hello there");
    }
}

/* Starts the i-th exchange and waits until it has the connection, so that it gets the answer meant
 * for it. */
static void start_connected(size_t i)
{
    start(&flights[i], LARGE);
    while (wire_server_connections(server) <= i) {
        ck_assert_int_eq(client_wait(client, 5, &err), 0);
    }
}

START_TEST(cancel_ends_all_at_once_and_each_says_so)
{
    enum { READING, WAITING, SENDING, PAUSED, CONNECTING, COUNT };
    static const struct wire_answer answers[] = {
        [READING] = {.text = HEAD HELLO, .ending = WIRE_HOLD},
        [WAITING] = {.ending = WIRE_HOLD},
        [SENDING] = {.takes = 1000, .ending = WIRE_HOLD},
        [PAUSED] = {.text = ERROR("503 Busy", "", "")},
    };

    limits.pause_base_ms = 60 * 1000;
    serve(answers, COUNT - 1);
    for (size_t i = READING; i <= PAUSED; i++) {
        start_connected(i);
    }
    while (flights[PAUSED].retries == 0) {
        ck_assert(client_wait(client, 5, &err) == 0);
    }
    ck_assert(client_in_flight(client) == PAUSED + 1);
    start(&flights[CONNECTING], SMALL);
    client_cancel(client);
    ck_assert(client_in_flight(client) == 0);
    for (size_t i = 0; i < COUNT; i++) {
        ck_assert(flights[i].done == 1 && flights[i].reply.end == REPLY_CANCELLED);
    }
    start(&flights[COUNT], SMALL); /* the client goes on */
    ck_assert(client_in_flight(client) == 1);
}

START_TEST(a_client_may_be_freed_with_everything_in_flight)
{
    static const struct wire_answer answers[] = {{.text = HEAD HELLO, .ending = WIRE_HOLD}};

    serve(answers, 1);
    for (size_t i = 0; i < 4; i++) {
        start(&flights[i], LARGE);
        ck_assert_int_eq(client_wait(client, 20, &err), 0);
    }
    start(&flights[4], LARGE);
    client_free(client);
    client = NULL;
    for (size_t i = 0; i < 5; i++) {
        ck_assert_int_eq(flights[i].done, 0);
    }
}

START_TEST(waiting_costs_no_time_of_the_processor)
{
    static const struct wire_answer answers[] = {{.takes = 1000, .ending = WIRE_HOLD}};
    clock_t from = 0;

    serve(answers, 1);
    start(&flights[0], LARGE);
    ck_assert_int_eq(client_wait(client, 200, &err), 0); /* until the socket takes no more */
    from = clock();
    ck_assert_int_eq(client_wait(client, 1000, &err), 0);
    /* The server's own polling is in it; a loop that spins would need the whole second. */
    ck_assert_double_lt((double)(clock() - from) / CLOCKS_PER_SEC, 0.3);
}

START_TEST(a_wait_ends_on_time_and_at_once_when_nothing_is_in_flight)
{
    static const struct wire_answer answers[] = {{.ending = WIRE_HOLD}};
    uint64_t from_ns = clock_ns(clock_system());

    serve(answers, 1);
    ck_assert_int_eq(client_wait(client, 10 * 1000, &err), 0);
    start(&flights[0], SMALL);
    ck_assert_int_eq(client_wait(client, 100, &err), 0);
    ck_assert_double_ge(clock_ms_between(from_ns, clock_ns(clock_system())), 100.0);
    ck_assert_double_lt(clock_ms_between(from_ns, clock_ns(clock_system())), 5000.0);
}

#ifndef __SANITIZE_ADDRESS__
static double resident_kib(void)
{
    FILE *statm = fopen("/proc/self/statm", "r");
    char line[128] = "";
    char *after = NULL;
    double pages = 0.0;

    ck_assert_ptr_nonnull(statm);
    ck_assert_ptr_nonnull(fgets(line, sizeof line, statm));
    (void)fclose(statm);
    (void)strtoul(line, &after, 10);
    pages = (double)strtoul(after, NULL, 10);
    return pages * (double)sysconf(_SC_PAGESIZE) / 1024.0;
}

START_TEST(a_million_tokens_in_flight_add_less_than_a_mebibyte)
{
    enum { TAKEN = 3000 * 1000, KIB_MAX = 1024 };
    static const struct wire_answer answers[] = {{.takes = TAKEN, .ending = WIRE_HOLD}};
    double before = 0.0;
    double grown = 0.0;

    server = wire_server_start(answers, 1, false); /* the server's memory is in the measure */
    endpoint.base_url = wire_server_url(server);
    ck_assert_int_eq(client_new(&client, &limits, clock_system(), &err), 0);
    before = resident_kib();
    for (size_t i = 0; i < FLIGHTS_MAX; i++) {
        start(&flights[i], LARGE);
    }
    while (client_bytes_sent(client) < (uint64_t)TAKEN * FLIGHTS_MAX) {
        ck_assert_int_eq(client_wait(client, 20, &err), 0);
    }
    grown = (resident_kib() - before) / FLIGHTS_MAX;
    ck_assert_msg(grown < KIB_MAX, "%.0f KiB for each request in flight", grown);
}
#endif

int main(void)
{
    Suite *suite = suite_create("endpoint_client");
    TCase *tests = suite_case(suite, "client");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_proxy_never_stands_between_us_and_this_machine);
    tcase_add_loop_test(tests, a_prompt_that_changes_or_fails_is_not_sent, 0, 2);
    tcase_add_loop_test(tests, a_prompt_of_another_length_than_measured_is_not_sent, 0, 2);
    tcase_add_test(tests, sixteen_exchanges_go_side_by_side);
    tcase_add_test(tests, a_done_callback_may_start_another_exchange);
    tcase_add_test(tests, cancel_ends_all_at_once_and_each_says_so);
    tcase_add_test(tests, a_client_may_be_freed_with_everything_in_flight);
    tcase_add_test(tests, a_wait_ends_on_time_and_at_once_when_nothing_is_in_flight);
    if (suite_measures()) {
        tcase_add_test(tests, waiting_costs_no_time_of_the_processor);
#ifndef __SANITIZE_ADDRESS__
        tcase_add_test(tests, a_million_tokens_in_flight_add_less_than_a_mebibyte);
#endif
    }
    return suite_run(suite);
}
