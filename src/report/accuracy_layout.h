/* accuracy_layout: where plot and legend of the accuracy chart go: side by side, or on a narrow
 * chart one under the other. Private to src/report.
 */
#ifndef REPORT_ACCURACY_LAYOUT_H
#define REPORT_ACCURACY_LAYOUT_H

#include "base/err.h"
#include "report/figures.h"
#include "report/theme.h"

#include <jansson.h>
#include <stdbool.h>

struct accuracy_layout {
    int top_px; /* margins of the plot, for axes and legend */
    int right_px;
    int bottom_px;
    int legend_text_px; /* the most a line of a label may take */
    int legend_px;      /* height */
    bool narrow;
};

struct accuracy_layout accuracy_layout_for(const struct figures *figures, int top_px, bool narrow);

/* Narrow below CHART_NARROW_PX, and where long names beside the plot would leave it no room. */
struct accuracy_layout accuracy_choose_layout(const struct figures *figures, int top_px,
                                              int width_px);

int accuracy_usual_width_px(const struct figures *figures);

/* The height asked for or, for 0, the usual one. ERR_USAGE says the least that holds everything. */
int accuracy_choose_height(const struct figures *figures, const struct accuracy_layout *layout,
                           int asked_height_px, int *height_px, struct err *err);

/* New; NULL without memory. */
json_t *accuracy_legend_json(const struct figures *figures, const struct accuracy_layout *layout,
                             const struct theme *theme);
json_t *accuracy_grid_json(const struct accuracy_layout *layout);

#endif
