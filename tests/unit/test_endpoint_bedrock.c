/* Streams as Bedrock sends them (tests/wire/bedrock_*), framed and replayed in pieces of 1 byte, 7
 * bytes and whole: the reply must be the same. Then what its errors mean. */
#include "suite.h"

#include "base/file.h"
#include "endpoint/bedrock_converse.h"
#include "endpoint/bedrock_invoke.h"
#include "endpoint/event_stream.h"
#include "frames.h"

#include <stdio.h>
#include <string.h>

enum { STREAM_MAX = 1024 * 1024 };

#define ANSWER "AbC123xyZ0Once upon a \"time\",\ncaf\xC3\xA9 \xE2\x80\x94 \xF0\x9F\x98\x80"

#define COUNTED                                                                                    \
    "{\"message\":\"The model returned the following errors: prompt is too long: 1048577 tokens "  \
    "> 1000000 maximum\"}"

static const size_t pieces[] = {1, 7, STREAM_MAX};

struct stream {
    const struct protocol *protocol;
    const char *file;
    enum protocol_event last; /* what the last event told */
    enum reply_end end;
    const char *text;
    const char *finish_reason;
    struct reply_usage usage;
    size_t reasoning; /* pieces of it */
};

static const struct stream streams[] = {
    {&bedrock_converse,
     "bedrock_converse/answer",
     PROTOCOL_FINAL,
     REPLY_COMPLETE,
     ANSWER,
     "end_turn",
     {901123, 900000, 1000, 210, -1},
     0},
    {&bedrock_converse,
     "bedrock_converse/reasoning",
     PROTOCOL_FINAL,
     REPLY_COMPLETE,
     "The poem.",
     "stop_sequence",
     {100, -1, -1, 9, -1},
     3},
    {&bedrock_converse,
     "bedrock_converse/cut",
     PROTOCOL_FINAL,
     REPLY_CUT,
     "The beginning of an end",
     "max_tokens",
     {7, -1, -1, 5, -1},
     0},
    {&bedrock_converse,
     "bedrock_converse/filtered",
     PROTOCOL_FINAL,
     REPLY_FILTERED,
     "Some",
     "guardrail_intervened",
     {7, -1, -1, 1, -1},
     0},
    {&bedrock_converse,
     "bedrock_converse/refused",
     PROTOCOL_FINAL,
     REPLY_REFUSED,
     "",
     "refusal",
     {7, -1, -1, 0, -1},
     0},
    {&bedrock_converse,
     "bedrock_converse/no_metadata",
     PROTOCOL_MORE,
     REPLY_COMPLETE,
     "No metadata",
     "end_turn",
     {-1, -1, -1, -1, -1},
     0},
    {&bedrock_converse,
     "bedrock_converse/broken_off",
     PROTOCOL_MORE,
     REPLY_FAILED,
     "The be",
     "",
     {-1, -1, -1, -1, -1},
     0},
    {&bedrock_converse,
     "bedrock_converse/throttled",
     PROTOCOL_ERROR,
     REPLY_FAILED,
     "The be",
     "",
     {-1, -1, -1, -1, -1},
     0},
    {&bedrock_converse,
     "bedrock_converse/model_error",
     PROTOCOL_ERROR,
     REPLY_FAILED,
     "",
     "",
     {-1, -1, -1, -1, -1},
     0},
    {&bedrock_converse,
     "bedrock_converse/failure",
     PROTOCOL_ERROR,
     REPLY_FAILED,
     "",
     "",
     {-1, -1, -1, -1, -1},
     0},
    {&bedrock_converse,
     "bedrock_converse/new_events",
     PROTOCOL_FINAL,
     REPLY_COMPLETE,
     "new",
     "a_reason_of_next_year",
     {-1, -1, -1, -1, -1},
     0},
    {&bedrock_invoke,
     "bedrock_invoke/answer",
     PROTOCOL_FINAL,
     REPLY_COMPLETE,
     ANSWER,
     "end_turn",
     {901123, 900000, 1000, 210, -1},
     0},
    {&bedrock_invoke,
     "bedrock_invoke/metrics_only",
     PROTOCOL_FINAL,
     REPLY_CUT,
     "Cut",
     "max_tokens",
     {435, 30, 400, 2, -1},
     0},
    {&bedrock_invoke,
     "bedrock_invoke/throttled",
     PROTOCOL_ERROR,
     REPLY_FAILED,
     "The be",
     "",
     {5, -1, -1, 1, -1},
     0},
    {&bedrock_invoke,
     "bedrock_invoke/overloaded",
     PROTOCOL_ERROR,
     REPLY_FAILED,
     "",
     "",
     {5, -1, -1, 1, -1},
     0},
    {&bedrock_invoke,
     "bedrock_invoke/not_base64",
     PROTOCOL_UNREADABLE,
     REPLY_FAILED,
     "",
     "",
     {-1, -1, -1, -1, -1},
     0},
};

static struct reply reply;
static struct buf frames;
static struct err err;

static const struct endpoint endpoint = {
    .protocol = "bedrock-converse",
    .model = "anthropic.claude-sonnet-4-20250514-v1:0",
    .region = "us-east-1",
};

static void set_up(void)
{
    reply_init(&reply);
    buf_init(&frames, STREAM_MAX);
}

static void tear_down(void)
{
    reply_release(&reply);
    buf_release(&frames);
}

static void load(const char *name)
{
    const char *source = getenv("HAYMAKER_SOURCE"); // NOLINT(concurrency-mt-unsafe): one thread
    struct buf lines = {0};
    char path[1024];

    (void)snprintf(path, sizeof path, "%s/tests/wire/%s.events", source, name);
    buf_init(&lines, STREAM_MAX);
    ck_assert_msg(file_read(path, &lines, &err) == 0, "%s", err.text);
    frames_append(&frames, buf_str(&lines));
    buf_release(&lines);
}

struct replayed {
    enum protocol_event last;
    size_t reasoning;
};

static struct replayed replay(const struct protocol *protocol, size_t piece)
{
    const struct framing *framing = protocol->framing;
    void *decoder = framing->create(STREAM_MAX);
    struct str rest = buf_str(&frames);
    struct replayed told = {PROTOCOL_MORE, 0};
    struct stream_event event;

    reply_reset(&reply);
    while (rest.len != 0 && told.last == PROTOCOL_MORE) {
        struct str bytes = str_take(rest, piece);

        rest = str_skip(rest, piece);
        while (told.last == PROTOCOL_MORE && framing->next(decoder, &bytes, &event, &err) > 0) {
            told.last = protocol->on_event(&endpoint, &event, &reply);
            if (told.last == PROTOCOL_REASONING) {
                told.reasoning++;
                told.last = PROTOCOL_MORE;
            }
        }
    }
    framing->free(decoder);
    return told;
}

static bool is_same_usage(struct reply_usage a, struct reply_usage b)
{
    return a.input_tokens == b.input_tokens && a.cached_tokens == b.cached_tokens &&
           a.cache_written_tokens == b.cache_written_tokens && a.output_tokens == b.output_tokens &&
           a.reasoning_tokens == b.reasoning_tokens;
}

START_TEST(a_stream_gives_the_same_reply_in_pieces_of_any_size)
{
    const struct stream *wanted = &streams[_i];

    load(wanted->file);
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        struct replayed told = replay(wanted->protocol, pieces[i]);

        ck_assert(told.last == wanted->last && told.reasoning == wanted->reasoning);
        ck_assert_msg(str_equal(buf_str(&reply.text), str_from(wanted->text)), "%s", reply.text.p);
        ck_assert_msg(strcmp(reply.finish_reason, wanted->finish_reason) == 0, "%s",
                      reply.finish_reason);
        ck_assert(is_same_usage(reply.usage, wanted->usage));
        ck_assert(reply.end == wanted->end);
    }
}

START_TEST(an_answer_is_whole_once_its_stop_reason_was_seen)
{
    load("bedrock_converse/no_metadata");
    (void)replay(&bedrock_converse, STREAM_MAX);
    ck_assert(bedrock_converse.complete_at_end(&reply));

    buf_reset(&frames);
    load("bedrock_converse/broken_off");
    (void)replay(&bedrock_converse, STREAM_MAX);
    ck_assert(!bedrock_converse.complete_at_end(&reply));
}

START_TEST(a_prompt_that_outgrew_the_window_is_too_long)
{
    frames_append(&frames, STR("event messageStop {\"stopReason\":"
                               "\"model_context_window_exceeded\"}\n"));
    (void)replay(&bedrock_converse, STREAM_MAX);
    ck_assert_int_eq(reply.end, REPLY_TOO_LONG);
}

START_TEST(what_is_not_json_is_unreadable)
{
    frames_append(&frames, STR("event contentBlockDelta {\"delta\":\n"));
    ck_assert_int_eq(replay(&bedrock_converse, STREAM_MAX).last, PROTOCOL_UNREADABLE);
}

START_TEST(an_error_of_claude_is_read_out_of_its_chunk)
{
    struct protocol_error error = {.http_status = PROTOCOL_IN_STREAM, .type = STR("chunk")};
    struct stream_event event;
    struct protocol_verdict verdict;
    struct str rest;
    void *decoder = event_stream_framing.create(STREAM_MAX);

    frames_append(&frames, STR("chunk {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\","
                               "\"message\":\"Overloaded\"}}\n"));
    rest = buf_str(&frames);
    ck_assert_int_eq(event_stream_framing.next(decoder, &rest, &event, &err), 1);
    ck_assert_int_eq(bedrock_invoke.on_event(&endpoint, &event, &reply), PROTOCOL_ERROR);
    error.body = event.data;
    verdict = bedrock_invoke.classify(&error, &reply);
    ck_assert(verdict.end == REPLY_FAILED && verdict.retry == PROTOCOL_RETRY_LATER);
    ck_assert_str_eq(reply.error.text, "error in the stream (overloaded_error): Overloaded");
    event_stream_framing.free(decoder);
}

START_TEST(a_prompt_that_is_too_long_tells_both_counts)
{
    const struct protocol_error error = {400, STR("ValidationException"), STR(COUNTED)};

    (void)bedrock_converse.classify(&error, &reply);
    ck_assert_int_eq(reply.limit_tokens, 1000000);
    ck_assert_int_eq(reply.counted_tokens, 1048577);
}

struct error_case {
    long http_status;
    const char *type;
    const char *body;
    enum reply_end end;
    enum protocol_retry retry;
    const char *says;
};

static const struct error_case errors[] = {
    {429, "ThrottlingException:http://internal.amazon.com/coral/com.amazon.bedrock/",
     "{\"message\":\"Too many tokens, please wait before trying again.\"}", REPLY_FAILED,
     PROTOCOL_RETRY_HELPS, "HTTP 429 (ThrottlingException): Too many tokens, please wait"},
    {429, "ThrottlingException",
     "{\"message\":\"Too many tokens per day, please wait before trying again.\"}", REPLY_DENIED,
     PROTOCOL_RETRY_NEVER, "per day"},
    {429, "ModelNotReadyException", "{\"message\":\"wait\"}", REPLY_FAILED, PROTOCOL_RETRY_HELPS,
     "ModelNotReady"},
    {400, "",
     "{\"__type\":\"com.amazon.coral.validate#ValidationException\",\"message\":\"Input is too "
     "long for requested model.\"}",
     REPLY_TOO_LONG, PROTOCOL_RETRY_NEVER, "HTTP 400 (ValidationException): Input is too long"},
    {400, "ValidationException", COUNTED, REPLY_TOO_LONG, PROTOCOL_RETRY_NEVER, "1048577"},
    {400, "ValidationException",
     "{\"message\":\"400 Bad Request: Too many input tokens. Max input tokens: 8192, request input "
     "token count: 18000\"}",
     REPLY_TOO_LONG, PROTOCOL_RETRY_NEVER, "8192"},
    {400, "ValidationException",
     "{\"message\":\"Malformed input request: expected maxLength: 50000, actual: 51000, please "
     "reformat your input and try again.\"}",
     REPLY_TOO_LONG, PROTOCOL_RETRY_NEVER, "maxLength"},
    {400, "ValidationException", "{\"message\":\"The provided model identifier is invalid.\"}",
     REPLY_DENIED, PROTOCOL_RETRY_NEVER, "identifier"},
    {400, "ValidationException",
     "{\"message\":\"Invocation of model ID x with on-demand throughput isn\\u2019t supported. "
     "Retry your request with the ID or ARN of an inference profile that contains this model.\"}",
     REPLY_DENIED, PROTOCOL_RETRY_NEVER, "inference profile"},
    {400, "ValidationException", "{\"message\":\"The value is wrong.\"}", REPLY_FAILED,
     PROTOCOL_RETRY_IF_ASKED, "value"},
    {400, "ServiceQuotaExceededException", "{\"message\":\"quota\"}", REPLY_DENIED,
     PROTOCOL_RETRY_NEVER, "quota"},
    {403, "", "{\"Message\":\"User is not authorized\",\"code\":\"accessDeniedException\"}",
     REPLY_DENIED, PROTOCOL_RETRY_NEVER,
     "HTTP 403 (AccessDeniedException): User is not authorized"},
    {403, "ExpiredTokenException",
     "{\"message\":\"The security token included in the request is expired\"}", REPLY_DENIED,
     PROTOCOL_RETRY_NEVER, "expired"},
    {404, "ResourceNotFoundException", "{\"message\":\"no such model\"}", REPLY_DENIED,
     PROTOCOL_RETRY_NEVER, "no such model"},
    {408, "ModelTimeoutException", "{\"message\":\"slow\"}", REPLY_FAILED, PROTOCOL_RETRY_HELPS,
     "slow"},
    {424, "ModelErrorException",
     "{\"message\":\"The model failed\",\"originalStatusCode\":500,\"resourceName\":\"m\"}",
     REPLY_FAILED, PROTOCOL_RETRY_HELPS, "HTTP 424 (ModelErrorException): The model failed"},
    {424, "ModelErrorException",
     "{\"message\":\"The model failed\",\"originalStatusCode\":400,\"originalMessage\":\"prompt is "
     "too long\"}",
     REPLY_TOO_LONG, PROTOCOL_RETRY_NEVER, "prompt is too long"},
    {500, "InternalServerException", "{\"message\":\"oops\"}", REPLY_FAILED, PROTOCOL_RETRY_HELPS,
     "oops"},
    {502, "", "<html>Bad Gateway</html>", REPLY_FAILED, PROTOCOL_RETRY_HELPS, "Bad Gateway"},
    {503, "ServiceUnavailableException", "{\"message\":\"busy\"}", REPLY_FAILED,
     PROTOCOL_RETRY_LATER, "busy"},
    {413, "", "{\"message\":null}", REPLY_TOO_LONG, PROTOCOL_RETRY_NEVER, "HTTP 413"},
    {PROTOCOL_IN_STREAM, "throttlingException", "{\"message\":\"slow down\"}", REPLY_FAILED,
     PROTOCOL_RETRY_HELPS, "error in the stream (ThrottlingException): slow down"},
    {PROTOCOL_IN_STREAM, "validationException",
     "{\"message\":\"Input is too long for requested model.\"}", REPLY_TOO_LONG,
     PROTOCOL_RETRY_NEVER, "too long"},
    {PROTOCOL_IN_STREAM, "validationException", "{\"message\":\"no\"}", REPLY_FAILED,
     PROTOCOL_RETRY_IF_ASKED, "ValidationException"},
    {PROTOCOL_IN_STREAM, "modelStreamErrorException", "{\"message\":\"it stopped\"}", REPLY_FAILED,
     PROTOCOL_RETRY_HELPS, "it stopped"},
    {PROTOCOL_IN_STREAM, "serviceUnavailableException", "{\"message\":\"busy\"}", REPLY_FAILED,
     PROTOCOL_RETRY_LATER, "busy"},
    {PROTOCOL_IN_STREAM, "InternalFailure", "the stream broke", REPLY_FAILED, PROTOCOL_RETRY_HELPS,
     "(InternalFailure): the stream broke"},
};

START_TEST(an_error_is_known_by_its_name_and_its_words)
{
    const struct error_case *wanted = &errors[_i];
    const struct protocol *both[] = {&bedrock_converse, &bedrock_invoke};
    struct protocol_error error = {wanted->http_status, str_from(wanted->type),
                                   str_from(wanted->body)};

    for (size_t i = 0; i < sizeof both / sizeof both[0]; i++) {
        struct protocol_verdict verdict = both[i]->classify(&error, &reply);

        ck_assert_msg(verdict.end == wanted->end, "%s: %s", reply.error.text,
                      reply_end_name(verdict.end));
        ck_assert_msg(verdict.retry == wanted->retry, "%s: %d", reply.error.text,
                      (int)verdict.retry);
        ck_assert_msg(strstr(reply.error.text, wanted->says) != NULL, "%s", reply.error.text);
    }
}

int main(void)
{
    Suite *suite = suite_create("endpoint_bedrock");
    TCase *tests = suite_case(suite, "bedrock");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, a_stream_gives_the_same_reply_in_pieces_of_any_size, 0,
                        (int)(sizeof streams / sizeof streams[0]));
    tcase_add_test(tests, an_answer_is_whole_once_its_stop_reason_was_seen);
    tcase_add_test(tests, a_prompt_that_outgrew_the_window_is_too_long);
    tcase_add_test(tests, what_is_not_json_is_unreadable);
    tcase_add_test(tests, an_error_of_claude_is_read_out_of_its_chunk);
    tcase_add_test(tests, a_prompt_that_is_too_long_tells_both_counts);
    tcase_add_loop_test(tests, an_error_is_known_by_its_name_and_its_words, 0,
                        (int)(sizeof errors / sizeof errors[0]));
    return suite_run(suite);
}
