/* What comes back of a batch: every vendor's results, in any order, torn, doubled, foreign. */
#include "suite.h"

#include "batch_desk.h"

#include <string.h>

#define JSONL "HTTP/1.1 200 OK\r\nContent-Type: application/x-jsonl\r\nConnection: close\r\n\r\n"

/* OpenAI's lines: of requests answered, failed, and never come to. */
#define CHAT(text, reason)                                                                         \
    "{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion\",\"model\":\"m-1\",\"choices\":[{"       \
    "\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"" text                          \
    "\"},\"finish_reason\":\"" reason "\"}],\"usage\":{\"prompt_tokens\":900,"                     \
    "\"completion_tokens\":7,\"total_tokens\":907,\"prompt_tokens_details\":{"                     \
    "\"cached_tokens\":5},\"completion_tokens_details\":{\"reasoning_tokens\":3}}}"
#define OPENAI(id, body)                                                                           \
    "{\"id\":\"batch_req_1\",\"custom_id\":\"" id "\",\"response\":{\"status_code\":200,"          \
    "\"request_id\":\"req-" id "\",\"body\":" body "},\"error\":null}\n"
#define OPENAI_FAILED(id, status, body)                                                            \
    "{\"id\":\"batch_req_1\",\"custom_id\":\"" id "\",\"response\":{\"status_code\":" status       \
    ",\"request_id\":\"req-9\",\"body\":" body "},\"error\":null}\n"
#define OPENAI_UNSENT(id, code)                                                                    \
    "{\"id\":\"batch_req_1\",\"custom_id\":\"" id                                                  \
    "\",\"response\":null,\"error\":{\"code\":\"" code                                             \
    "\",\"message\":\"as the vendor says it\"}}\n"

static void over(const char *protocol, const struct wire_answer *answers, size_t answer_count,
                 uint64_t count)
{
    desk_serve(protocol, answers, answer_count);
    desk_write(0, count);
    desk.batches[0].phase = BATCH_ENDED;
    (void)snprintf(desk.batches[0].id, BATCH_ID_MAX, "%s",
                   protocol[0] == 'g' ? "batches/b1" : "b1");
    (void)snprintf(desk.batches[0].output_id, BATCH_ID_MAX, "%s",
                   protocol[0] == 'g' ? "files/out" : "file-out");
}

static void must_collect(void)
{
    ck_assert_msg(desk_collect() == 0, "%s", err.text);
    ck_assert_str_eq(batch_phase_name(desk.batches[0].phase), "collected");
    for (uint64_t i = 0; i < desk.batches[0].requests; i++) {
        ck_assert_int_eq(desk_reply(i)->times, 1);
    }
    ck_assert_uint_eq(desk.tally.answered + desk.tally.failed, desk.batches[0].requests);
}

static void expect_answer(uint64_t index, enum reply_end end, const char *text)
{
    const struct desk_reply *reply = desk_reply(index);

    ck_assert_msg(reply->end == end, "%u ends as %s: %s", (unsigned)index,
                  reply_end_name(reply->end), reply->error);
    ck_assert_str_eq(reply->text, text);
}

static void expect_error(uint64_t index, enum reply_end end, const char *says)
{
    const struct desk_reply *reply = desk_reply(index);

    ck_assert_msg(reply->end == end, "%u ends as %s: %s", (unsigned)index,
                  reply_end_name(reply->end), reply->error);
    ck_assert_msg(strstr(reply->error, says) != NULL, "%s", reply->error);
    ck_assert_msg(strstr(reply->error, KEY) == NULL, "%s", reply->error);
}

static void expect_tally(struct batch_tally wanted)
{
    ck_assert_uint_eq(desk.tally.answered, wanted.answered);
    ck_assert_uint_eq(desk.tally.failed, wanted.failed);
    ck_assert_uint_eq(desk.tally.missing, wanted.missing);
    ck_assert_uint_eq(desk.tally.repeated, wanted.repeated);
    ck_assert_uint_eq(desk.tally.foreign, wanted.foreign);
    ck_assert_uint_eq(desk.tally.unreadable, wanted.unreadable);
}

static const size_t pieces[] = {0, 1, 7};

START_TEST(openai_has_a_file_of_answers_and_one_of_errors)
{
    const struct wire_answer answers[] = {
        {.text = JSONL OPENAI("run1-3", CHAT("third", "stop")) OPENAI(
             "run1-0", CHAT("zeroth", "length")) OPENAI("run1-1", CHAT("", "content_filter")),
         .piece = pieces[_i]},
        {.text = JSONL OPENAI_UNSENT("run1-5", "batch_cancelled")
             OPENAI_FAILED("run1-2", "400",
                           "{\"error\":{\"message\":\"This model's maximum context length is 1000 "
                           "tokens. However, your messages resulted in 2000 tokens. " KEY
                           "\",\"code\":\"context_length_exceeded\"}}")
                 OPENAI_UNSENT("run1-4", "batch_expired") OPENAI_UNSENT("run1-6", "something_new"),
         .piece = pieces[_i]},
    };

    over("openai-chat", answers, 2, 7);
    (void)snprintf(desk.batches[0].errors_id, BATCH_ID_MAX, "file-err");
    must_collect();
    desk_expect_request(0, "GET /v1/files/file-out/content HTTP/1.1", NULL);
    desk_expect_request(1, "GET /v1/files/file-err/content HTTP/1.1", NULL);
    expect_answer(3, REPLY_COMPLETE, "third");
    expect_answer(0, REPLY_CUT, "zeroth");
    expect_answer(1, REPLY_FILTERED, "");
    expect_error(2, REPLY_TOO_LONG, "maximum context length");
    expect_error(4, REPLY_FAILED, "expired before this request");
    expect_error(5, REPLY_CANCELLED, "cancelled before this request");
    expect_error(6, REPLY_FAILED, "as the vendor says it");
    ck_assert_int_eq((int)desk_reply(2)->http_status, 400);
    ck_assert_str_eq(desk_reply(3)->request_id, "req-run1-3");
    ck_assert_str_eq(desk_reply(3)->finish_reason, "stop");
    ck_assert_int_eq((int)desk_reply(3)->usage.input_tokens, 900);
    ck_assert_int_eq((int)desk_reply(3)->usage.output_tokens, 7);
    ck_assert_int_eq((int)desk_reply(3)->usage.cached_tokens, 5);
    ck_assert_int_eq((int)desk_reply(3)->usage.reasoning_tokens, 3);
    expect_tally((struct batch_tally){.answered = 3, .failed = 4});
}

#define RESPONSE(status, more, content)                                                            \
    "{\"id\":\"resp_1\",\"object\":\"response\",\"status\":\"" status "\",\"model\":\"m-1\"," more \
    "\"output\":[{\"type\":\"reasoning\",\"summary\":[]},{\"type\":"                               \
    "\"message\",\"role\":\"assistant\",\"content\":[" content "]}],\"usage\":{"                   \
    "\"input_tokens\":900,\"input_tokens_details\":{\"cached_tokens\":5},\"output_tokens\":7,"     \
    "\"output_tokens_details\":{\"reasoning_tokens\":3},\"total_tokens\":907}}"
#define OUTPUT_TEXT(text) "{\"type\":\"output_text\",\"annotations\":[],\"text\":\"" text "\"}"

START_TEST(openai_responses_come_whole)
{
    const struct wire_answer answers[] = {
        {.text = JSONL OPENAI("run1-0", RESPONSE("completed", "", OUTPUT_TEXT("Hello")))
             OPENAI("run1-1", RESPONSE("incomplete",
                                       "\"incomplete_details\":{\"reason\":\"max_output_tokens\"},",
                                       OUTPUT_TEXT("Hel")))
                 OPENAI("run1-2", RESPONSE("completed", "",
                                           "{\"type\":\"refusal\",\"refusal\":\"I will not\"}"))
                     OPENAI("run1-3",
                            RESPONSE("failed",
                                     "\"error\":{\"code\":\"server_error\",\"message\":\"broke\"},",
                                     "")),
         .piece = pieces[_i]}};

    over("openai-responses", answers, 1, 4);
    must_collect();
    expect_answer(0, REPLY_COMPLETE, "Hello");
    expect_answer(1, REPLY_CUT, "Hel");
    expect_answer(2, REPLY_REFUSED, "I will not");
    expect_error(3, REPLY_FAILED, "broke");
    ck_assert_int_eq((int)desk_reply(0)->usage.input_tokens, 900);
    ck_assert_int_eq((int)desk_reply(0)->usage.reasoning_tokens, 3);
    expect_tally((struct batch_tally){.answered = 3, .failed = 1});
}

#define MESSAGE(text, reason)                                                                      \
    "{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"m-1\",\"content\":" \
    "[{\"type\":\"thinking\",\"thinking\":\"\"},{\"type\":\"text\",\"text\":\"" text               \
    "\"}],\"stop_reason\":\"" reason "\",\"stop_sequence\":null,\"usage\":{\"input_tokens\":"      \
    "800,\"cache_creation_input_tokens\":90,\"cache_read_input_tokens\":10,\"output_tokens\":7,"   \
    "\"output_tokens_details\":{\"thinking_tokens\":3}}}"
#define ANTHROPIC(id, result) "{\"custom_id\":\"" id "\",\"result\":" result "}\n"

START_TEST(anthropic_has_one_file_of_four_kinds_of_results)
{
    const struct wire_answer answers[] = {
        {.text = JSONL ANTHROPIC("run1-5", "{\"type\":\"expired\"}") ANTHROPIC(
             "run1-0", "{\"type\":\"succeeded\",\"message\":" MESSAGE("Hi", "end_turn") "}")
             ANTHROPIC("run1-2",
                       "{\"type\":\"errored\",\"error\":{\"type\":\"error\",\"error\":{"
                       "\"type\":\"invalid_request_error\",\"message\":\"prompt is too long: "
                       "1048577 tokens > 1000000 maximum\"},\"request_id\":\"req_2\"}}")
                 ANTHROPIC("run1-1",
                           "{\"type\":\"succeeded\",\"message\":" MESSAGE("", "refusal") "}")
                     ANTHROPIC("run1-3", "{\"type\":\"canceled\"}")
                         ANTHROPIC("run1-4", "{\"type\":\"errored\",\"error\":{\"type\":\"error\","
                                             "\"error\":{\"type\":\"overloaded_error\",\"message\":"
                                             "\"Overloaded\"}}}"),
         .piece = pieces[_i]}};
    static const char *const head[] = {"x-api-key: " KEY, "anthropic-version: 2023-06-01", NULL};

    over("anthropic-messages", answers, 1, 6);
    must_collect();
    desk_expect_request(0, "GET /v1/messages/batches/b1/results HTTP/1.1", head);
    expect_answer(0, REPLY_COMPLETE, "Hi");
    expect_answer(1, REPLY_REFUSED, "");
    expect_error(2, REPLY_TOO_LONG, "prompt is too long");
    expect_error(3, REPLY_CANCELLED, "cancelled before this request");
    expect_error(4, REPLY_FAILED, "Overloaded");
    expect_error(5, REPLY_FAILED, "expired before this request");
    ck_assert_str_eq(desk_reply(2)->request_id, "req_2");
    ck_assert_int_eq((int)desk_reply(0)->usage.input_tokens, 900);
    ck_assert_int_eq((int)desk_reply(0)->usage.cache_written_tokens, 90);
    ck_assert_int_eq((int)desk_reply(0)->usage.cached_tokens, 10);
    ck_assert_int_eq((int)desk_reply(0)->usage.reasoning_tokens, 3);
    expect_tally((struct batch_tally){.answered = 2, .failed = 4});
}

#define GEMINI(text, reason)                                                                       \
    "{\"candidates\":[{\"content\":{\"role\":\"model\",\"parts\":[{\"text\":\"hm\",\"thought\":"   \
    "true},{\"text\":\"" text "\"}]},\"index\":0,\"finishReason\":\"" reason                       \
    "\"}],\"usageMetadata\":{\"promptTokenCount\":900,\"cachedContentTokenCount\":5,"              \
    "\"candidatesTokenCount\":4,\"thoughtsTokenCount\":3,\"totalTokenCount\":907},"                \
    "\"modelVersion\":\"m-1\",\"responseId\":\"r-1\"}"

START_TEST(gemini_has_a_file_of_responses_and_statuses)
{
    const struct wire_answer answers[] = {
        {.text = JSONL "{\"key\":\"run1-1\",\"response\":" GEMINI(
             "Hi", "STOP") "}\n"
                           "{\"response\":" GEMINI(
                               "", "RECITATION") ",\"metadata\":{\"key\":"
                                                 "\"run1-0\"}}\n"
                                                 "{\"key\":\"run1-2\",\"error\":{\"code\":13,"
                                                 "\"message\":\"Internal\"}}\n"
                                                 "{\"key\":\"run1-3\",\"status\":{\"code\":3,"
                                                 "\"message\":\"Bad\"}}\n"
                                                 "{\"key\":\"run1-4\",\"response\":{"
                                                 "\"promptFeedback\":{\"blockReason\":"
                                                 "\"SAFETY\"}}}\n",
         .piece = pieces[_i]}};
    static const char *const head[] = {"x-goog-api-key: " KEY, NULL};

    over("gemini", answers, 1, 5);
    must_collect();
    desk_expect_request(0, "GET /download/v1/files/out:download?alt=media HTTP/1.1", head);
    expect_answer(1, REPLY_COMPLETE, "Hi");
    expect_answer(0, REPLY_FILTERED, "");
    expect_answer(4, REPLY_FILTERED, "");
    expect_error(2, REPLY_FAILED, "Internal");
    expect_error(3, REPLY_FAILED, "Bad");
    ck_assert_int_eq((int)desk_reply(1)->usage.output_tokens, 7);
    ck_assert_str_eq(desk_reply(1)->request_id, "r-1");
    expect_tally((struct batch_tally){.answered = 3, .failed = 2});
}

START_TEST(lines_that_are_doubled_foreign_or_no_results_take_no_reply_away)
{
    static const struct wire_answer answers[] = {
        {.text = JSONL "\n" OPENAI("run1-0", CHAT("first", "stop"))
             OPENAI("run1-0", CHAT("second", "stop")) OPENAI("run2-1", CHAT("other run", "stop"))
                 OPENAI("run1-99", CHAT("not asked", "stop")) OPENAI(
                     "1", CHAT("no tag", "stop")) "<html>\n{\"custom_id\":\"run1-1\"}\n[1]\n{}"
                                                  "\n" OPENAI("run1-2", "{\"choices\":[]}")}};

    over("openai-chat", answers, 1, 4);
    must_collect();
    expect_answer(0, REPLY_COMPLETE, "first");
    expect_error(1, REPLY_FAILED, "say nothing of this request");
    expect_error(2, REPLY_FAILED, "not an answer");
    expect_error(3, REPLY_FAILED, "say nothing of this request");
    expect_tally((struct batch_tally){
        .answered = 1, .failed = 3, .missing = 2, .repeated = 1, .foreign = 3, .unreadable = 4});
}

#define TWO  OPENAI("run1-0", CHAT("zero", "stop")) OPENAI("run1-9", CHAT("foreign", "stop"))
#define LAST OPENAI("run1-1", CHAT("one", "stop"))

START_TEST(a_download_that_breaks_is_made_again_and_repeats_nothing)
{
    /* Cut by a reset, by a length that is not reached, by a proxy that ends it as if whole. */
    static const struct wire_answer torn[3] = {
        {.text = JSONL TWO "{\"custom_id\":\"run1-1\",\"resp", .ending = WIRE_RESET},
        {.text = "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" TWO},
        {.text = JSONL TWO "{\"custom_id\":\"run1-1\",\"resp"},
    };
    const struct wire_answer answers[] = {torn[_i], torn[_i], {.text = JSONL TWO LAST}};

    over("openai-chat", answers, 3, 2);
    must_collect();
    ck_assert_uint_eq(wire_server_connections(server), 3);
    expect_answer(0, REPLY_COMPLETE, "zero");
    expect_answer(1, REPLY_COMPLETE, "one");
    expect_tally((struct batch_tally){.answered = 2, .foreign = 1});
}

START_TEST(a_last_line_without_its_end_is_a_result)
{
    static const struct wire_answer answers[] = {
        {.text = JSONL "{\"custom_id\":\"run1-0\",\"response\":{\"status_code\":200,\"body\":" CHAT(
             "zero", "stop") "}}"}};

    over("openai-chat", answers, 1, 1);
    must_collect();
    expect_answer(0, REPLY_COMPLETE, "zero");
    ck_assert_uint_eq(wire_server_connections(server), 1);
}

START_TEST(results_that_never_come_whole_keep_what_came_and_can_be_collected_later)
{
    static const struct wire_answer answers[] = {
        {.text = JSONL TWO "{\"cus"}, {.text = JSONL TWO "{\"cus"}, {.text = JSONL TWO LAST}};

    limits.attempts_max = 2;
    over("openai-chat", answers, 3, 2);
    ck_assert_int_eq(desk_collect(), ERR_INCOMPLETE);
    ck_assert_str_eq(batch_phase_name(desk.batches[0].phase), "ended");
    expect_answer(0, REPLY_COMPLETE, "zero");
    ck_assert_int_eq(desk_reply(1)->times, 0); /* nothing is called missing that may yet come */
    ck_assert_int_eq(desk_collect(), 0);
    expect_answer(1, REPLY_COMPLETE, "one");
}

START_TEST(a_reply_that_cannot_be_kept_ends_the_collection)
{
    static const struct wire_answer answers[] = {{.text = JSONL TWO LAST}};

    over("openai-chat", answers, 1, 2);
    desk.replies_left = 1;
    ck_assert_int_eq(desk_collect(), ERR_SYSTEM);
    ck_assert_msg(strstr(err.text, "the journal is full") != NULL, "%s", err.text);
    ck_assert_str_eq(batch_phase_name(desk.batches[0].phase), "ended");
    ck_assert_uint_eq(wire_server_connections(server), 1);
}

START_TEST(results_that_are_gone_are_an_error_and_no_failed_replies)
{
    static const struct wire_answer answers[] = {
        {.text = ERROR("404 Not Found", "", "{\"error\":{\"message\":\"No such File\"}}")}};

    over("openai-chat", answers, 1, 2);
    ck_assert_int_lt(desk_collect(), 0);
    ck_assert_msg(strstr(err.text, "No such File") != NULL, "%s", err.text);
    ck_assert_int_eq(desk_reply(0)->times + desk_reply(1)->times, 0);
    ck_assert_str_eq(batch_phase_name(desk.batches[0].phase), "lost");
    ck_assert_msg(strstr(desk.batches[0].error, "No such File") != NULL, "%s",
                  desk.batches[0].error);
}

START_TEST(a_batch_that_ended_early_has_a_reply_for_every_request)
{
    static const struct wire_answer answers[] = {{.text = JSONL LAST}};
    static const struct {
        enum batch_phase phase;
        enum reply_end end;
        const char *says;
        size_t connections;
    } rows[] = {
        {BATCH_EXPIRED, REPLY_FAILED, "expired before this request", 1},
        {BATCH_CANCELLED, REPLY_CANCELLED, "cancelled before this request", 1},
        {BATCH_FAILED, REPLY_FAILED, "the batch failed: bad line", 0},
    };

    over("openai-chat", answers, 1, 3);
    desk.batches[0].phase = rows[_i].phase;
    (void)snprintf(desk.batches[0].error, BATCH_ERROR_MAX, "%s",
                   rows[_i].phase == BATCH_FAILED ? "bad line" : "");
    must_collect();
    expect_error(0, rows[_i].end, rows[_i].says);
    expect_error(2, rows[_i].end, rows[_i].says);
    ck_assert_uint_eq(wire_server_connections(server), rows[_i].connections);
    ck_assert_uint_eq(desk.tally.answered, rows[_i].connections);
}

START_TEST(a_running_or_collected_batch_has_nothing_to_collect)
{
    static const struct wire_answer answers[] = {{.text = JSONL TWO LAST}};

    over("openai-chat", answers, 1, 2);
    desk.batches[0].phase = BATCH_RUNNING;
    ck_assert_int_eq(desk_collect(), ERR_USAGE);
    desk.batches[0].phase = BATCH_COLLECTED;
    ck_assert_int_eq(desk_collect(), ERR_USAGE);
    ck_assert_uint_eq(wire_server_connections(server), 0);
}

#ifndef __SANITIZE_ADDRESS__
/* Seventy megabytes of lines that are no results, and one of ours, in twenty-four of memory. */
START_TEST(results_are_read_line_by_line)
{
    enum { LINES = 70, LINE_BYTES = 1024 * 1024, MORE_BYTES = 24 * 1024 * 1024 };
    const size_t head_len = strlen(JSONL);
    const size_t room = head_len + (size_t)LINES * LINE_BYTES + 4096;
    char *text = malloc(room);
    struct wire_answer answers[] = {{.text = text}};
    size_t len = head_len;

    ck_assert_ptr_nonnull(text);
    memcpy(text, JSONL, head_len);
    for (size_t i = 0; i < LINES; i++) {
        memset(text + len, ' ', LINE_BYTES);
        memcpy(text + len, "{\"custom_id\":\"x\",\"result\":1}", 28);
        text[len + LINE_BYTES - 1] = '\n';
        len += LINE_BYTES;
    }
    memcpy(text + len, OPENAI("run1-0", CHAT("zero", "stop")),
           sizeof OPENAI("run1-0", CHAT("zero", "stop")));
    over("openai-chat", answers, 1, 1);
    free(text);
    desk_limit_memory(MORE_BYTES);
    must_collect();
    expect_answer(0, REPLY_COMPLETE, "zero");
    ck_assert_uint_eq(desk.tally.unreadable, LINES);
}
#endif

int main(void)
{
    Suite *suite = suite_create("endpoint_batch_results");
    TCase *tests = suite_case(suite, "results");

    tcase_add_checked_fixture(tests, desk_set_up, desk_tear_down);
    tcase_add_loop_test(tests, openai_has_a_file_of_answers_and_one_of_errors, 0, 3);
    tcase_add_loop_test(tests, openai_responses_come_whole, 0, 3);
    tcase_add_loop_test(tests, anthropic_has_one_file_of_four_kinds_of_results, 0, 3);
    tcase_add_loop_test(tests, gemini_has_a_file_of_responses_and_statuses, 0, 3);
    tcase_add_test(tests, lines_that_are_doubled_foreign_or_no_results_take_no_reply_away);
    tcase_add_loop_test(tests, a_download_that_breaks_is_made_again_and_repeats_nothing, 0, 3);
    tcase_add_test(tests, a_last_line_without_its_end_is_a_result);
    tcase_add_test(tests, results_that_never_come_whole_keep_what_came_and_can_be_collected_later);
    tcase_add_test(tests, a_reply_that_cannot_be_kept_ends_the_collection);
    tcase_add_test(tests, results_that_are_gone_are_an_error_and_no_failed_replies);
    tcase_add_loop_test(tests, a_batch_that_ended_early_has_a_reply_for_every_request, 0, 3);
    tcase_add_test(tests, a_running_or_collected_batch_has_nothing_to_collect);
#ifndef __SANITIZE_ADDRESS__
    if (suite_measures()) {
        tcase_add_test(tests, results_are_read_line_by_line);
    }
#endif
    return suite_run(suite);
}
