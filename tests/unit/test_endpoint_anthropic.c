/* Anthropic Messages: transcripts, requests, errors in its own words. */
#include "suite.h"

#include "endpoint/anthropic.h"
#include "replay.h"

#include <string.h>

#define MODEL  "claude-opus-4-7"
#define FAILED "{\"type\":\"error\",\"error\":"

static const struct replay_case streams[] = {
    {.file = "anthropic/answer.sse",
     .last = PROTOCOL_FINAL,
     .end = REPLY_COMPLETE,
     .text = "AbC123xyZ0Once upon a \"time\",\ncaf\xC3\xA9 \xE2\x80\x94 \xF0\x9F\x98\x80",
     .finish_reason = "end_turn",
     .model = MODEL,
     .usage = {900123, 900000, 98, 210, 128},
     .reasoning = 2,
     .is_whole = true},
    {.file = "anthropic/cut.sse",
     .last = PROTOCOL_FINAL,
     .end = REPLY_CUT,
     .text = "The beginning of an end",
     .finish_reason = "max_tokens",
     .model = MODEL,
     .usage = {7, 0, 0, 5, -1},
     .is_whole = true},
    {.file = "anthropic/refusal.sse",
     .last = PROTOCOL_FINAL,
     .end = REPLY_REFUSED,
     .finish_reason = "refusal",
     .model = MODEL,
     .usage = {7, 0, 0, 1, -1},
     .is_whole = true},
    {.file = "anthropic/window.sse",
     .last = PROTOCOL_FINAL,
     .end = REPLY_TOO_LONG,
     .text = "Half",
     .finish_reason = "model_context_window_exceeded",
     .model = MODEL,
     .usage = {999990, 0, 0, 10, -1},
     .is_whole = true,
     .says = "end of the model's context window"},
    {.file = "anthropic/overloaded.sse",
     .last = PROTOCOL_ERROR,
     .end = REPLY_FAILED,
     .text = "The be",
     .model = MODEL,
     .usage = {900025, 900000, 0, 1, -1},
     .says = "error in the stream (overloaded_error): Overloaded",
     .retry = PROTOCOL_RETRY_LATER},
    {.file = "anthropic/broken_off.sse",
     .last = PROTOCOL_MORE,
     .end = REPLY_FAILED,
     .text = "The be",
     .model = MODEL,
     .usage = {900025, 900000, 0, 1, -1}},
    {.file = "anthropic/no_marker.sse",
     .last = PROTOCOL_MORE,
     .end = REPLY_COMPLETE,
     .text = "No marker",
     .finish_reason = "end_turn",
     .model = MODEL,
     .usage = {900025, 900000, 0, 2, -1},
     .is_whole = true},
    {.file = "anthropic/new_events.sse",
     .last = PROTOCOL_FINAL,
     .end = REPLY_COMPLETE,
     .text = "new",
     .finish_reason = "a_reason_of_next_year",
     .model = MODEL,
     .usage = {3, 0, 0, 4, -1},
     .reasoning = 1,
     .is_whole = true},
};

START_TEST(a_stream_gives_the_same_reply_in_pieces_of_any_size)
{
    replay_expect(&anthropic, &streams[_i]);
}

START_TEST(an_answer_that_was_not_streamed_is_read_all_the_same)
{
    static const char body[] =
        "{\"type\":\"message\",\"model\":\"m\",\"content\":[{\"type\":\"thinking\",\"thinking\":"
        "\"hm\"},{\"type\":\"text\",\"text\":\"Whole.\"}],\"stop_reason\":\"end_turn\","
        "\"usage\":{\"input_tokens\":3,\"output_tokens\":1}}";
    struct reply reply;

    reply_init(&reply);
    ck_assert_int_eq(replay_event(&anthropic, body, &reply), PROTOCOL_FINAL);
    ck_assert(str_equal(buf_str(&reply.text), STR("Whole.")));
    ck_assert_int_eq(reply.usage.input_tokens, 3);
    reply_release(&reply);
}

START_TEST(consecutive_user_turns_and_a_limit_are_sent)
{
    static const char *const parameters[] = {"thinking={\"type\":\"adaptive\"}",
                                             "output_config.effort=\"low\"", NULL};
    struct endpoint endpoint = {.protocol = "anthropic-messages",
                                .base_url = "https://example.com/v1",
                                .model = MODEL,
                                .parameters = parameters};

    replay_expect_request(
        &endpoint,
        "{\"model\":\"" MODEL "\",\"stream\":true,\"max_tokens\":32000,"
        "\"thinking\":{\"type\":\"adaptive\"},\"output_config\":{\"effort\":\"low\"},\"messages\":["
        "{\"role\":\"user\",\"content\":\"one\"},{\"role\":\"user\",\"content\":\"t\\\"wo\"},"
        "{\"role\":\"assistant\",\"content\":\"three\"}]}");
    endpoint.max_output_tokens = 5;
    endpoint.parameters = NULL;
    replay_expect_request(
        &endpoint,
        "{\"model\":\"" MODEL "\",\"stream\":true,\"max_tokens\":5,\"messages\":["
        "{\"role\":\"user\",\"content\":\"one\"},{\"role\":\"user\",\"content\":\"t\\\"wo\"},"
        "{\"role\":\"assistant\",\"content\":\"three\"}]}");
}

START_TEST(an_error_means_what_its_words_say)
{
    static const struct {
        long http_status;
        const char *body;
        enum reply_end end;
        enum protocol_retry retry;
        int64_t limit_tokens;
        int64_t counted_tokens;
    } errors[] = {
        {400,
         FAILED "{\"type\":\"invalid_request_error\",\"message\":\"prompt is too long: 1048577 "
                "tokens > 1000000 maximum\"},\"request_id\":\"req_1\"}",
         REPLY_TOO_LONG, PROTOCOL_RETRY_NEVER, 1000000, 1048577},
        {400,
         FAILED "{\"type\":\"invalid_request_error\",\"message\":\"input length and `max_tokens` "
                "exceed context limit: 990000 + 32000 > 1000000, decrease input length or "
                "`max_tokens` and try again\"}}",
         REPLY_TOO_LONG, PROTOCOL_RETRY_NEVER, 1000000, 990000},
        {401, FAILED "{\"type\":\"authentication_error\",\"message\":\"invalid x-api-key\"}}",
         REPLY_DENIED, PROTOCOL_RETRY_NEVER, -1, -1},
        {402, FAILED "{\"type\":\"billing_error\",\"message\":\"no credit\"}}", REPLY_DENIED,
         PROTOCOL_RETRY_NEVER, -1, -1},
        {404, FAILED "{\"type\":\"not_found_error\",\"message\":\"model: x\"}}", REPLY_DENIED,
         PROTOCOL_RETRY_NEVER, -1, -1},
        {413,
         FAILED "{\"type\":\"request_too_large\",\"message\":\"Request exceeds the maximum "
                "size\"}}",
         REPLY_TOO_LONG, PROTOCOL_RETRY_NEVER, -1, -1},
        {429, FAILED "{\"type\":\"rate_limit_error\",\"message\":\"slow\"}}", REPLY_FAILED,
         PROTOCOL_RETRY_HELPS, -1, -1},
        {429,
         FAILED "{\"type\":\"rate_limit_error\",\"message\":\"ramp\",\"details\":{\"error_code\":"
                "\"ramp_limit_exceeded\"}}}",
         REPLY_FAILED, PROTOCOL_RETRY_HELPS, -1, -1},
        {429,
         FAILED "{\"type\":\"rate_limit_error\",\"message\":\"spent\",\"details\":{"
                "\"error_code\":\"enforced_spend_limit_reached\"}}}",
         REPLY_DENIED, PROTOCOL_RETRY_NEVER, -1, -1},
        {429,
         FAILED "{\"type\":\"rate_limit_error\",\"message\":\"spent\",\"details\":{"
                "\"error_code\":\"contract_spend_limit_reached\"}}}",
         REPLY_DENIED, PROTOCOL_RETRY_NEVER, -1, -1},
        {500, FAILED "{\"type\":\"api_error\",\"message\":\"Internal server error\"}}",
         REPLY_FAILED, PROTOCOL_RETRY_HELPS, -1, -1},
        {504, FAILED "{\"type\":\"timeout_error\",\"message\":\"late\"}}", REPLY_FAILED,
         PROTOCOL_RETRY_HELPS, -1, -1},
        {529, FAILED "{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}", REPLY_FAILED,
         PROTOCOL_RETRY_LATER, -1, -1},
        {PROTOCOL_IN_STREAM, FAILED "{\"type\":\"invalid_request_error\",\"message\":\"no\"}}",
         REPLY_FAILED, PROTOCOL_RETRY_IF_ASKED, -1, -1},
        {PROTOCOL_IN_STREAM, FAILED "{\"type\":\"api_error\",\"message\":\"oops\"}}", REPLY_FAILED,
         PROTOCOL_RETRY_HELPS, -1, -1},
    };

    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        struct protocol_error error = {.http_status = errors[i].http_status,
                                       .body = str_from(errors[i].body)};
        struct protocol_verdict verdict;
        struct reply reply;

        reply_init(&reply);
        verdict = anthropic.classify(&error, &reply);
        ck_assert_msg(verdict.end == errors[i].end, "%s", errors[i].body);
        ck_assert_msg(verdict.retry == errors[i].retry, "%s", errors[i].body);
        ck_assert_int_eq(reply.limit_tokens, errors[i].limit_tokens);
        ck_assert_int_eq(reply.counted_tokens, errors[i].counted_tokens);
        ck_assert(!verdict.blames_parameter);
        reply_release(&reply);
    }
}

START_TEST(a_refused_parameter_is_blamed)
{
    struct protocol_error error = {
        .http_status = 400,
        .body = STR(FAILED "{\"type\":\"invalid_request_error\",\"message\":\"`temperature` is "
                           "deprecated for this model.\"}}")};
    struct reply reply;

    reply_init(&reply);
    ck_assert(anthropic.classify(&error, &reply).blames_parameter);
    reply_release(&reply);
}

int main(void)
{
    Suite *suite = suite_create("endpoint_anthropic");
    TCase *tests = suite_case(suite, "anthropic");

    tcase_add_loop_test(tests, a_stream_gives_the_same_reply_in_pieces_of_any_size, 0,
                        (int)(sizeof streams / sizeof streams[0]));
    tcase_add_test(tests, an_answer_that_was_not_streamed_is_read_all_the_same);
    tcase_add_test(tests, consecutive_user_turns_and_a_limit_are_sent);
    tcase_add_test(tests, an_error_means_what_its_words_say);
    tcase_add_test(tests, a_refused_parameter_is_blamed);
    return suite_run(suite);
}
