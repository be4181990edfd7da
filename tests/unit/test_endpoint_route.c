#include "suite.h"

#include "endpoint/route.h"

#include <string.h>

static struct err err;

static struct endpoint at(const char *base_url)
{
    return (struct endpoint){.protocol = "openai-chat", .base_url = base_url, .model = "m"};
}

static void expect_same(const char *found, const char *wanted)
{
    ck_assert_str_eq(found, wanted);
}

START_TEST(usable_urls_are_joined_with_the_path)
{
    static const struct {
        const char *base_url;
        const char *url;
        const char *host;
        const char *port;
        bool is_loopback;
    } usable[] = {
        {"https://api.openai.com/v1", "https://api.openai.com/v1/chat/completions",
         "api.openai.com", "443", false},
        {"https://h/v1//", "https://h/v1/chat/completions", "h", "443", false},
        {"https://h:8443", "https://h:8443/chat/completions", "h", "8443", false},
        {"http://127.0.0.1:8000/v1", "http://127.0.0.1:8000/v1/chat/completions", "127.0.0.1",
         "8000", true},
        {"http://127.9.9.9", "http://127.9.9.9/chat/completions", "127.9.9.9", "80", true},
        {"http://localhost:1/v1", "http://localhost:1/v1/chat/completions", "localhost", "1", true},
        {"http://[::1]:1/v1", "http://[::1]:1/v1/chat/completions", "::1", "1", true},
    };

    for (size_t i = 0; i < sizeof usable / sizeof usable[0]; i++) {
        struct endpoint endpoint = at(usable[i].base_url);
        struct route route;

        ck_assert_msg(route_init(&route, &endpoint, NULL, &err) == 0, "%s", err.text);
        expect_same(route.url, usable[i].url);
        expect_same(route.host, usable[i].host);
        expect_same(route.port, usable[i].port);
        ck_assert(route.is_loopback == usable[i].is_loopback);
        route_release(&route);
    }
}

START_TEST(unusable_urls_are_refused_with_the_reason)
{
    static const struct {
        const char *base_url;
        const char *says;
    } unusable[] = {
        {"", "not a URL"},
        {"api.openai.com/v1", "not a URL"},
        {"https://", "not a URL"},
        {"ftp://h/v1", "'ftp' is not http or https"},
        {"file:///etc/passwd", "is not http or https"},
        {"http://api.openai.com/v1", "plain http"},
        {"http://10.0.0.7:8000/v1", "plain http"},
        {"http://localhost.example.com/v1", "plain http"},
        {"http://127.0.0.1.example.com/v1", "plain http"},
        {"http://[::2]/v1", "plain http"},
        {"https://user:secret@h/v1", "user name or password"},
        {"https://h/v1?key=secret", "'?' or '#'"},
        {"https://h/v1#x", "'?' or '#'"},
    };

    for (size_t i = 0; i < sizeof unusable / sizeof unusable[0]; i++) {
        struct endpoint endpoint = at(unusable[i].base_url);

        ck_assert_msg(endpoint_check(&endpoint, &err) == ERR_USAGE, "%s", unusable[i].base_url);
        ck_assert_msg(strstr(err.text, unusable[i].says) != NULL, "%s: %s", unusable[i].base_url,
                      err.text);
        ck_assert_msg(strstr(err.text, "secret") == NULL, "%s", err.text);
    }
}

START_TEST(a_key_that_could_write_headers_is_refused_and_never_shown)
{
    static const char *const keys[] = {"",           "sk-abc\r\nX-Evil: 1", "sk-abc\n",
                                       "sk-abc def", "sk-abc\x7F",          "sk-abc\xC3\xA9",
                                       "\tsk-abc"};

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        struct endpoint endpoint = at("https://h/v1");

        endpoint.credentials.key = keys[i];
        ck_assert_int_eq(endpoint_check(&endpoint, &err), ERR_USAGE);
        ck_assert_ptr_nonnull(strstr(err.text, "key"));
        ck_assert_ptr_null(strstr(err.text, "sk-abc"));
    }
}

START_TEST(an_unknown_protocol_is_refused_by_name)
{
    struct endpoint endpoint = at("https://h/v1");

    endpoint.protocol = "gopher";
    ck_assert_int_eq(endpoint_check(&endpoint, &err), ERR_USAGE);
    ck_assert_ptr_nonnull(strstr(err.text, "'gopher'"));
    ck_assert_ptr_nonnull(strstr(err.text, "openai-chat"));
}

START_TEST(a_key_is_overwritten_wherever_it_stands)
{
    struct endpoint endpoint = at("https://h/v1");
    struct route route;
    char text[] = "sk-1234 and sk-1234sk-1234, but not sk-123";

    endpoint.credentials.key = "sk-1234";
    ck_assert_msg(route_init(&route, &endpoint, NULL, &err) == 0, "%s", err.text);
    route_redact(&route, text, strlen(text));
    ck_assert_str_eq(text, "******* and **************, but not sk-123");
    route_release(&route);
}

int main(void)
{
    Suite *suite = suite_create("endpoint_route");
    TCase *tests = suite_case(suite, "route");

    tcase_add_test(tests, usable_urls_are_joined_with_the_path);
    tcase_add_test(tests, unusable_urls_are_refused_with_the_reason);
    tcase_add_test(tests, a_key_that_could_write_headers_is_refused_and_never_shown);
    tcase_add_test(tests, an_unknown_protocol_is_refused_by_name);
    tcase_add_test(tests, a_key_is_overwritten_wherever_it_stands);
    return suite_run(suite);
}
