/* Streams as servers send them (tests/wire/openai_chat), replayed in pieces of 1 byte, 7 bytes and
 * whole: the reply must be the same. */
#include "suite.h"

#include "base/file.h"
#include "endpoint/openai_chat.h"
#include "endpoint/sse.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum { FILE_MAX = 1024 * 1024 };

static const size_t pieces[] = {1, 7, FILE_MAX};

struct stream {
    const char *file;
    enum protocol_event last; /* what the last event told */
    enum reply_end end;
    const char *text;
    const char *finish_reason;
    const char *model;
    struct reply_usage usage;
};

static const struct stream streams[] = {
    {"answer.sse",
     PROTOCOL_FINAL,
     REPLY_COMPLETE,
     "AbC123xyZ0Once upon a \"time\",\ncaf\xC3\xA9 \xE2\x80\x94 \xF0\x9F\x98\x80",
     "stop",
     "gpt-test-2026-01-01",
     {900123, 1024, -1, 210, 128}},
    {"refusal.sse",
     PROTOCOL_FINAL,
     REPLY_REFUSED,
     "I can't help with that.",
     "stop",
     "gpt-test",
     {-1, -1, -1, -1, -1}},
    {"cut.sse",
     PROTOCOL_FINAL,
     REPLY_CUT,
     "The beginning of an end",
     "length",
     "",
     {-1, -1, -1, -1, -1}},
    {"filtered.sse",
     PROTOCOL_FINAL,
     REPLY_FILTERED,
     "Some",
     "content_filter",
     "",
     {-1, -1, -1, -1, -1}},
    {"reasoning.sse",
     PROTOCOL_FINAL,
     REPLY_COMPLETE,
     "The poem.",
     "stop",
     "deep",
     {100, 64, -1, 9, 6}},
    {"parts.sse", PROTOCOL_FINAL, REPLY_COMPLETE, "An answer", "stop", "parts", {7, -1, -1, 2, -1}},
    {"no_marker.sse", PROTOCOL_MORE, REPLY_COMPLETE, "No marker", "stop", "", {-1, -1, -1, -1, -1}},
    {"reasoning_apart.sse",
     PROTOCOL_FINAL,
     REPLY_COMPLETE,
     "ok",
     "stop",
     "x",
     {50, -1, -1, 202, 200}},
    {"error_event.sse", PROTOCOL_ERROR, REPLY_FAILED, "The be", "", "", {-1, -1, -1, -1, -1}},
    {"error_data.sse", PROTOCOL_ERROR, REPLY_FAILED, "The be", "", "", {-1, -1, -1, -1, -1}},
};

static const struct endpoint plain = {.model = "m"};
static struct reply reply;
static struct buf file;
static struct err err;

static void set_up(void)
{
    reply_init(&reply);
    buf_init(&file, FILE_MAX);
}

static void tear_down(void)
{
    reply_release(&reply);
    buf_release(&file);
}

static void load(const char *name)
{
    const char *source = getenv("HAYMAKER_SOURCE"); // NOLINT(concurrency-mt-unsafe): one thread
    char path[1024];

    (void)snprintf(path, sizeof path, "%s/tests/wire/openai_chat/%s", source, name);
    buf_reset(&file);
    ck_assert_msg(file_read(path, &file, &err) == 0, "%s", err.text);
}

static bool is_open(enum protocol_event told)
{
    return told == PROTOCOL_MORE || told == PROTOCOL_REASONING;
}

static enum protocol_event tell(struct str data)
{
    struct stream_event event = {.type = STR("message"), .data = data};

    return openai_chat.on_event(&plain, &event, &reply);
}

/* What the last event told. */
static enum protocol_event replay(size_t piece)
{
    struct str rest = buf_str(&file);
    enum protocol_event told = PROTOCOL_MORE;
    struct stream_event event;
    struct sse sse;

    reply_reset(&reply);
    sse_init(&sse, FILE_MAX);
    while (rest.len != 0 && is_open(told)) {
        struct str bytes = str_take(rest, piece);

        rest = str_skip(rest, piece);
        while (is_open(told) && sse_next(&sse, &bytes, &event, &err) > 0) {
            told = openai_chat.on_event(&plain, &event, &reply);
        }
    }
    if (is_open(told) && sse_end(&sse, &event, &err) > 0) {
        told = openai_chat.on_event(&plain, &event, &reply);
    }
    sse_release(&sse);
    return told;
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

    load(stream->file);
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        ck_assert_int_eq(replay(pieces[i]), stream->last);
        ck_assert_int_eq(reply.end, stream->end);
        ck_assert_msg(str_equal(buf_str(&reply.text), str_from(stream->text)), "%s: %.*s",
                      stream->file, STR_ARG(buf_str(&reply.text)));
        expect_word(reply.finish_reason, stream->finish_reason);
        expect_word(reply.model, stream->model);
        expect_usage(stream->usage);
    }
}

START_TEST(bytes_that_are_not_utf8_do_not_lose_the_answer)
{
    load("broken_text.sse");
    ck_assert_int_eq(replay(1), PROTOCOL_FINAL);
    ck_assert(str_equal(buf_str(&reply.text),
                        STR("bad \xEF\xBF\xBD\xEF\xBF\xBD byte, half \xEF\xBF\xBD\xEF\xBF\xBD, "
                            "lone \xEF\xBF\xBD end, nul \0.")));
}

START_TEST(an_answer_without_its_marker_is_complete_once_its_reason_came)
{
    load("no_marker.sse");
    (void)replay(FILE_MAX);
    ck_assert(openai_chat.complete_at_end(&reply));
    reply_reset(&reply);
    (void)tell(STR("{\"choices\":[{\"delta\":{\"content\":\"x\"}}]}"));
    ck_assert(!openai_chat.complete_at_end(&reply));
}

START_TEST(a_marker_alone_completes_a_stream_without_reasons)
{
    struct str chunk = STR("{\"choices\":[{\"delta\":{\"content\":\"x\"}}]}");

    ck_assert_int_eq(tell(chunk), PROTOCOL_MORE);
    ck_assert_int_eq(tell(STR("[DONE]")), PROTOCOL_FINAL);
    ck_assert_int_eq(reply.end, REPLY_COMPLETE);
}

START_TEST(an_answer_that_was_not_streamed_is_read_all_the_same)
{
    struct str body =
        STR("{\"object\":\"chat.completion\",\"model\":\"m\",\"choices\":[{\"index\":0,"
            "\"message\":{\"role\":\"assistant\",\"content\":\"Whole.\"},"
            "\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":3,"
            "\"completion_tokens\":1}}");

    ck_assert_int_eq(tell(body), PROTOCOL_MORE);
    ck_assert(str_equal(buf_str(&reply.text), STR("Whole.")));
    ck_assert(openai_chat.complete_at_end(&reply));
    ck_assert_int_eq(reply.usage.input_tokens, 3);
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
        {"{\"choices\":[]}", PROTOCOL_MORE},
        {"{\"choices\":null,\"usage\":null}", PROTOCOL_MORE},
        {"{\"choices\":[null]}", PROTOCOL_MORE},
        {"{\"choices\":[{\"delta\":null,\"finish_reason\":null}]}", PROTOCOL_MORE},
        {"{\"choices\":[{\"delta\":{\"content\":17}}]}", PROTOCOL_MORE},
        {"{\"choices\":{\"delta\":1}}", PROTOCOL_MORE},
        {"{\"error\":null,\"choices\":[]}", PROTOCOL_MORE},
        {"{\"prompt_progress\":{\"total\":9,\"processed\":3}}", PROTOCOL_MORE},
        {" [DONE] ", PROTOCOL_FINAL},
        {"{\"error\":\"text\"}", PROTOCOL_ERROR},
        {"{\"object\":\"error\",\"message\":\"old vLLM\"}", PROTOCOL_ERROR},
        {"[{\"error\":{\"code\":400}}]", PROTOCOL_ERROR},
        {"{\"choices\":[{\"delta\":{},\"finish_reason\":\"insufficient_system_resource\"}]}",
         PROTOCOL_ERROR},
        {"hello", PROTOCOL_UNREADABLE},
        {"{\"choices\":[{\"del", PROTOCOL_UNREADABLE},
        {"[1]", PROTOCOL_UNREADABLE},
        {"\"text\"", PROTOCOL_UNREADABLE},
    };

    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++) {
        reply_reset(&reply);
        ck_assert_msg(tell(str_from(events[i].data)) == events[i].told, "%s", events[i].data);
        ck_assert_uint_eq(reply.text.len, 0);
    }
}

static json_t *framed_request(const struct endpoint *endpoint)
{
    struct arena arena = {0};
    struct request_json members = {.arena = &arena};
    struct body_frame frame;
    struct buf text = {0};
    json_t *request = NULL;

    ck_assert_msg(openai_chat.frame(endpoint, &members, &frame, &err) == 0, "%s", err.text);
    buf_init(&text, FILE_MAX);
    buf_append(&text, frame.head);
    buf_append(&text, frame.open[PROMPT_USER]);
    buf_append(&text, STR("one"));
    buf_append(&text, frame.close);
    buf_append(&text, frame.between);
    buf_append(&text, frame.open[PROMPT_ASSISTANT]);
    buf_append(&text, STR("two"));
    buf_append(&text, frame.close);
    buf_append(&text, frame.tail);
    request = json_loadb(text.p, text.len, JSON_REJECT_DUPLICATES, NULL);
    ck_assert_msg(request != NULL, "%s", text.p);
    buf_release(&text);
    arena_release(&arena);
    return request;
}

START_TEST(a_request_holds_what_the_schema_asks_for)
{
    static const char *const parameters[] = {"temperature=0.5", "stop=[\"a\",\"b\"]",
                                             "we\"ird={\"x\": null}", NULL};
    struct endpoint endpoint = {
        .model = "org/mo\"del", .max_output_tokens = 4096, .parameters = parameters};
    json_t *request = framed_request(&endpoint);
    json_t *wanted = json_pack(
        "{s:s, s:[{s:s, s:s}, {s:s, s:s}], s:b, s:{s:b}, s:i, s:f, s:[s, s], s:{s:n}}", "model",
        "org/mo\"del", "messages", "role", "user", "content", "one", "role", "assistant", "content",
        "two", "stream", 1, "stream_options", "include_usage", 1, "max_completion_tokens", 4096,
        "temperature", 0.5, "stop", "a", "b", "we\"ird", "x");

    ck_assert_ptr_nonnull(wanted);
    ck_assert(json_equal(request, wanted));
    json_decref(request);
    json_decref(wanted);
}

START_TEST(without_a_limit_none_is_sent)
{
    struct endpoint endpoint = {.model = "m"};
    json_t *request = framed_request(&endpoint);

    ck_assert_ptr_null(json_object_get(request, "max_completion_tokens"));
    ck_assert_uint_eq(json_object_size(request), 4);
    json_decref(request);
}

START_TEST(a_parameter_that_cannot_be_sent_is_refused_by_name)
{
    static const struct {
        const char *parameters[3];
        const char *says;
    } wrong[] = {
        {{"temperature", NULL}, "'temperature' is not NAME=JSON"},
        {{"=1", NULL}, "'=1' is not NAME=JSON"},
        {{"effort=high", NULL}, "not JSON"},
        {{"effort=", NULL}, "not JSON"},
        {{"x={\"a\":1,\"a\":2}", NULL}, "not JSON"},
        {{"x=1,\"stream\":false", NULL}, "not JSON"},
        {{"stream=false", NULL}, "'stream' is set by the program"},
        {{"max_completion_tokens=5", NULL}, "'max_completion_tokens' is set by the program"},
        {{"seed=1", "seed=2", NULL}, "'seed' is given twice"},
    };

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct endpoint endpoint = {
            .model = "m", .max_output_tokens = 9, .parameters = wrong[i].parameters};
        struct arena arena = {0};
        struct request_json members = {.arena = &arena};
        struct body_frame frame;

        ck_assert_int_eq(openai_chat.frame(&endpoint, &members, &frame, &err), ERR_USAGE);
        ck_assert_msg(strstr(err.text, wrong[i].says) != NULL, "%s", err.text);
        arena_release(&arena);
    }
}

int main(void)
{
    Suite *suite = suite_create("endpoint_openai_chat");
    TCase *tests = suite_case(suite, "openai_chat");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, a_stream_gives_the_same_reply_in_pieces_of_any_size, 0,
                        (int)(sizeof streams / sizeof streams[0]));
    tcase_add_test(tests, bytes_that_are_not_utf8_do_not_lose_the_answer);
    tcase_add_test(tests, an_answer_without_its_marker_is_complete_once_its_reason_came);
    tcase_add_test(tests, a_marker_alone_completes_a_stream_without_reasons);
    tcase_add_test(tests, an_answer_that_was_not_streamed_is_read_all_the_same);
    tcase_add_test(tests, events_that_are_not_ours_are_told_apart);
    tcase_add_test(tests, a_request_holds_what_the_schema_asks_for);
    tcase_add_test(tests, without_a_limit_none_is_sent);
    tcase_add_test(tests, a_parameter_that_cannot_be_sent_is_refused_by_name);
    return suite_run(suite);
}
