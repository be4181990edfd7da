/* Protocols over a connection: what their streams add to the client's work. */
#include "suite.h"

#include "flight.h"

#include <jansson.h>

#include <string.h>

#define GEMINI(parts, rest)                                                                        \
    "data: {\"candidates\":[{\"content\":{\"parts\":[" parts "]}" rest "}]}\n\n"
#define GEMINI_ANSWER HEAD GEMINI("{\"text\":\"Hello there\"}", ",\"finishReason\":\"STOP\"")

#define CLAUDE_START                                                                               \
    "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"model\":\"c\","        \
    "\"usage\":{\"input_tokens\":3,\"output_tokens\":1}}}\n\n"
#define CLAUDE_THOUGHT                                                                             \
    "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{"  \
    "\"type\":\"thinking_delta\",\"thinking\":\"hm\"}}\n\n"
#define CLAUDE_PING "event: ping\ndata: {\"type\":\"ping\"}\n\n"
#define CLAUDE_TEXT                                                                                \
    "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":1,\"delta\":{"  \
    "\"type\":\"text_delta\",\"text\":\"Hello there\"}}\n\n"
#define CLAUDE_STOP                                                                                \
    "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":"          \
    "\"end_turn\"},\"usage\":{\"output_tokens\":9}}\n\n"                                           \
    "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"

START_TEST(reasoning_is_timed_apart_from_the_answer)
{
    static const struct wire_answer answers[] = {
        {.text = HEAD CLAUDE_START CLAUDE_PING CLAUDE_THOUGHT CLAUDE_TEXT CLAUDE_STOP,
         .piece = 40,
         .piece_pause_us = 10 * 1000}};
    const struct reply *reply = NULL;

    endpoint.protocol = "anthropic-messages";
    reply = ask(answers, 1, SMALL);
    expect_text(reply, "Hello there");
    ck_assert_double_gt(reply->timing.first_reasoning_ms, reply->timing.first_byte_ms);
    ck_assert_double_gt(reply->timing.first_text_ms, reply->timing.first_reasoning_ms);
    ck_assert_int_eq(reply->usage.output_tokens, 9);
}

START_TEST(an_answer_without_reasoning_has_no_time_for_it)
{
    static const struct wire_answer answers[] = {{.text = ANSWER}};

    ck_assert_double_lt(ask(answers, 1, SMALL)->timing.first_reasoning_ms, 0.0);
}

START_TEST(an_error_inside_a_good_status_is_judged_and_its_wait_kept)
{
    static const struct wire_answer answers[] = {
        {.text = HEAD "data: {\"type\":\"response.failed\",\"response\":{\"status\":\"failed\","
                      "\"error\":{\"code\":\"rate_limit_exceeded\",\"message\":\"Please try again "
                      "in 200ms.\"}}}\n\n"},
        {.text =
             HEAD "data: {\"type\":\"response.output_text.delta\",\"delta\":\"Hello there\"}\n\n"
                  "data: {\"type\":\"response.completed\",\"response\":{\"status\":"
                  "\"completed\"}}\n\n"}};
    uint64_t from_ns = clock_ns(clock_system());

    endpoint.protocol = "openai-responses";
    expect_text(ask(answers, 2, SMALL), "Hello there");
    ck_assert_double_ge(clock_ms_between(from_ns, clock_ns(clock_system())), 200.0);
    ck_assert_ptr_nonnull(strstr(flights[0].first_error, "(rate_limit_exceeded)"));
}

START_TEST(a_bare_error_after_good_events_is_the_error)
{
    static const struct wire_answer answers[] = {
        {.text =
             HEAD GEMINI("{\"text\":\"The be\"}", "") "{\n  \"error\": {\n    \"code\": 503,\n"
                                                      "    \"message\": \"busy\",\n"
                                                      "    \"status\": \"UNAVAILABLE\"\n  }\n}\n"},
        {.text = GEMINI_ANSWER}};
    const struct reply *reply = NULL;

    endpoint.protocol = "gemini";
    reply = ask(answers, 2, SMALL);
    expect_text(reply, "Hello there");
    ck_assert_uint_eq(reply->attempts, 2);
    ck_assert_ptr_nonnull(
        strstr(flights[0].first_error, "error in the stream (UNAVAILABLE): busy"));
    ck_assert_ptr_nonnull(
        strstr(wire_server_request(server, 0)->head, "/v1/models/m:streamGenerateContent?alt=sse"));
    ck_assert_ptr_nonnull(strstr(wire_server_request(server, 0)->head, "x-goog-api-key: " KEY));
}

START_TEST(a_stream_without_a_marker_that_never_closes_is_complete)
{
    static const struct wire_answer answers[] = {{.text = GEMINI_ANSWER, .ending = WIRE_HOLD}};

    endpoint.protocol = "gemini";
    limits.idle_ms = 100;
    expect_text(ask(answers, 1, SMALL), "Hello there");
}

START_TEST(a_stream_that_ends_without_a_reason_is_broken)
{
    static const struct wire_answer answers[] = {{.text = HEAD GEMINI("{\"text\":\"The be\"}", "")},
                                                 {.text = GEMINI_ANSWER}};
    const struct reply *reply = NULL;

    endpoint.protocol = "gemini";
    reply = ask(answers, 2, SMALL);
    expect_text(reply, "Hello there");
    ck_assert_uint_eq(reply->attempts, 2);
}

START_TEST(a_prompt_that_is_too_long_tells_both_numbers)
{
    static const struct wire_answer answers[] = {
        {.text = ERROR("400 Bad Request", "",
                       "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\","
                       "\"message\":\"prompt is too long: 1048577 tokens > 1000000 maximum\"}}")}};
    const struct reply *reply = NULL;

    endpoint.protocol = "anthropic-messages";
    reply = ask(answers, 1, SMALL);
    expect_failure(reply, REPLY_TOO_LONG, 1, "prompt is too long");
    ck_assert_int_eq(reply->limit_tokens, 1000000);
    ck_assert_int_eq(reply->counted_tokens, 1048577);
}

START_TEST(what_headers_say_of_the_limits_is_reported_for_every_response)
{
    static const struct wire_answer answers[] = {
        {.text = ERROR("429 Too Many Requests",
                       "x-ratelimit-remaining-tokens: 17\r\nx-ratelimit-reset-tokens: 1m30s\r\n",
                       "{\"error\":{\"code\":\"rate_limit_exceeded\"}}")},
        {.text = ANSWER}};

    limits.pause_base_ms = 100;
    serve(answers, 2);
    start(&flights[0], SMALL);
    while (flights[0].responses == 0) {
        ck_assert_int_eq(client_wait(client, 10, &err), 0);
    }
    ck_assert_int_eq(flights[0].rate.http_status, 429);
    ck_assert_int_eq(flights[0].rate.tokens.remaining, 17);
    ck_assert_double_eq_tol(flights[0].rate.tokens.reset_s, 90.0, 1e-9);
    work();
    ck_assert_int_eq(flights[0].responses, 2);
    ck_assert_int_eq(flights[0].rate.http_status, 200);
    ck_assert_int_eq(flights[0].rate.tokens.remaining, -1);
}

START_TEST(a_body_whose_length_has_to_be_found_out_is_sent_whole)
{
    static const struct quirks strict = {.roles_alternate = true};
    static const struct wire_answer answers[] = {{.text = ANSWER}};
    const struct wire_request *sent = NULL;
    json_t *body = NULL;

    endpoint.quirks = &strict;
    expect_text(ask(answers, 1, LARGE), "Hello there");
    sent = wire_server_request(server, 0);
    body = json_loadb(sent->body, sent->body_len, JSON_REJECT_DUPLICATES, NULL);
    ck_assert_uint_eq(sent->content_length, sent->body_len);
    ck_assert_uint_eq(json_array_size(json_object_get(body, "messages")), LARGE / 4);
    json_decref(body);
}

int main(void)
{
    Suite *suite = suite_create("endpoint_protocol_flight");
    TCase *tests = suite_case(suite, "protocol_flight");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, reasoning_is_timed_apart_from_the_answer);
    tcase_add_test(tests, an_answer_without_reasoning_has_no_time_for_it);
    tcase_add_test(tests, an_error_inside_a_good_status_is_judged_and_its_wait_kept);
    tcase_add_test(tests, a_bare_error_after_good_events_is_the_error);
    tcase_add_test(tests, a_stream_without_a_marker_that_never_closes_is_complete);
    tcase_add_test(tests, a_stream_that_ends_without_a_reason_is_broken);
    tcase_add_test(tests, a_prompt_that_is_too_long_tells_both_numbers);
    tcase_add_test(tests, what_headers_say_of_the_limits_is_reported_for_every_response);
    tcase_add_test(tests, a_body_whose_length_has_to_be_found_out_is_sent_whole);
    return suite_run(suite);
}
