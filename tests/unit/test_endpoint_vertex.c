/* Vertex: Gemini and Claude at Google Cloud's addresses, with an access token. */
#include "suite.h"

#include "endpoint/route.h"
#include "endpoint/vertex_anthropic.h"
#include "endpoint/vertex_gemini.h"
#include "google_replay.h"

#include <jansson.h>
#include <string.h>

#define PLACE "https://us-east5-aiplatform.googleapis.com/v1/projects/p-1/locations/us-east5"

static struct reply reply;
static struct buf file;
static struct buf last;
static struct err err;

static void set_up(void)
{
    reply_init(&reply);
    buf_init(&file, REPLAY_FILE_MAX);
    buf_init(&last, REPLAY_FILE_MAX);
}

static void tear_down(void)
{
    reply_release(&reply);
    buf_release(&file);
    buf_release(&last);
}

static void expect_word(const char *found, const char *wanted)
{
    ck_assert_str_eq(found, wanted);
}

static bool has_header(const struct route *route, const char *line)
{
    for (size_t i = 0; route->headers[i] != NULL; i++) {
        if (strcmp(route->headers[i], line) == 0) {
            return true;
        }
    }
    return false;
}

static void expect_url(const struct endpoint *endpoint, const char *url)
{
    struct route route;

    ck_assert_msg(route_init(&route, endpoint, NULL, &err) == 0, "%s", err.text);
    expect_word(route.url, url);
    ck_assert(has_header(&route, "Authorization: Bearer token-1"));
    route_release(&route);
}

START_TEST(a_model_is_found_under_its_publisher_in_the_project)
{
    struct endpoint endpoint = {
        .base_url = PLACE, .credentials = {.key = "token-1"}, .max_output_tokens = 9};

    endpoint.protocol = "vertex-gemini";
    endpoint.model = "gemini-2.5-pro";
    expect_url(&endpoint,
               PLACE "/publishers/google/models/gemini-2.5-pro:streamGenerateContent?alt=sse");
    endpoint.protocol = "vertex-anthropic";
    endpoint.model = "claude-opus-4-7@20260401";
    expect_url(&endpoint,
               PLACE "/publishers/anthropic/models/claude-opus-4-7%4020260401:streamRawPredict");
}

START_TEST(without_a_base_url_project_and_location_give_it)
{
    static const struct {
        const char *location;
        const char *base_url;
    } places[] = {
        {"us-east5", PLACE},
        {"global", "https://aiplatform.googleapis.com/v1/projects/p-1/locations/global"},
        {"us", "https://aiplatform.us.rep.googleapis.com/v1/projects/p-1/locations/us"},
        {"eu", "https://aiplatform.eu.rep.googleapis.com/v1/projects/p-1/locations/eu"},
    };
    struct buf url = {0};

    buf_init(&url, REPLAY_FILE_MAX);
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        struct endpoint endpoint = {.protocol = "vertex-gemini",
                                    .model = "m",
                                    .project = "p-1",
                                    .region = places[i].location,
                                    .credentials = {.key = "token-1"}};

        buf_reset(&url);
        buf_appendf(&url, "%s/publishers/google/models/m:streamGenerateContent?alt=sse",
                    places[i].base_url);
        expect_url(&endpoint, url.p);
    }
    buf_release(&url);
}

START_TEST(a_place_that_could_be_another_host_is_refused)
{
    static const struct {
        const char *project;
        const char *location;
        const char *says;
    } wrong[] = {
        {NULL, "global", "a project and a location"},
        {"p-1", NULL, "a project and a location"},
        {"", "global", "a project and a location"},
        {"p-1", "evil.example/", "'evil.example/' is not a location"},
        {"p-1", "a@b", "'a@b' is not a location"},
        {"p-1", "US", "'US' is not a location"},
    };

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct endpoint endpoint = {.protocol = "vertex-gemini",
                                    .model = "m",
                                    .project = wrong[i].project,
                                    .region = wrong[i].location};
        struct route route;

        ck_assert_int_eq(route_init(&route, &endpoint, NULL, &err), ERR_USAGE);
        ck_assert_msg(strstr(err.text, wrong[i].says) != NULL, "%s", err.text);
        route_release(&route);
    }
}

static json_t *framed_request(const struct protocol *protocol, const struct endpoint *endpoint)
{
    struct arena arena = {0};
    struct request_json members = {.arena = &arena};
    struct body_frame frame;
    json_t *request = NULL;

    ck_assert_msg(protocol->frame(endpoint, &members, &frame, &err) == 0, "%s", err.text);
    request = replay_body(&frame);
    arena_release(&arena);
    return request;
}

START_TEST(a_request_to_claude_names_the_version_and_not_the_model)
{
    static const char *const parameters[] = {"thinking.type=\"adaptive\"", NULL};
    struct endpoint endpoint = {
        .model = "claude-opus-4-7", .max_output_tokens = 4096, .parameters = parameters};
    json_t *request = framed_request(&vertex_anthropic, &endpoint);

    expect_word(json_string_value(json_object_get(request, "anthropic_version")),
                "vertex-2023-10-16");
    ck_assert(json_is_true(json_object_get(request, "stream")));
    ck_assert_int_eq(json_integer_value(json_object_get(request, "max_tokens")), 4096);
    expect_word(json_string_value(json_object_get(json_object_get(request, "thinking"), "type")),
                "adaptive");
    ck_assert_uint_eq(json_array_size(json_object_get(request, "messages")), 3);
    ck_assert_uint_eq(json_object_size(request), 5);
    json_decref(request);
}

START_TEST(a_request_to_gemini_is_the_one_of_its_own_api)
{
    struct endpoint endpoint = {.model = "gemini-2.5-pro", .max_output_tokens = 4096};
    json_t *request = framed_request(&vertex_gemini, &endpoint);
    const json_t *config = json_object_get(request, "generationConfig");

    ck_assert_int_eq(json_integer_value(json_object_get(config, "maxOutputTokens")), 4096);
    ck_assert_uint_eq(json_array_size(json_object_get(request, "contents")), 3);
    ck_assert_uint_eq(json_object_size(request), 2);
    json_decref(request);
}

START_TEST(claude_streams_as_it_does_at_its_own_vendor)
{
    struct endpoint endpoint = {.protocol = "vertex-anthropic", .model = "claude-opus-4-7"};

    replay_load("vertex_anthropic/answer.sse", &file);
    for (size_t i = 0; i < REPLAY_PIECES; i++) {
        ck_assert_int_eq(
            replay(&vertex_anthropic, &endpoint, buf_str(&file), replay_pieces[i], &reply, &last),
            PROTOCOL_FINAL);
        ck_assert_int_eq(reply.end, REPLY_COMPLETE);
        ck_assert(str_equal(buf_str(&reply.text), STR("Hi")));
        expect_word(reply.finish_reason, "end_turn");
        expect_word(reply.model, "claude-opus-4-7");
        ck_assert_int_eq(reply.usage.input_tokens, 900025);
        ck_assert_int_eq(reply.usage.cached_tokens, 900000);
        ck_assert_int_eq(reply.usage.cache_written_tokens, 0);
        ck_assert_int_eq(reply.usage.output_tokens, 42);
        ck_assert_int_eq(reply.usage.reasoning_tokens, 17);
    }
}

START_TEST(gemini_streams_as_it_does_in_its_own_api)
{
    struct endpoint endpoint = {.protocol = "vertex-gemini", .model = "m"};

    replay_load("google/answer.sse", &file);
    ck_assert_int_eq(replay(&vertex_gemini, &endpoint, buf_str(&file), 7, &reply, &last),
                     PROTOCOL_MORE);
    ck_assert(vertex_gemini.complete_at_end(&reply));
    ck_assert_int_eq(reply.end, REPLY_COMPLETE);
    ck_assert_int_eq(reply.usage.output_tokens, 210);
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
}

int main(void)
{
    Suite *suite = suite_create("endpoint_vertex");
    TCase *tests = suite_case(suite, "vertex");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_model_is_found_under_its_publisher_in_the_project);
    tcase_add_test(tests, without_a_base_url_project_and_location_give_it);
    tcase_add_test(tests, a_place_that_could_be_another_host_is_refused);
    tcase_add_test(tests, a_request_to_claude_names_the_version_and_not_the_model);
    tcase_add_test(tests, a_request_to_gemini_is_the_one_of_its_own_api);
    tcase_add_test(tests, claude_streams_as_it_does_at_its_own_vendor);
    tcase_add_test(tests, gemini_streams_as_it_does_in_its_own_api);
    tcase_add_test(tests, errors_of_claude_and_of_the_gate_before_it_are_both_read);
    return suite_run(suite);
}
