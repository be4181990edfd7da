/* What the loopback endpoint replies over HTTP: streams, whole replies, errors. */
#include "sim_client.h"
#include "suite.h"

#include <jansson.h>
#include <string.h>

static json_t *parse(struct str text)
{
    json_error_t error;
    json_t *json = json_loadb(text.p, text.len, 0, &error);

    ck_assert_msg(json != NULL, "%s in '%.*s'", error.text, STR_ARG(text));
    return json;
}

/* A stream, put together as a client does. */
struct heard {
    struct buf content;
    struct buf refusal;
    int deltas; /* with text */
    char finish[16];
    json_int_t prompt_tokens; /* -1: no usage was told */
    json_int_t completion_tokens;
};

static void heard_release(struct heard *heard)
{
    buf_release(&heard->content);
    buf_release(&heard->refusal);
}

static void hear_text(json_t *text, struct buf *out, struct heard *heard)
{
    if (json_is_string(text) && json_string_length(text) != 0) {
        buf_append(out, (struct str){json_string_value(text), json_string_length(text)});
        heard->deltas++;
    }
}

static void hear_usage(json_t *usage, json_t *choices, struct heard *heard)
{
    if (json_is_object(usage)) {
        ck_assert_uint_eq(json_array_size(choices), 0);
        heard->prompt_tokens = json_integer_value(json_object_get(usage, "prompt_tokens"));
        heard->completion_tokens = json_integer_value(json_object_get(usage, "completion_tokens"));
    }
}

static void hear_finish(json_t *reason, struct heard *heard)
{
    if (json_is_string(reason)) {
        ck_assert_uint_eq(strlen(heard->finish), 0);
        (void)snprintf(heard->finish, sizeof heard->finish, "%s", json_string_value(reason));
    }
}

static void hear_event(struct str data, struct heard *heard)
{
    json_t *event = parse(data);
    json_t *choices = json_object_get(event, "choices");
    json_t *choice = json_array_get(choices, 0);
    json_t *delta = json_object_get(choice, "delta");

    ck_assert_str_eq(json_string_value(json_object_get(event, "object")), "chat.completion.chunk");
    ck_assert(json_is_array(choices));
    ck_assert(choice == NULL || heard->finish[0] == '\0'); /* only usage follows the finish */
    hear_text(json_object_get(delta, "content"), &heard->content, heard);
    hear_text(json_object_get(delta, "refusal"), &heard->refusal, heard);
    hear_usage(json_object_get(event, "usage"), choices, heard);
    hear_finish(json_object_get(choice, "finish_reason"), heard);
    json_decref(event);
}

/* Reads "data: …", blank line, …, "data: [DONE]", blank line, and nothing else. */
static void hear(struct str stream, struct heard *heard)
{
    struct str line;
    struct str blank;
    bool is_done = false;

    *heard = (struct heard){.prompt_tokens = -1};
    buf_init(&heard->content, RESPONSE_BYTES_MAX);
    buf_init(&heard->refusal, RESPONSE_BYTES_MAX);
    while (str_next_line(&stream, &line)) {
        ck_assert(!is_done);
        ck_assert(str_starts(line, STR("data: ")));
        ck_assert(str_next_line(&stream, &blank));
        ck_assert_uint_eq(blank.len, 0);
        line = str_skip(line, 6);
        is_done = str_equal(line, STR("[DONE]"));
        if (!is_done) {
            hear_event(line, heard);
        }
    }
    ck_assert(is_done);
}

static void chat_stream(const char *model, struct heard *heard)
{
    struct response response;

    chat(model, "\"stream\":true,", &response);
    ck_assert_int_eq(response.status, 200);
    ck_assert_str_eq(response.type, "text/event-stream");
    hear(buf_str(&response.body), heard);
    buf_release(&response.body);
}

START_TEST(a_stream_brings_the_answer_in_several_deltas_and_then_its_usage)
{
    struct response response;
    struct heard heard;

    chat("perfect", "\"stream\":true,\"stream_options\":{\"include_usage\":true},", &response);
    hear(buf_str(&response.body), &heard);
    ck_assert_str_eq(heard.content.p, "aB3dE6gH9j" GOLD);
    ck_assert_int_ge(heard.deltas, 3);
    ck_assert_str_eq(heard.finish, "stop");
    ck_assert_int_gt(heard.prompt_tokens, 30);
    ck_assert_int_gt(heard.completion_tokens, 10);
    heard_release(&heard);
    buf_release(&response.body);
}

START_TEST(usage_is_streamed_only_when_asked_for)
{
    struct heard heard;

    chat_stream("perfect", &heard);
    ck_assert_int_eq(heard.prompt_tokens, -1);
    heard_release(&heard);
}

START_TEST(models_end_their_streams_as_they_should)
{
    struct heard heard;

    chat_stream("refuse", &heard);
    ck_assert_uint_eq(heard.content.len, 0);
    ck_assert_str_eq(heard.refusal.p, "I'm sorry, but I can't help with that request.");
    ck_assert_str_eq(heard.finish, "stop");
    heard_release(&heard);

    chat_stream("cut", &heard);
    ck_assert_uint_lt(heard.content.len, strlen(GOLD));
    ck_assert_str_eq(heard.finish, "length");
    heard_release(&heard);

    chat_stream("empty", &heard);
    ck_assert_int_eq(heard.deltas, 0);
    ck_assert_str_eq(heard.finish, "stop");
    heard_release(&heard);

    chat_stream("newline", &heard);
    ck_assert_str_eq(heard.content.p, "\n\naB3dE6gH9j" GOLD);
    heard_release(&heard);
}

START_TEST(without_stream_the_reply_is_one_object)
{
    struct response response;
    json_t *json = NULL;
    json_t *choice = NULL;
    json_t *usage = NULL;

    chat("perfect", "", &response);
    ck_assert_int_eq(response.status, 200);
    ck_assert_str_eq(response.type, "application/json");
    json = parse(buf_str(&response.body));
    choice = json_array_get(json_object_get(json, "choices"), 0);
    usage = json_object_get(json, "usage");
    ck_assert_str_eq(json_string_value(json_object_get(json, "object")), "chat.completion");
    ck_assert_str_eq(
        json_string_value(json_object_get(json_object_get(choice, "message"), "content")),
        "aB3dE6gH9j" GOLD);
    ck_assert_str_eq(json_string_value(json_object_get(choice, "finish_reason")), "stop");
    ck_assert_int_eq(json_integer_value(json_object_get(usage, "total_tokens")),
                     json_integer_value(json_object_get(usage, "prompt_tokens")) +
                         json_integer_value(json_object_get(usage, "completion_tokens")));
    json_decref(json);
    buf_release(&response.body);
}

START_TEST(every_model_is_listed)
{
    struct response response;
    json_t *json = NULL;
    json_t *data = NULL;
    size_t count = 0;

    exchange("/v1/models", (struct str){0}, &response);
    ck_assert_int_eq(response.status, 200);
    json = parse(buf_str(&response.body));
    data = json_object_get(json, "data");
    for (; sim_models[count].name != NULL; count++) {
        ck_assert_str_eq(json_string_value(json_object_get(json_array_get(data, count), "id")),
                         sim_models[count].name);
    }
    ck_assert_uint_eq(json_array_size(data), count);
    json_decref(json);
    buf_release(&response.body);
}

static const struct {
    const char *path;
    const char *body; /* NULL: GET */
    long status;
    const char *code; /* NULL: null */
} failures[] = {
    {"/", NULL, 404, "unknown_url"},
    {"/v1/chat", "{}", 404, "unknown_url"},
    {"/v1/%FF%01", "{}", 404, "unknown_url"},
    {"/v1/chat/completions", NULL, 405, "method_not_supported"},
    {"/v1/models", "{}", 405, "method_not_supported"},
    {"/v1/chat/completions", "", 400, NULL},
    {"/v1/chat/completions", "{\"model\":", 400, NULL},
    {"/v1/chat/completions", "nonsense", 400, NULL},
    {"/v1/chat/completions", "[]", 400, "invalid_type"},
    {"/v1/chat/completions", "{\"model\":\"perfect\"}", 400, "missing_required_parameter"},
    {"/v1/chat/completions", "{\"messages\":[" ASK "]}", 400, "missing_required_parameter"},
    {"/v1/chat/completions", "{\"model\":\"perfect\",\"messages\":[]}", 400, "empty_array"},
    {"/v1/chat/completions", "{\"model\":\"oracle\",\"messages\":[" ASK "]}", 404,
     "model_not_found"},
};

START_TEST(a_request_that_cannot_be_served_gets_an_error_body)
{
    struct response response;
    json_t *json = NULL;
    json_t *error = NULL;
    json_t *code = NULL;

    exchange(failures[_i].path, str_from(failures[_i].body), &response);
    ck_assert_int_eq(response.status, failures[_i].status);
    ck_assert_str_eq(response.type, "application/json");
    json = parse(buf_str(&response.body));
    error = json_object_get(json, "error");
    code = json_object_get(error, "code");
    ck_assert_uint_gt(json_string_length(json_object_get(error, "message")), 0);
    ck_assert_str_eq(json_string_value(json_object_get(error, "type")), "invalid_request_error");
    ck_assert_ptr_nonnull(json_object_get(error, "param"));
    ck_assert_ptr_nonnull(code);
    ck_assert_pstr_eq(json_string_value(code), failures[_i].code);
    json_decref(json);
    buf_release(&response.body);
}

/* A conversation of `bytes` and more with the needle in its middle. */
static void append_long_body(struct buf *body, size_t bytes)
{
    buf_append(body, STR("{\"model\":\"perfect\",\"messages\":["));
    for (size_t i = 0; body->len < bytes; i++) {
        buf_appendf(body,
                    "{\"role\":\"user\",\"content\":\"write a email about stars\"},"
                    "{\"role\":\"assistant\",\"content\":\"Reply %zu.\\nThe night is clear, and "
                    "nothing more is to be said of it than that.\"},",
                    i);
    }
    buf_append(body, STR(ASK "]}"));
}

START_TEST(a_body_of_5_megabytes_is_read)
{
    struct response response;
    struct buf body;

    buf_init(&body, BODY_BYTES_MAX);
    append_long_body(&body, 5000000);
    exchange("/v1/chat/completions", buf_str(&body), &response);
    ck_assert_int_eq(response.status, 200);
    ck_assert_uint_ne(str_find(buf_str(&response.body), STR("\"aB3dE6gH9jA tapir said: ")),
                      SIZE_MAX);
    buf_release(&response.body);
    buf_release(&body);
}

START_TEST(an_error_early_in_a_long_body_still_reaches_the_client)
{
    struct response response;
    struct buf body;

    buf_init(&body, BODY_BYTES_MAX);
    buf_append(&body, STR("oops"));
    append_long_body(&body, 5000000);
    exchange("/v1/chat/completions", buf_str(&body), &response);
    ck_assert_int_eq(response.status, 400);
    buf_release(&response.body);
    buf_release(&body);
}

START_TEST(parallel_requests_each_get_their_answer)
{
    static struct response responses[200];

    (void)exchange_together("{\"model\":\"perfect\",\"stream\":true,\"messages\":[" ASK "]}", 200,
                            responses);
    for (size_t i = 0; i < 200; i++) {
        struct heard heard;

        ck_assert_int_eq(responses[i].status, 200);
        hear(buf_str(&responses[i].body), &heard);
        ck_assert_str_eq(heard.content.p, "aB3dE6gH9j" GOLD);
        heard_release(&heard);
        buf_release(&responses[i].body);
    }
}

int main(void)
{
    Suite *suite = suite_create("sim_server");
    TCase *replies = suite_case(suite, "replies");

    tcase_add_checked_fixture(replies, start, stop);
    tcase_add_test(replies, a_stream_brings_the_answer_in_several_deltas_and_then_its_usage);
    tcase_add_test(replies, usage_is_streamed_only_when_asked_for);
    tcase_add_test(replies, models_end_their_streams_as_they_should);
    tcase_add_test(replies, without_stream_the_reply_is_one_object);
    tcase_add_test(replies, every_model_is_listed);
    tcase_add_loop_test(replies, a_request_that_cannot_be_served_gets_an_error_body, 0,
                        (int)(sizeof failures / sizeof failures[0]));
    tcase_add_test(replies, a_body_of_5_megabytes_is_read);
    tcase_add_test(replies, an_error_early_in_a_long_body_still_reaches_the_client);
    tcase_add_test(replies, parallel_requests_each_get_their_answer);
    return suite_run(suite);
}
