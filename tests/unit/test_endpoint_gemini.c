/* Gemini's streams (tests/wire/google) in pieces of 1 byte, 7 bytes and whole, its errors in the
 * words of Google, and its requests. */
#include "suite.h"

#include "endpoint/gemini.h"
#include "endpoint/route.h"
#include "google_replay.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

enum { COUNTED = 1100000, LIMIT = 1048576 };

struct stream {
    const char *file;
    enum protocol_event last; /* what the last event told */
    enum reply_end end;
    const char *text;
    const char *finish_reason;
    const char *model;
    const char *request_id;
    struct reply_usage usage;
};

static const struct stream streams[] = {
    {"reference.sse",
     PROTOCOL_MORE,
     REPLY_COMPLETE,
     "Hi",
     "STOP",
     "gemini-3.1-pro-preview",
     "\xE2\x80\xA6",
     {1000, 0, -1, 125, 120}},
    {"answer.sse",
     PROTOCOL_MORE,
     REPLY_COMPLETE,
     "AbC123xyZ0Once upon a \"time\",\ncaf\xC3\xA9 \xE2\x80\x94 \xF0\x9F\x98\x80",
     "STOP",
     "gemini-2.5-pro",
     "r-1",
     {900130, 800000, -1, 210, 128}},
    {"cut.sse", PROTOCOL_MORE, REPLY_CUT, "", "MAX_TOKENS", "", "", {12, -1, -1, 64, 64}},
    {"recitation.sse",
     PROTOCOL_MORE,
     REPLY_FILTERED,
     "Some",
     "RECITATION",
     "",
     "",
     {-1, -1, -1, -1, -1}},
    {"blocked.sse",
     PROTOCOL_MORE,
     REPLY_FILTERED,
     "",
     "PROHIBITED_CONTENT",
     "gemini-2.5-flash",
     "",
     {40, -1, -1, 0, -1}},
    {"candidates.sse",
     PROTOCOL_MORE,
     REPLY_COMPLETE,
     "first",
     "STOP",
     "",
     "",
     {-1, -1, -1, -1, -1}},
    {"open_end.sse", PROTOCOL_MORE, REPLY_FAILED, "The be", "", "", "", {12, -1, -1, 5, 3}},
    {"error_data.sse", PROTOCOL_ERROR, REPLY_FAILED, "The be", "", "", "", {-1, -1, -1, -1, -1}},
    {"error_bare.sse", PROTOCOL_ERROR, REPLY_FAILED, "The be", "", "", "", {-1, -1, -1, -1, -1}},
    {"error_array.sse", PROTOCOL_ERROR, REPLY_FAILED, "The be", "", "", "", {-1, -1, -1, -1, -1}},
};

static const struct endpoint plain = {.protocol = "gemini", .model = "m"};
static struct reply reply;
static struct buf file;
static struct buf last;
static struct err err;

static void set_up(void)
{
    reply_init(&reply);
    buf_init(&file, REPLAY_FILE_MAX);
    buf_init(&last, REPLAY_FILE_MAX);
}

static void tear_down(void)
{
    reply_release(&reply);
    buf_release(&file);
    buf_release(&last);
}

static enum protocol_event play(const char *name, size_t piece)
{
    struct buf path = {0};
    enum protocol_event told = PROTOCOL_MORE;

    buf_init(&path, REPLAY_FILE_MAX);
    buf_appendf(&path, "google/%s", name);
    replay_load(path.p, &file);
    told = replay(&gemini, &plain, buf_str(&file), piece, &reply, &last);
    buf_release(&path);
    return told;
}

static enum protocol_event tell(struct str data)
{
    struct stream_event event = {.type = STR("message"), .data = data};

    return gemini.on_event(&plain, &event, &reply);
}

static struct protocol_verdict judge(long http_status, struct str body)
{
    struct protocol_error error = {.http_status = http_status, .body = body};

    return gemini.classify(&error, &reply);
}

static void expect_usage(struct reply_usage wanted)
{
    ck_assert_int_eq(reply.usage.input_tokens, wanted.input_tokens);
    ck_assert_int_eq(reply.usage.cached_tokens, wanted.cached_tokens);
    ck_assert_int_eq(reply.usage.cache_written_tokens, wanted.cache_written_tokens);
    ck_assert_int_eq(reply.usage.output_tokens, wanted.output_tokens);
    ck_assert_int_eq(reply.usage.reasoning_tokens, wanted.reasoning_tokens);
}

static void expect_word(const char *found, const char *wanted)
{
    ck_assert_str_eq(found, wanted);
}

START_TEST(a_stream_gives_the_same_reply_in_pieces_of_any_size)
{
    const struct stream *stream = &streams[_i];

    for (size_t i = 0; i < REPLAY_PIECES; i++) {
        ck_assert_int_eq(play(stream->file, replay_pieces[i]), stream->last);
        ck_assert_int_eq(reply.end, stream->end);
        ck_assert_msg(str_equal(buf_str(&reply.text), str_from(stream->text)), "%s: %.*s",
                      stream->file, STR_ARG(buf_str(&reply.text)));
        expect_word(reply.finish_reason, stream->finish_reason);
        expect_word(reply.model, stream->model);
        expect_word(reply.request_id, stream->request_id);
        expect_usage(stream->usage);
    }
}

START_TEST(a_stream_is_complete_once_a_reason_came)
{
    for (size_t i = 0; i < sizeof streams / sizeof streams[0]; i++) {
        (void)play(streams[i].file, REPLAY_FILE_MAX);
        ck_assert_msg(gemini.complete_at_end(&reply) == (streams[i].finish_reason[0] != '\0'), "%s",
                      streams[i].file);
    }
}

START_TEST(an_error_in_the_stream_is_judged_by_the_status_it_names)
{
    static const struct {
        const char *file;
        enum protocol_retry retry;
        const char *says;
    } failed[] = {
        {"error_data.sse", PROTOCOL_RETRY_LATER, "error in the stream (UNAVAILABLE): The model is"},
        {"error_bare.sse", PROTOCOL_RETRY_LATER, "error in the stream (UNAVAILABLE): The model is"},
        {"error_array.sse", PROTOCOL_RETRY_HELPS, "error in the stream (RESOURCE_EXHAUSTED): Res"},
    };

    for (size_t i = 0; i < sizeof failed / sizeof failed[0]; i++) {
        struct protocol_verdict verdict;

        ck_assert_int_eq(play(failed[i].file, 7), PROTOCOL_ERROR);
        verdict = judge(PROTOCOL_IN_STREAM, buf_str(&last));
        ck_assert_int_eq(verdict.end, REPLY_FAILED);
        ck_assert_msg(verdict.retry == failed[i].retry, "%s: %d", failed[i].file,
                      (int)verdict.retry);
        ck_assert_msg(strstr(reply.error.text, failed[i].says) != NULL, "%s", reply.error.text);
    }
}

START_TEST(thoughts_are_reasoning_and_not_the_answer)
{
    ck_assert_int_eq(tell(STR("{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"hm\","
                              "\"thought\":true}]}}]}")),
                     PROTOCOL_REASONING);
    ck_assert_uint_eq(reply.text.len, 0);
    ck_assert_int_eq(tell(STR("{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"so\","
                              "\"thought\":false}]}}]}")),
                     PROTOCOL_MORE);
    ck_assert(str_equal(buf_str(&reply.text), STR("so")));
}

START_TEST(every_finish_reason_ends_the_answer_as_it_should)
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
        {"PROHIBITED_CONTENT", REPLY_FILTERED},
        {"SPII", REPLY_FILTERED},
        {"MODEL_ARMOR", REPLY_FILTERED},
        {"IMAGE_SAFETY", REPLY_FILTERED},
        {"IMAGE_PROHIBITED_CONTENT", REPLY_FILTERED},
        {"MALFORMED_FUNCTION_CALL", REPLY_COMPLETE},
        {"MALFORMED_RESPONSE", REPLY_COMPLETE},
        {"UNEXPECTED_TOOL_CALL", REPLY_COMPLETE},
        {"A_WORD_OF_THE_FUTURE", REPLY_COMPLETE},
    };
    struct buf chunk = {0};

    buf_init(&chunk, REPLAY_FILE_MAX);
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        reply_reset(&reply);
        buf_reset(&chunk);
        buf_appendf(&chunk, "{\"candidates\":[{\"finishReason\":\"%s\"}]}", reasons[i].reason);
        ck_assert_int_eq(tell(buf_str(&chunk)), PROTOCOL_MORE);
        ck_assert_msg(reply.end == reasons[i].end, "%s: %s", reasons[i].reason,
                      reply_end_name(reply.end));
        expect_word(reply.finish_reason, reasons[i].reason);
    }
    buf_release(&chunk);
}

START_TEST(an_answer_that_was_not_streamed_as_events_is_read_all_the_same)
{
    ck_assert_int_eq(tell(STR("[{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"Wh\"}]}}]},\n"
                              "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"ole.\"}]},"
                              "\"finishReason\":\"STOP\"}]}]")),
                     PROTOCOL_MORE);
    ck_assert(str_equal(buf_str(&reply.text), STR("Whole.")));
    ck_assert(gemini.complete_at_end(&reply));
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
        {"{\"candidates\":[{\"finishReason\":\"FINISH_REASON_UNSPECIFIED\"}]}", PROTOCOL_MORE},
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

    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++) {
        reply_reset(&reply);
        ck_assert_msg(tell(str_from(events[i].data)) == events[i].told, "%s", events[i].data);
        ck_assert_uint_eq(reply.text.len, 0);
        ck_assert(!gemini.complete_at_end(&reply));
    }
}

#define GOOGLE(code, status, message, details)                                                     \
    "{\"error\":{\"code\":" code ",\"message\":\"" message "\",\"status\":\"" status               \
    "\",\"details\":[" details "]}}"
#define QUOTA(id)                                                                                  \
    "{\"@type\":\"type.googleapis.com/google.rpc.QuotaFailure\",\"violations\":[{\"quotaMetric\":" \
    "\"generativelanguage.googleapis.com/generate_content_free_tier_input_token_count\","          \
    "\"quotaId\":\"" id "\",\"quotaValue\":\"250000\"}]}"
#define RETRY(delay)                                                                               \
    "{\"@type\":\"type.googleapis.com/google.rpc.RetryInfo\",\"retryDelay\":\"" delay "\"}"
#define REASON(reason)                                                                             \
    "{\"@type\":\"type.googleapis.com/google.rpc.ErrorInfo\",\"reason\":\"" reason "\"}"
#define PER_MINUTE QUOTA("GenerateContentInputTokensPerModelPerMinute-FreeTier")
#define PER_DAY    QUOTA("GenerateRequestsPerDayPerProjectPerModel-FreeTier")
#define TOO_LONG                                                                                   \
    "The input token count (1100000) exceeds the maximum number of tokens allowed (1048576)."

struct error_case {
    long http_status;
    const char *body;
    enum reply_end end;
    enum protocol_retry retry;
    double wait_s;
    const char *says; /* a part of the line shown */
};

static const struct error_case errors[] = {
    {400, GOOGLE("400", "INVALID_ARGUMENT", TOO_LONG, ""), REPLY_TOO_LONG, PROTOCOL_RETRY_NEVER, -1,
     "HTTP 400 (INVALID_ARGUMENT): The input token count"},
    {200, GOOGLE("400", "INVALID_ARGUMENT", TOO_LONG, ""), REPLY_TOO_LONG, PROTOCOL_RETRY_NEVER, -1,
     "error in the stream (INVALID_ARGUMENT)"},
    {400,
     GOOGLE("400", "INVALID_ARGUMENT",
            "Unable to submit request because the input token count is 1100000 but model only "
            "supports up to 1048576. Reduce the input token count and try again.",
            ""),
     REPLY_TOO_LONG, PROTOCOL_RETRY_NEVER, -1, "only supports up to 1048576"},
    {400,
     GOOGLE("400", "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.",
            REASON("API_KEY_INVALID")),
     REPLY_DENIED, PROTOCOL_RETRY_NEVER, -1, "API key not valid"},
    {400, GOOGLE("400", "FAILED_PRECONDITION", "User location is not supported.", ""), REPLY_DENIED,
     PROTOCOL_RETRY_NEVER, -1, "User location"},
    {400, GOOGLE("400", "INVALID_ARGUMENT", "Please use a valid role: user, model.", ""),
     REPLY_FAILED, PROTOCOL_RETRY_IF_ASKED, -1, "valid role"},
    {401, GOOGLE("401", "UNAUTHENTICATED", "Request had invalid credentials.", ""), REPLY_DENIED,
     PROTOCOL_RETRY_NEVER, -1, "UNAUTHENTICATED"},
    {403, GOOGLE("403", "PERMISSION_DENIED", "Method doesn't allow you.", ""), REPLY_DENIED,
     PROTOCOL_RETRY_NEVER, -1, "PERMISSION_DENIED"},
    {404, GOOGLE("404", "NOT_FOUND", "models/x is not found for API version v1beta", ""),
     REPLY_DENIED, PROTOCOL_RETRY_NEVER, -1, "NOT_FOUND"},
    {413, "<html>Request Entity Too Large", REPLY_TOO_LONG, PROTOCOL_RETRY_NEVER, -1, "HTTP 413"},
    {429, GOOGLE("429", "RESOURCE_EXHAUSTED", "Quota.", PER_MINUTE "," RETRY("26s")), REPLY_FAILED,
     PROTOCOL_RETRY_HELPS, 26,
     "(RESOURCE_EXHAUSTED): Quota.: GenerateContentInputTokensPerModelPerMinute-FreeTier"},
    {429, "[" GOOGLE("429", "RESOURCE_EXHAUSTED", "Quota.", RETRY("26.4s")) "]", REPLY_FAILED,
     PROTOCOL_RETRY_HELPS, 26.4, "Quota."},
    {429, GOOGLE("429", "RESOURCE_EXHAUSTED", "Quota. Please retry in 34.074s.", PER_MINUTE),
     REPLY_FAILED, PROTOCOL_RETRY_HELPS, 34.074, "Quota."},
    {429, GOOGLE("429", "RESOURCE_EXHAUSTED", "Resource exhausted.", ""), REPLY_FAILED,
     PROTOCOL_RETRY_HELPS, -1, "Resource exhausted."},
    {429, GOOGLE("429", "RESOURCE_EXHAUSTED", "Quota.", PER_MINUTE "," PER_DAY "," RETRY("26s")),
     REPLY_DENIED, PROTOCOL_RETRY_NEVER, 26, "GenerateRequestsPerDayPerProjectPerModel-FreeTier"},
    {429, GOOGLE("429", "RESOURCE_EXHAUSTED", "Quota.", PER_DAY "," PER_MINUTE "," RETRY("26s")),
     REPLY_DENIED, PROTOCOL_RETRY_NEVER, 26, "PerDay"},
    {499, GOOGLE("499", "CANCELLED", "The operation was cancelled.", ""), REPLY_FAILED,
     PROTOCOL_RETRY_IF_ASKED, -1, "CANCELLED"},
    {500, GOOGLE("500", "INTERNAL", "An internal error has occurred.", ""), REPLY_FAILED,
     PROTOCOL_RETRY_HELPS, -1, "INTERNAL"},
    {503, GOOGLE("503", "UNAVAILABLE", "The model is overloaded.", ""), REPLY_FAILED,
     PROTOCOL_RETRY_LATER, -1, "overloaded"},
    {504, GOOGLE("504", "DEADLINE_EXCEEDED", "Deadline expired.", ""), REPLY_FAILED,
     PROTOCOL_RETRY_HELPS, -1, "DEADLINE_EXCEEDED"},
    {502, "<html>Bad gateway", REPLY_FAILED, PROTOCOL_RETRY_HELPS, -1, "HTTP 502: <html>Bad"},
    {500, "{\"error\":\"a text\"}", REPLY_FAILED, PROTOCOL_RETRY_HELPS, -1, "HTTP 500: a text"},
    {429, "[{\"error\":{\"code\":true,\"details\":[7,{\"@type\":4},{}]}}]", REPLY_FAILED,
     PROTOCOL_RETRY_HELPS, -1, "HTTP 429"},
};

START_TEST(an_error_means_what_google_says)
{
    const struct error_case *wanted = &errors[_i];
    struct protocol_verdict verdict = judge(wanted->http_status, str_from(wanted->body));

    ck_assert_msg(verdict.end == wanted->end, "%s: %s", wanted->body, reply_end_name(verdict.end));
    ck_assert_msg(verdict.retry == wanted->retry, "%s: %d", wanted->body, (int)verdict.retry);
    ck_assert_msg(fabs(verdict.wait_s - wanted->wait_s) < 1e-9, "%s: %f", wanted->body,
                  verdict.wait_s);
    ck_assert_msg(strstr(reply.error.text, wanted->says) != NULL, "%s", reply.error.text);
    if (strstr(wanted->body, "1048576") != NULL) {
        ck_assert_int_eq(reply.counted_tokens, COUNTED);
        ck_assert_int_eq(reply.limit_tokens, LIMIT);
    }
}

START_TEST(a_payload_too_large_in_bytes_is_a_prompt_too_long)
{
    struct str body = STR(
        GOOGLE("400", "INVALID_ARGUMENT",
               "Request payload size exceeds the limit: 20971520 bytes. Please reduce it.", ""));

    ck_assert_int_eq(judge(400, body).end, REPLY_TOO_LONG);
    ck_assert_int_eq(reply.limit_tokens, REPLY_TOKENS_UNKNOWN);
    ck_assert_int_eq(reply.counted_tokens, REPLY_TOKENS_UNKNOWN);
}

static json_t *framed_request(const struct endpoint *endpoint)
{
    struct arena arena = {0};
    struct request_json members = {.arena = &arena};
    struct body_frame frame;
    json_t *request = NULL;

    ck_assert_msg(gemini.frame(endpoint, &members, &frame, &err) == 0, "%s", err.text);
    request = replay_body(&frame);
    arena_release(&arena);
    return request;
}

START_TEST(a_request_holds_what_the_schema_asks_for)
{
    static const char *const parameters[] = {
        "temperature=0.5",
        "generationConfig.topP=0.9",
        "stop=[\"a\"]",
        "thinkingLevel=\"low\"",
        "includeThoughts=true",
        "safetySettings=[{\"category\":\"HARM_CATEGORY_HARASSMENT\",\"threshold\":\"BLOCK_NONE\"}]",
        NULL};
    struct endpoint endpoint = {.model = "m", .max_output_tokens = 4096, .parameters = parameters};
    json_t *request = framed_request(&endpoint);
    json_t *wanted =
        json_pack("{s:{s:i, s:f, s:f, s:[s], s:{s:s, s:b}}, s:[{s:s, s:s}],"
                  " s:[{s:s, s:[{s:s}]}, {s:s, s:[{s:s}]}, {s:s, s:[{s:s}]}]}",
                  "generationConfig", "maxOutputTokens", 4096, "temperature", 0.5, "topP", 0.9,
                  "stopSequences", "a", "thinkingConfig", "thinkingLevel", "low", "includeThoughts",
                  1, "safetySettings", "category", "HARM_CATEGORY_HARASSMENT", "threshold",
                  "BLOCK_NONE", "contents", "role", "user", "parts", "text", "one", "role", "user",
                  "parts", "text", "two", "role", "model", "parts", "text", "three");

    ck_assert_ptr_nonnull(wanted);
    ck_assert(json_equal(request, wanted));
    json_decref(request);
    json_decref(wanted);
}

START_TEST(a_request_without_parameters_is_its_contents_alone)
{
    json_t *request = framed_request(&plain);

    ck_assert_uint_eq(json_object_size(request), 1);
    ck_assert_uint_eq(json_array_size(json_object_get(request, "contents")), 3);
    json_decref(request);
}

START_TEST(a_parameter_that_cannot_be_sent_is_refused_by_name)
{
    static const struct {
        const char *parameters[3];
        const char *says;
    } wrong[] = {
        {{"generationConfig.maxOutputTokens=5", NULL}, "is set by the program"},
        {{"generationConfig={\"topK\":1}", NULL}, "is set by the program itself, in part"},
        {{"seed=1", "generationConfig.seed=2", NULL}, "'generationConfig.seed' is given twice"},
        {{"thinkingLevel=low", NULL}, "not JSON"},
        {{"contents=[]", NULL}, "'contents' is set by the program"},
    };

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct endpoint endpoint = {
            .model = "m", .max_output_tokens = 9, .parameters = wrong[i].parameters};
        struct arena arena = {0};
        struct request_json members = {.arena = &arena};
        struct body_frame frame;

        ck_assert_int_eq(gemini.frame(&endpoint, &members, &frame, &err), ERR_USAGE);
        ck_assert_msg(strstr(err.text, wrong[i].says) != NULL, "%s", err.text);
        arena_release(&arena);
    }
}

static bool has_header(const struct route *route, const char *line)
{
    for (size_t i = 0; route->headers[i] != NULL; i++) {
        if (strcmp(route->headers[i], line) == 0) {
            return true;
        }
    }
    return false;
}

START_TEST(the_model_is_in_the_path_and_the_key_in_a_header_alone)
{
    static const struct {
        const char *model;
        const char *url;
    } models[] = {
        {"gemini-2.5-pro", "https://g/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse"},
        {"models/gemini-2.5-pro",
         "https://g/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse"},
        {"a/b?c", "https://g/v1beta/models/a%2Fb%3Fc:streamGenerateContent?alt=sse"},
    };

    for (size_t i = 0; i < sizeof models / sizeof models[0]; i++) {
        struct endpoint endpoint = {.protocol = "gemini",
                                    .base_url = "https://g/v1beta",
                                    .model = models[i].model,
                                    .credentials = {.key = "the-key"}};
        struct route route;

        ck_assert_msg(route_init(&route, &endpoint, NULL, &err) == 0, "%s", err.text);
        expect_word(route.url, models[i].url);
        ck_assert(has_header(&route, "x-goog-api-key: the-key"));
        route_release(&route);
    }
}

int main(void)
{
    Suite *suite = suite_create("endpoint_gemini");
    TCase *tests = suite_case(suite, "gemini");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, a_stream_gives_the_same_reply_in_pieces_of_any_size, 0,
                        (int)(sizeof streams / sizeof streams[0]));
    tcase_add_test(tests, a_stream_is_complete_once_a_reason_came);
    tcase_add_test(tests, an_error_in_the_stream_is_judged_by_the_status_it_names);
    tcase_add_test(tests, thoughts_are_reasoning_and_not_the_answer);
    tcase_add_test(tests, every_finish_reason_ends_the_answer_as_it_should);
    tcase_add_test(tests, an_answer_that_was_not_streamed_as_events_is_read_all_the_same);
    tcase_add_test(tests, events_that_are_not_ours_are_told_apart);
    tcase_add_loop_test(tests, an_error_means_what_google_says, 0,
                        (int)(sizeof errors / sizeof errors[0]));
    tcase_add_test(tests, a_payload_too_large_in_bytes_is_a_prompt_too_long);
    tcase_add_test(tests, a_request_holds_what_the_schema_asks_for);
    tcase_add_test(tests, a_request_without_parameters_is_its_contents_alone);
    tcase_add_test(tests, a_parameter_that_cannot_be_sent_is_refused_by_name);
    tcase_add_test(tests, the_model_is_in_the_path_and_the_key_in_a_header_alone);
    return suite_run(suite);
}
