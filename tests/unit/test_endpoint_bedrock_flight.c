/* Bedrock over a connection: what the server sees is what was signed, every attempt is signed anew,
 * and a binary stream makes the reply that its events tell. */
#include "suite.h"

#include "endpoint/sha256.h"
#include "endpoint/sigv4.h"
#include "flight.h"
#include "frames.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { ANSWER_MAX = 64 * 1024, ANSWERS_MAX = 2 };
enum { FIRST_ATTEMPT_S = 1767323045 }; /* 2026-01-02T03:04:05Z */

#define SECRET "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
#define STREAM_HEAD                                                                                \
    "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.amazon.eventstream\r\n"                      \
    "x-amzn-RequestId: 5f1c\r\n\r\n"
#define HELLO_EVENTS                                                                               \
    "event messageStart {\"role\":\"assistant\"}\n"                                                \
    "event contentBlockDelta {\"contentBlockIndex\":0,\"delta\":{\"text\":\"Hello\"}}\n"           \
    "event contentBlockDelta {\"contentBlockIndex\":0,\"delta\":{\"text\":\" there\"}}\n"
#define END_EVENTS                                                                                 \
    "event messageStop {\"stopReason\":\"end_turn\"}\n"                                            \
    "event metadata {\"usage\":{\"inputTokens\":9,\"outputTokens\":2,\"cacheReadInputTokens\":"    \
    "1000}}\n"
#define THROTTLED_EVENT "exception throttlingException {\"message\":\"slow down\"}\n"

static struct buf answers_made[ANSWERS_MAX];
static struct wire_answer answers[ANSWERS_MAX];
static int64_t wall_s;
static struct clock ticking; /* the system's, but for a wall clock that goes a minute a look */

static int64_t next_minute(void *context)
{
    int64_t now = wall_s;

    (void)context;
    wall_s += 60;
    return now;
}

static void set_up_bedrock(void)
{
    set_up();
    endpoint = (struct endpoint){
        .protocol = "bedrock-converse",
        .model = "anthropic.claude-sonnet-4-20250514-v1:0",
        .credentials = {.access_key_id = "AKIDEXAMPLE",
                        .secret_access_key = SECRET,
                        .session_token = "a-session-token"},
        .region = "eu-west-1",
    };
    wall_s = FIRST_ATTEMPT_S;
    ticking = *clock_system();
    ticking.wall_s = next_minute;
    for (size_t i = 0; i < ANSWERS_MAX; i++) {
        buf_init(&answers_made[i], ANSWER_MAX);
    }
}

static void tear_down_bedrock(void)
{
    tear_down();
    for (size_t i = 0; i < ANSWERS_MAX; i++) {
        buf_release(&answers_made[i]);
    }
}

/* Answer `index` is a stream of these events. */
static void make_answer(size_t index, const char *events)
{
    struct buf *out = &answers_made[index];

    buf_append(out, STR(STREAM_HEAD));
    frames_append(out, str_from(events));
    answers[index] = (struct wire_answer){.text = out->p, .text_len = out->len};
}

static struct reply *ask_bedrock(size_t count, uint64_t size)
{
    serve(answers, count);
    client_free(client);
    ck_assert_int_eq(client_new(&client, &limits, &ticking, &err), 0);
    start(&flights[0], size);
    work();
    ck_assert_int_eq(flights[0].done, 1);
    return &flights[0].reply;
}

/* The header lines of a request, and what a server would sign of it. */
struct seen {
    struct str url;
    struct sigv4_header headers[SIGV4_HEADERS_MAX];
    size_t header_count;
    struct str authorization;
    struct str date;
    struct str content_sha256;
    char url_text[1024];
};

static bool is_name(struct str name, const char *wanted)
{
    return name.len == strlen(wanted) && strncasecmp(name.p, wanted, name.len) == 0;
}

static void see_header(struct seen *seen, struct str_pair header)
{
    header.tail = str_trim(header.tail);
    if (is_name(header.head, "authorization")) {
        seen->authorization = header.tail;
    } else if (is_name(header.head, "x-amz-date")) {
        seen->date = header.tail; /* sigv4 adds it, as it does the token */
    } else if (is_name(header.head, "x-amz-content-sha256")) {
        seen->content_sha256 = header.tail;
        seen->headers[seen->header_count++] = (struct sigv4_header){header.head, header.tail};
    } else if (is_name(header.head, "content-type")) {
        seen->headers[seen->header_count++] = (struct sigv4_header){header.head, header.tail};
    }
}

static void see(struct seen *seen, const struct wire_request *request)
{
    struct str rest = str_from(request->head);
    struct str line;
    struct str path;
    struct str host = {0};

    *seen = (struct seen){.header_count = 0};
    ck_assert(str_next_line(&rest, &line));
    path = str_cut(str_cut(line, ' ').tail, ' ').head;
    while (str_next_line(&rest, &line) && line.len != 0) {
        struct str_pair header = str_cut(line, ':');

        if (is_name(header.head, "host")) {
            host = str_trim(header.tail);
        }
        see_header(seen, header);
    }
    (void)snprintf(seen->url_text, sizeof seen->url_text, "http://%.*s%.*s", STR_ARG(host),
                   STR_ARG(path));
    seen->url = str_from(seen->url_text);
}

/* "20260102T030405Z" is FIRST_ATTEMPT_S; the ticking clock leaves all but the minutes alone. */
static int64_t time_of(struct str date)
{
    uint64_t minute = 0;

    ck_assert(date.len == 16 && str_starts(date, STR("20260102T03")) && str_ends(date, STR("05Z")));
    ck_assert(str_to_u64(str_take(str_skip(date, 11), 2), &minute));
    return FIRST_ATTEMPT_S + ((int64_t)minute - 4) * 60;
}

/* Signs what the server saw, and expects the signature that came with it. Returns its time. */
static int64_t expect_signed(size_t index)
{
    const struct sigv4_keys keys = {"AKIDEXAMPLE", SECRET, "a-session-token"};
    const struct sigv4_scope scope = {"eu-west-1", "bedrock"};
    const struct wire_request *request = wire_server_request(server, index);
    const char *lines[SIGV4_LINES_MAX];
    struct arena arena = {0};
    char hash[SHA256_HEX + 1];
    struct seen seen;
    struct sigv4_request signable;

    see(&seen, request);
    ck_assert(sha256_text((struct str){request->body, request->body_len}, hash, &err) == 0);
    ck_assert(str_equal(seen.content_sha256, str_from(hash)));
    signable = (struct sigv4_request){.method = STR("POST"),
                                      .url = seen.url,
                                      .headers = seen.headers,
                                      .header_count = seen.header_count,
                                      .payload_hash = str_from(hash),
                                      .wall_s = time_of(seen.date)};
    ck_assert(sigv4_sign(&keys, &scope, &signable, &arena, lines, &err) == SIGV4_LINES_MAX);
    ck_assert(str_equal(str_trim(str_cut(str_from(lines[2]), ':').tail), seen.authorization));
    ck_assert(strstr(request->head, "a-session-token") != NULL);
    ck_assert(strstr(request->head, SECRET) == NULL);
    arena_release(&arena);
    return signable.wall_s;
}

START_TEST(the_server_sees_what_was_signed)
{
    struct reply *reply = NULL;
    json_t *body = NULL;
    const struct wire_request *request = NULL;

    make_answer(0, HELLO_EVENTS END_EVENTS);
    reply = ask_bedrock(1, LARGE);
    expect_text(reply, "Hello there");
    ck_assert_str_eq(reply->request_id, "5f1c");
    ck_assert(reply->usage.input_tokens == 1009 && reply->usage.cached_tokens == 1000);

    ck_assert(expect_signed(0) == FIRST_ATTEMPT_S);
    request = wire_server_request(server, 0);
    ck_assert(strstr(request->head, "/model/anthropic.claude-sonnet-4-20250514-v1%3A0/"
                                    "converse-stream HTTP/1.1") != NULL);
    ck_assert(request->content_length == request->body_len);
    body = json_loadb(request->body, request->body_len, JSON_REJECT_DUPLICATES, NULL);
    ck_assert_uint_eq(json_array_size(json_object_get(body, "messages")),
                      flights[0].measure.messages[PROMPT_USER] +
                          flights[0].measure.messages[PROMPT_ASSISTANT]);
    json_decref(body);
}

START_TEST(every_attempt_is_signed_anew)
{
    struct reply *reply = NULL;

    make_answer(0, HELLO_EVENTS THROTTLED_EVENT);
    make_answer(1, HELLO_EVENTS END_EVENTS);
    reply = ask_bedrock(2, SMALL);
    expect_text(reply, "Hello there");
    ck_assert_uint_eq(reply->attempts, 2);
    ck_assert_msg(strstr(flights[0].first_error, "(ThrottlingException): slow down") != NULL, "%s",
                  flights[0].first_error);
    ck_assert(expect_signed(0) == FIRST_ATTEMPT_S);
    ck_assert(expect_signed(1) > FIRST_ATTEMPT_S);
}

START_TEST(an_http_error_is_named_by_its_header)
{
    answers[0] = (struct wire_answer){
        .text = ERROR("403 Forbidden", "x-amzn-errortype: UnrecognizedClientException:http://x\r\n",
                      "{\"message\":\"The token a-session-token is invalid, key " SECRET "\"}")};
    expect_failure(ask_bedrock(1, SMALL), REPLY_DENIED, 1,
                   "HTTP 403 (UnrecognizedClientException): The token ***");
    ck_assert_ptr_null(strstr(flights[0].reply.error.text, SECRET));
    ck_assert_ptr_null(strstr(flights[0].reply.error.text, "a-session-token"));
}

START_TEST(a_damaged_stream_is_asked_for_again)
{
    struct reply *reply = NULL;

    make_answer(0, HELLO_EVENTS END_EVENTS);
    make_answer(1, HELLO_EVENTS END_EVENTS);
    answers_made[0].p[answers_made[0].len / 2] ^= 1;
    reply = ask_bedrock(2, SMALL);
    expect_text(reply, "Hello there");
    ck_assert_uint_eq(reply->attempts, 2);
    ck_assert_msg(strstr(flights[0].first_error, "checksum") != NULL, "%s", flights[0].first_error);
}

START_TEST(a_stream_that_ends_within_a_message_is_broken)
{
    make_answer(0, HELLO_EVENTS END_EVENTS);
    make_answer(1, HELLO_EVENTS END_EVENTS);
    answers[0].text_len -= 300; /* before its stop reason is whole */
    expect_text(ask_bedrock(2, SMALL), "Hello there");
    ck_assert_uint_eq(flights[0].reply.attempts, 2);
    ck_assert_msg(strstr(flights[0].first_error, "ended before the answer did") != NULL, "%s",
                  flights[0].first_error);
}

START_TEST(a_slow_stream_in_single_bytes_is_read_as_it_comes)
{
    make_answer(0, HELLO_EVENTS END_EVENTS);
    answers[0].piece = 1;
    expect_text(ask_bedrock(1, SMALL), "Hello there");
}

int main(void)
{
    Suite *suite = suite_create("endpoint_bedrock_flight");
    TCase *tests = suite_case(suite, "bedrock_flight");

    tcase_add_checked_fixture(tests, set_up_bedrock, tear_down_bedrock);
    tcase_add_test(tests, the_server_sees_what_was_signed);
    tcase_add_test(tests, every_attempt_is_signed_anew);
    tcase_add_test(tests, an_http_error_is_named_by_its_header);
    tcase_add_test(tests, a_damaged_stream_is_asked_for_again);
    tcase_add_test(tests, a_stream_that_ends_within_a_message_is_broken);
    tcase_add_test(tests, a_slow_stream_in_single_bytes_is_read_as_it_comes);
    return suite_run(suite);
}
