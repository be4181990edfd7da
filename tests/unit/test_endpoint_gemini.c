/* Gemini, also on Vertex: transcripts, requests, errors as Google's APIs give them. */
#include "suite.h"

#include "endpoint/gemini.h"
#include "replay.h"

#include <stdio.h>
#include <string.h>

#define MODEL    "gemini-3.1-pro-preview"
#define IDENTITY .model = MODEL, .request_id = "resp-abc" /* of most transcripts */
#define ERROR_OF(code, message, status)                                                            \
    "{\"error\":{\"code\":" #code ",\"message\":\"" message "\",\"status\":\"" status "\"}}"
#define QUOTA(id)                                                                                  \
    "{\"@type\":\"type.googleapis.com/google.rpc.QuotaFailure\",\"violations\":[{\"quotaMetric\":" \
    "\"generativelanguage.googleapis.com/generate_content_free_tier_input_token_count\","          \
    "\"quotaId\":\"" id "\",\"quotaValue\":\"250000\"}]}"
#define EXHAUSTED(details)                                                                         \
    "{\"error\":{\"code\":429,\"message\":\"You exceeded your current quota.\",\"status\":"        \
    "\"RESOURCE_EXHAUSTED\",\"details\":[" details "]}}"
#define RETRY_INFO(delay)                                                                          \
    "{\"@type\":\"type.googleapis.com/google.rpc.RetryInfo\",\"retryDelay\":\"" delay "\"}"

static const struct replay_case streams[] = {
    {.file = "gemini/answer.sse",
     .last = PROTOCOL_MORE,
     .end = REPLY_COMPLETE,
     .text = "AbC123xyZ0Once upon a \"time\",\ncaf\xC3\xA9 \xE2\x80\x94 \xF0\x9F\x98\x80",
     .finish_reason = "STOP",
     IDENTITY,
     .usage = {900123, 1024, -1, 210, 128},
     .reasoning = 1,
     .is_whole = true},
    {.file = "gemini/thoughts_inside.sse", /* the same total, whatever candidates count */
     .last = PROTOCOL_MORE,
     .end = REPLY_COMPLETE,
     .text = "ok",
     .finish_reason = "STOP",
     IDENTITY,
     .usage = {50, -1, -1, 210, 200},
     .is_whole = true},
    {.file = "gemini/tools.sse",
     .last = PROTOCOL_MORE,
     .end = REPLY_COMPLETE,
     .text = "ok",
     .finish_reason = "STOP",
     IDENTITY,
     .usage = {60, -1, -1, 12, 10},
     .is_whole = true},
    {.file = "gemini/no_total.sse",
     .last = PROTOCOL_MORE,
     .end = REPLY_COMPLETE,
     .text = "ok",
     .finish_reason = "STOP",
     IDENTITY,
     .usage = {50, -1, -1, 12, 10},
     .is_whole = true},
    {.file = "gemini/cut.sse",
     .last = PROTOCOL_MORE,
     .end = REPLY_CUT,
     .finish_reason = "MAX_TOKENS",
     IDENTITY,
     .usage = {7, -1, -1, 4096, 4096},
     .is_whole = true},
    {.file = "gemini/recitation.sse",
     .last = PROTOCOL_MORE,
     .end = REPLY_FILTERED,
     .text = "Some",
     .finish_reason = "RECITATION",
     IDENTITY,
     .usage = {7, -1, -1, 2, -1},
     .is_whole = true},
    {.file = "gemini/blocked.sse",
     .last = PROTOCOL_MORE,
     .end = REPLY_FILTERED,
     .finish_reason = "PROHIBITED_CONTENT",
     IDENTITY,
     .usage = {7, -1, -1, 0, -1},
     .is_whole = true},
    {.file = "gemini/continuation.sse",
     .last = PROTOCOL_MORE,
     .end = REPLY_CUT,
     .text = "A long",
     .finish_reason = "CONTINUATION",
     IDENTITY,
     .usage = {-1, -1, -1, -1, -1},
     .is_whole = true},
    {.file = "gemini/bare_error.sse", /* lines that are no events at all */
     .last = PROTOCOL_ERROR,
     .end = REPLY_FAILED,
     .text = "The be",
     IDENTITY,
     .usage = {-1, -1, -1, -1, -1},
     .says = "error in the stream (UNAVAILABLE): The model is overloaded.",
     .retry = PROTOCOL_RETRY_LATER},
    {.file = "gemini/bare_error_in_array.sse",
     .last = PROTOCOL_ERROR,
     .end = REPLY_FAILED,
     .text = "The be",
     IDENTITY,
     .usage = {-1, -1, -1, -1, -1},
     .says = "(UNAVAILABLE)",
     .retry = PROTOCOL_RETRY_LATER},
    {.file = "gemini/data_error.sse",
     .last = PROTOCOL_ERROR,
     .end = REPLY_FAILED,
     .usage = {-1, -1, -1, -1, -1},
     .says = "(INTERNAL): An internal error",
     .retry = PROTOCOL_RETRY_HELPS},
    {.file = "gemini/broken_off.sse",
     .last = PROTOCOL_MORE,
     .end = REPLY_FAILED,
     .text = "The be",
     IDENTITY,
     .usage = {-1, -1, -1, -1, -1}},
    {.file = "gemini/reference.sse", /* lines end in CRLF */
     .last = PROTOCOL_MORE,
     .end = REPLY_COMPLETE,
     .text = "Hi",
     .finish_reason = "STOP",
     .model = MODEL,
     .request_id = "\xE2\x80\xA6",
     .usage = {1000, 0, -1, 125, 120},
     .is_whole = true},
    {.file = "gemini/mixed.sse", /* a thought and text in one chunk; usage without counts first */
     .last = PROTOCOL_MORE,
     .end = REPLY_COMPLETE,
     .text = "AbC123xyZ0Once upon a \"time\",\ncaf\xC3\xA9 \xE2\x80\x94 \xF0\x9F\x98\x80",
     .finish_reason = "STOP",
     .model = "gemini-2.5-pro",
     .request_id = "r-1",
     .usage = {900130, 800000, -1, 210, 128},
     .reasoning = 2,
     .is_whole = true},
    {.file = "gemini/candidates.sse", /* the first of two is the answer */
     .last = PROTOCOL_MORE,
     .end = REPLY_COMPLETE,
     .text = "first",
     .finish_reason = "STOP",
     .usage = {-1, -1, -1, -1, -1},
     .is_whole = true},
};

START_TEST(a_stream_gives_the_same_reply_in_pieces_of_any_size)
{
    replay_expect(&gemini, &streams[_i]);
}

START_TEST(every_finish_reason_has_its_end)
{
    static const struct {
        const char *reason;
        enum reply_end end;
    } reasons[] = {
        {"STOP", REPLY_COMPLETE},
        {"MAX_TOKENS", REPLY_CUT},
        {"CONTINUATION", REPLY_CUT},
        {"SAFETY", REPLY_FILTERED},
        {"RECITATION", REPLY_FILTERED},
        {"LANGUAGE", REPLY_FILTERED},
        {"OTHER", REPLY_FILTERED},
        {"BLOCKLIST", REPLY_FILTERED},
        {"SPII", REPLY_FILTERED},
        {"PROHIBITED_CONTENT", REPLY_FILTERED},
        {"IMAGE_SAFETY", REPLY_FILTERED},
        {"MODEL_ARMOR", REPLY_FILTERED},
        {"MALFORMED_RESPONSE", REPLY_COMPLETE},
        {"A_WORD_OF_THE_FUTURE", REPLY_COMPLETE},
        {"FINISH_REASON_UNSPECIFIED", REPLY_FAILED},
    };
    struct reply reply;

    reply_init(&reply);
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        char data[128];

        (void)snprintf(data, sizeof data, "{\"candidates\":[{\"finishReason\":\"%s\"}]}",
                       reasons[i].reason);
        ck_assert_int_eq(replay_event(&gemini, data, &reply), PROTOCOL_MORE);
        ck_assert_msg(reply.end == reasons[i].end, "%s: %s", reasons[i].reason,
                      reply_end_name(reply.end));
    }
    reply_release(&reply);
}

START_TEST(an_answer_that_was_not_streamed_as_events_is_read_all_the_same)
{
    struct reply reply;

    reply_init(&reply);
    ck_assert_int_eq(
        replay_event(&gemini,
                     "[{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"Wh\"}]}}]},\n"
                     "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"ole.\"}]},"
                     "\"finishReason\":\"STOP\"}]}]",
                     &reply),
        PROTOCOL_MORE);
    ck_assert(str_equal(buf_str(&reply.text), STR("Whole.")));
    ck_assert(gemini.complete_at_end(&reply));
    reply_release(&reply);
}

START_TEST(events_that_are_not_ours_are_told_apart)
{
    static const struct {
        const char *data;
        enum protocol_event told;
    } events[] = {
        {"", PROTOCOL_MORE},
        {" ", PROTOCOL_MORE},
        {"{}", PROTOCOL_MORE},
        {"{\"candidates\":[]}", PROTOCOL_MORE},
        {"{\"candidates\":null,\"usageMetadata\":null,\"promptFeedback\":{}}", PROTOCOL_MORE},
        {"{\"candidates\":[null]}", PROTOCOL_MORE},
        {"{\"candidates\":[{\"content\":{\"parts\":[17,{\"text\":3}]}}]}", PROTOCOL_MORE},
        {"{\"promptFeedback\":{\"blockReason\":\"BLOCK_REASON_UNSPECIFIED\"}}", PROTOCOL_MORE},
        {"{\"error\":null}", PROTOCOL_MORE},
        {"{\"error\":\"text\"}", PROTOCOL_ERROR},
        {"{\"error\":{\"code\":400}}", PROTOCOL_ERROR},
        {"[{},{\"error\":{\"code\":400}}]", PROTOCOL_ERROR},
        {"hello", PROTOCOL_UNREADABLE},
        {"{\"candidates\":[{\"con", PROTOCOL_UNREADABLE},
        {"[]", PROTOCOL_UNREADABLE},
        {"[1]", PROTOCOL_UNREADABLE},
        {"\"text\"", PROTOCOL_UNREADABLE},
        {"[DONE]", PROTOCOL_UNREADABLE},
    };
    struct reply reply;

    reply_init(&reply);
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++) {
        ck_assert_msg(replay_event(&gemini, events[i].data, &reply) == events[i].told, "%s",
                      events[i].data);
        ck_assert_uint_eq(reply.text.len, 0);
        ck_assert(!gemini.complete_at_end(&reply));
    }
    reply_release(&reply);
}

START_TEST(what_others_have_at_the_top_goes_where_gemini_has_it)
{
    static const char *const parameters[] = {"temperature=0",
                                             "top_p=0.5",
                                             "stop=[\"END\"]",
                                             "thinkingLevel=\"low\"",
                                             "generationConfig.thinkingConfig.includeThoughts=true",
                                             "safetySettings=[]",
                                             NULL};
    struct endpoint endpoint = {.protocol = "gemini",
                                .base_url = "https://example.com/v1beta",
                                .model = MODEL,
                                .max_output_tokens = 4096,
                                .parameters = parameters};

    replay_expect_request(
        &endpoint, "{\"generationConfig\":{\"maxOutputTokens\":4096,\"temperature\":0,\"topP\":0.5,"
                   "\"stopSequences\":[\"END\"],\"thinkingConfig\":{\"thinkingLevel\":\"low\","
                   "\"includeThoughts\":true}},\"safetySettings\":[],\"contents\":["
                   "{\"role\":\"user\",\"parts\":[{\"text\":\"one\"}]},"
                   "{\"role\":\"user\",\"parts\":[{\"text\":\"t\\\"wo\"}]},"
                   "{\"role\":\"model\",\"parts\":[{\"text\":\"three\"}]}]}");
    endpoint.parameters = NULL;
    endpoint.max_output_tokens = 0;
    replay_expect_request(&endpoint,
                          "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"one\"}]},"
                          "{\"role\":\"user\",\"parts\":[{\"text\":\"t\\\"wo\"}]},"
                          "{\"role\":\"model\",\"parts\":[{\"text\":\"three\"}]}]}");
}

START_TEST(the_contents_are_no_parameter)
{
    static const char *const parameters[] = {"contents=[]", NULL};
    struct endpoint endpoint = {.protocol = "gemini",
                                .base_url = "https://example.com/v1beta",
                                .model = MODEL,
                                .parameters = parameters};
    struct err err;

    ck_assert_ptr_null(replay_request(&endpoint, &err));
    ck_assert_msg(strstr(err.text, "'contents' is set by the program") != NULL, "%s", err.text);
}

START_TEST(one_option_by_two_names_is_refused)
{
    static const char *const parameters[] = {"top_p=0.5", "generationConfig.topP=0.6", NULL};
    static const char *const whole[] = {"generationConfig={\"topK\":3}", NULL};
    struct endpoint endpoint = {.protocol = "gemini",
                                .base_url = "https://example.com/v1beta",
                                .model = MODEL,
                                .max_output_tokens = 5,
                                .parameters = parameters};
    struct err err;

    ck_assert_ptr_null(replay_request(&endpoint, &err));
    ck_assert_msg(strstr(err.text, "'generationConfig.topP' is given twice") != NULL, "%s",
                  err.text);
    endpoint.parameters = whole;
    ck_assert_ptr_null(replay_request(&endpoint, &err));
    ck_assert_msg(strstr(err.text, "NAME.MEMBER=JSON") != NULL, "%s", err.text);
}

struct error_case {
    long http_status;
    const char *body;
    enum reply_end end;
    enum protocol_retry retry;
    double wait_s;
    int64_t limit_tokens;
    int64_t counted_tokens;
};

static const struct error_case errors[] = {
    {400,
     ERROR_OF(
         400,
         "The input token count (1100000) exceeds the maximum number of tokens allowed (1048576).",
         "INVALID_ARGUMENT"),
     REPLY_TOO_LONG, PROTOCOL_RETRY_NEVER, -1, 1048576, 1100000},
    {PROTOCOL_IN_STREAM,
     "[" ERROR_OF(400,
                  "Unable to submit request because the input token count is 1100000 but model "
                  "only supports up to 1048576. Reduce the input token count.",
                  "INVALID_ARGUMENT") "]",
     REPLY_TOO_LONG, PROTOCOL_RETRY_NEVER, -1, 1048576, 1100000},
    {400,
     ERROR_OF(400, "Request payload size exceeds the limit: 20971520 bytes.", "INVALID_ARGUMENT"),
     REPLY_TOO_LONG, PROTOCOL_RETRY_NEVER, -1, -1, -1},
    {400, ERROR_OF(400, "Please use a valid role.", "INVALID_ARGUMENT"), REPLY_FAILED,
     PROTOCOL_RETRY_IF_ASKED, -1, -1, -1},
    {401, "[{},{\"error\":{\"code\":401,\"message\":\"no\",\"status\":\"UNAUTHENTICATED\"}}]",
     REPLY_DENIED, PROTOCOL_RETRY_NEVER, -1, -1, -1},
    {429, "[{\"error\":{\"code\":true,\"details\":[7,{\"@type\":4},{}]}}]", REPLY_FAILED,
     PROTOCOL_RETRY_HELPS, -1, -1, -1},
    {499, ERROR_OF(499, "no", "CANCELLED"), REPLY_FAILED, PROTOCOL_RETRY_IF_ASKED, -1, -1, -1},
    {400,
     "{\"error\":{\"code\":400,\"message\":\"API key not valid.\",\"status\":\"INVALID_ARGUMENT\","
     "\"details\":[{\"@type\":\"type.googleapis.com/google.rpc.ErrorInfo\",\"reason\":"
     "\"API_KEY_INVALID\",\"domain\":\"googleapis.com\"}]}}",
     REPLY_DENIED, PROTOCOL_RETRY_NEVER, -1, -1, -1},
    {400, "[" ERROR_OF(400, "User location is not supported", "FAILED_PRECONDITION") "]",
     REPLY_DENIED, PROTOCOL_RETRY_NEVER, -1, -1, -1},
    {403, ERROR_OF(403, "no", "PERMISSION_DENIED"), REPLY_DENIED, PROTOCOL_RETRY_NEVER, -1, -1, -1},
    {404, ERROR_OF(404, "no", "NOT_FOUND"), REPLY_DENIED, PROTOCOL_RETRY_NEVER, -1, -1, -1},
    {429,
     EXHAUSTED(QUOTA("GenerateContentInputTokensPerModelPerMinute-FreeTier") "," RETRY_INFO("26s")),
     REPLY_FAILED, PROTOCOL_RETRY_HELPS, 26, -1, -1},
    {429, EXHAUSTED(RETRY_INFO("26.4s")), REPLY_FAILED, PROTOCOL_RETRY_HELPS, 26.4, -1, -1},
    {429, EXHAUSTED(""), REPLY_FAILED, PROTOCOL_RETRY_HELPS, -1, -1, -1},
    {429,
     EXHAUSTED(QUOTA("GenerateContentInputTokensPerModelPerMinute") "," QUOTA(
         "GenerateRequestsPerDayPerProjectPerModel-FreeTier") "," RETRY_INFO("40s")),
     REPLY_DENIED, PROTOCOL_RETRY_NEVER, 40, -1, -1},
    {500, ERROR_OF(500, "oops", "INTERNAL"), REPLY_FAILED, PROTOCOL_RETRY_HELPS, -1, -1, -1},
    {503, ERROR_OF(503, "busy", "UNAVAILABLE"), REPLY_FAILED, PROTOCOL_RETRY_LATER, -1, -1, -1},
    {504, ERROR_OF(504, "late", "DEADLINE_EXCEEDED"), REPLY_FAILED, PROTOCOL_RETRY_HELPS, -1, -1,
     -1},
    {PROTOCOL_IN_STREAM, "{\"error\":{\"code\":403,\"message\":\"no\"}}", REPLY_DENIED,
     PROTOCOL_RETRY_NEVER, -1, -1, -1},
    {502, "<html>Bad Gateway</html>", REPLY_FAILED, PROTOCOL_RETRY_HELPS, -1, -1, -1},
};

START_TEST(an_error_means_what_its_details_say)
{
    const struct error_case *wanted = &errors[_i];
    struct protocol_error error = {.http_status = wanted->http_status,
                                   .body = str_from(wanted->body)};
    struct protocol_verdict verdict;
    struct reply reply;

    reply_init(&reply);
    verdict = gemini.classify(&error, &reply);
    ck_assert_msg(verdict.end == wanted->end, "%s", reply_end_name(verdict.end));
    ck_assert_int_eq(verdict.retry, wanted->retry);
    ck_assert_double_eq_tol(verdict.wait_s, wanted->wait_s, 1e-9);
    ck_assert_int_eq(reply.limit_tokens, wanted->limit_tokens);
    ck_assert_int_eq(reply.counted_tokens, wanted->counted_tokens);
    reply_release(&reply);
}

START_TEST(the_quota_that_is_used_up_is_named)
{
    struct protocol_error error = {
        .http_status = 429,
        .body = STR(EXHAUSTED(QUOTA("GenerateContentInputTokensPerModelPerMinute-FreeTier"))),
    };
    struct reply reply;

    reply_init(&reply);
    (void)gemini.classify(&error, &reply);
    ck_assert_msg(strstr(reply.error.text,
                         "(RESOURCE_EXHAUSTED): You exceeded your current quota.: "
                         "GenerateContentInputTokensPerModelPerMinute-FreeTier") != NULL,
                  "%s", reply.error.text);
    reply_release(&reply);
}

int main(void)
{
    Suite *suite = suite_create("endpoint_gemini");
    TCase *tests = suite_case(suite, "gemini");

    tcase_add_loop_test(tests, a_stream_gives_the_same_reply_in_pieces_of_any_size, 0,
                        (int)(sizeof streams / sizeof streams[0]));
    tcase_add_test(tests, every_finish_reason_has_its_end);
    tcase_add_test(tests, an_answer_that_was_not_streamed_as_events_is_read_all_the_same);
    tcase_add_test(tests, events_that_are_not_ours_are_told_apart);
    tcase_add_test(tests, what_others_have_at_the_top_goes_where_gemini_has_it);
    tcase_add_test(tests, the_contents_are_no_parameter);
    tcase_add_test(tests, one_option_by_two_names_is_refused);
    tcase_add_loop_test(tests, an_error_means_what_its_details_say, 0,
                        (int)(sizeof errors / sizeof errors[0]));
    tcase_add_test(tests, the_quota_that_is_used_up_is_named);
    return suite_run(suite);
}
