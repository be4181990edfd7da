/* Replies as servers give them, well and badly formed, through real HTTP. */
#include "suite.h"

#include "flight.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

START_TEST(a_large_prompt_arrives_byte_for_byte_with_its_length_known)
{
    static const struct wire_answer answers[] = {{.text = ANSWER}};
    const struct reply *reply = ask(answers, 1, LARGE);
    const struct wire_request *request = wire_server_request(server, 0);

    expect_text(reply, "Hello there");
    expect_whole_body(request, LARGE);
    ck_assert_uint_gt(request->body_len, 5000000);
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
        {.text = ANSWER, .piece = 20, .piece_pause_us = 10 * 1000}};
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
    /* So does the second piece of text after the first, and the end after that. */
    ck_assert_double_gt(reply->timing.longest_gap_ms, 3.0);
    ck_assert_double_lt(reply->timing.longest_gap_ms,
                        reply->timing.end_ms - reply->timing.first_text_ms);
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
    ck_assert_double_le(reply->timing.first_text_ms, reply->timing.end_ms);
}

START_TEST(an_answer_that_is_one_json_object_is_read)
{
    static const struct wire_answer answers[] = {
        {.text =
             "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"
             "{\"choices\":[{\"message\":{\"content\":\"Whole\"},\"finish_reason\":\"stop\"}]}"}};
    const struct reply *reply = ask(answers, 1, SMALL);

    expect_text(reply, "Whole");
    ck_assert_double_lt(reply->timing.longest_gap_ms, 0.0);
    ck_assert_double_gt(reply->timing.first_text_ms, 0.0);
}

START_TEST(an_answer_is_complete_at_its_marker_though_the_server_holds_on)
{
    static const struct wire_answer answers[] = {{.text = ANSWER, .ending = WIRE_HOLD}};
    const struct reply *reply = ask(answers, 1, SMALL);

    expect_text(reply, "Hello there");
    if (suite_measures()) { /* the wait for the close does not count */
        ck_assert_double_lt(reply->timing.end_ms, 900.0);
    }
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
    static const struct wire_answer answers[] = {
        {.text = "HTTP/1.1 307 Temporary Redirect\r\nLocation: /v1/elsewhere\r\n"
                 "Content-Length: 0\r\n\r\n"},
        {.text = ANSWER}};

    expect_failure(ask(answers, 2, SMALL), REPLY_DENIED, 1, "'/v1/elsewhere'");
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

int main(void)
{
    Suite *suite = suite_create("endpoint_answer");
    TCase *tests = suite_case(suite, "answer");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_large_prompt_arrives_byte_for_byte_with_its_length_known);
    tcase_add_test(tests, a_reply_says_who_answered_and_when);
    tcase_add_test(tests, an_answer_in_chunks_of_one_byte_is_read);
    tcase_add_test(tests, an_answer_without_a_content_type_is_read);
    tcase_add_test(tests, an_answer_that_is_one_json_object_is_read);
    tcase_add_test(tests, an_answer_is_complete_at_its_marker_though_the_server_holds_on);
    tcase_add_test(tests, an_answer_with_its_reason_is_complete_without_the_marker);
    tcase_add_test(tests, an_answer_with_its_reason_is_complete_though_the_connection_is_reset);
    tcase_add_loop_test(tests, a_page_instead_of_an_answer_is_named_and_shown, 0, 7);
    tcase_add_test(tests, a_page_without_end_is_cut_short);
    tcase_add_test(tests, a_redirect_is_not_followed);
    tcase_add_test(tests, an_answer_longer_than_a_reply_may_be_is_cut);
    return suite_run(suite);
}
