/* OpenAI Responses: transcripts, requests, errors inside streams. */
#include "suite.h"

#include "endpoint/openai_responses.h"
#include "replay.h"

#define MODEL "gpt-5.5-2026-04-23"

static const struct replay_case streams[] = {
    {.file = "openai_responses/answer.sse",
     .last = PROTOCOL_FINAL,
     .end = REPLY_COMPLETE,
     .text = "AbC123xyZ0Once upon a \"time\",\ncaf\xC3\xA9 \xE2\x80\x94 \xF0\x9F\x98\x80",
     .finish_reason = "completed",
     .model = MODEL,
     .usage = {900123, 1024, 2048, 210, 128},
     .reasoning = 2},
    {.file = "openai_responses/cut.sse",
     .last = PROTOCOL_FINAL,
     .end = REPLY_CUT,
     .text = "The beginning of an end",
     .finish_reason = "max_output_tokens",
     .model = MODEL,
     .usage = {7, 0, -1, 5, 0}},
    {.file = "openai_responses/filtered.sse",
     .last = PROTOCOL_FINAL,
     .end = REPLY_FILTERED,
     .text = "Some",
     .finish_reason = "content_filter",
     .model = MODEL,
     .usage = {-1, -1, -1, -1, -1}},
    {.file = "openai_responses/refusal.sse",
     .last = PROTOCOL_FINAL,
     .end = REPLY_REFUSED,
     .text = "I can't help with that.",
     .finish_reason = "completed",
     .model = MODEL,
     .usage = {-1, -1, -1, -1, -1}},
    {.file = "openai_responses/no_deltas.sse",
     .last = PROTOCOL_FINAL,
     .end = REPLY_COMPLETE,
     .text = "All at once.",
     .finish_reason = "completed",
     .model = MODEL,
     .usage = {900123, 1024, 2048, 210, 128}},
    {.file = "openai_responses/too_long.sse",
     .last = PROTOCOL_ERROR,
     .end = REPLY_TOO_LONG,
     .model = MODEL,
     .usage = {-1, -1, -1, -1, -1},
     .says = "error in the stream (context_length_exceeded): Your input exceeds",
     .retry = PROTOCOL_RETRY_NEVER},
    {.file = "openai_responses/rate_limit.sse",
     .last = PROTOCOL_ERROR,
     .end = REPLY_FAILED,
     .text = "The be",
     .model = MODEL,
     .usage = {-1, -1, -1, -1, -1},
     .says = "(rate_limit_exceeded): Rate limit reached",
     .retry = PROTOCOL_RETRY_HELPS,
     .wait_s = 11.054},
    {.file = "openai_responses/error_event.sse",
     .last = PROTOCOL_ERROR,
     .end = REPLY_FAILED,
     .model = MODEL,
     .usage = {-1, -1, -1, -1, -1},
     .says = "(server_error): The server had an error",
     .retry = PROTOCOL_RETRY_HELPS},
    {.file = "openai_responses/broken_off.sse",
     .last = PROTOCOL_MORE,
     .end = REPLY_FAILED,
     .text = "The be",
     .model = MODEL,
     .usage = {-1, -1, -1, -1, -1}},
};

START_TEST(a_stream_gives_the_same_reply_in_pieces_of_any_size)
{
    replay_expect(&openai_responses, &streams[_i]);
}

START_TEST(events_that_are_not_ours_are_told_apart)
{
    static const struct {
        const char *data;
        enum protocol_event told;
    } events[] = {
        {"", PROTOCOL_MORE},
        {"[DONE]", PROTOCOL_MORE},
        {"{}", PROTOCOL_MORE},
        {"{\"type\":\"keepalive\",\"sequence_number\":4}", PROTOCOL_MORE},
        {"{\"type\":\"response.of_next_year\"}", PROTOCOL_MORE},
        {"{\"type\":\"response.output_text.delta\",\"delta\":7}", PROTOCOL_MORE},
        {"{\"type\":\"response.completed\",\"response\":null}", PROTOCOL_MORE},
        {"{\"type\":\"response.completed\",\"response\":{\"status\":\"completed\","
         "\"output\":[null,{\"type\":\"message\",\"content\":[null,7]}]}}",
         PROTOCOL_FINAL},
        {"{\"type\":\"response.reasoning_text.delta\",\"delta\":\"x\"}", PROTOCOL_REASONING},
        {"{\"type\":\"response.cancelled\",\"response\":{\"status\":\"cancelled\"}}",
         PROTOCOL_ERROR},
        {"{\"error\":{\"message\":\"x\"}}", PROTOCOL_ERROR},
        {"hello", PROTOCOL_UNREADABLE},
        {"[1]", PROTOCOL_UNREADABLE},
    };
    struct reply reply;

    reply_init(&reply);
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++) {
        ck_assert_msg(replay_event(&openai_responses, events[i].data, &reply) == events[i].told,
                      "%s", events[i].data);
        ck_assert_uint_eq(reply.text.len, 0);
    }
    reply_release(&reply);
}

START_TEST(an_answer_that_was_not_streamed_is_read_all_the_same)
{
    static const char body[] =
        "{\"object\":\"response\",\"status\":\"incomplete\",\"error\":null,\"model\":\"m\","
        "\"incomplete_details\":{\"reason\":\"max_output_tokens\"},\"output\":[{\"type\":"
        "\"message\",\"content\":[{\"type\":\"output_text\",\"text\":\"Whole.\"}]}]}";
    struct reply reply;

    reply_init(&reply);
    ck_assert_int_eq(replay_event(&openai_responses, body, &reply), PROTOCOL_FINAL);
    ck_assert_int_eq(reply.end, REPLY_CUT);
    ck_assert(str_equal(buf_str(&reply.text), STR("Whole.")));
    reply_release(&reply);
}

START_TEST(a_request_holds_two_user_items_in_a_row_and_never_lets_the_server_drop_any)
{
    static const char *const parameters[] = {"reasoning.effort=\"low\"",
                                             "stream_options.extra=true", "store=true", NULL};
    const struct endpoint endpoint = {.protocol = "openai-responses",
                                      .base_url = "https://example.com/v1",
                                      .model = "gpt-5.5",
                                      .max_output_tokens = 4096,
                                      .parameters = parameters};

    replay_expect_request(
        &endpoint,
        "{\"model\":\"gpt-5.5\",\"stream\":true,\"max_output_tokens\":4096,"
        "\"reasoning\":{\"effort\":\"low\"},\"store\":true,\"truncation\":\"disabled\","
        "\"stream_options\":{\"extra\":true,\"include_obfuscation\":false},\"input\":["
        "{\"role\":\"user\",\"content\":[{\"type\":\"input_text\",\"text\":\"one\"}]},"
        "{\"role\":\"user\",\"content\":[{\"type\":\"input_text\",\"text\":\"t\\\"wo\"}]},"
        "{\"role\":\"assistant\",\"content\":[{\"type\":\"output_text\",\"text\":\"three\"}]}]}");
}

int main(void)
{
    Suite *suite = suite_create("endpoint_openai_responses");
    TCase *tests = suite_case(suite, "openai_responses");

    tcase_add_loop_test(tests, a_stream_gives_the_same_reply_in_pieces_of_any_size, 0,
                        (int)(sizeof streams / sizeof streams[0]));
    tcase_add_test(tests, events_that_are_not_ours_are_told_apart);
    tcase_add_test(tests, an_answer_that_was_not_streamed_is_read_all_the_same);
    tcase_add_test(tests,
                   a_request_holds_two_user_items_in_a_row_and_never_lets_the_server_drop_any);
    return suite_run(suite);
}
