/* report_options_fixture: the ECharts options of a result made by hand. */
#ifndef TESTS_REPORT_OPTIONS_FIXTURE_H
#define TESTS_REPORT_OPTIONS_FIXTURE_H

#include "report_fixture.h"

#include <jansson.h>

/* Of a kind of chart; width 0 fits it. New. */
json_t *fixture_options(const struct result *result, const char *kind, int width_px);

#endif
