/* Vertex: Gemini and Claude at Google Cloud's addresses, with the streams and errors of both. */
#include "suite.h"

#include "endpoint/route.h"
#include "endpoint/vertex_anthropic.h"
#include "endpoint/vertex_gemini.h"
#include "replay.h"

#include <string.h>

static struct err err;

START_TEST(a_location_decides_the_host)
{
    static const struct {
        const char *location;
        const char *url;
    } places[] = {
        {"us-east5", "https://us-east5-aiplatform.googleapis.com/v1/projects/p-1/locations/us-east5"
                     "/publishers/google/models/m:streamGenerateContent?alt=sse"},
        {"global", "https://aiplatform.googleapis.com/v1/projects/p-1/locations/global"
                   "/publishers/google/models/m:streamGenerateContent?alt=sse"},
        {"us", "https://aiplatform.us.rep.googleapis.com/v1/projects/p-1/locations/us"
               "/publishers/google/models/m:streamGenerateContent?alt=sse"},
        {"eu", "https://aiplatform.eu.rep.googleapis.com/v1/projects/p-1/locations/eu"
               "/publishers/google/models/m:streamGenerateContent?alt=sse"},
    };

    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        struct endpoint endpoint = {.protocol = "vertex-gemini",
                                    .model = "m",
                                    .project = "p-1",
                                    .region = places[i].location};
        struct route route;

        ck_assert_msg(route_init(&route, &endpoint, NULL, &err) == 0, "%s", err.text);
        ck_assert_msg(strcmp(route.url, places[i].url) == 0, "%s", route.url);
        route_release(&route);
    }
}

START_TEST(a_place_that_could_be_another_host_is_refused)
{
    static const char *const locations[] = {"evil.example/", "a@b", "a:1", "US", "a b"};

    for (size_t i = 0; i < sizeof locations / sizeof locations[0]; i++) {
        struct endpoint endpoint = {
            .protocol = "vertex-anthropic", .model = "m", .project = "p", .region = locations[i]};

        ck_assert_int_eq(endpoint_check(&endpoint, &err), ERR_USAGE);
        ck_assert_msg(strstr(err.text, "is not a location") != NULL, "%s", err.text);
    }
}

START_TEST(a_model_and_a_project_are_one_segment_each)
{
    struct endpoint endpoint = {.protocol = "vertex-anthropic",
                                .model = "claude@2026/../x",
                                .project = "a/b",
                                .region = "global"};
    struct route route;

    ck_assert_msg(route_init(&route, &endpoint, NULL, &err) == 0, "%s", err.text);
    ck_assert_msg(strcmp(route.url,
                         "https://aiplatform.googleapis.com/v1/projects/a%2Fb/locations/global/"
                         "publishers/anthropic/models/claude%402026%2F..%2Fx:streamRawPredict") ==
                      0,
                  "%s", route.url);
    route_release(&route);
}

START_TEST(a_request_to_gemini_is_the_one_of_its_own_api)
{
    replay_expect_request(&(struct endpoint){.protocol = "vertex-gemini",
                                             .base_url = "https://h/v1/projects/p/locations/global",
                                             .model = "g",
                                             .max_output_tokens = 9},
                          "{\"generationConfig\":{\"maxOutputTokens\":9},\"contents\":["
                          "{\"role\":\"user\",\"parts\":[{\"text\":\"one\"}]},"
                          "{\"role\":\"user\",\"parts\":[{\"text\":\"t\\\"wo\"}]},"
                          "{\"role\":\"model\",\"parts\":[{\"text\":\"three\"}]}]}");
}

START_TEST(both_stream_as_they_do_at_their_own_vendor)
{
    static const struct replay_case claude = {.file = "vertex_anthropic/answer.sse",
                                              .last = PROTOCOL_FINAL,
                                              .end = REPLY_COMPLETE,
                                              .text = "Hi",
                                              .finish_reason = "end_turn",
                                              .model = "claude-opus-4-7",
                                              .usage = {900025, 900000, 0, 42, 17},
                                              .is_whole = true};
    static const struct replay_case google = {.file = "gemini/reference.sse",
                                              .last = PROTOCOL_MORE,
                                              .end = REPLY_COMPLETE,
                                              .text = "Hi",
                                              .finish_reason = "STOP",
                                              .model = "gemini-3.1-pro-preview",
                                              .request_id = "\xE2\x80\xA6",
                                              .usage = {1000, 0, -1, 125, 120},
                                              .is_whole = true};

    replay_expect(&vertex_anthropic, &claude);
    replay_expect(&vertex_gemini, &google);
}

/* Some of what Claude refuses never reaches it: Google's gate answers, in Google's shape. */
START_TEST(errors_of_claude_and_of_the_gate_before_it_are_both_read)
{
    static const struct {
        long http_status;
        const char *body;
        enum reply_end end;
        enum protocol_retry retry;
        double wait_s;
        const char *says;
    } errors[] = {
        {400,
         "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":\"prompt "
         "is too long: 1100000 tokens > 1000000 maximum\"},\"request_id\":\"req_vrtx_1\"}",
         REPLY_TOO_LONG, PROTOCOL_RETRY_NEVER, -1, "(invalid_request_error): prompt is too long"},
        {529,
         "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"the \\\"status"
         "\\\" is bad\"}}",
         REPLY_FAILED, PROTOCOL_RETRY_LATER, -1, "(overloaded_error): the \"status\" is bad"},
        {429,
         "[{\"error\":{\"code\":429,\"message\":\"Quota exceeded for online_prediction_input_"
         "tokens_per_minute.\",\"status\":\"RESOURCE_EXHAUSTED\",\"details\":[{\"@type\":"
         "\"type.googleapis.com/google.rpc.RetryInfo\",\"retryDelay\":\"3.5s\"}]}}]",
         REPLY_FAILED, PROTOCOL_RETRY_HELPS, 3.5, "(RESOURCE_EXHAUSTED): Quota exceeded"},
        {401,
         "[{\"error\":{\"code\":401,\"message\":\"Token expired.\",\"status\":"
         "\"UNAUTHENTICATED\"}}]",
         REPLY_DENIED, PROTOCOL_RETRY_NEVER, -1, "(UNAUTHENTICATED): Token expired."},
        {502, "<html>\"status\"", REPLY_FAILED, PROTOCOL_RETRY_HELPS, -1, "HTTP 502: <html>"},
    };

    struct reply reply;

    reply_init(&reply);
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        struct protocol_error error = {.http_status = errors[i].http_status,
                                       .body = str_from(errors[i].body)};
        struct protocol_verdict verdict = vertex_anthropic.classify(&error, &reply);

        ck_assert_msg(verdict.end == errors[i].end, "%s", reply.error.text);
        ck_assert_msg(verdict.retry == errors[i].retry, "%s", reply.error.text);
        ck_assert_msg(verdict.wait_s == errors[i].wait_s, "%f", verdict.wait_s);
        ck_assert_msg(strstr(reply.error.text, errors[i].says) != NULL, "%s", reply.error.text);
    }
    ck_assert_int_eq(reply.limit_tokens, 1000000);
    ck_assert_int_eq(reply.counted_tokens, 1100000);
    reply_release(&reply);
}

int main(void)
{
    Suite *suite = suite_create("endpoint_vertex");
    TCase *tests = suite_case(suite, "vertex");

    tcase_add_test(tests, a_location_decides_the_host);
    tcase_add_test(tests, a_place_that_could_be_another_host_is_refused);
    tcase_add_test(tests, a_model_and_a_project_are_one_segment_each);
    tcase_add_test(tests, a_request_to_gemini_is_the_one_of_its_own_api);
    tcase_add_test(tests, both_stream_as_they_do_at_their_own_vendor);
    tcase_add_test(tests, errors_of_claude_and_of_the_gate_before_it_are_both_read);
    return suite_run(suite);
}
