/* stroke: how a series looks in every chart: one colour, symbol and dash. Private to src/report.
 *
 * With several models colour and symbol tell the model and the dash tells the needle count; with
 * one model all three tell the needle count. So lines stay apart in grey print and for every kind
 * of sight, and a model looks the same in all charts of a page.
 */
#ifndef REPORT_STROKE_H
#define REPORT_STROKE_H

#include "report/figures.h"
#include "report/theme.h"

#include <jansson.h>
#include <stdbool.h>

struct stroke {
    const char *colour; /* the theme's */
    const char *symbol; /* ECharts' name for it; static */
    bool hollow;
    size_t dash;
};

struct stroke stroke_of(const struct figures *figures, const struct series *series,
                        const struct theme *theme);

json_t *stroke_json(const struct stroke *stroke); /* a new line style */
json_t *stroke_symbol_json(const struct stroke *stroke, const struct theme *theme); /* a new item
                                                                                       style */

#endif
