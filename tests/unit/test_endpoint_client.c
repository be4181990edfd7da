/* The client against a scripted server on this machine: what arrives there, and what becomes of
 * everything that can go wrong. */
#include "suite.h"

#include "base/random.h"
#include "endpoint/endpoint.h"
#include "long_prompt.h"
#include "server.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { SMALL = 8, LARGE = 40 * 1000 }; /* pieces; a large prompt is more than 5 MB */
enum { FLIGHTS_MAX = 16, WAIT_MS = 1000 };

#define KEY   "sk-test-0123456789"
#define HEAD  "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nX-Request-Id: req-7\r\n\r\n"
#define HELLO "data: {\"model\":\"m-1\",\"choices\":[{\"delta\":{\"content\":\"Hello\"}}]}\n\n"
#define THERE                                                                                      \
    "data: {\"choices\":[{\"delta\":{\"content\":\" there\"},\"finish_reason\":null}]}\n\n"
#define STOP   "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
#define DONE   "data: [DONE]\n\n"
#define ANSWER HEAD HELLO THERE STOP DONE

#define ERROR(status, headers, body)                                                               \
    "HTTP/1.1 " status "\r\nContent-Type: application/json\r\nConnection: close\r\n" headers       \
    "\r\n" body

struct flight {
    struct long_prompt prompt;
    struct prompt_measure measure;
    struct reply reply;
    int done;
    int retries;
    char first_error[ERR_TEXT_MAX]; /* of the first attempt that was made again */
};

static struct wire_server *server;
static struct client *client;
static struct client_limits limits;
static struct endpoint endpoint;
static struct flight flights[FLIGHTS_MAX];
static struct err err;

static void set_up(void)
{
    limits = client_limits_default;
    limits.pause_base_ms = 1;
    endpoint = (struct endpoint){.protocol = "openai-chat", .model = "m", .key = KEY};
}

static void tear_down(void)
{
    client_free(client);
    wire_server_stop(server);
    for (size_t i = 0; i < FLIGHTS_MAX; i++) {
        if (flights[i].reply.text.max != 0) {
            reply_release(&flights[i].reply);
        }
    }
}

static void on_done(void *context, struct reply *reply)
{
    struct flight *flight = context;

    ck_assert_ptr_eq(reply, &flight->reply);
    flight->done++;
}

static void on_retrying(void *context, const struct reply *reply, double wait_s)
{
    struct flight *flight = context;

    ck_assert_double_ge(wait_s, 0.0);
    if (flight->retries++ == 0) {
        memcpy(flight->first_error, reply->error.text, ERR_TEXT_MAX);
    }
}

static void serve(const struct wire_answer *answers, size_t count)
{
    server = wire_server_start(answers, count, true);
    endpoint.base_url = wire_server_url(server);
    ck_assert_int_eq(client_new(&client, &limits, clock_system(), &err), 0);
}

static void start_then(struct flight *flight, uint64_t pieces,
                       void (*done)(void *context, struct reply *reply))
{
    struct exchange_request request = {
        .endpoint = &endpoint,
        .prompt = &flight->prompt.prompt,
        .measure = &flight->measure,
        .reply = &flight->reply,
        .done = done,
        .retrying = on_retrying,
        .context = flight,
    };

    if (flight->reply.text.max == 0) {
        long_prompt_init(&flight->prompt, pieces);
        long_prompt_measure(&flight->prompt, &flight->measure);
        reply_init(&flight->reply);
    }
    ck_assert_msg(client_start(client, &request, &err) == 0, "%s", err.text);
}

static void start(struct flight *flight, uint64_t pieces)
{
    start_then(flight, pieces, on_done);
}

static void work(void)
{
    while (client_in_flight(client) != 0) {
        ck_assert_msg(client_wait(client, WAIT_MS, &err) == 0, "%s", err.text);
    }
}

/* One exchange to its end. */
static struct reply *ask(const struct wire_answer *answers, size_t count, uint64_t pieces)
{
    serve(answers, count);
    start(&flights[0], pieces);
    work();
    ck_assert_int_eq(flights[0].done, 1);
    return &flights[0].reply;
}

static void expect_text(const struct reply *reply, const char *text)
{
    ck_assert_msg(reply->end == REPLY_COMPLETE, "%s: %s", reply_end_name(reply->end),
                  reply->error.text);
    ck_assert_msg(str_equal(buf_str(&reply->text), str_from(text)), "%.*s",
                  STR_ARG(buf_str(&reply->text)));
}

static void expect_failure(const struct reply *reply, enum reply_end end, uint32_t attempts,
                           const char *says)
{
    ck_assert_msg(reply->end == end, "%s: %s", reply_end_name(reply->end), reply->error.text);
    ck_assert_msg(strstr(reply->error.text, says) != NULL, "%s", reply->error.text);
    ck_assert_uint_eq(reply->attempts, attempts);
    ck_assert_ptr_null(strstr(reply->error.text, KEY));
    ck_assert_ptr_null(strchr(reply->error.text, '\n'));
}

/* The reference is jansson: the messages it finds in the body must be the prompt's texts. */
static void expect_whole_body(const struct wire_request *request, uint64_t pieces)
{
    json_t *body = json_loadb(request->body, request->body_len, JSON_REJECT_DUPLICATES, NULL);
    const json_t *messages = json_object_get(body, "messages");
    uint64_t piece = 0;

    ck_assert_ptr_nonnull(body);
    ck_assert_uint_eq(request->content_length, request->body_len);
    for (size_t i = 0; i < json_array_size(messages); i++) {
        const json_t *message = json_array_get(messages, i);
        struct str rest = str_from(json_string_value(json_object_get(message, "content")));

        ck_assert_str_eq(json_string_value(json_object_get(message, "role")),
                         i % 2 == 0 ? "user" : "assistant");
        while (rest.len != 0) {
            char text[LONG_PROMPT_PIECE_MAX];

            long_prompt_piece(piece++, text);
            ck_assert(str_starts(rest, str_from(text)));
            rest = str_skip(rest, strlen(text));
        }
    }
    ck_assert_uint_eq(piece, pieces);
    json_decref(body);
}

START_TEST(a_large_prompt_arrives_byte_for_byte_with_its_length_known)
{
    static const struct wire_answer answers[] = {{.text = ANSWER}};
    const struct reply *reply = ask(answers, 1, LARGE);
    const struct wire_request *request = wire_server_request(server, 0);

    expect_text(reply, "Hello there");
    expect_whole_body(request, LARGE);
    ck_assert_uint_gt(request->body_len, 5 * 1000 * 1000);
    ck_assert_uint_eq(client_bytes_sent(client), request->body_len);
    ck_assert_ptr_eq(request->head,
                     strstr(request->head, "POST /v1/chat/completions HTTP/1.1\r\n"));
    ck_assert_ptr_nonnull(strstr(request->head, "\r\nAuthorization: Bearer " KEY "\r\n"));
    ck_assert_ptr_nonnull(strstr(request->head, "\r\nContent-Type: application/json\r\n"));
    ck_assert_ptr_null(strstr(request->head, "Expect"));
    ck_assert_ptr_null(strstr(request->head, "Transfer-Encoding"));
    ck_assert_ptr_null(strstr(request->head, "Accept-Encoding"));
}

START_TEST(a_reply_says_who_answered_and_when)
{
    static const struct wire_answer answers[] = {
        {.text = ANSWER, .piece = 20, .piece_pause_us = 3000}};
    const struct reply *reply = ask(answers, 1, LARGE);

    expect_text(reply, "Hello there");
    ck_assert_str_eq(reply->model, "m-1");
    ck_assert_str_eq(reply->request_id, "req-7");
    ck_assert_int_eq(reply->http_status, 200);
    ck_assert_uint_eq(reply->attempts, 1);
    ck_assert_int_eq(reply->error.code, ERR_NONE);
    ck_assert_double_gt(reply->timing.upload_end_ms, 0.0);
    ck_assert_double_gt(reply->timing.first_byte_ms, reply->timing.upload_end_ms);
    /* The first event takes at least three pieces, so text comes later than the first byte. */
    ck_assert_double_gt(reply->timing.first_text_ms, reply->timing.first_byte_ms + 3.0);
    ck_assert_double_gt(reply->timing.end_ms, reply->timing.first_text_ms + 3.0);
}

/* The answer in HTTP chunks of one byte each. */
static char *chunk_bytewise(const char *events)
{
    enum { CHUNK_TEXT = 6 }; /* "1\r\n", the byte, "\r\n" */
    size_t len = strlen(events);
    char *out = calloc(len * CHUNK_TEXT + 256, 1);
    size_t at = 0;

    ck_assert_ptr_nonnull(out);
    at =
        (size_t)sprintf(out, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
                             "Transfer-Encoding: chunked\r\n\r\n");
    for (size_t i = 0; i < len; i++) {
        memcpy(out + at, "1\r\nx\r\n", CHUNK_TEXT);
        out[at + 3] = events[i];
        at += CHUNK_TEXT;
    }
    memcpy(out + at, "0\r\n\r\n", 5);
    return out;
}

START_TEST(an_answer_in_chunks_of_one_byte_is_read)
{
    char *text = chunk_bytewise(": ping\r\n\r\n" HELLO THERE STOP DONE);
    struct wire_answer answers[] = {{.text = text, .piece = 1}};

    expect_text(ask(answers, 1, SMALL), "Hello there");
    free(text);
}

START_TEST(an_answer_without_a_content_type_is_read)
{
    static const struct wire_answer answers[] = {
        {.text = "HTTP/1.1 200 OK\r\n\r\n" HELLO THERE STOP DONE, .piece = 1}};
    const struct reply *reply = ask(answers, 1, SMALL);

    expect_text(reply, "Hello there");
    ck_assert_double_lt(reply->timing.first_text_ms, reply->timing.end_ms);
}

START_TEST(an_answer_that_is_one_json_object_is_read)
{
    static const struct wire_answer answers[] = {
        {.text =
             "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"
             "{\"choices\":[{\"message\":{\"content\":\"Whole\"},\"finish_reason\":\"stop\"}]}"}};
    const struct reply *reply = ask(answers, 1, SMALL);

    expect_text(reply, "Whole");
    ck_assert_double_gt(reply->timing.first_text_ms, 0.0);
}

START_TEST(an_answer_is_complete_at_its_marker_though_the_server_holds_on)
{
    static const struct wire_answer answers[] = {{.text = ANSWER, .ending = WIRE_HOLD}};
    const struct reply *reply = ask(answers, 1, SMALL);

    expect_text(reply, "Hello there");
    ck_assert_double_lt(reply->timing.end_ms, 900.0); /* the wait for the close does not count */
}

START_TEST(an_answer_with_its_reason_is_complete_without_the_marker)
{
    static const struct wire_answer closed[] = {{.text = HEAD HELLO STOP}};

    expect_text(ask(closed, 1, SMALL), "Hello");
}

START_TEST(an_answer_with_its_reason_is_complete_though_the_connection_is_reset)
{
    static const struct wire_answer reset[] = {
        {.text = HEAD HELLO STOP, .ending = WIRE_RESET, .piece = 64, .piece_pause_us = 2000}};

    expect_text(ask(reset, 1, SMALL), "Hello");
}

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
    /* The first answer leaves its connection open for reuse; libcurl would reuse it and, finding
     * it closed after the second body, post that body once more by itself. */
    static const struct wire_answer answers[] = {
        {.text = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 14\r\n"
                 "Connection: keep-alive\r\n\r\n" DONE,
         .ending = WIRE_HOLD},
        {.ending = WIRE_CLOSE}};

    limits.attempts_max = 1;
    serve(answers, 2);
    start(&flights[0], SMALL);
    work();
    start(&flights[1], SMALL);
    work();
    ck_assert_int_eq(flights[0].reply.end, REPLY_COMPLETE);
    expect_failure(&flights[1].reply, REPLY_FAILED, 1, "before the answer did");
    ck_assert_uint_eq(wire_server_connections(server), 2);
    ck_assert_uint_eq(wire_server_bodies(server), 2);
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
        {.text = HEAD ":::::::::::::::::::::::::::::::\n\n" HELLO STOP DONE,
         .piece = 10,
         .piece_pause_us = 30 * 1000}};

    limits.idle_ms = 150; /* the comment alone takes longer than this at 10 ms a byte */
    expect_text(ask(answers, 1, SMALL), "Hello");
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

START_TEST(a_proxy_never_stands_between_us_and_this_machine)
{
    static const struct wire_answer answers[] = {{.text = ANSWER}};
    char proxy[64];

    (void)snprintf(proxy, sizeof proxy, "http://127.0.0.1:%u", (unsigned)wire_unused_port());
    ck_assert_int_eq(setenv("http_proxy", proxy, 1), 0);
    expect_text(ask(answers, 1, SMALL), "Hello there");
}

START_TEST(a_page_instead_of_an_answer_is_named_and_shown)
{
    static const struct {
        const char *text;
        const char *says;
    } pages[] = {
        {"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
         "<!DOCTYPE html>\r\n<html>\x1B[31m Log in",
         "neither an event stream nor JSON (text/html: <!DOCTYPE html>  <html>\xEF\xBF\xBD[31m "
         "Log"},
        {"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nhello",
         "neither an event stream nor JSON (text/plain: hello)"},
        {"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"status\":\"ok\"}",
         "not an answer (application/json: {\"status\":\"ok\"})"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "the reply is empty"},
        {HEAD "<html>", "the event stream holds no event"},
        {HEAD "data: hello\n\n", "an event of the stream is not JSON (text/event-stream: hello)"},
        {"SSH-2.0-OpenSSH_9.2\r\n", "HTTP/0.9"},
    };
    struct wire_answer answers[] = {{.text = pages[_i].text}};
    const struct reply *reply = ask(answers, 1, SMALL);

    expect_failure(reply, REPLY_FAILED, 1, pages[_i].says);
    ck_assert_ptr_eq(reply->error.text, strstr(reply->error.text, endpoint.base_url));
}

START_TEST(a_page_without_end_is_cut_short)
{
    enum { PAGE = 4 * 1024 * 1024 };
    static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n";
    char *text = malloc(PAGE + 1);
    struct wire_answer answers[] = {{.text = text}};

    ck_assert_ptr_nonnull(text);
    memset(text, '<', PAGE);
    memcpy(text, head, sizeof head - 1);
    text[PAGE] = '\0';
    expect_failure(ask(answers, 1, SMALL), REPLY_FAILED, 1, "neither an event stream nor JSON");
    free(text);
}

START_TEST(a_redirect_is_not_followed)
{
    static struct wire_answer answers[] = {{.text = NULL}, {.text = ANSWER}};
    static char text[256];

    serve(answers, 2);
    (void)snprintf(text, sizeof text,
                   "HTTP/1.1 307 Temporary Redirect\r\nLocation: %s/elsewhere\r\n"
                   "Content-Length: 0\r\n\r\n",
                   wire_server_url(server));
    answers[0].text = text;
    start(&flights[0], SMALL);
    work();
    expect_failure(&flights[0].reply, REPLY_DENIED, 1, "/v1/elsewhere'");
    ck_assert_uint_eq(wire_server_connections(server), 1);
}

START_TEST(an_answer_longer_than_a_reply_may_be_is_cut)
{
    enum { EVENT_TEXT = 1024 * 1024, EVENTS = REPLY_TEXT_BYTES_MAX / EVENT_TEXT + 1 };
    static const char open[] = "data: {\"choices\":[{\"delta\":{\"content\":\"";
    static const char close[] = "\"}}]}\n\n";
    size_t event_len = sizeof open - 1 + EVENT_TEXT + sizeof close - 1;
    char *text = malloc(sizeof HEAD + event_len * EVENTS);
    struct wire_answer answers[] = {{.text = text}};
    const struct reply *reply = NULL;
    char *at = text;

    ck_assert_ptr_nonnull(text);
    at = stpcpy(at, HEAD);
    for (int i = 0; i < EVENTS; i++) {
        at = stpcpy(at, open);
        memset(at, 'x', EVENT_TEXT);
        at = stpcpy(at + EVENT_TEXT, close);
    }
    reply = ask(answers, 1, SMALL);
    expect_failure(reply, REPLY_CUT, 1, "longer than");
    ck_assert_uint_eq(reply->text.len, REPLY_TEXT_BYTES_MAX);
    free(text);
}

START_TEST(a_prompt_that_changes_or_fails_is_not_sent)
{
    static const struct wire_answer answers[] = {{.text = ANSWER}};
    const char *says = _i == 0 ? "second pass differs" : "the corpus went away";

    serve(answers, 1);
    start(&flights[0], LARGE);
    flights[0].prompt.changes = _i == 0;
    flights[0].prompt.fails = _i != 0;
    work();
    expect_failure(&flights[0].reply, REPLY_FAILED, 1, says);
    ck_assert_uint_eq(wire_server_bodies(server), 0);
}

START_TEST(a_prompt_of_another_length_than_measured_is_not_sent)
{
    static const struct wire_answer answers[] = {{.text = ANSWER}};
    struct flight *flight = &flights[0];

    long_prompt_init(&flight->prompt, SMALL);
    long_prompt_measure(&flight->prompt, &flight->measure);
    flight->measure.escaped_bytes += _i == 0 ? 1 : UINT64_MAX; /* one more, one less */
    reply_init(&flight->reply);
    serve(answers, 1);
    start(flight, SMALL);
    work();
    expect_failure(&flight->reply, REPLY_FAILED, 1, "another length");
    ck_assert_uint_eq(wire_server_bodies(server), 0);
}

START_TEST(sixteen_exchanges_go_side_by_side)
{
    static const struct wire_answer answers[] = {
        {.text = ANSWER, .piece = 40, .piece_pause_us = 20 * 1000}};
    uint64_t from_ns = 0;
    double one_ms = 0.0;

    serve(answers, 1);
    from_ns = clock_ns(clock_system());
    for (size_t i = 0; i < FLIGHTS_MAX; i++) {
        start(&flights[i], SMALL * (i + 1));
    }
    ck_assert_uint_eq(client_in_flight(client), FLIGHTS_MAX);
    work();
    one_ms = flights[0].reply.timing.end_ms;
    for (size_t i = 0; i < FLIGHTS_MAX; i++) {
        ck_assert_int_eq(flights[i].done, 1);
        expect_text(&flights[i].reply, "Hello there");
    }
    /* One after another they would take sixteen times as long as one. */
    ck_assert_double_lt(clock_ms_between(from_ns, clock_ns(clock_system())), one_ms * 8);
}

static void start_next(void *context, struct reply *reply)
{
    struct flight *flight = context;

    on_done(context, reply);
    if (flight < &flights[2]) {
        start_then(flight + 1, SMALL, start_next);
    }
}

START_TEST(a_done_callback_may_start_another_exchange)
{
    static const struct wire_answer answers[] = {{.text = ANSWER}};

    serve(answers, 1);
    start_then(&flights[0], SMALL, start_next);
    work();
    for (size_t i = 0; i < 3; i++) {
        ck_assert_int_eq(flights[i].done, 1);
        expect_text(&flights[i].reply, "Hello there");
    }
}

START_TEST(cancel_ends_all_at_once_and_each_says_so)
{
    static const struct wire_answer answers[] = {
        {.text = HEAD HELLO, .ending = WIRE_HOLD}, /* reading */
        {.ending = WIRE_HOLD},                     /* waiting */
        {.takes = 1000, .ending = WIRE_HOLD},      /* sending */
        {.text = ERROR("503 Busy", "", "")}};      /* paused */

    limits.pause_base_ms = 60 * 1000;
    serve(answers, 4);
    for (size_t i = 0; i < 4; i++) {
        start(&flights[i], LARGE);
        while (wire_server_connections(server) <= i) { /* each gets the answer meant for it */
            ck_assert_int_eq(client_wait(client, 5, &err), 0);
        }
    }
    ck_assert_int_eq(client_wait(client, 300, &err), 0);
    ck_assert_uint_eq(client_in_flight(client), 4);
    ck_assert_int_eq(flights[3].retries, 1);
    start(&flights[4], SMALL); /* connecting */
    client_cancel(client);
    ck_assert_uint_eq(client_in_flight(client), 0);
    for (size_t i = 0; i < 5; i++) {
        ck_assert_int_eq(flights[i].done, 1);
        ck_assert_int_eq(flights[i].reply.end, REPLY_CANCELLED);
    }
    start(&flights[5], SMALL); /* the client goes on */
    ck_assert_uint_eq(client_in_flight(client), 1);
}

START_TEST(a_client_may_be_freed_with_everything_in_flight)
{
    static const struct wire_answer answers[] = {{.text = HEAD HELLO, .ending = WIRE_HOLD}};

    serve(answers, 1);
    for (size_t i = 0; i < 4; i++) {
        start(&flights[i], LARGE);
        ck_assert_int_eq(client_wait(client, 20, &err), 0);
    }
    start(&flights[4], LARGE);
    client_free(client);
    client = NULL;
    for (size_t i = 0; i < 5; i++) {
        ck_assert_int_eq(flights[i].done, 0);
    }
}

START_TEST(waiting_costs_no_time_of_the_processor)
{
    static const struct wire_answer answers[] = {{.takes = 1000, .ending = WIRE_HOLD}};
    clock_t from = 0;

    serve(answers, 1);
    start(&flights[0], LARGE);
    ck_assert_int_eq(client_wait(client, 200, &err), 0); /* until the socket takes no more */
    from = clock();
    ck_assert_int_eq(client_wait(client, 1000, &err), 0);
    /* The server's own polling is in it; a loop that spins would need the whole second. */
    ck_assert_double_lt((double)(clock() - from) / CLOCKS_PER_SEC, 0.3);
}

START_TEST(a_wait_ends_on_time_and_at_once_when_nothing_is_in_flight)
{
    static const struct wire_answer answers[] = {{.ending = WIRE_HOLD}};
    uint64_t from_ns = clock_ns(clock_system());

    serve(answers, 1);
    ck_assert_int_eq(client_wait(client, 10 * 1000, &err), 0);
    start(&flights[0], SMALL);
    ck_assert_int_eq(client_wait(client, 100, &err), 0);
    ck_assert_double_ge(clock_ms_between(from_ns, clock_ns(clock_system())), 100.0);
    ck_assert_double_lt(clock_ms_between(from_ns, clock_ns(clock_system())), 5000.0);
}

#ifndef __SANITIZE_ADDRESS__
static double resident_kib(void)
{
    FILE *statm = fopen("/proc/self/statm", "r");
    char line[128] = "";
    char *after = NULL;
    double pages = 0.0;

    ck_assert_ptr_nonnull(statm);
    ck_assert_ptr_nonnull(fgets(line, sizeof line, statm));
    (void)fclose(statm);
    (void)strtoul(line, &after, 10);
    pages = (double)strtoul(after, NULL, 10);
    return pages * (double)sysconf(_SC_PAGESIZE) / 1024.0;
}

START_TEST(a_million_tokens_in_flight_add_less_than_a_mebibyte)
{
    static const struct wire_answer answers[] = {{.takes = 3000 * 1000, .ending = WIRE_HOLD}};
    double before = 0.0;
    double grown = 0.0;

    server = wire_server_start(answers, 1, false); /* the server's memory is in the measure */
    endpoint.base_url = wire_server_url(server);
    ck_assert_int_eq(client_new(&client, &limits, clock_system(), &err), 0);
    before = resident_kib();
    for (size_t i = 0; i < FLIGHTS_MAX; i++) {
        start(&flights[i], LARGE);
    }
    ck_assert_int_eq(client_wait(client, 1500, &err), 0);
    ck_assert_uint_gt(client_bytes_sent(client), UINT64_C(3000) * 1000 * FLIGHTS_MAX);
    grown = (resident_kib() - before) / FLIGHTS_MAX;
    if (getenv("HAYMAKER_SHOW") != NULL) {
        printf("resident per request in flight: %.0f KiB\n", grown);
    }
    ck_assert_double_lt(grown, 1024.0);
}
#endif

static void add_answers(TCase *tests)
{
    tcase_add_test(tests, a_large_prompt_arrives_byte_for_byte_with_its_length_known);
    tcase_add_test(tests, a_reply_says_who_answered_and_when);
    tcase_add_test(tests, an_answer_in_chunks_of_one_byte_is_read);
    tcase_add_test(tests, an_answer_without_a_content_type_is_read);
    tcase_add_test(tests, an_answer_that_is_one_json_object_is_read);
    tcase_add_test(tests, an_answer_is_complete_at_its_marker_though_the_server_holds_on);
    tcase_add_test(tests, an_answer_with_its_reason_is_complete_without_the_marker);
    tcase_add_test(tests, an_answer_with_its_reason_is_complete_though_the_connection_is_reset);
    tcase_add_test(tests, an_answer_longer_than_a_reply_may_be_is_cut);
}

static void add_retries(TCase *tests)
{
    tcase_add_test(tests, an_overloaded_server_is_asked_again_with_the_whole_body);
    tcase_add_test(tests, a_wait_that_the_server_asks_for_is_kept);
    tcase_add_test(tests, a_wait_that_is_too_long_ends_the_exchange);
    tcase_add_test(tests, attempts_are_limited);
    tcase_add_loop_test(tests, a_refusal_that_no_attempt_can_change_is_final, 0, 5);
    tcase_add_test(tests, an_error_in_the_stream_is_judged_like_one_of_http);
    tcase_add_test(tests, a_reset_before_the_answer_is_tried_again_in_the_open);
    tcase_add_test(tests, a_body_is_never_posted_again_in_silence);
    tcase_add_test(tests, an_answer_that_breaks_off_is_asked_for_again_and_its_half_forgotten);
    tcase_add_test(tests, a_refused_connection_is_named_by_host_and_port);
}

static void add_timers(TCase *tests)
{
    tcase_add_test(tests, an_error_that_is_never_closed_is_reported_when_the_timer_fires);
    tcase_add_test(tests, an_upload_that_stalls_is_timed_out_and_tried_again);
    tcase_add_test(tests, silence_after_the_upload_is_timed_out_and_not_tried_again);
    tcase_add_test(tests, headers_alone_do_not_start_the_idle_timer);
    tcase_add_test(tests, an_answer_that_stops_is_timed_out);
    tcase_add_test(tests, comments_keep_an_answer_alive);
}

static void add_strangeness(TCase *tests)
{
    tcase_add_test(tests, an_answer_in_the_middle_of_the_upload_ends_it);
    tcase_add_test(tests, a_proxy_never_stands_between_us_and_this_machine);
    tcase_add_loop_test(tests, a_page_instead_of_an_answer_is_named_and_shown, 0, 7);
    tcase_add_test(tests, a_page_without_end_is_cut_short);
    tcase_add_test(tests, a_redirect_is_not_followed);
    tcase_add_loop_test(tests, a_prompt_that_changes_or_fails_is_not_sent, 0, 2);
    tcase_add_loop_test(tests, a_prompt_of_another_length_than_measured_is_not_sent, 0, 2);
}

static void add_loop(TCase *tests)
{
    tcase_add_test(tests, sixteen_exchanges_go_side_by_side);
    tcase_add_test(tests, a_done_callback_may_start_another_exchange);
    tcase_add_test(tests, cancel_ends_all_at_once_and_each_says_so);
    tcase_add_test(tests, a_client_may_be_freed_with_everything_in_flight);
    tcase_add_test(tests, waiting_costs_no_time_of_the_processor);
    tcase_add_test(tests, a_wait_ends_on_time_and_at_once_when_nothing_is_in_flight);
#ifndef __SANITIZE_ADDRESS__
    tcase_add_test(tests, a_million_tokens_in_flight_add_less_than_a_mebibyte);
#endif
}

int main(void)
{
    Suite *suite = suite_create("endpoint_client");
    TCase *tests = suite_case(suite, "client");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    add_answers(tests);
    add_retries(tests);
    add_timers(tests);
    add_strangeness(tests);
    add_loop(tests);
    return suite_run(suite);
}
