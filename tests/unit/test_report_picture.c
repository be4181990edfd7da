/* SVG and PNG as drawn. */
#include "report/report.h"
#include "report_fixture.h"
#include "suite.h"

#include <check.h>
#include <librsvg/rsvg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

/* Sanitizers and unoptimised builds take their time; the promise is the release build's. */
#ifdef NDEBUG
static const double seconds_max = 2.0;
#else
static const double seconds_max = 20.0;
#endif

static struct buf drawn; /* of the test that runs; checked fixture */

static bool clock_leaps;
static time_t leapt_s;

/* The clock of the script engine: a library takes this program's function for the C library's. */
int leaping_time(struct timeval *restrict now, void *restrict zone) __asm__("gettimeofday");

int leaping_time(struct timeval *restrict now, void *restrict zone)
{
    struct timespec time;

    (void)zone;
    (void)clock_gettime(CLOCK_REALTIME, &time);
    if (clock_leaps) {
        leapt_s += 3600;
    }
    *now = (struct timeval){.tv_sec = time.tv_sec + leapt_s, .tv_usec = time.tv_nsec / 1000};
    return 0;
}

static void set_up(void)
{
    buf_init(&drawn, REPORT_BYTES_MAX);
}

static void tear_down(void)
{
    buf_release(&drawn);
}

static void draw(const struct result *result, const struct report_settings *settings,
                 enum report_format format)
{
    struct err err = {ERR_NONE, ""};

    ck_assert_msg(report_render(result, 1, settings, format, &drawn, &err) == 0, "%s", err.text);
}

static size_t occurrences(struct str text, struct str what)
{
    size_t count = 0;

    for (size_t at = str_find(text, what); at != SIZE_MAX; at = str_find(text, what)) {
        text = str_skip(text, at + what.len);
        count++;
    }
    return count;
}

static void assert_contains(const char *what)
{
    ck_assert_msg(str_contains(buf_str(&drawn), str_from(what)), "no '%s'", what);
}

START_TEST(an_svg_is_xml_that_names_what_it_shows)
{
    struct result result = fixture_demo();
    struct report_settings settings = {.title = STR("A < B & \"C\"")};
    GError *problem = NULL;
    RsvgHandle *handle = NULL;

    draw(&result, &settings, REPORT_SVG);
    handle = rsvg_handle_new_from_data((const guint8 *)drawn.p, drawn.len, &problem);
    ck_assert_msg(handle != NULL, "%s", problem != NULL ? problem->message : "");
    g_object_unref(handle);
    assert_contains("<title>A &lt; B &amp; &quot;C&quot; (simulated)</title>");
    assert_contains(">context length (tokens, o200k_base)</text>");
    assert_contains(">mean score (0–100 %)</text>");
    assert_contains(">sim/decay (simulated) · 8 needles</text>");
    assert_contains(">128k</text>");
    result_release(&result);
}

START_TEST(a_busy_machine_draws_the_same_picture)
{
    struct result result = fixture_demo();
    struct report_settings settings = {.theme = &theme_light};
    struct buf before = {0};

    buf_init(&before, REPORT_BYTES_MAX);
    draw(&result, &settings, REPORT_SVG);
    buf_append(&before, buf_str(&drawn));
    buf_reset(&drawn);
    clock_leaps = true;
    draw(&result, &settings, REPORT_SVG);
    ck_assert(str_equal(buf_str(&before), buf_str(&drawn)));
    buf_release(&before);
    result_release(&result);
}

/* In the plot lines are 2 pixels wide, whiskers 1.3; a legend's sample is a line of 2 as well. */
START_TEST(each_series_is_one_line_and_one_set_of_whiskers)
{
    struct result result = fixture_demo();
    struct report_settings settings = {.theme = &theme_light};

    draw(&result, &settings, REPORT_SVG);
    ck_assert_uint_eq(occurrences(buf_str(&drawn), STR("stroke-width=\"1.3\"")), 6);
    ck_assert_uint_eq(occurrences(buf_str(&drawn), STR("stroke=\"#0072b2\" stroke-width=\"2\"")),
                      6);
    ck_assert_uint_eq(occurrences(buf_str(&drawn), STR("stroke=\"#d55e00\" stroke-width=\"2\"")),
                      6);
    result_release(&result);
}

START_TEST(characters_beyond_the_basic_plane_stay_utf8)
{
    static const char *const models[] = {"compatible/\U0001F600\uFFFF"};
    static const uint64_t needles[] = {2};
    static const uint64_t lengths[] = {8192};
    struct fixture fixture = {models, 1, needles, 1, lengths, 1, 1, "a.json"};
    struct result result = fixture_result(&fixture);
    struct report_settings settings = {.chart = NULL};

    draw(&result, &settings, REPORT_SVG);
    assert_contains("compatible/\U0001F600\uFFFD · 2 needles");
    result_release(&result);
}

static uint32_t big_endian(const char *bytes)
{
    const unsigned char *p = (const unsigned char *)bytes;

    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

START_TEST(a_png_has_twice_the_pixels_asked_for)
{
    struct result result = fixture_demo();
    struct report_settings settings = {.width_px = 900, .height_px = 500};

    draw(&result, &settings, REPORT_PNG);
    ck_assert_uint_gt(drawn.len, 24);
    ck_assert_mem_eq(drawn.p, "\x89PNG\r\n\x1A\n", 8);
    ck_assert_uint_eq(big_endian(drawn.p + 16), 1800);
    ck_assert_uint_eq(big_endian(drawn.p + 20), 1000);
    result_release(&result);
}

START_TEST(the_dark_theme_has_its_own_background)
{
    struct result result = fixture_demo();
    struct report_settings settings = {.theme = &theme_dark};

    draw(&result, &settings, REPORT_SVG);
    assert_contains("fill=\"#14181d\"");
    ck_assert_uint_eq(occurrences(buf_str(&drawn), STR("fill=\"#ffffff\"")), 0);
    result_release(&result);
}

/* 2 models, 3 needle counts, 8 lengths, 105 samples: 5,040 trials. */
START_TEST(five_thousand_trials_are_drawn_within_two_seconds_of_work)
{
    static const char *const models[] = {"openai/gpt-5.5", "sim/decay"};
    static const uint64_t needles[] = {2, 4, 8};
    static const uint64_t lengths[] = {8192, 16384, 32768, 65536, 131072, 262144, 524288, 1048576};
    struct fixture fixture = {models, 2, needles, 3, lengths, 8, 105, "a.json"};
    struct result result = fixture_result(&fixture);
    struct report_settings settings = {.chart = chart_find(STR("heatmap"))};
    struct timespec start;
    struct timespec end;

    ck_assert_uint_ge(result.trial_count, 5000);
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
    draw(&result, &settings, REPORT_SVG);
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    ck_assert_double_lt((double)(end.tv_sec - start.tv_sec) +
                            (double)(end.tv_nsec - start.tv_nsec) / 1e9,
                        seconds_max);
    result_release(&result);
}

int main(void)
{
    Suite *suite = suite_create("report_picture");
    TCase *rules = tcase_create("rules");
    SRunner *runner = srunner_create(suite);
    int failed = 0;

    tcase_set_timeout(rules, 120);
    tcase_add_checked_fixture(rules, set_up, tear_down);
    tcase_add_test(rules, an_svg_is_xml_that_names_what_it_shows);
    tcase_add_test(rules, a_busy_machine_draws_the_same_picture);
    tcase_add_test(rules, each_series_is_one_line_and_one_set_of_whiskers);
    tcase_add_test(rules, characters_beyond_the_basic_plane_stay_utf8);
    tcase_add_test(rules, a_png_has_twice_the_pixels_asked_for);
    tcase_add_test(rules, the_dark_theme_has_its_own_background);
    if (suite_measures()) {
        tcase_add_test(rules, five_thousand_trials_are_drawn_within_two_seconds_of_work);
    }
    suite_add_tcase(suite, rules);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
