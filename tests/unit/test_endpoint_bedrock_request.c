/* Bedrock's requests: where they go, what they hold, and who signs them. */
#include "suite.h"

#include "endpoint/route.h"

#include <jansson.h>
#include <string.h>

#define HASH "c3335e07d6e89650bf94cb98664be69f8774dbc3198df221f113db0a59ea14f0"

static struct endpoint endpoint;
static struct route route;
static struct arena arena;
static struct err err;

static void set_up(void)
{
    endpoint = (struct endpoint){
        .protocol = "bedrock-converse",
        .model = "anthropic.claude-sonnet-4-20250514-v1:0",
        .credentials = {.access_key_id = "AKIDEXAMPLE",
                        .secret_access_key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"},
        .region = "us-east-1",
    };
}

static void tear_down(void)
{
    route_release(&route);
    arena_release(&arena);
}

/* A conversation as MRCR has it: two user messages lead. */
struct turn {
    enum prompt_role role;
    const char *text;
};

static const struct turn turns[] = {
    {PROMPT_USER, "Here are some examples."},  {PROMPT_USER, "Write a \"poem\"\nabout war"},
    {PROMPT_ASSISTANT, "caf\xC3\xA9 \\ \x01"}, {PROMPT_USER, "Write it again"},
    {PROMPT_ASSISTANT, "Once more"},           {PROMPT_USER, "Give me the second poem"},
};
enum { TURN_COUNT = sizeof turns / sizeof turns[0] };

struct turn_prompt {
    struct prompt prompt;
    size_t at;
};

static int next_turn(struct prompt *prompt, struct prompt_piece *piece, struct err *failure)
{
    struct turn_prompt *self = (struct turn_prompt *)prompt;

    (void)failure;
    if (self->at == TURN_COUNT) {
        return 0;
    }
    *piece = (struct prompt_piece){.text = str_from(turns[self->at].text),
                                   .role = turns[self->at].role,
                                   .opens_message = true};
    self->at++;
    return 1;
}

static void rewind_turns(struct prompt *prompt)
{
    ((struct turn_prompt *)prompt)->at = 0;
}

static void free_turns(struct prompt *prompt)
{
    (void)prompt;
}

static const struct prompt_ops turn_ops = {next_turn, rewind_turns, free_turns};

static struct fingerprint fingerprint_of_turns(struct turn_prompt *prompt)
{
    struct fingerprint_state *state = fingerprint_new();
    struct prompt_piece piece;
    struct fingerprint found;

    while (next_turn(&prompt->prompt, &piece, &err) > 0) {
        fingerprint_add(state, &piece);
    }
    found = fingerprint_finish(state);
    fingerprint_free(state);
    return found;
}

/* The body of the endpoint's request, as jansson reads it. The caller releases it. */
static json_t *body_of_request(void)
{
    struct turn_prompt prompt = {{&turn_ops}, 0};
    struct fingerprint fingerprint = fingerprint_of_turns(&prompt);
    struct body_reader *reader = NULL;
    char body[16 * 1024];
    int64_t len = 0;
    json_t *json = NULL;

    ck_assert_msg(route_init(&route, &endpoint, NULL, &err) == 0, "%s", err.text);
    ck_assert(body_reader_new(&reader, &route.frame, &prompt.prompt, fingerprint, &err) == 0);
    len = body_reader_read(reader, body, sizeof body, &err);
    ck_assert_msg(len > 0, "%s", err.text);
    json = json_loadb(body, (size_t)len, JSON_REJECT_DUPLICATES, NULL);
    ck_assert_msg(json_is_object(json), "%.*s", (int)len, body);
    body_reader_free(reader);
    return json;
}

/* Roles alternate, and the blocks are the turns' texts, in order and unchanged. */
static void expect_turns(const json_t *messages)
{
    static const size_t blocks[] = {2, 1, 1, 1, 1};
    size_t turn = 0;

    ck_assert_uint_eq(json_array_size(messages), sizeof blocks / sizeof blocks[0]);
    for (size_t i = 0; i < json_array_size(messages); i++) {
        const json_t *message = json_array_get(messages, i);
        const json_t *content = json_object_get(message, "content");
        const char *role = json_string_value(json_object_get(message, "role"));

        ck_assert_str_eq(role, i % 2 == 0 ? "user" : "assistant");
        ck_assert(json_array_size(content) == blocks[i]);
        for (size_t k = 0; k < json_array_size(content); k++, turn++) {
            const json_t *text = json_object_get(json_array_get(content, k), "text");

            ck_assert_str_eq(json_string_value(text), turns[turn].text);
        }
    }
}

static void expect_json(const json_t *value, const char *wanted)
{
    json_t *other = json_loads(wanted, JSON_DECODE_ANY, NULL);

    ck_assert_msg(json_equal(value, other), "not %s", wanted);
    json_decref(other);
}

START_TEST(a_converse_request_holds_the_conversation_with_alternating_roles)
{
    static const char *const parameters[] = {
        "temperature=0", "stop=[\"###\"]",
        "additionalModelRequestFields={\"thinking\":{\"type\":\"adaptive\"}}", NULL};
    json_t *body = NULL;

    endpoint.max_output_tokens = 4096;
    endpoint.parameters = parameters;
    body = body_of_request();
    expect_turns(json_object_get(body, "messages"));
    expect_json(json_object_get(body, "inferenceConfig"),
                "{\"maxTokens\":4096,\"temperature\":0,\"stopSequences\":[\"###\"]}");
    expect_json(json_object_get(body, "additionalModelRequestFields"),
                "{\"thinking\":{\"type\":\"adaptive\"}}");
    ck_assert_uint_eq(json_object_size(body), 3);
    json_decref(body);
    ck_assert_str_eq(route.url, "https://bedrock-runtime.us-east-1.amazonaws.com/model/"
                                "anthropic.claude-sonnet-4-20250514-v1%3A0/converse-stream");
}

START_TEST(a_converse_request_without_options_holds_nothing_but_messages)
{
    json_t *body = body_of_request();

    ck_assert_uint_eq(json_object_size(body), 1);
    json_decref(body);
}

START_TEST(an_invoke_request_is_one_to_anthropic_without_model_and_stream)
{
    json_t *body = NULL;

    endpoint.protocol = "bedrock-invoke";
    endpoint.max_output_tokens = 4096;
    body = body_of_request();
    expect_turns(json_object_get(body, "messages"));
    expect_json(json_object_get(body, "anthropic_version"), "\"bedrock-2023-05-31\"");
    expect_json(json_object_get(body, "max_tokens"), "4096");
    ck_assert_ptr_null(json_object_get(body, "model"));
    ck_assert_ptr_null(json_object_get(body, "stream"));
    json_decref(body);
}

START_TEST(the_name_of_a_model_is_one_segment_of_the_path)
{
    static const char wanted[] = "https://vpce-1.example/model/arn%3Aaws%3Abedrock%3Aeu-west-1%3A"
                                 "123%3Ainference-profile%2Feu.anthropic.claude/"
                                 "invoke-with-response-stream";

    endpoint.protocol = "bedrock-invoke";
    endpoint.base_url = "https://vpce-1.example/";
    endpoint.model = "arn:aws:bedrock:eu-west-1:123:inference-profile/eu.anthropic.claude";
    ck_assert_msg(route_init(&route, &endpoint, NULL, &err) == 0, "%s", err.text);
    ck_assert_str_eq(route.url, wanted);
}

/* Whether one of the NULL-terminated lines is `wanted`. */
static bool has_line(const char *const *lines, const char *wanted)
{
    while (*lines != NULL && strcmp(*lines, wanted) != 0) {
        lines++;
    }
    return *lines != NULL;
}

START_TEST(a_request_asks_for_an_event_stream)
{
    ck_assert_int_eq(route_init(&route, &endpoint, NULL, &err), 0);
    ck_assert(has_line(route.headers, "Accept: application/vnd.amazon.eventstream"));
    ck_assert(has_line(route.headers, "Content-Type: application/json"));
    route_release(&route);

    endpoint.protocol = "bedrock-invoke";
    ck_assert_int_eq(route_init(&route, &endpoint, NULL, &err), 0);
    ck_assert(has_line(route.headers, "X-Amzn-Bedrock-Accept: application/json"));
}

/* The lines that sign the endpoint's request, NULL-terminated. */
static void sign(const char *lines[PROTOCOL_HEADERS_MAX + 1])
{
    struct protocol_request request = {
        .method = "POST", .body_sha256 = HASH, .wall_s = 1767323045, /* 2026-01-02T03:04:05Z */
    };
    int count = 0;

    ck_assert_msg(route_init(&route, &endpoint, NULL, &err) == 0, "%s", err.text);
    request.url = route.url;
    request.headers = route.headers;
    count = route.protocol->sign(&endpoint, &request, &arena, lines, &err);
    ck_assert_msg(count >= 0, "%s", err.text);
    lines[count] = NULL;
}

START_TEST(a_request_is_signed_as_botocore_signs_it)
{
    const char *lines[PROTOCOL_HEADERS_MAX + 1];

    sign(lines);
    ck_assert(has_line(lines, "X-Amz-Date: 20260102T030405Z"));
    ck_assert(has_line(lines, "X-Amz-Content-Sha256: " HASH));
    ck_assert(has_line(
        lines, "Authorization: AWS4-HMAC-SHA256 "
               "Credential=AKIDEXAMPLE/20260102/us-east-1/bedrock/aws4_request, "
               "SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date, "
               "Signature=dfde4158a5ebbf1b8938523938e0e6208d65196b28bcad44304cb2b7ba45588d"));
    ck_assert_ptr_null(lines[3]);
}

START_TEST(a_session_token_is_sent_and_signed)
{
    const char *lines[PROTOCOL_HEADERS_MAX + 1];

    endpoint.credentials.session_token = "TOKEN";
    sign(lines);
    ck_assert(has_line(lines, "X-Amz-Security-Token: TOKEN"));
    ck_assert(has_line(
        lines, "Authorization: AWS4-HMAC-SHA256 "
               "Credential=AKIDEXAMPLE/20260102/us-east-1/bedrock/aws4_request, "
               "SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;"
               "x-amz-security-token, "
               "Signature=fa75794ba43040a9e853e225853d46addd0fa7f15d1b8c1d158c135b0ea39019"));
}

START_TEST(a_bedrock_key_stands_in_place_of_a_signature)
{
    const char *lines[PROTOCOL_HEADERS_MAX + 1];

    endpoint.credentials.key = "bedrock-api-key-1";
    sign(lines);
    ck_assert_ptr_null(lines[0]);
    ck_assert(has_line(route.headers, "Authorization: Bearer bedrock-api-key-1"));
}

START_TEST(keys_that_cannot_sign_are_refused_before_anything_is_sent)
{
    endpoint.credentials.secret_access_key = NULL;
    ck_assert_int_eq(endpoint_check(&endpoint, &err), ERR_USAGE);
    ck_assert_msg(strstr(err.text, "secret access key is missing") != NULL, "%s", err.text);

    set_up();
    endpoint.base_url = "https://vpce-1.example";
    endpoint.region = NULL;
    ck_assert_int_eq(endpoint_check(&endpoint, &err), ERR_USAGE);
    ck_assert_msg(strstr(err.text, "region is missing") != NULL, "%s", err.text);

    set_up();
    endpoint.region = "evil.example/";
    ck_assert_int_eq(endpoint_check(&endpoint, &err), ERR_USAGE);
    ck_assert_msg(strstr(err.text, "evil.example/") != NULL, "%s", err.text);
}

int main(void)
{
    Suite *suite = suite_create("endpoint_bedrock_request");
    TCase *tests = suite_case(suite, "bedrock");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_converse_request_holds_the_conversation_with_alternating_roles);
    tcase_add_test(tests, a_converse_request_without_options_holds_nothing_but_messages);
    tcase_add_test(tests, an_invoke_request_is_one_to_anthropic_without_model_and_stream);
    tcase_add_test(tests, the_name_of_a_model_is_one_segment_of_the_path);
    tcase_add_test(tests, a_request_asks_for_an_event_stream);
    tcase_add_test(tests, a_request_is_signed_as_botocore_signs_it);
    tcase_add_test(tests, a_session_token_is_sent_and_signed);
    tcase_add_test(tests, a_bedrock_key_stands_in_place_of_a_signature);
    tcase_add_test(tests, keys_that_cannot_sign_are_refused_before_anything_is_sent);
    return suite_run(suite);
}
