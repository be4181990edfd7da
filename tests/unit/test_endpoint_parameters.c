/* Parameters that an endpoint refuses: dropped once, asked again, written down, remembered. */
#include "suite.h"

#include "flight.h"

#include <jansson.h>

#include <string.h>

#define REFUSED(name)                                                                              \
    ERROR("400 Bad Request", "",                                                                   \
          "{\"error\":{\"message\":\"Unsupported parameter: '" name                                \
          "' is not supported with this "                                                          \
          "model.\",\"type\":\"invalid_request_error\",\"param\":\"" name "\",\"code\":"           \
          "\"unsupported_parameter\"}}")

static const char *const parameters[] = {"temperature=0.5", "top_p=0.9", NULL};

static json_t *body_of(size_t request)
{
    const struct wire_request *sent = wire_server_request(server, request);
    json_t *body = json_loadb(sent->body, sent->body_len, JSON_REJECT_DUPLICATES, NULL);

    ck_assert_ptr_nonnull(body);
    ck_assert_uint_eq(sent->content_length, sent->body_len);
    return body;
}

static bool has(size_t request, const char *name)
{
    json_t *body = body_of(request);
    bool given = json_object_get(body, name) != NULL;

    json_decref(body);
    return given;
}

START_TEST(a_refused_parameter_is_dropped_and_written_down)
{
    static const struct wire_answer answers[] = {{.text = REFUSED("temperature")},
                                                 {.text = ANSWER}};
    const struct reply *reply = NULL;

    endpoint.parameters = parameters;
    reply = ask(answers, 2, LARGE);
    expect_text(reply, "Hello there");
    ck_assert_str_eq(reply->dropped_parameters, "temperature");
    ck_assert_uint_eq(reply->attempts, 2);
    ck_assert(has(0, "temperature") && has(0, "top_p"));
    ck_assert(!has(1, "temperature") && has(1, "top_p"));
    expect_whole_body(wire_server_request(server, 1), LARGE);
}

START_TEST(parameters_are_dropped_one_after_the_other)
{
    static const struct wire_answer answers[] = {
        {.text = REFUSED("top_p")}, {.text = REFUSED("stream_options")}, {.text = ANSWER}};
    const struct reply *reply = NULL;

    endpoint.parameters = parameters;
    reply = ask(answers, 3, SMALL);
    expect_text(reply, "Hello there");
    ck_assert_str_eq(reply->dropped_parameters, "top_p, stream_options.include_usage");
    ck_assert(has(2, "temperature") && !has(2, "top_p") && !has(2, "stream_options"));
}

START_TEST(the_output_limit_is_sent_by_its_other_name)
{
    static const struct wire_answer answers[] = {{.text = REFUSED("max_completion_tokens")},
                                                 {.text = ANSWER}};
    const struct reply *reply = NULL;

    endpoint.max_output_tokens = 100;
    reply = ask(answers, 2, SMALL);
    expect_text(reply, "Hello there");
    ck_assert_str_eq(reply->dropped_parameters, "max_completion_tokens");
    ck_assert(has(0, "max_completion_tokens") && !has(0, "max_tokens"));
    ck_assert(!has(1, "max_completion_tokens") && has(1, "max_tokens"));
}

START_TEST(a_limit_refused_by_both_names_ends_the_exchange)
{
    static const struct wire_answer answers[] = {{.text = REFUSED("max_completion_tokens")},
                                                 {.text = REFUSED("max_tokens")}};

    endpoint.max_output_tokens = 100;
    expect_failure(ask(answers, 2, SMALL), REPLY_DENIED, 2, "'max_tokens' is not supported");
}

START_TEST(what_one_exchange_learnt_the_next_one_knows)
{
    static const struct wire_answer answers[] = {{.text = REFUSED("temperature")},
                                                 {.text = ANSWER}};

    endpoint.parameters = parameters;
    (void)ask(answers, 2, SMALL);
    start(&flights[1], SMALL);
    work();
    expect_text(&flights[1].reply, "Hello there");
    ck_assert_uint_eq(flights[1].reply.attempts, 1);
    ck_assert_str_eq(flights[1].reply.dropped_parameters, "temperature");
    ck_assert(!has(2, "temperature"));
}

START_TEST(exchanges_under_way_learn_it_each_at_the_price_of_one_attempt)
{
    enum { COUNT = 4 };
    static const struct wire_answer refused = {.text = REFUSED("temperature"), .waits_for = COUNT};
    const struct wire_answer answers[] = {refused, refused, refused, refused, {.text = ANSWER}};

    endpoint.parameters = parameters;
    serve(answers, COUNT + 1);
    for (size_t i = 0; i < COUNT; i++) {
        start(&flights[i], SMALL);
    }
    work();
    for (size_t i = 0; i < COUNT; i++) {
        expect_text(&flights[i].reply, "Hello there");
        ck_assert_str_eq(flights[i].reply.dropped_parameters, "temperature");
    }
    ck_assert_uint_eq(wire_server_connections(server), 2 * (size_t)COUNT);
}

START_TEST(another_model_is_asked_with_everything)
{
    static const struct wire_answer answers[] = {{.text = REFUSED("temperature")},
                                                 {.text = ANSWER}};

    endpoint.parameters = parameters;
    (void)ask(answers, 2, SMALL);
    endpoint.model = "other";
    start(&flights[1], SMALL);
    work();
    ck_assert_str_eq(flights[1].reply.dropped_parameters, "");
    ck_assert(has(2, "temperature"));
}

START_TEST(what_was_not_sent_or_not_named_is_not_tried_again)
{
    static const struct {
        const char *text;
        enum reply_end end;
        const char *says;
    } refusals[] = {
        {REFUSED("logprobs"), REPLY_DENIED, "logprobs"},
        {REFUSED("model"), REPLY_DENIED, "model"},
        {ERROR("400 Bad Request", "",
               "{\"error\":{\"message\":\"'temperature' must be at most 2\",\"param\":"
               "\"temperature\",\"code\":\"invalid_value\"}}"),
         REPLY_FAILED, "at most 2"},
        {ERROR("401 Unauthorized", "",
               "{\"error\":{\"message\":\"'temperature' is not supported\"}}"),
         REPLY_DENIED, "401"},
    };
    struct wire_answer answers[] = {{.text = refusals[_i].text}};

    endpoint.parameters = parameters;
    expect_failure(ask(answers, 1, SMALL), refusals[_i].end, 1, refusals[_i].says);
}

START_TEST(one_attempt_means_one_request)
{
    static const struct wire_answer answers[] = {{.text = REFUSED("temperature")}};

    endpoint.parameters = parameters;
    limits.attempts_max = 1;
    expect_failure(ask(answers, 1, SMALL), REPLY_DENIED, 1, "'temperature' is not supported");
    ck_assert_uint_eq(wire_server_connections(server), 1);
}

int main(void)
{
    Suite *suite = suite_create("endpoint_parameters");
    TCase *tests = suite_case(suite, "parameters");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_refused_parameter_is_dropped_and_written_down);
    tcase_add_test(tests, parameters_are_dropped_one_after_the_other);
    tcase_add_test(tests, the_output_limit_is_sent_by_its_other_name);
    tcase_add_test(tests, a_limit_refused_by_both_names_ends_the_exchange);
    tcase_add_test(tests, what_one_exchange_learnt_the_next_one_knows);
    tcase_add_test(tests, exchanges_under_way_learn_it_each_at_the_price_of_one_attempt);
    tcase_add_test(tests, another_model_is_asked_with_everything);
    tcase_add_loop_test(tests, what_was_not_sent_or_not_named_is_not_tried_again, 0, 4);
    tcase_add_test(tests, one_attempt_means_one_request);
    return suite_run(suite);
}
