#include "report_options_fixture.h"

#include "report/report.h"

#include <check.h>

json_t *fixture_options(const struct result *result, const char *kind, int width_px)
{
    struct report_settings settings = {.chart = chart_find(str_from(kind)), .width_px = width_px};
    struct err err = {ERR_NONE, ""};
    struct buf text;
    json_t *options = NULL;

    ck_assert_ptr_nonnull(settings.chart);
    buf_init(&text, REPORT_BYTES_MAX);
    ck_assert_msg(report_render(result, 1, &settings, REPORT_JSON, &text, &err) == 0, "%s",
                  err.text);
    options = json_loadb(text.p, text.len, JSON_REJECT_DUPLICATES, NULL);
    ck_assert_ptr_nonnull(options);
    buf_release(&text);
    return options;
}
