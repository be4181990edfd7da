/* chart: a kind of picture, as a row of a table.
 *
 * A chart turns figures into Apache ECharts options (plain JSON, no functions), from which the SVG,
 * the PNG and the interactive page are all made, and into an HTML table that says the same in
 * numbers. Charts are pure: the same figures and frame give the same options. Adding one is a file
 * and a line in table.c.
 */
#ifndef REPORT_CHART_H
#define REPORT_CHART_H

#include "base/buf.h"
#include "base/err.h"
#include "report/caption.h"
#include "report/figures.h"
#include "report/theme.h"

#include <jansson.h>
#include <stdbool.h>

/* Below this width legends go under the plot and panels under each other. */
enum { CHART_NARROW_PX = 640 };

struct chart_frame {
    const struct theme *theme;
    struct str title; /* one printable line, or "" for the chart's own */
    const struct caption *caption;
    struct str note; /* the chart's, below the caption */
    int width_px;    /* 0: the chart's own choice */
    int height_px;   /* 0: the chart's own choice */
    bool on_page;    /* the page shows title and caption, and its width is not known here */
};

struct chart_drawing {
    json_t *options; /* new; the caller's to json_decref */
    int width_px;
    int height_px;
    int narrow_height_px; /* on a page not wider than … */
    int narrow_below_px;  /* … this */
};

struct chart {
    const char *kind;    /* what --kind names */
    const char *purpose; /* what it answers, one line */
    const char *name;    /* in a list of contents */
    const char *title;
    const char *note;        /* a sentence on how to read it */
    const char *claims_note; /* another where claims are shown; NULL for none */
    bool panel_per_series;   /* on a page draw() is called for one series at a time */

    int (*draw)(const struct figures *figures, const struct chart_frame *frame,
                struct chart_drawing *out, struct err *err);

    /* Appends one or more <table> elements; everything from results is escaped. */
    int (*write_table)(const struct figures *figures, struct buf *out, struct err *err);
};

extern const struct chart *const charts[]; /* NULL-terminated */

/* Note and, where claims are shown, the other. */
void chart_append_note(struct buf *out, const struct chart *chart, const struct figures *figures);

const struct chart *chart_find(struct str kind); /* NULL when there is none */

#endif
