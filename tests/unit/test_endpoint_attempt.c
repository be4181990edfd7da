/* What is tried again, what is not, and which timer ends what. */
#include "suite.h"

#include "flight.h"

#include <stdio.h>
#include <string.h>

START_TEST(an_overloaded_server_is_asked_again_with_the_whole_body)
{
    static const struct wire_answer answers[] = {
        {.text = ERROR("503 Service Unavailable", "", "{\"error\":{\"message\":\"busy\"}}")},
        {.text = ERROR("529 Overloaded", "", "")},
        {.text = ANSWER}};
    const struct reply *reply = ask(answers, 3, LARGE);

    expect_text(reply, "Hello there");
    ck_assert_uint_eq(reply->attempts, 3);
    ck_assert_int_eq(flights[0].retries, 2);
    ck_assert_ptr_nonnull(strstr(flights[0].first_error, "HTTP 503: busy"));
    ck_assert_uint_eq(wire_server_connections(server), 3);
    for (size_t i = 0; i < 3; i++) {
        expect_whole_body(wire_server_request(server, i), LARGE);
    }
}

START_TEST(a_wait_that_the_server_asks_for_is_kept)
{
    static const struct wire_answer answers[] = {
        {.text = ERROR("429 Too Many Requests", "Retry-After: 1\r\n",
                       "{\"error\":{\"message\":\"slow\",\"code\":\"rate_limit_exceeded\"}}")},
        {.text = ANSWER}};
    uint64_t from_ns = clock_ns(clock_system());

    expect_text(ask(answers, 2, SMALL), "Hello there");
    ck_assert_double_ge(clock_ms_between(from_ns, clock_ns(clock_system())), 1000.0);
}

START_TEST(a_wait_that_is_too_long_ends_the_exchange)
{
    static const struct wire_answer answers[] = {
        {.text = ERROR("429 Too Many Requests", "Retry-After: 3600\r\n",
                       "{\"error\":{\"message\":\"slow\"}}")}};

    expect_failure(ask(answers, 1, SMALL), REPLY_FAILED, 1, "asks to wait 3600 s");
}

START_TEST(attempts_are_limited)
{
    static const struct wire_answer answers[] = {
        {.text = ERROR("500 Internal Server Error", "", "oops")}};

    limits.attempts_max = 3;
    expect_failure(ask(answers, 1, SMALL), REPLY_FAILED, 3, "HTTP 500: oops");
    ck_assert_uint_eq(wire_server_connections(server), 3);
}

START_TEST(a_refusal_that_no_attempt_can_change_is_final)
{
    static const struct {
        const char *text;
        enum reply_end end;
        const char *says;
    } refusals[] = {
        {ERROR("401 Unauthorized", "",
               "{\"error\":{\"message\":\"Incorrect key: " KEY "\",\"code\":\"invalid_api_key\"}}"),
         REPLY_DENIED, "Incorrect key: ******************"},
        {ERROR("429 Too Many Requests", "", "{\"error\":{\"code\":\"insufficient_quota\"}}"),
         REPLY_DENIED, "insufficient_quota"},
        {ERROR("400 Bad Request", "",
               "{\"error\":{\"message\":\"maximum context length is 9\",\"code\":"
               "\"context_length_exceeded\"}}"),
         REPLY_TOO_LONG, "maximum context length is 9"},
        {ERROR("429 Too Many Requests", "Retry-After: 1\r\n",
               "{\"error\":{\"message\":\"Request too large for m: Limit 3, Requested 9\"}}"),
         REPLY_FAILED, "Limit 3, Requested 9"},
        {ERROR("500 Internal Server Error", "x-should-retry: false\r\n", "no"), REPLY_FAILED,
         "HTTP 500: no"},
    };
    struct wire_answer answers[] = {{.text = refusals[_i].text}};

    expect_failure(ask(answers, 1, SMALL), refusals[_i].end, 1, refusals[_i].says);
}

START_TEST(an_error_in_the_stream_is_judged_like_one_of_http)
{
    static const struct wire_answer answers[] = {
        {.text = HEAD HELLO "data: {\"error\":{\"message\":\"overloaded\",\"code\":503}}\n\n"},
        {.text = HEAD HELLO "data: {\"error\":{\"message\":\"You owe us\",\"code\":"
                            "\"insufficient_quota\"}}\n\n"}};

    expect_failure(ask(answers, 2, SMALL), REPLY_DENIED, 2, "You owe us");
    ck_assert_ptr_nonnull(strstr(flights[0].first_error, "error in the stream (503): overloaded"));
}

START_TEST(a_reset_before_the_answer_is_tried_again_in_the_open)
{
    static const struct wire_answer answers[] = {{.ending = WIRE_RESET}, {.text = ANSWER}};
    const struct reply *reply = ask(answers, 2, LARGE);

    expect_text(reply, "Hello there");
    ck_assert_uint_eq(reply->attempts, 2);
    ck_assert_uint_eq(wire_server_connections(server), 2);
}

START_TEST(a_body_is_never_posted_again_in_silence)
{
    /* The first answer leaves its connection open for reuse, and the server closes it after the
     * second body. libcurl on its own would then post that body once more, as the same attempt. */
    static const struct wire_answer answers[] = {
        {.text = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 14\r\n"
                 "Connection: keep-alive\r\n\r\n" DONE,
         .ending = WIRE_REUSE},
        {.text = ANSWER}};

    serve(answers, 2);
    start(&flights[0], SMALL);
    work();
    start(&flights[1], SMALL);
    work();
    expect_text(&flights[0].reply, "");
    expect_text(&flights[1].reply, "Hello there");
    ck_assert_uint_eq(flights[1].reply.attempts, 1);
    ck_assert_uint_eq(wire_server_connections(server), 2);
    ck_assert_uint_eq(wire_server_bodies(server), 2);
}

START_TEST(a_connection_closed_after_the_body_is_an_attempt_of_its_own)
{
    static const struct wire_answer answers[] = {{.ending = WIRE_CLOSE}, {.text = ANSWER}};
    const struct reply *reply = ask(answers, 2, SMALL);

    expect_text(reply, "Hello there");
    ck_assert_uint_eq(reply->attempts, 2);
    ck_assert_ptr_nonnull(strstr(flights[0].first_error, "before the answer did"));
}

START_TEST(an_answer_that_breaks_off_is_asked_for_again_and_its_half_forgotten)
{
    static const struct wire_answer answers[] = {
        {.text = HEAD HELLO THERE "data: {\"choices\":[{\"del"},
        {.text = HEAD HELLO, .ending = WIRE_RESET},
        {.text = ANSWER}};
    const struct reply *reply = ask(answers, 3, SMALL);

    expect_text(reply, "Hello there");
    ck_assert_uint_eq(reply->attempts, 3);
    ck_assert_ptr_nonnull(strstr(flights[0].first_error, "before the answer did, after 2 events"));
}

START_TEST(an_answer_in_the_middle_of_the_upload_ends_it)
{
    static const struct wire_answer answers[] = {
        {.takes = 1000,
         .text = ERROR("413 Content Too Large", "",
                       "{\"error\":{\"message\":\"body limit is 1000\"}}")}};
    const struct reply *reply = ask(answers, 1, LARGE);

    expect_failure(reply, REPLY_TOO_LONG, 1, "HTTP 413: body limit is 1000");
    ck_assert_uint_lt(client_bytes_sent(client), flights[0].measure.escaped_bytes);
    ck_assert_double_lt(reply->timing.upload_end_ms, 0.0);
}

START_TEST(an_answer_in_the_middle_of_the_upload_survives_a_server_that_hangs_up)
{
    /* The reset that follows the answer makes sending fail. A client that does not look for an
     * answer before it sends on loses two of five; the last microseconds cannot be closed. */
    enum { TIMES = 20, AT_ONCE_MIN = 18 };
    static const struct wire_answer answers[] = {
        {.takes = 1000,
         .text =
             ERROR("413 Content Too Large", "", "{\"error\":{\"message\":\"body limit is 1000\"}}"),
         .ending = WIRE_HANG_UP}};
    int at_once = 0;

    serve(answers, 1);
    for (int i = 0; i < TIMES; i++) {
        start(&flights[0], LARGE);
        work();
        ck_assert_int_eq(flights[0].reply.end, REPLY_TOO_LONG);
        at_once += flights[0].reply.attempts == 1 ? 1 : 0;
    }
    ck_assert_int_ge(at_once, AT_ONCE_MIN);
}

START_TEST(an_error_that_is_never_closed_is_reported_when_the_timer_fires)
{
    static const struct wire_answer answers[] = {
        {.text = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 1000\r\n\r\nno",
         .ending = WIRE_HOLD}};

    limits.idle_ms = 100;
    expect_failure(ask(answers, 1, SMALL), REPLY_DENIED, 1, "HTTP 401: no");
}

START_TEST(an_upload_that_stalls_is_timed_out_and_tried_again)
{
    static const struct wire_answer answers[] = {{.takes = 1000, .ending = WIRE_HOLD}};

    limits.upload_stall_ms = 150;
    limits.attempts_max = 2;
    expect_failure(ask(answers, 1, LARGE), REPLY_TIMED_OUT, 2, "took no byte for 150 ms");
}

START_TEST(silence_after_the_upload_is_timed_out_and_not_tried_again)
{
    static const struct wire_answer answers[] = {{.ending = WIRE_HOLD}};
    const struct reply *reply = NULL;

    limits.first_byte_ms = 150;
    reply = ask(answers, 1, SMALL);
    expect_failure(reply, REPLY_TIMED_OUT, 1, "within 150 ms");
    ck_assert_double_ge(reply->timing.end_ms, 150.0);
}

START_TEST(headers_alone_do_not_start_the_idle_timer)
{
    static const struct wire_answer answers[] = {{.text = HEAD, .ending = WIRE_HOLD}};

    limits.idle_ms = 20;
    limits.first_byte_ms = 150;
    expect_failure(ask(answers, 1, SMALL), REPLY_TIMED_OUT, 1, "within 150 ms");
}

START_TEST(an_answer_that_stops_is_timed_out)
{
    static const struct wire_answer answers[] = {{.text = HEAD HELLO, .ending = WIRE_HOLD}};
    const struct reply *reply = NULL;

    limits.idle_ms = 100;
    limits.attempts_max = 2;
    reply = ask(answers, 1, SMALL);
    expect_failure(reply, REPLY_TIMED_OUT, 2, "stopped for 100 ms, after 1 events");
}

START_TEST(comments_keep_an_answer_alive)
{
    static const struct wire_answer answers[] = {
        {.text = HEAD "::::::::::::::::::::::::::::::::::::::::::::::::::\n\n" HELLO STOP DONE,
         .piece = 2,
         .piece_pause_us = 20 * 1000}};

    limits.idle_ms = 350; /* the comment alone takes half a second */
    expect_text(ask(answers, 1, SMALL), "Hello");
}

START_TEST(an_answer_that_only_pings_is_timed_out_as_a_whole)
{
    static const struct wire_answer answers[] = {
        {.text = HEAD "::::::::::::::::::::::::::::::::::::::::::::::::::\n\n" HELLO STOP DONE,
         .piece = 2,
         .piece_pause_us = 20 * 1000}};

    limits.request_ms = 200;
    expect_failure(ask(answers, 1, SMALL), REPLY_TIMED_OUT, 1, "longer than 200 ms");
}

START_TEST(a_refused_connection_is_named_by_host_and_port)
{
    static const struct wire_answer answers[] = {{.text = ANSWER}};
    char url[64];
    char says[64];
    uint16_t port = wire_unused_port();

    serve(answers, 1);
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u/v1", (unsigned)port);
    (void)snprintf(says, sizeof says, "connection refused by 127.0.0.1 port %u", (unsigned)port);
    endpoint.base_url = url;
    start(&flights[0], SMALL);
    work();
    expect_failure(&flights[0].reply, REPLY_FAILED, 4, says);
    ck_assert_int_eq(flights[0].reply.http_status, 0);
    ck_assert_uint_eq(client_bytes_sent(client), 0);
}

int main(void)
{
    Suite *suite = suite_create("endpoint_attempt");
    TCase *tests = suite_case(suite, "attempt");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, an_overloaded_server_is_asked_again_with_the_whole_body);
    tcase_add_test(tests, a_wait_that_the_server_asks_for_is_kept);
    tcase_add_test(tests, a_wait_that_is_too_long_ends_the_exchange);
    tcase_add_test(tests, attempts_are_limited);
    tcase_add_loop_test(tests, a_refusal_that_no_attempt_can_change_is_final, 0, 5);
    tcase_add_test(tests, an_error_in_the_stream_is_judged_like_one_of_http);
    tcase_add_test(tests, a_reset_before_the_answer_is_tried_again_in_the_open);
    tcase_add_test(tests, a_body_is_never_posted_again_in_silence);
    tcase_add_test(tests, a_connection_closed_after_the_body_is_an_attempt_of_its_own);
    tcase_add_test(tests, an_answer_that_breaks_off_is_asked_for_again_and_its_half_forgotten);
    tcase_add_test(tests, an_answer_in_the_middle_of_the_upload_ends_it);
    tcase_add_test(tests, an_answer_in_the_middle_of_the_upload_survives_a_server_that_hangs_up);
    tcase_add_test(tests, an_error_that_is_never_closed_is_reported_when_the_timer_fires);
    tcase_add_test(tests, an_upload_that_stalls_is_timed_out_and_tried_again);
    tcase_add_test(tests, silence_after_the_upload_is_timed_out_and_not_tried_again);
    tcase_add_test(tests, headers_alone_do_not_start_the_idle_timer);
    tcase_add_test(tests, an_answer_that_stops_is_timed_out);
    tcase_add_test(tests, comments_keep_an_answer_alive);
    tcase_add_test(tests, an_answer_that_only_pings_is_timed_out_as_a_whole);
    tcase_add_test(tests, a_refused_connection_is_named_by_host_and_port);
    return suite_run(suite);
}
