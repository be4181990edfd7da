/* line_layout: where plot and legend of a chart with one plot go: side by side, or on a narrow
 * chart one under the other. Private to src/report.
 */
#ifndef REPORT_LINE_LAYOUT_H
#define REPORT_LINE_LAYOUT_H

#include "base/err.h"
#include "report/chart.h"
#include "report/figures.h"

#include <jansson.h>
#include <stdbool.h>

struct line_layout {
    int top_px; /* margins of the plot, for axes and legend */
    int right_px;
    int bottom_px;
    int legend_text_px; /* the most a line of a label may take */
    int legend_px;      /* height */
    int height_px;      /* of the chart; line_choose_height */
    bool narrow;
    bool points; /* the legend shows symbols without a line; set by the caller */
};

/* Narrow up to CHART_NARROW_PX, and where long names beside the plot would leave it no room. */
struct line_layout line_choose_layout(const struct figures *figures, int top_px, int width_px);

int line_usual_width_px(const struct figures *figures);
int line_narrow_height_px(const struct figures *figures, int top_px); /* on a narrow page */
int line_narrow_below_px(const struct figures *figures);              /* what narrow is */

/* Sets the height: the one asked for or, for 0, the usual one. ERR_USAGE says the least that holds
 * everything. */
int line_choose_height(const struct figures *figures, struct line_layout *layout,
                       int asked_height_px, struct err *err);

/* Adds legend and grid to the options, which it takes; on a page both layouts. NULL without
 * memory. */
json_t *line_with_layout(json_t *options, const struct figures *figures,
                         const struct line_layout *layout, const struct chart_frame *frame);

#endif
