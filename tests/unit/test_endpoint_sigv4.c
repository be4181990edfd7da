/* Signatures are compared with those of botocore, AWS's own signer (and, the first three, with
 * @smithy/signature-v4 as well), for the example keys of AWS's documentation. */
#include "suite.h"

#include "endpoint/sigv4.h"

#include "base/buf.h"
#include "endpoint/sha256.h"

#include <stdarg.h>
#include <string.h>

#define EXAMPLE_ID     "AKIDEXAMPLE"
#define EXAMPLE_SECRET "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
#define BODY           "{\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"hi\"}]}]}"
#define BODY_HASH      "c3335e07d6e89650bf94cb98664be69f8774dbc3198df221f113db0a59ea14f0"
#define EMPTY_HASH     "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define CONVERSE_URL                                                                               \
    "https://bedrock-runtime.us-east-1.amazonaws.com/model/"                                       \
    "anthropic.claude-sonnet-4-20250514-v1%3A0/converse-stream"
#define INVOKE_URL                                                                                 \
    "http://127.0.0.1:8080/model/arn%3Aaws%3Abedrock%3Aeu-west-1%3A123456789012%3A"                \
    "inference-profile%2Feu.anthropic.claude~x_y-z/invoke-with-response-stream"
#define FORTY_X "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

enum { TIME_OF_EXAMPLE = 1767323045, LEAP_DAY_2000 = 951782400, TEXT_MAX = 64 * 1024 };

#define TYPE                                                                                       \
    {                                                                                              \
        STR_INIT("Content-Type"), STR_INIT("application/json")                                     \
    }
#define HASH                                                                                       \
    {                                                                                              \
        STR_INIT("X-Amz-Content-SHA256"), STR_INIT(BODY_HASH)                                      \
    }

struct example {
    struct sigv4_keys keys;
    struct sigv4_scope scope;
    const char *url;
    struct sigv4_header headers[4];
    size_t header_count;
    const char *payload_hash;
    int64_t wall_s;
    const char *time;
    const char *scope_text;
    const char *signed_headers;
    const char *signature;
};

static const struct example examples[] = {
    {{EXAMPLE_ID, EXAMPLE_SECRET, NULL},
     {"us-east-1", "bedrock"},
     CONVERSE_URL,
     {TYPE, HASH},
     2,
     BODY_HASH,
     TIME_OF_EXAMPLE,
     "20260102T030405Z",
     "20260102/us-east-1/bedrock",
     "content-type;host;x-amz-content-sha256;x-amz-date",
     "dfde4158a5ebbf1b8938523938e0e6208d65196b28bcad44304cb2b7ba45588d"},
    {{EXAMPLE_ID, EXAMPLE_SECRET, "TOKEN"},
     {"us-east-1", "bedrock"},
     CONVERSE_URL,
     {TYPE, HASH},
     2,
     BODY_HASH,
     TIME_OF_EXAMPLE,
     "20260102T030405Z",
     "20260102/us-east-1/bedrock",
     "content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token",
     "fa75794ba43040a9e853e225853d46addd0fa7f15d1b8c1d158c135b0ea39019"},
    {{EXAMPLE_ID, EXAMPLE_SECRET, NULL},
     {"us-east-1", "bedrock"},
     CONVERSE_URL,
     {TYPE},
     1,
     BODY_HASH,
     TIME_OF_EXAMPLE,
     "20260102T030405Z",
     "20260102/us-east-1/bedrock",
     "content-type;host;x-amz-date",
     "f47ea5e8c3b6f2d12ce822d53ec762c2acfa729b5cf23ba5d71fdc96c25284b9"},
    /* A port, escapes in the path, blanks in a value, names in another order than their sorted one.
     */
    {{EXAMPLE_ID, FORTY_X, "TOK/+=="},
     {"eu-west-1", "bedrock"},
     INVOKE_URL,
     {{STR_INIT("X-Amzn-Bedrock-Accept"), STR_INIT("  application/json   or    what \t")},
      HASH,
      TYPE,
      {STR_INIT("Accept"), STR_INIT("application/vnd.amazon.eventstream")}},
     4,
     BODY_HASH,
     TIME_OF_EXAMPLE,
     "20260102T030405Z",
     "20260102/eu-west-1/bedrock",
     "accept;content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token;"
     "x-amzn-bedrock-accept",
     "63fcb13d2a845f4be4df644f5a8efc3383c14d9ae3d239b570f6e3a560b1e226"},
    /* The scheme's own port is not part of the host; no path is "/". */
    {{EXAMPLE_ID, EXAMPLE_SECRET, NULL},
     {"ap-southeast-2", "bedrock-mantle"},
     "https://host.example:443",
     {TYPE},
     1,
     EMPTY_HASH,
     LEAP_DAY_2000,
     "20000229T000000Z",
     "20000229/ap-southeast-2/bedrock-mantle",
     "content-type;host;x-amz-date",
     "37847fd6058cb69a9baa9cf7cc207fa182003851d3284939776bc13d11d239b5"},
};

static struct arena arena;
static struct buf text;
static struct err err;

static void set_up(void)
{
    buf_init(&text, TEXT_MAX);
}

static void tear_down(void)
{
    buf_release(&text);
    arena_release(&arena);
}

static struct sigv4_request request_of(const struct example *example)
{
    return (struct sigv4_request){
        .method = STR("POST"),
        .url = str_from(example->url),
        .headers = example->headers,
        .header_count = example->header_count,
        .payload_hash = str_from(example->payload_hash),
        .wall_s = example->wall_s,
    };
}

static void expect_line(const char *line, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void expect_line(const char *line, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    buf_reset(&text);
    buf_vappendf(&text, format, args);
    va_end(args);
    ck_assert_str_eq(line, text.p);
}

START_TEST(a_request_has_the_signature_that_botocore_gives_it)
{
    const struct example *example = &examples[_i];
    struct sigv4_request request = request_of(example);
    const char *lines[SIGV4_LINES_MAX];
    int count = sigv4_sign(&example->keys, &example->scope, &request, &arena, lines, &err);

    ck_assert_msg(count == (example->keys.session_token != NULL ? 3 : 2), "%s", err.text);
    expect_line(lines[0], "X-Amz-Date: %s", example->time);
    if (example->keys.session_token != NULL) {
        expect_line(lines[1], "X-Amz-Security-Token: %s", example->keys.session_token);
    }
    expect_line(lines[count - 1],
                "Authorization: AWS4-HMAC-SHA256 Credential=" EXAMPLE_ID "/%s/aws4_request, "
                "SignedHeaders=%s, Signature=%s",
                example->scope_text, example->signed_headers, example->signature);
}

START_TEST(the_canonical_request_encodes_the_path_twice)
{
    static const char wanted[] = "POST\n"
                                 "/model/anthropic.claude-sonnet-4-20250514-v1%253A0/"
                                 "converse-stream\n"
                                 "\n"
                                 "content-type:application/json\n"
                                 "host:bedrock-runtime.us-east-1.amazonaws.com\n"
                                 "x-amz-content-sha256:" BODY_HASH "\n"
                                 "x-amz-date:20260102T030405Z\n"
                                 "\n"
                                 "content-type;host;x-amz-content-sha256;x-amz-date\n" BODY_HASH;
    struct sigv4_request request = request_of(&examples[0]);
    char hash[SHA256_HEX + 1];

    ck_assert_int_eq(sigv4_append_canonical(&text, &examples[0].keys, &request, &err), 0);
    ck_assert_str_eq(text.p, wanted);
    ck_assert_int_eq(sha256_text(buf_str(&text), hash, &err), 0);
    ck_assert_str_eq(hash, "a2889156b1f2271d8292534ad12b618fd7523bf6472d166d55c7eed29b8fbb0e");
}

START_TEST(an_unsigned_payload_is_named_in_place_of_its_hash)
{
    struct sigv4_request request = request_of(&examples[2]);

    request.payload_hash = STR(SIGV4_UNSIGNED_PAYLOAD);
    ck_assert_int_eq(sigv4_append_canonical(&text, &examples[2].keys, &request, &err), 0);
    ck_assert(str_ends(buf_str(&text), STR("\nUNSIGNED-PAYLOAD")));
}

START_TEST(texts_hash_as_fips_180_says)
{
    static const struct {
        const char *text;
        const char *hash;
    } known[] = {
        {"", EMPTY_HASH},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {BODY, BODY_HASH},
    };
    char hash[SHA256_HEX + 1];

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        ck_assert_int_eq(sha256_text(str_from(known[i].text), hash, &err), 0);
        ck_assert_str_eq(hash, known[i].hash);
    }
}

START_TEST(what_cannot_stand_in_a_header_is_refused_and_not_repeated)
{
    static const struct {
        struct sigv4_keys keys;
        struct sigv4_scope scope;
        const char *says;
    } bad[] = {
        {{NULL, "secret-7", NULL}, {"r", "s"}, "access key id is missing"},
        {{"id", "", NULL}, {"r", "s"}, "secret access key is missing"},
        {{"id", NULL, NULL}, {"r", "s"}, "secret access key is missing"},
        {{"id", "secret-7\r\nX: y", NULL}, {"r", "s"}, "character 9"},
        {{"id", "secret-7", "a b"}, {"r", "s"}, "session token holds a blank"},
        {{"id", "secret-7", ""}, {"r", "s"}, "session token is missing"},
        {{"id", "secret-7", NULL}, {NULL, "s"}, "region is missing"},
        {{"id", "secret-7", NULL}, {"us/east", "s"}, "'us/east'"},
        {{"id", "secret-7", NULL}, {"US", "s"}, "small letters"},
        {{"id", "secret-7", NULL}, {"r", "b\n"}, "service"},
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ck_assert_int_eq(sigv4_check(&bad[i].keys, &bad[i].scope, &err), ERR_USAGE);
        ck_assert_msg(strstr(err.text, bad[i].says) != NULL, "%s", err.text);
        ck_assert_ptr_null(strstr(err.text, "secret-7"));
    }
}

START_TEST(a_secret_of_any_length_is_either_used_or_refused)
{
    char secret[1024];
    struct sigv4_keys keys = {EXAMPLE_ID, secret, NULL};
    struct sigv4_request request = request_of(&examples[0]);
    const char *lines[SIGV4_LINES_MAX];

    memset(secret, 's', sizeof secret);
    for (size_t len = sizeof secret - 1; len != 0; len--) {
        secret[len] = '\0';
        ck_assert_int_eq(sigv4_sign(&keys, &examples[0].scope, &request, &arena, lines, &err),
                         len > 256 ? ERR_USAGE : 2);
    }
}

START_TEST(a_request_that_would_be_signed_wrongly_is_refused)
{
    const struct sigv4_header host = {STR("Host"), STR("other.example")};
    struct sigv4_header many[SIGV4_HEADERS_MAX];
    const struct sigv4_keys *keys = &examples[0].keys;
    struct sigv4_request request = request_of(&examples[0]);

    request.url = STR("https://host.example/path?query=1");
    ck_assert_int_eq(sigv4_append_canonical(&text, keys, &request, &err), ERR_USAGE);
    request.url = STR("host.example/path");
    ck_assert_int_eq(sigv4_append_canonical(&text, keys, &request, &err), ERR_USAGE);

    request = request_of(&examples[0]);
    request.headers = &host;
    request.header_count = 1;
    ck_assert_int_eq(sigv4_append_canonical(&text, keys, &request, &err), ERR_USAGE);

    for (size_t i = 0; i < SIGV4_HEADERS_MAX; i++) {
        many[i] = (struct sigv4_header){(struct str){&"abcdefghijklmnop"[i], 1}, STR("v")};
    }
    request.headers = many;
    request.header_count = SIGV4_HEADERS_MAX;
    ck_assert_int_eq(sigv4_append_canonical(&text, keys, &request, &err), ERR_LIMIT);
}

int main(void)
{
    Suite *suite = suite_create("endpoint_sigv4");
    TCase *tests = suite_case(suite, "sigv4");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, a_request_has_the_signature_that_botocore_gives_it, 0,
                        (int)(sizeof examples / sizeof examples[0]));
    tcase_add_test(tests, the_canonical_request_encodes_the_path_twice);
    tcase_add_test(tests, an_unsigned_payload_is_named_in_place_of_its_hash);
    tcase_add_test(tests, texts_hash_as_fips_180_says);
    tcase_add_test(tests, what_cannot_stand_in_a_header_is_refused_and_not_repeated);
    tcase_add_test(tests, a_secret_of_any_length_is_either_used_or_refused);
    tcase_add_test(tests, a_request_that_would_be_signed_wrongly_is_refused);
    return suite_run(suite);
}
