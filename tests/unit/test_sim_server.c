#include "sim/sim.h"

#include "base/buf.h"
#include "base/clock.h"
#include "suite.h"

#include <arpa/inet.h>
#include <check.h>
#include <curl/curl.h>
#include <errno.h>
#include <jansson.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { RESPONSE_BYTES_MAX = 16 * 1024 * 1024, BODY_BYTES_MAX = 32 * 1024 * 1024 };

#define GOLD "A tapir said: \"nö\"\nand left; a second one, quite as grey, remained by the river."
#define ASK                                                                                        \
    "{\"role\":\"user\",\"content\":\"examples\"},"                                                \
    "{\"role\":\"user\",\"content\":\"write a poem about tapirs\"},"                               \
    "{\"role\":\"assistant\",\"content\":\"A tapir said: \\\"n\\u00f6\\\"\\nand left; a second "   \
    "one, quite as grey, remained by the river.\"},"                                               \
    "{\"role\":\"user\",\"content\":\"Prepend aB3dE6gH9j to the 1st (1 indexed) poem about "       \
    "tapirs. Do not include any other text in your response.\"}"

static struct sim *sim;

static void start_with(const struct sim_settings *settings)
{
    struct err err = {0};

    ck_assert_msg(sim_start(&sim, settings, &err) == 0, "%s", err.text);
}

static void start(void)
{
    static const struct sim_settings any_port = {0};

    start_with(&any_port);
}

static void stop(void)
{
    (void)sim_stop(sim);
    sim = NULL;
}

/* A response as the client saw it. */
struct response {
    struct buf body;
    long status;
    char type[64];
    long connects; /* new connections made for it */
};

static void response_init(struct response *response)
{
    *response = (struct response){0};
    buf_init(&response->body, RESPONSE_BYTES_MAX);
}

/* NOLINTNEXTLINE(readability-non-const-parameter): the signature is libcurl's */
static size_t take(char *bytes, size_t size, size_t count, void *context)
{
    struct response *response = context;

    buf_append(&response->body, (struct str){bytes, size * count});
    return size * count;
}

/* A handle set up to post `body` (GET where it is NULL); `body` is borrowed. */
static void prepare(CURL *curl, const char *path, struct str body, struct response *response)
{
    char url[128];

    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u%s", (unsigned)sim_port(sim), path);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, response);
    if (body.p != NULL) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.len);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.p);
    }
}

static void finish(CURL *curl, struct response *response)
{
    const char *type = NULL;

    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &response->status);
    curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &type);
    curl_easy_getinfo(curl, CURLINFO_NUM_CONNECTS, &response->connects);
    (void)snprintf(response->type, sizeof response->type, "%s", type != NULL ? type : "");
}

static void exchange(const char *path, struct str body, struct response *response)
{
    CURL *curl = curl_easy_init();
    CURLcode rc = CURLE_OK;

    response_init(response);
    prepare(curl, path, body, response);
    rc = curl_easy_perform(curl);
    ck_assert_msg(rc == CURLE_OK, "%s", curl_easy_strerror(rc));
    finish(curl, response);
    curl_easy_cleanup(curl);
}

/* Posts the conversation above to `model`, with `more` members in front. */
static void chat(const char *model, const char *more, struct response *response)
{
    char body[2048];

    (void)snprintf(body, sizeof body, "{%s\"model\":\"%s\",\"messages\":[" ASK "]}", more, model);
    exchange("/v1/chat/completions", str_from(body), response);
}

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

START_TEST(a_connection_is_kept_for_the_next_request_even_after_an_error)
{
    static const char *const bodies[] = {
        "{\"model\":\"perfect\",\"stream\":true,\"messages\":[" ASK "]}",
        "{\"model\":",
        "{\"model\":\"perfect\",\"messages\":[" ASK "]}",
    };
    CURL *curl = curl_easy_init();

    for (size_t i = 0; i < 3; i++) {
        struct response response;

        response_init(&response);
        prepare(curl, "/v1/chat/completions", str_from(bodies[i]), &response);
        ck_assert_int_eq(curl_easy_perform(curl), CURLE_OK);
        finish(curl, &response);
        ck_assert_int_eq(response.status, i == 1 ? 400 : 200);
        ck_assert_int_eq(response.connects, i == 0 ? 1 : 0);
        buf_release(&response.body);
    }
    stop(); /* although the connection is still open */
    curl_easy_cleanup(curl);
}

/* All at once; returns how long they took. */
static double exchange_together(const char *body, size_t count, struct response *responses)
{
    CURL *handles[256];
    CURLM *multi = curl_multi_init();
    uint64_t begin_ns = clock_ns(clock_system());
    int running = 1;

    ck_assert_uint_le(count, 256);
    for (size_t i = 0; i < count; i++) {
        handles[i] = curl_easy_init();
        response_init(&responses[i]);
        prepare(handles[i], "/v1/chat/completions", str_from(body), &responses[i]);
        curl_multi_add_handle(multi, handles[i]);
    }
    while (running != 0) {
        ck_assert_int_eq(curl_multi_perform(multi, &running), CURLM_OK);
        ck_assert_int_eq(curl_multi_poll(multi, NULL, 0, 100, NULL), CURLM_OK);
    }
    for (size_t i = 0; i < count; i++) {
        finish(handles[i], &responses[i]);
        curl_multi_remove_handle(multi, handles[i]);
        curl_easy_cleanup(handles[i]);
    }
    curl_multi_cleanup(multi);
    return clock_ms_between(begin_ns, clock_ns(clock_system()));
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

START_TEST(one_that_thinks_does_not_hold_up_another)
{
    /* About 55 prompt tokens: each request thinks for half a second. */
    static const struct sim_settings settings = {.prefill_rate = 110};
    static struct response responses[40];
    double elapsed_ms = 0.0;

    start_with(&settings);
    elapsed_ms = exchange_together("{\"model\":\"perfect\",\"messages\":[" ASK "]}", 40, responses);
    ck_assert_double_gt(elapsed_ms, 400);
    ck_assert_double_lt(elapsed_ms, 10000); /* one after the other: 20 s */
    for (size_t i = 0; i < 40; i++) {
        ck_assert_int_eq(responses[i].status, 200);
        buf_release(&responses[i].body);
    }
    stop();
}

START_TEST(stopping_does_not_wait_for_answers_under_way)
{
    static const struct sim_settings settings = {.prefill_rate = 0.001};
    struct response response;
    CURL *curl = curl_easy_init();
    CURLM *multi = curl_multi_init();
    uint64_t begin_ns = 0;
    int running = 0;

    start_with(&settings);
    response_init(&response);
    prepare(curl, "/v1/chat/completions",
            STR("{\"model\":\"perfect\",\"stream\":true,\"messages\":[" ASK "]}"), &response);
    curl_multi_add_handle(multi, curl);
    for (int i = 0; i < 20; i++) {
        ck_assert_int_eq(curl_multi_perform(multi, &running), CURLM_OK);
        ck_assert_int_eq(curl_multi_poll(multi, NULL, 0, 10, NULL), CURLM_OK);
    }
    ck_assert_int_eq(running, 1);
    begin_ns = clock_ns(clock_system());
    stop();
    ck_assert_double_lt(clock_ms_between(begin_ns, clock_ns(clock_system())), 5000);
    curl_multi_remove_handle(multi, curl);
    curl_easy_cleanup(curl);
    curl_multi_cleanup(multi);
    buf_release(&response.body);
}

static int connect_to(const char *address)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(sim_port(sim))};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(inet_pton(AF_INET, address, &to.sin_addr), 1);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) != 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

static void send_all(int fd, struct str bytes)
{
    while (bytes.len != 0) {
        ssize_t sent = send(fd, bytes.p, bytes.len, MSG_NOSIGNAL);

        ck_assert_int_gt(sent, 0);
        bytes = str_skip(bytes, (size_t)sent);
    }
}

/* Waits for a response and reads the start of it. */
static void assert_answers_200(int fd)
{
    struct pollfd readable = {.fd = fd, .events = POLLIN};
    char status[13] = "";

    ck_assert_int_eq(poll(&readable, 1, 30000), 1);
    ck_assert_int_eq(recv(fd, status, 12, MSG_WAITALL), 12);
    ck_assert_str_eq(status, "HTTP/1.1 200");
}

START_TEST(clients_that_vanish_leave_the_server_serving)
{
    static const struct sim_settings settings = {.output_rate = 100};
    struct str head = STR("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\n"
                          "Content-Length: 500\r\n\r\n{\"model\":\"perfect\",");
    struct str whole = STR("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\n"
                           "Transfer-Encoding: chunked\r\n\r\n"
                           "3f\r\n{\"stream\":true,\"model\":\"perfect\",\"messages\":[{\"role\":"
                           "\"user\",\"co\r\n6\r\nntent\"\r\n7\r\n:\"x\"}]}\r\n0\r\n\r\n");
    struct response response;

    start_with(&settings);
    for (size_t cut = 1; cut < head.len; cut += 5) {
        int fd = connect_to("127.0.0.1");

        ck_assert_int_ge(fd, 0);
        send_all(fd, str_take(head, cut));
        (void)close(fd);
    }
    for (int i = 0; i < 20; i++) {
        int fd = connect_to("127.0.0.1");

        ck_assert_int_ge(fd, 0);
        send_all(fd, whole);
        assert_answers_200(fd); /* it has begun, and is not read to its end */
        (void)close(fd);
    }
    chat("empty", "", &response);
    ck_assert_int_eq(response.status, 200);
    buf_release(&response.body);
    stop();
}

/* Both ends of each connection are in this process. */
static size_t connections_possible(size_t wanted)
{
    struct rlimit limit;

    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur / 2 - 50 < wanted ? limit.rlim_cur / 2 - 50 : wanted;
}

START_TEST(a_thousand_connections_are_held_and_served)
{
    enum { CONNECTIONS = 1000 };
    static int fds[CONNECTIONS];
    struct str request = STR("GET /v1/models HTTP/1.1\r\nHost: x\r\n\r\n");
    size_t count = connections_possible(CONNECTIONS);

    start();
    for (size_t i = 0; i < count; i++) {
        fds[i] = connect_to("127.0.0.1");
        ck_assert_int_ge(fds[i], 0);
    }
    for (size_t i = 0; i < count; i++) {
        send_all(fds[i], request);
    }
    for (size_t i = 0; i < count; i++) {
        assert_answers_200(fds[i]);
    }
    for (size_t i = 0; i < count; i++) {
        (void)close(fds[i]);
    }
    stop();
}

START_TEST(only_this_machine_can_connect)
{
    ck_assert_int_eq(strncmp(sim_base_url(sim), "http://127.0.0.1:", 17), 0);
    ck_assert_int_eq(connect_to("127.0.0.2"), -1); /* loopback too, and yet another address */
}

START_TEST(a_port_in_use_is_named)
{
    struct sim_settings same = {.port = sim_port(sim)};
    struct sim *second = NULL;
    struct err err = {0};
    char message[128];

    ck_assert_int_eq(sim_start(&second, &same, &err), ERR_SYSTEM);
    (void)snprintf(message, sizeof message, "cannot listen on 127.0.0.1:%u: Address already in use",
                   (unsigned)sim_port(sim));
    ck_assert_str_eq(err.text, message);
}

START_TEST(requests_answered_in_full_are_counted)
{
    struct response response;

    for (int i = 0; i < 3; i++) {
        chat("perfect", i == 1 ? "\"stream\":true," : "", &response);
        buf_release(&response.body);
    }
    ck_assert_uint_eq(sim_stop(sim), 3);
    sim = NULL;
}

int main(void)
{
    Suite *suite = suite_create("sim_server");
    TCase *replies = suite_case(suite, "replies");
    TCase *connections = suite_case(suite, "connections");

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
    tcase_add_test(replies, a_connection_is_kept_for_the_next_request_even_after_an_error);
    tcase_add_test(replies, parallel_requests_each_get_their_answer);
    tcase_add_test(replies, only_this_machine_can_connect);
    tcase_add_test(replies, a_port_in_use_is_named);
    tcase_add_test(replies, requests_answered_in_full_are_counted);
    tcase_add_test(connections, one_that_thinks_does_not_hold_up_another);
    tcase_add_test(connections, stopping_does_not_wait_for_answers_under_way);
    tcase_add_test(connections, clients_that_vanish_leave_the_server_serving);
    tcase_add_test(connections, a_thousand_connections_are_held_and_served);
    return suite_run(suite);
}
