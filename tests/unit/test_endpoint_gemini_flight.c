/* Gemini over a connection: a stream without a terminal marker, errors that stand bare in it, and
 * waits that are asked for in a body. */
#include "suite.h"

#include "flight.h"

#include <jansson.h>
#include <string.h>

#define DATA_HEAD "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
#define HELLO_CHUNK                                                                                \
    "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"Hello\"}]}}],"                    \
    "\"responseId\":\"r-1\"}\r\n\r\n"
#define STOP_CHUNK                                                                                 \
    "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\" there\"}]},\"finishReason\":"    \
    "\"STOP\"}],\"usageMetadata\":{\"promptTokenCount\":9,\"totalTokenCount\":11},"                \
    "\"responseId\":\"r-1\"}\r\n\r\n"
#define WHOLE       DATA_HEAD HELLO_CHUNK STOP_CHUNK
#define BARE(error) DATA_HEAD HELLO_CHUNK error
#define OVERLOADED                                                                                 \
    "{\n  \"error\": {\n    \"code\": 503,\n    \"message\": \"The model is overloaded.\",\n"      \
    "    \"status\": \"UNAVAILABLE\"\n  }\n}\n"
#define EXHAUSTED(details)                                                                         \
    ERROR("429 Too Many Requests", "",                                                             \
          "{\"error\":{\"code\":429,\"message\":\"Quota exceeded.\",\"status\":"                   \
          "\"RESOURCE_EXHAUSTED\",\"details\":[" details                                           \
          "{\"@type\":\"type.googleapis.com/google.rpc.RetryInfo\",\"retryDelay\":\"0.2s\"}]}}")
#define PER_DAY                                                                                    \
    "{\"@type\":\"type.googleapis.com/google.rpc.QuotaFailure\",\"violations\":[{\"quotaId\":"     \
    "\"GenerateRequestsPerDayPerProjectPerModel\"}]},"

static void set_up_gemini(void)
{
    set_up();
    endpoint = (struct endpoint){
        .protocol = "gemini", .model = "gemini-2.5-pro", .credentials = {.key = KEY}};
}

START_TEST(an_answer_is_whole_without_a_terminal_marker)
{
    static const struct wire_answer answers[] = {{.text = WHOLE, .piece = 1}};
    const struct reply *reply = ask(answers, 1, SMALL);

    expect_text(reply, "Hello there");
    ck_assert_uint_eq(reply->attempts, 1);
    ck_assert_int_eq(reply->usage.output_tokens, 2);
    ck_assert_msg(strcmp(reply->request_id, "r-1") == 0, "%s", reply->request_id);
}

static uint64_t contents_bytes(const json_t *contents)
{
    uint64_t bytes = 0;

    for (size_t i = 0; i < json_array_size(contents); i++) {
        const json_t *parts = json_object_get(json_array_get(contents, i), "parts");

        ck_assert_uint_eq(json_array_size(parts), 1);
        bytes += json_string_length(json_object_get(json_array_get(parts, 0), "text"));
    }
    return bytes;
}

START_TEST(the_server_sees_the_whole_prompt_and_the_key_in_one_header)
{
    static const struct wire_answer answers[] = {{.text = WHOLE}};
    const struct wire_request *request = NULL;
    const char *line_end = NULL;
    const char *key = NULL;
    json_t *body = NULL;

    (void)ask(answers, 1, LARGE);
    request = wire_server_request(server, 0);
    ck_assert_ptr_nonnull(strstr(request->head, "POST /v1/models/gemini-2.5-pro:"
                                                "streamGenerateContent?alt=sse HTTP/1.1\r\n"));
    ck_assert_ptr_nonnull(strstr(request->head, "x-goog-api-key: " KEY "\r\n"));
    line_end = strstr(request->head, "\r\n");
    key = strstr(request->head, KEY);
    ck_assert(key > line_end);
    ck_assert_ptr_null(strstr(key + 1, KEY));
    ck_assert_uint_eq(request->content_length, request->body_len);
    body = json_loadb(request->body, request->body_len, JSON_REJECT_DUPLICATES, NULL);
    ck_assert_ptr_nonnull(body);
    ck_assert_uint_eq(contents_bytes(json_object_get(body, "contents")), flights[0].measure.bytes);
    json_decref(body);
}

START_TEST(a_bare_error_in_the_stream_is_tried_again)
{
    static const struct wire_answer answers[] = {{.text = BARE(OVERLOADED)}, {.text = WHOLE}};
    const struct reply *reply = ask(answers, 2, SMALL);

    expect_text(reply, "Hello there");
    ck_assert_uint_eq(reply->attempts, 2);
    ck_assert_msg(strstr(flights[0].first_error, "(UNAVAILABLE): The model is overloaded.") != NULL,
                  "%s", flights[0].first_error);
}

START_TEST(a_stream_cut_before_its_reason_is_not_an_answer)
{
    static const struct wire_answer answers[] = {{.text = DATA_HEAD HELLO_CHUNK}};

    limits.attempts_max = 2;
    expect_failure(ask(answers, 1, SMALL), REPLY_FAILED, 2, "ended before the answer did");
}

START_TEST(a_wait_asked_for_in_the_details_is_kept)
{
    static const struct wire_answer answers[] = {{.text = EXHAUSTED("")}, {.text = WHOLE}};
    uint64_t started_ns = clock_ns(clock_system());

    expect_text(ask(answers, 2, SMALL), "Hello there");
    ck_assert_uint_eq(wire_server_connections(server), 2);
    ck_assert_double_ge(clock_ms_between(started_ns, clock_ns(clock_system())), 200.0);
}

START_TEST(a_quota_for_the_day_is_not_asked_again)
{
    static const struct wire_answer answers[] = {{.text = EXHAUSTED(PER_DAY)}};

    expect_failure(ask(answers, 1, SMALL), REPLY_DENIED, 1, "GenerateRequestsPerDay");
    ck_assert_uint_eq(wire_server_connections(server), 1);
}

int main(void)
{
    Suite *suite = suite_create("endpoint_gemini_flight");
    TCase *tests = suite_case(suite, "gemini_flight");

    tcase_add_checked_fixture(tests, set_up_gemini, tear_down);
    tcase_add_test(tests, an_answer_is_whole_without_a_terminal_marker);
    tcase_add_test(tests, the_server_sees_the_whole_prompt_and_the_key_in_one_header);
    tcase_add_test(tests, a_bare_error_in_the_stream_is_tried_again);
    tcase_add_test(tests, a_stream_cut_before_its_reason_is_not_an_answer);
    tcase_add_test(tests, a_wait_asked_for_in_the_details_is_kept);
    tcase_add_test(tests, a_quota_for_the_day_is_not_asked_again);
    return suite_run(suite);
}
