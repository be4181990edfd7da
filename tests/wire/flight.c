#include "flight.h"

#include <check.h>
#include <jansson.h>
#include <string.h>

struct wire_server *server;
struct client *client;
struct client_limits limits;
struct endpoint endpoint;
struct flight flights[FLIGHTS_MAX];
struct err err;

void set_up(void)
{
    limits = client_limits_default;
    limits.pause_base_ms = 1;
    endpoint =
        (struct endpoint){.protocol = "openai-chat", .model = "m", .credentials = {.key = KEY}};
}

void tear_down(void)
{
    client_free(client);
    wire_server_stop(server);
    for (size_t i = 0; i < FLIGHTS_MAX; i++) {
        if (flights[i].reply.text.max != 0) {
            reply_release(&flights[i].reply);
        }
    }
}

void on_done(void *context, struct reply *reply)
{
    struct flight *flight = context;

    ck_assert_ptr_eq(reply, &flight->reply);
    flight->done++;
}

static bool on_retrying(void *context, const struct reply *reply, double wait_s)
{
    struct flight *flight = context;

    ck_assert_double_ge(wait_s, 0.0);
    if (flight->retries++ == 0) {
        memcpy(flight->first_error, reply->error.text, ERR_TEXT_MAX);
    }
    return true;
}

static void on_rate(void *context, const struct rate_report *report)
{
    struct flight *flight = context;

    flight->responses++;
    flight->rate = *report;
}

void serve(const struct wire_answer *answers, size_t count)
{
    server = wire_server_start(answers, count, true);
    endpoint.base_url = wire_server_url(server);
    ck_assert_int_eq(client_new(&client, &limits, clock_system(), &err), 0);
}

void start_then(struct flight *flight, uint64_t pieces,
                void (*done)(void *context, struct reply *reply))
{
    struct exchange_request request = {
        .endpoint = &endpoint,
        .prompt = &flight->prompt.prompt,
        .measure = &flight->measure,
        .reply = &flight->reply,
        .done = done,
        .retrying = on_retrying,
        .rate = on_rate,
        .context = flight,
    };

    if (flight->reply.text.max == 0) {
        long_prompt_init(&flight->prompt, pieces);
        long_prompt_measure(&flight->prompt, &flight->measure);
        reply_init(&flight->reply);
    }
    ck_assert_msg(client_start(client, &request, &err) == 0, "%s", err.text);
}

void start(struct flight *flight, uint64_t pieces)
{
    start_then(flight, pieces, on_done);
}

void work(void)
{
    while (client_in_flight(client) != 0) {
        ck_assert_msg(client_wait(client, WAIT_MS, &err) == 0, "%s", err.text);
    }
}

/* One exchange to its end. */
struct reply *ask(const struct wire_answer *answers, size_t count, uint64_t pieces)
{
    serve(answers, count);
    start(&flights[0], pieces);
    work();
    ck_assert_int_eq(flights[0].done, 1);
    return &flights[0].reply;
}

void expect_text(const struct reply *reply, const char *text)
{
    ck_assert_msg(reply->end == REPLY_COMPLETE, "%s: %s", reply_end_name(reply->end),
                  reply->error.text);
    ck_assert_msg(str_equal(buf_str(&reply->text), str_from(text)), "%.*s",
                  STR_ARG(buf_str(&reply->text)));
}

void expect_failure(const struct reply *reply, enum reply_end end, uint32_t attempts,
                    const char *says)
{
    ck_assert_msg(reply->end == end, "%s: %s", reply_end_name(reply->end), reply->error.text);
    ck_assert_msg(strstr(reply->error.text, says) != NULL, "%s", reply->error.text);
    ck_assert_uint_eq(reply->attempts, attempts);
    ck_assert_ptr_null(strstr(reply->error.text, KEY));
    ck_assert_ptr_null(strchr(reply->error.text, '\n'));
}

/* How many of the prompt's pieces, from `piece` on, the message's text is made of. */
static uint64_t count_pieces(const json_t *message, uint64_t piece)
{
    struct str rest = str_from(json_string_value(json_object_get(message, "content")));
    uint64_t count = 0;

    while (rest.len != 0) {
        char text[LONG_PROMPT_PIECE_MAX];

        long_prompt_piece(piece + count, text);
        ck_assert(str_starts(rest, str_from(text)));
        rest = str_skip(rest, strlen(text));
        count++;
    }
    return count;
}

void expect_whole_body(const struct wire_request *request, uint64_t pieces)
{
    json_t *body = json_loadb(request->body, request->body_len, JSON_REJECT_DUPLICATES, NULL);
    const json_t *messages = json_object_get(body, "messages");
    uint64_t piece = 0;

    ck_assert_ptr_nonnull(body);
    ck_assert(request->content_length == request->body_len);
    for (size_t i = 0; i < json_array_size(messages); i++) {
        const json_t *message = json_array_get(messages, i);

        ck_assert(str_equal(str_from(json_string_value(json_object_get(message, "role"))),
                            i % 2 == 0 ? STR("user") : STR("assistant")));
        piece += count_pieces(message, piece);
    }
    ck_assert(piece == pieces);
    json_decref(body);
}
