/* Rate limits from headers, and the times and durations in them. The times' distances were worked
 * out with Python's datetime. */
#include "suite.h"

#include "endpoint/rate.h"
#include "endpoint/wire_time.h"

#include <string.h>
#include <strings.h>

enum { NOW_S = 1795356258 }; /* 2026-11-22T14:04:18Z */

START_TEST(the_time_is_the_server_s_when_it_says_so_and_ours_else)
{
    ck_assert_int_eq(wire_http_date_s(STR("Sun, 06 Nov 1994 08:49:37 GMT")), 784111777);
    ck_assert_int_eq(wire_time_there_s(STR("Sun, 22 Nov 2026 14:04:18 GMT"), 5), NOW_S);
    ck_assert_int_eq(wire_time_there_s((struct str){NULL, 0}, NOW_S), NOW_S);
    ck_assert_int_eq(wire_time_there_s(STR("yesterday"), NOW_S), NOW_S);
    ck_assert_int_eq(
        wire_time_there_s(STR("Sun, 22 Nov 2026 14:04:18 GMT                                   "
                              "                                                      "),
                          NOW_S + 1),
        NOW_S + 1);
}

START_TEST(a_duration_is_read_in_any_unit)
{
    static const struct {
        const char *text;
        double s;
    } durations[] = {
        {"20ms", 0.02},
        {"1s", 1},
        {"6m0s", 360},
        {"1h2m3.5s", 3723.5},
        {"26.4s", 26.4},
        {"20 seconds", 20},
        {"7", 7},
        {"2 minutes", 120},
        {"250 milliseconds", 0.25},
        {"", -1},
        {"soon", -1},
        {"-3s", -1},
        {"3 fortnights", -1},
    };

    for (size_t i = 0; i < sizeof durations / sizeof durations[0]; i++) {
        ck_assert_msg(wire_duration_s(str_from(durations[i].text)) - durations[i].s < 1e-9 &&
                          durations[i].s - wire_duration_s(str_from(durations[i].text)) < 1e-9,
                      "%s", durations[i].text);
    }
}

START_TEST(a_duration_of_any_number_of_digits_is_a_number)
{
    char digits[402] = "1.";

    (void)memset(digits + 2, '0', sizeof digits - 4);
    digits[sizeof digits - 2] = 's';
    digits[sizeof digits - 1] = '\0';
    ck_assert_double_eq_tol(wire_duration_s(str_from(digits)), 1.0, 1e-9);
    digits[1] = '0';
    ck_assert_double_infinite(wire_duration_s(str_from(digits)));
}

START_TEST(a_time_is_read_with_any_offset)
{
    static const struct {
        const char *text;
        double s;
    } times[] = {
        {"2026-11-22T14:04:18Z", 0},
        {"2026-11-22T14:05:18Z", 60},
        {"2026-11-22t14:05:18.999z", 60},
        {"2026-11-22T16:05:18+02:00", 60},
        {"2026-11-22T09:35:18-04:30", 60},
        {"2026-11-22T14:04:17Z", 0}, /* over */
        {"2027-03-01T00:00:00Z", 8502942},
        {"2028-02-29T00:00:00Z", 40038942},
        {"2028-03-01T00:00:00Z", 40125342},
        {"2100-03-01T00:00:00Z", 2312186142.0},
        {"2026-11-22T14:04:18", -1},
        {"2026-13-22T14:04:18Z", -1},
        {"2026-11-22 14:04:18Z", -1},
        {"2026-11-22T14:04:18+2", -1},
        {"2026-11-22T14:04:18Zz", -1},
        {"60", -1},
        {"", -1},
    };

    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        double found = wire_time_until_s(str_from(times[i].text), NOW_S);

        ck_assert_msg(found >= times[i].s && found <= times[i].s, "%s: %f", times[i].text, found);
    }
}

struct header {
    const char *name;
    const char *value;
};

/* The table ends with a row without a name. */
static struct str find_header(const void *context, const char *name)
{
    for (const struct header *row = context; row->name != NULL; row++) {
        if (strcasecmp(row->name, name) == 0) {
            return str_from(row->value);
        }
    }
    return (struct str){0};
}

static struct rate_report read_headers(const struct header *headers)
{
    const struct rate_source source = {
        .header = find_header, .context = headers, .http_status = 429, .wall_s = NOW_S};

    return rate_read(&source);
}

static void expect_limit(const struct rate_limit *found, int64_t limit, int64_t remaining,
                         double reset_s)
{
    ck_assert_int_eq(found->limit, limit);
    ck_assert_int_eq(found->remaining, remaining);
    ck_assert_double_eq_tol(found->reset_s, reset_s, 1e-9);
}

START_TEST(openais_headers_are_read)
{
    static const struct header headers[] = {{"x-ratelimit-limit-requests", "10000"},
                                            {"x-ratelimit-remaining-requests", "9999"},
                                            {"x-ratelimit-reset-requests", "6ms"},
                                            {"X-RateLimit-Limit-Tokens", "2000000"},
                                            {"x-ratelimit-remaining-tokens", " 0 "},
                                            {"x-ratelimit-reset-tokens", "6m0s"},
                                            {NULL, NULL}};
    struct rate_report report = read_headers(headers);

    ck_assert_int_eq(report.http_status, 429);
    expect_limit(&report.requests, 10000, 9999, 0.006);
    expect_limit(&report.tokens, 2000000, 0, 360);
    expect_limit(&report.output_tokens, -1, -1, -1);
}

START_TEST(of_anthropics_token_limits_the_input_counts)
{
    static const struct header headers[] = {
        {"anthropic-ratelimit-requests-limit", "50"},
        {"anthropic-ratelimit-requests-remaining", "49"},
        {"anthropic-ratelimit-requests-reset", "2026-11-22T14:05:18Z"},
        {"anthropic-ratelimit-tokens-limit", "2400000"},
        {"anthropic-ratelimit-tokens-remaining", "1400000"},
        {"anthropic-ratelimit-tokens-reset", "2026-11-22T14:04:48Z"},
        {"anthropic-ratelimit-input-tokens-limit", "2000000"},
        {"anthropic-ratelimit-input-tokens-remaining", "1000000"},
        {"anthropic-ratelimit-input-tokens-reset", "2026-11-22T14:04:28Z"},
        {"anthropic-ratelimit-output-tokens-limit", "400000"},
        {"anthropic-ratelimit-output-tokens-remaining", "399000"},
        {"anthropic-ratelimit-output-tokens-reset", "2026-11-22T14:04:19Z"},
        {NULL, NULL}};
    struct rate_report report = read_headers(headers);

    expect_limit(&report.requests, 50, 49, 60);
    expect_limit(&report.tokens, 2000000, 1000000, 10);
    expect_limit(&report.output_tokens, 400000, 399000, 1);
}

START_TEST(headers_that_make_no_sense_say_nothing)
{
    static const struct header headers[] = {{"x-ratelimit-limit-requests", "many"},
                                            {"x-ratelimit-remaining-requests", "-1"},
                                            {"x-ratelimit-reset-requests", "soon"},
                                            {"x-ratelimit-limit-tokens", "18446744073709551615"},
                                            {NULL, NULL}};
    struct rate_report report = read_headers(headers);

    expect_limit(&report.requests, -1, -1, -1);
    expect_limit(&report.tokens, -1, -1, -1);
}

int main(void)
{
    Suite *suite = suite_create("endpoint_rate");
    TCase *tests = suite_case(suite, "rate");

    tcase_add_test(tests, the_time_is_the_server_s_when_it_says_so_and_ours_else);
    tcase_add_test(tests, a_duration_is_read_in_any_unit);
    tcase_add_test(tests, a_duration_of_any_number_of_digits_is_a_number);
    tcase_add_test(tests, a_time_is_read_with_any_offset);
    tcase_add_test(tests, openais_headers_are_read);
    tcase_add_test(tests, of_anthropics_token_limits_the_input_counts);
    tcase_add_test(tests, headers_that_make_no_sense_say_nothing);
    return suite_run(suite);
}
