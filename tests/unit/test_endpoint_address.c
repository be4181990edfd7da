/* Where each protocol's requests go, which headers they carry, and what the quirks of a server
 * change. */
#include "suite.h"

#include "endpoint/route.h"
#include "replay.h"

#include <string.h>

#define KEY "secret-0123456789"

static const struct quirks bearer = {.auth = QUIRK_AUTH_BEARER};

struct address {
    struct endpoint endpoint;
    const char *url;
    const char *headers[3]; /* that must be there */
};

static const struct address addresses[] = {
    {{.protocol = "openai-chat", .base_url = "https://api.openai.com/v1/", .model = "m"},
     "https://api.openai.com/v1/chat/completions",
     {"Authorization: Bearer " KEY, "Accept: text/event-stream", "Content-Type: application/json"}},
    {{.protocol = "openai-responses", .base_url = "https://api.openai.com/v1", .model = "m"},
     "https://api.openai.com/v1/responses",
     {"Authorization: Bearer " KEY}},
    {{.protocol = "anthropic-messages", .base_url = "https://api.anthropic.com/v1", .model = "m"},
     "https://api.anthropic.com/v1/messages",
     {"x-api-key: " KEY, "anthropic-version: 2023-06-01"}},
    {{.protocol = "anthropic-messages",
      .base_url = "https://r.services.ai.azure.com/anthropic/v1",
      .model = "m",
      .quirks = &bearer},
     "https://r.services.ai.azure.com/anthropic/v1/messages",
     {"Authorization: Bearer " KEY, "anthropic-version: 2023-06-01"}},
    {{.protocol = "gemini",
      .base_url = "https://generativelanguage.googleapis.com/v1beta",
      .model = "gemini-3.1-pro-preview"},
     "https://generativelanguage.googleapis.com/v1beta/models/"
     "gemini-3.1-pro-preview:streamGenerateContent?alt=sse",
     {"x-goog-api-key: " KEY}},
    {{.protocol = "gemini", .base_url = "https://h/v1", .model = "models/tuned/a b"},
     "https://h/v1/models/tuned%2Fa%20b:streamGenerateContent?alt=sse",
     {"x-goog-api-key: " KEY}},
    {{.protocol = "vertex-gemini", .region = "us-east5", .project = "p-1", .model = "g"},
     "https://us-east5-aiplatform.googleapis.com/v1/projects/p-1/locations/us-east5/publishers/"
     "google/models/g:streamGenerateContent?alt=sse",
     {"Authorization: Bearer " KEY}},
    {{.protocol = "vertex-gemini", .region = "global", .project = "p-1", .model = "g"},
     "https://aiplatform.googleapis.com/v1/projects/p-1/locations/global/publishers/google/models/"
     "g:streamGenerateContent?alt=sse",
     {"Authorization: Bearer " KEY}},
    {{.protocol = "vertex-anthropic", .region = "eu", .project = "p-1", .model = "claude-opus-4-7"},
     "https://aiplatform.eu.rep.googleapis.com/v1/projects/p-1/locations/eu/publishers/anthropic/"
     "models/claude-opus-4-7:streamRawPredict",
     {"Authorization: Bearer " KEY}},
    {{.protocol = "vertex-anthropic",
      .base_url = "https://h/v1/projects/p-2/locations/x",
      .model = "c"},
     "https://h/v1/projects/p-2/locations/x/publishers/anthropic/models/c:streamRawPredict",
     {"Authorization: Bearer " KEY}},
    {{.protocol = "azure-openai", .base_url = "https://r.openai.azure.com", .model = "dep"},
     "https://r.openai.azure.com/openai/v1/chat/completions",
     {"api-key: " KEY}},
    {{.protocol = "azure-openai",
      .base_url = "https://r.openai.azure.com/openai/v1/",
      .api_version = "preview",
      .model = "dep"},
     "https://r.openai.azure.com/openai/v1/chat/completions?api-version=preview",
     {"api-key: " KEY}},
    {{.protocol = "azure-openai",
      .base_url = "https://r.openai.azure.com",
      .api_version = "2024-10-21",
      .model = "my dep"},
     "https://r.openai.azure.com/openai/deployments/my%20dep/chat/completions?"
     "api-version=2024-10-21",
     {"api-key: " KEY}},
    {{.protocol = "azure-openai",
      .base_url = "https://r.openai.azure.com/openai/deployments/d",
      .api_version = "2024-10-21",
      .model = "m",
      .quirks = &bearer},
     "https://r.openai.azure.com/openai/deployments/d/chat/completions?api-version=2024-10-21",
     {"Authorization: Bearer " KEY}},
    {{.protocol = "openai-chat",
      .base_url = "https://r.openai.azure.com/openai/deployments/d",
      .api_version = "2024-10-21",
      .model = "m"},
     "https://r.openai.azure.com/openai/deployments/d/chat/completions?api-version=2024-10-21",
     {"Authorization: Bearer " KEY}},
    {{.protocol = "azure-openai-responses", .base_url = "https://r.openai.azure.com", .model = "d"},
     "https://r.openai.azure.com/openai/v1/responses",
     {"api-key: " KEY}},
};

static bool has_header(const struct route *route, const char *line)
{
    for (const char *const *at = route->headers; *at != NULL; at++) {
        if (strcmp(*at, line) == 0) {
            return true;
        }
    }
    return false;
}

START_TEST(a_request_goes_where_the_vendor_is_and_shows_the_key_his_way)
{
    const struct address *wanted = &addresses[_i];
    struct endpoint endpoint = wanted->endpoint;
    struct route route;
    struct err err;

    endpoint.credentials.key = KEY;
    ck_assert_msg(route_init(&route, &endpoint, NULL, &err) == 0, "%s", err.text);
    ck_assert_str_eq(route.url, wanted->url);
    ck_assert_ptr_null(strstr(route.url, KEY));
    for (size_t i = 0; i < 3 && wanted->headers[i] != NULL; i++) {
        ck_assert_msg(has_header(&route, wanted->headers[i]), "%s", wanted->headers[i]);
    }
    route_release(&route);
}

START_TEST(an_endpoint_that_lacks_something_is_refused_by_name)
{
    static const struct {
        struct endpoint endpoint;
        const char *says;
    } wrong[] = {
        {{.protocol = "gemini", .model = "m"}, "no base URL"},
        {{.protocol = "vertex-gemini", .model = "m", .project = "p"}, "Vertex needs a"},
        {{.protocol = "vertex-gemini", .model = "m", .region = "us"}, "Vertex needs a"},
        {{.protocol = "vertex-gemini", .model = "m", .project = "p", .region = "evil.example/"},
         "not a location"},
        {{.protocol = "azure-openai-responses",
          .model = "m",
          .base_url = "https://h",
          .api_version = "2024-10-21"},
         "'2024-10-21'"},
        {{.protocol = "openai-chat",
          .model = "m",
          .base_url = "https://h",
          .credentials = {.secret_access_key = "a\nb"}},
         "secret access key holds"},
        {{.protocol = "morse", .model = "m", .base_url = "https://h"}, "vertex-anthropic"},
    };

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct err err;

        ck_assert_int_eq(endpoint_check(&wrong[i].endpoint, &err), ERR_USAGE);
        ck_assert_msg(strstr(err.text, wrong[i].says) != NULL, "%s", err.text);
    }
}

START_TEST(plain_http_leaves_this_machine_only_if_the_user_insists)
{
    struct endpoint endpoint = {.protocol = "openai-chat", .base_url = "http://h/v1", .model = "m"};
    struct err err;

    ck_assert_int_eq(endpoint_check(&endpoint, &err), ERR_USAGE);
    endpoint.allows_plain_http = true;
    ck_assert_int_eq(endpoint_check(&endpoint, &err), 0);
}

START_TEST(headers_of_the_user_are_sent_and_override_ours)
{
    static const char *const lines[] = {"anthropic-beta: context-1m-2025-08-07",
                                        "Anthropic-Version: 2030-01-01",
                                        "X-Gateway-Token: hush-hush", NULL};
    const struct endpoint endpoint = {.protocol = "anthropic-messages",
                                      .base_url = "https://h/v1",
                                      .model = "m",
                                      .headers = lines};
    char words[] = "token hush-hush, version 2030-01-01";
    struct route route;
    struct err err;

    ck_assert_msg(route_init(&route, &endpoint, NULL, &err) == 0, "%s", err.text);
    ck_assert(has_header(&route, lines[0]) && has_header(&route, lines[1]) &&
              has_header(&route, lines[2]));
    ck_assert(!has_header(&route, "anthropic-version: 2023-06-01"));
    route_redact(&route, words, strlen(words));
    ck_assert_str_eq(words, "token *********, version 2030-01-01");
    route_release(&route);
}

START_TEST(headers_that_the_program_answers_for_are_refused_without_their_values)
{
    static const struct {
        const char *line;
        const char *says;
    } wrong[] = {
        {"Authorization: Bearer hush", "'Authorization' is set by the program"},
        {"X-API-KEY: hush", "'X-API-KEY' is set by the program"},
        {"api-key: hush", "is set by the program"},
        {"x-goog-api-key: hush", "is set by the program"},
        {"content-length: 5", "is set by the program"},
        {"Content-Type: text/hush", "is set by the program"},
        {"Host: hush", "is set by the program"},
        {"Transfer-Encoding: hush", "is set by the program"},
        {"X-Amz-Date: hush", "is set by the program"},
        {"hush", "not 'Name: value'"},
        {": hush", "not 'Name: value'"},
        {"bad name: hush", "not 'Name: value'"},
        {"X-Empty:", "'X-Empty' has no value"},
        {"X-Line: a\r\nX-Other: hush", "'X-Line' holds a line end"},
    };

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const char *const lines[] = {wrong[i].line, NULL};
        const struct endpoint endpoint = {
            .protocol = "openai-chat", .base_url = "https://h", .model = "m", .headers = lines};
        struct err err;

        ck_assert_int_eq(endpoint_check(&endpoint, &err), ERR_USAGE);
        ck_assert_msg(strstr(err.text, wrong[i].says) != NULL, "%s", err.text);
        ck_assert_msg(strstr(err.text, "hush") == NULL, "%s", err.text);
    }
}

START_TEST(a_header_given_twice_is_refused)
{
    static const char *const lines[] = {"X-A: 1", "x-a: 2", NULL};
    const struct endpoint endpoint = {
        .protocol = "openai-chat", .base_url = "https://h", .model = "m", .headers = lines};
    struct err err;

    ck_assert_int_eq(endpoint_check(&endpoint, &err), ERR_USAGE);
    ck_assert_msg(strstr(err.text, "'x-a' is given twice") != NULL, "%s", err.text);
}

#define MESSAGES                                                                                   \
    "\"messages\":[{\"role\":\"user\",\"content\":\"one\"},{\"role\":\"user\",\"content\":"        \
    "\"t\\\"wo\"},{\"role\":\"assistant\",\"content\":\"three\"}]}"

START_TEST(roles_that_must_alternate_get_one_message_with_the_texts_apart)
{
    static const struct quirks strict = {.roles_alternate = true, .tells_usage_unasked = true};

    replay_expect_request(
        &(struct endpoint){
            .protocol = "openai-chat", .base_url = "https://h", .model = "m", .quirks = &strict},
        "{\"model\":\"m\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":["
        "{\"type\":\"text\",\"text\":\"one\"},{\"type\":\"text\",\"text\":\"t\\\"wo\"}]},"
        "{\"role\":\"assistant\",\"content\":[{\"type\":\"text\",\"text\":\"three\"}]}]}");
}

START_TEST(claude_on_vertex_has_its_version_in_the_body_and_no_model)
{
    replay_expect_request(
        &(struct endpoint){.protocol = "vertex-anthropic",
                           .region = "global",
                           .project = "p",
                           .model = "c",
                           .max_output_tokens = 9},
        "{\"anthropic_version\":\"vertex-2023-10-16\",\"stream\":true,\"max_tokens\":9," MESSAGES);
}

static const struct replay_case azure_streams[] = {
    {.file = "azure_openai/answer.sse",
     .last = PROTOCOL_FINAL,
     .end = REPLY_COMPLETE,
     .text = "Hello",
     .finish_reason = "stop",
     .model = "gpt-4.1-2025-04-14",
     .usage = {12, -1, -1, 1, -1},
     .is_whole = true},
    {.file = "azure_openai/filtered.sse",
     .last = PROTOCOL_FINAL,
     .end = REPLY_FILTERED,
     .text = "Some",
     .finish_reason = "content_filter",
     .model = "gpt-4.1-2025-04-14",
     .usage = {-1, -1, -1, -1, -1},
     .is_whole = true},
};

START_TEST(azures_filter_chunks_are_read_over)
{
    const struct protocol *azure = NULL;
    struct err err;

    ck_assert_int_eq(protocol_find("azure-openai", &azure, &err), 0);
    replay_expect(azure, &azure_streams[_i]);
}

int main(void)
{
    Suite *suite = suite_create("endpoint_address");
    TCase *tests = suite_case(suite, "address");

    tcase_add_loop_test(tests, a_request_goes_where_the_vendor_is_and_shows_the_key_his_way, 0,
                        (int)(sizeof addresses / sizeof addresses[0]));
    tcase_add_test(tests, an_endpoint_that_lacks_something_is_refused_by_name);
    tcase_add_test(tests, plain_http_leaves_this_machine_only_if_the_user_insists);
    tcase_add_test(tests, headers_of_the_user_are_sent_and_override_ours);
    tcase_add_test(tests, headers_that_the_program_answers_for_are_refused_without_their_values);
    tcase_add_test(tests, a_header_given_twice_is_refused);
    tcase_add_test(tests, roles_that_must_alternate_get_one_message_with_the_texts_apart);
    tcase_add_test(tests, claude_on_vertex_has_its_version_in_the_body_and_no_model);
    tcase_add_loop_test(tests, azures_filter_chunks_are_read_over, 0, 2);
    return suite_run(suite);
}
