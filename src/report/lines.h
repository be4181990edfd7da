/* lines: charts with a line per series over the context length. Private to src/report.
 *
 * Three things ECharts has no option for are made of plain series, so that the options stay JSON
 * without functions: whiskers are a line with gaps whose points are flat bars, and the labels of
 * lengths ("8k") and of values ("200 ms") are invisible series on the axes, which are in doublings
 * (log2 of the length) and, where values span orders of magnitude, in powers of ten. Whiskers have
 * the name of their line, so the legend switches both.
 */
#ifndef REPORT_LINES_H
#define REPORT_LINES_H

#include "base/buf.h"
#include "base/err.h"
#include "report/chart.h"
#include "report/figures.h"

#include <math.h>
#include <stdbool.h>

/* One series at one length; NaN where there is nothing. */
struct line_point {
    double value; /* NaN: a gap in the line */
    double low;   /* ends of the whisker */
    double high;
};

/* What somebody else states about a length, drawn as a bar across it. */
struct line_mark {
    size_t length_index;
    size_t series_index; /* whose colour it has */
    double value;
    struct str tip; /* lines by LF */
};

enum lines_scale {
    LINES_LOG,       /* values above 0 */
    LINES_SCORE,     /* 0 … 1, on an axis of 0 to 100 % */
    LINES_DIFFERENCE /* -1 … 1, in percentage points, with a line at 0 */
};

/* What a kind of chart gives; points and tips are asked for where a series has a cell. */
struct lines {
    const char *y_name; /* of scores NULL: they have their own */
    enum lines_scale scale;
    struct line_point (*point)(const void *context, size_t series_index, size_t length_index);
    void (*append_tick)(struct buf *out, double value); /* words on a log axis; else NULL */
    /* Lines after the label and the length, by LF; each begins with LF. */
    void (*append_tip)(const void *context, struct buf *out, size_t series_index,
                       size_t length_index);
    const void *context;
    const struct line_mark *marks;
    size_t mark_count;
    const char *nothing; /* the error when no point has a value */
};

/* ERR_INPUT with `nothing` when there is nothing to draw, ERR_USAGE when the size is too small. */
int lines_draw(const struct lines *lines, const struct figures *figures,
               const struct chart_frame *frame, struct chart_drawing *out, struct err *err);

#endif
