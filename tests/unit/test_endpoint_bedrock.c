/* Streams as Bedrock sends them (tests/wire/bedrock_*), framed and replayed in pieces of 1 byte, 7
 * bytes and whole: the reply must be the same. Then requests: where they go, what they hold, and
 * who signs them. */
#include "suite.h"

#include "base/file.h"
#include "endpoint/bedrock_converse.h"
#include "endpoint/bedrock_invoke.h"
#include "endpoint/event_stream.h"
#include "endpoint/route.h"
#include "frames.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum { STREAM_MAX = 1024 * 1024 };

#define ANSWER "AbC123xyZ0Once upon a \"time\",\ncaf\xC3\xA9 \xE2\x80\x94 \xF0\x9F\x98\x80"
#define HASH   "c3335e07d6e89650bf94cb98664be69f8774dbc3198df221f113db0a59ea14f0"

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
static struct endpoint endpoint;
static struct route route;
static struct arena arena;
static struct err err;

static void set_up(void)
{
    reply_init(&reply);
    buf_init(&frames, STREAM_MAX);
    endpoint = (struct endpoint){
        .protocol = "bedrock-converse",
        .model = "anthropic.claude-sonnet-4-20250514-v1:0",
        .credentials = {.access_key_id = "AKIDEXAMPLE",
                        .secret_access_key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"},
        .region = "us-east-1",
    };
}

static void tear_down(void)
{
    reply_release(&reply);
    buf_release(&frames);
    route_release(&route);
    arena_release(&arena);
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

/* A conversation as MRCR has it: two user messages lead. */
struct turn {
    enum prompt_role role;
    const char *text;
};

static const struct turn turns[] = {
    {PROMPT_USER, "Here are some examples."},  {PROMPT_USER, "Write a \"poem\"\nabout war"},
    {PROMPT_ASSISTANT, "caf\xC3\xA9 \\ \x01"}, {PROMPT_USER, "Write it again"},
    {PROMPT_ASSISTANT, "Once more"},           {PROMPT_USER, "Give me the second poem"},
};
enum { TURN_COUNT = sizeof turns / sizeof turns[0] };

struct turn_prompt {
    struct prompt prompt;
    size_t at;
};

static int next_turn(struct prompt *prompt, struct prompt_piece *piece, struct err *failure)
{
    struct turn_prompt *self = (struct turn_prompt *)prompt;

    (void)failure;
    if (self->at == TURN_COUNT) {
        return 0;
    }
    *piece = (struct prompt_piece){.text = str_from(turns[self->at].text),
                                   .role = turns[self->at].role,
                                   .opens_message = true};
    self->at++;
    return 1;
}

static void rewind_turns(struct prompt *prompt)
{
    ((struct turn_prompt *)prompt)->at = 0;
}

static void free_turns(struct prompt *prompt)
{
    (void)prompt;
}

static const struct prompt_ops turn_ops = {next_turn, rewind_turns, free_turns};

static struct fingerprint fingerprint_of_turns(struct turn_prompt *prompt)
{
    struct fingerprint_state *state = fingerprint_new();
    struct prompt_piece piece;
    struct fingerprint found;

    while (next_turn(&prompt->prompt, &piece, &err) > 0) {
        fingerprint_add(state, &piece);
    }
    found = fingerprint_finish(state);
    fingerprint_free(state);
    return found;
}

/* The body of the endpoint's request, as jansson reads it. The caller releases it. */
static json_t *body_of_request(void)
{
    struct turn_prompt prompt = {{&turn_ops}, 0};
    struct fingerprint fingerprint = fingerprint_of_turns(&prompt);
    struct body_reader *reader = NULL;
    char body[16 * 1024];
    int64_t len = 0;
    json_t *json = NULL;

    ck_assert_msg(route_init(&route, &endpoint, NULL, &err) == 0, "%s", err.text);
    ck_assert(body_reader_new(&reader, &route.frame, &prompt.prompt, fingerprint, &err) == 0);
    len = body_reader_read(reader, body, sizeof body, &err);
    ck_assert_msg(len > 0, "%s", err.text);
    json = json_loadb(body, (size_t)len, JSON_REJECT_DUPLICATES, NULL);
    ck_assert_msg(json_is_object(json), "%.*s", (int)len, body);
    body_reader_free(reader);
    return json;
}

/* Roles alternate, and the blocks are the turns' texts, in order and unchanged. */
static void expect_turns(const json_t *messages)
{
    static const size_t blocks[] = {2, 1, 1, 1, 1};
    size_t turn = 0;

    ck_assert_uint_eq(json_array_size(messages), sizeof blocks / sizeof blocks[0]);
    for (size_t i = 0; i < json_array_size(messages); i++) {
        const json_t *message = json_array_get(messages, i);
        const json_t *content = json_object_get(message, "content");
        const char *role = json_string_value(json_object_get(message, "role"));

        ck_assert_str_eq(role, i % 2 == 0 ? "user" : "assistant");
        ck_assert(json_array_size(content) == blocks[i]);
        for (size_t k = 0; k < json_array_size(content); k++, turn++) {
            const json_t *text = json_object_get(json_array_get(content, k), "text");

            ck_assert_str_eq(json_string_value(text), turns[turn].text);
        }
    }
}

static void expect_json(const json_t *value, const char *wanted)
{
    json_t *other = json_loads(wanted, JSON_DECODE_ANY, NULL);

    ck_assert_msg(json_equal(value, other), "not %s", wanted);
    json_decref(other);
}

START_TEST(a_converse_request_holds_the_conversation_with_alternating_roles)
{
    static const char *const parameters[] = {
        "temperature=0", "stop=[\"###\"]",
        "additionalModelRequestFields={\"thinking\":{\"type\":\"adaptive\"}}", NULL};
    json_t *body = NULL;

    endpoint.max_output_tokens = 4096;
    endpoint.parameters = parameters;
    body = body_of_request();
    expect_turns(json_object_get(body, "messages"));
    expect_json(json_object_get(body, "inferenceConfig"),
                "{\"maxTokens\":4096,\"temperature\":0,\"stopSequences\":[\"###\"]}");
    expect_json(json_object_get(body, "additionalModelRequestFields"),
                "{\"thinking\":{\"type\":\"adaptive\"}}");
    ck_assert_uint_eq(json_object_size(body), 3);
    json_decref(body);
    ck_assert_str_eq(route.url, "https://bedrock-runtime.us-east-1.amazonaws.com/model/"
                                "anthropic.claude-sonnet-4-20250514-v1%3A0/converse-stream");
}

START_TEST(a_converse_request_without_options_holds_nothing_but_messages)
{
    json_t *body = body_of_request();

    ck_assert_uint_eq(json_object_size(body), 1);
    json_decref(body);
}

START_TEST(an_invoke_request_is_one_to_anthropic_without_model_and_stream)
{
    json_t *body = NULL;

    endpoint.protocol = "bedrock-invoke";
    endpoint.max_output_tokens = 4096;
    body = body_of_request();
    expect_turns(json_object_get(body, "messages"));
    expect_json(json_object_get(body, "anthropic_version"), "\"bedrock-2023-05-31\"");
    expect_json(json_object_get(body, "max_tokens"), "4096");
    ck_assert_ptr_null(json_object_get(body, "model"));
    ck_assert_ptr_null(json_object_get(body, "stream"));
    json_decref(body);
}

START_TEST(the_name_of_a_model_is_one_segment_of_the_path)
{
    static const char wanted[] = "https://vpce-1.example/model/arn%3Aaws%3Abedrock%3Aeu-west-1%3A"
                                 "123%3Ainference-profile%2Feu.anthropic.claude/"
                                 "invoke-with-response-stream";

    endpoint.protocol = "bedrock-invoke";
    endpoint.base_url = "https://vpce-1.example/";
    endpoint.model = "arn:aws:bedrock:eu-west-1:123:inference-profile/eu.anthropic.claude";
    ck_assert_msg(route_init(&route, &endpoint, NULL, &err) == 0, "%s", err.text);
    ck_assert_str_eq(route.url, wanted);
}

/* Whether one of the NULL-terminated lines is `wanted`. */
static bool has_line(const char *const *lines, const char *wanted)
{
    while (*lines != NULL && strcmp(*lines, wanted) != 0) {
        lines++;
    }
    return *lines != NULL;
}

START_TEST(a_request_asks_for_an_event_stream)
{
    ck_assert_int_eq(route_init(&route, &endpoint, NULL, &err), 0);
    ck_assert(has_line(route.headers, "Accept: application/vnd.amazon.eventstream"));
    ck_assert(has_line(route.headers, "Content-Type: application/json"));
    route_release(&route);

    endpoint.protocol = "bedrock-invoke";
    ck_assert_int_eq(route_init(&route, &endpoint, NULL, &err), 0);
    ck_assert(has_line(route.headers, "X-Amzn-Bedrock-Accept: application/json"));
}

/* The lines that sign the endpoint's request, NULL-terminated. */
static void sign(const char *lines[PROTOCOL_HEADERS_MAX + 1])
{
    struct protocol_request request = {
        .method = "POST", .body_sha256 = HASH, .wall_s = 1767323045, /* 2026-01-02T03:04:05Z */
    };
    int count = 0;

    ck_assert_msg(route_init(&route, &endpoint, NULL, &err) == 0, "%s", err.text);
    request.url = route.url;
    request.headers = route.headers;
    count = route.protocol->sign(&endpoint, &request, &arena, lines, &err);
    ck_assert_msg(count >= 0, "%s", err.text);
    lines[count] = NULL;
}

START_TEST(a_request_is_signed_as_botocore_signs_it)
{
    const char *lines[PROTOCOL_HEADERS_MAX + 1];

    sign(lines);
    ck_assert(has_line(lines, "X-Amz-Date: 20260102T030405Z"));
    ck_assert(has_line(lines, "X-Amz-Content-Sha256: " HASH));
    ck_assert(has_line(
        lines, "Authorization: AWS4-HMAC-SHA256 "
               "Credential=AKIDEXAMPLE/20260102/us-east-1/bedrock/aws4_request, "
               "SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date, "
               "Signature=dfde4158a5ebbf1b8938523938e0e6208d65196b28bcad44304cb2b7ba45588d"));
    ck_assert_ptr_null(lines[3]);
}

START_TEST(a_session_token_is_sent_and_signed)
{
    const char *lines[PROTOCOL_HEADERS_MAX + 1];

    endpoint.credentials.session_token = "TOKEN";
    sign(lines);
    ck_assert(has_line(lines, "X-Amz-Security-Token: TOKEN"));
    ck_assert(has_line(
        lines, "Authorization: AWS4-HMAC-SHA256 "
               "Credential=AKIDEXAMPLE/20260102/us-east-1/bedrock/aws4_request, "
               "SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;"
               "x-amz-security-token, "
               "Signature=fa75794ba43040a9e853e225853d46addd0fa7f15d1b8c1d158c135b0ea39019"));
}

START_TEST(a_bedrock_key_stands_in_place_of_a_signature)
{
    const char *lines[PROTOCOL_HEADERS_MAX + 1];

    endpoint.credentials.key = "bedrock-api-key-1";
    sign(lines);
    ck_assert_ptr_null(lines[0]);
    ck_assert(has_line(route.headers, "Authorization: Bearer bedrock-api-key-1"));
}

START_TEST(keys_that_cannot_sign_are_refused_before_anything_is_sent)
{
    endpoint.credentials.secret_access_key = NULL;
    ck_assert_int_eq(endpoint_check(&endpoint, &err), ERR_USAGE);
    ck_assert_msg(strstr(err.text, "secret access key is missing") != NULL, "%s", err.text);

    set_up();
    endpoint.base_url = "https://vpce-1.example";
    endpoint.region = NULL;
    ck_assert_int_eq(endpoint_check(&endpoint, &err), ERR_USAGE);
    ck_assert_msg(strstr(err.text, "region is missing") != NULL, "%s", err.text);

    set_up();
    endpoint.region = "evil.example/";
    ck_assert_int_eq(endpoint_check(&endpoint, &err), ERR_USAGE);
    ck_assert_msg(strstr(err.text, "evil.example/") != NULL, "%s", err.text);
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
    tcase_add_test(tests, a_converse_request_holds_the_conversation_with_alternating_roles);
    tcase_add_test(tests, a_converse_request_without_options_holds_nothing_but_messages);
    tcase_add_test(tests, an_invoke_request_is_one_to_anthropic_without_model_and_stream);
    tcase_add_test(tests, the_name_of_a_model_is_one_segment_of_the_path);
    tcase_add_test(tests, a_request_asks_for_an_event_stream);
    tcase_add_test(tests, a_request_is_signed_as_botocore_signs_it);
    tcase_add_test(tests, a_session_token_is_sent_and_signed);
    tcase_add_test(tests, a_bedrock_key_stands_in_place_of_a_signature);
    tcase_add_test(tests, keys_that_cannot_sign_are_refused_before_anything_is_sent);
    return suite_run(suite);
}
