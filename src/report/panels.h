/* panels: a small plot for each series, side by side as far as the width allows. Private to
 * src/report.
 *
 * In a picture all panels are in one set of options, each with its own pair of axes under one
 * heading; on a page each is a picture of its own, which HTML puts side by side.
 */
#ifndef REPORT_PANELS_H
#define REPORT_PANELS_H

#include "base/err.h"
#include "report/chart.h"
#include "report/figures.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum { PANELS_MARGIN_PX = 16 };

/* What a kind of panel needs. */
struct panels_shape {
    int row_labels_px;   /* left of the plot: the axis' words and its name */
    int plot_height_px;  /* usual … */
    int plot_least_px;   /* … and least */
    int column_px;       /* usual width of one length */
    int column_least_px; /* narrower ones carry no words */
    int foot_px;         /* below all panels: a legend */
    int foot_narrow_px;  /* the same on a narrow page */
};

/* Where panels go; all have equal sizes. On a page there is one, as wide as its place. */
struct panels {
    struct panels_shape shape;
    bool on_page;
    bool labelled; /* columns are wide enough for words */
    int width_px;
    int top_px;
    int title_px; /* above each panel; 0 on a page, where it is HTML */
    int columns;
    int rows;
    int plot_width_px;
    int plot_height_px;
};

int panels_usual_width_px(const struct figures *figures, const struct panels_shape *shape);

/* ERR_USAGE when the height asked for cannot hold them; it says the least that can. */
int panels_arrange(struct panels *out, const struct figures *figures,
                   const struct panels_shape *shape, const struct chart_frame *frame, int width_px,
                   int top_px, struct err *err);

int panels_height_px(const struct panels *panels);
int panels_narrow_height_px(const struct panels *panels);

/* New. `index` is the panel's. */
json_t *panels_axis_json(const struct panels *panels, json_t *names, size_t index, const char *name,
                         int name_gap_px, const struct theme *theme);

/* `count` names of an axis, each written by `append`; new. */
typedef void (*panels_append_name)(struct buf *out, const void *context, size_t index);
json_t *panels_names_json(size_t count, panels_append_name append, const void *context);

/* What is a kind's own in a panel. */
struct panel {
    json_t *y_axis; /* taken, as `series` */
    json_t *series; /* an array */
    const char *background;
};

/* Sets a grid, a pair of axes with lengths below, and the series of each panel in `options`;
 * nonzero without memory. */
typedef struct panel (*panels_build)(const void *context, size_t index);
int panels_add(json_t *options, const struct figures *figures, const struct panels *panels,
               const struct theme *theme, panels_build build, const void *context);

/* Appends the panels' titles after the chart's own; nonzero without memory. */
int panels_add_titles(json_t *options, const struct figures *figures, const struct panels *panels,
                      const struct theme *theme);

#endif
