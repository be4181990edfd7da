/* depth_grid: mean scores of one series by context length and by depth of the wanted needle.
 * Private to src/report.
 *
 * Depth is where the wanted needle lies in the prompt, 0 the start and 1 the end. Where the sweep
 * planned depths, rows are those; where depths are the task's own design, rows are tenths.
 */
#ifndef REPORT_DEPTH_GRID_H
#define REPORT_DEPTH_GRID_H

#include "base/buf.h"
#include "report/figures.h"

enum { DEPTH_ROWS_MAX = 21, DEPTH_TENTHS = 10 };

/* The rows of all grids of one chart. */
struct depth_rows {
    bool planned;                 /* rows are percents[], not tenths */
    int percents[DEPTH_ROWS_MAX]; /* ascending */
    size_t count;
};

struct depth_cell {
    double sum; /* of scores */
    uint64_t counted;
};

struct depth_grid {
    const struct series *series;
    struct depth_cell *cells; /* row * figures->length_count + length index */
};

struct depth_grids {
    struct arena arena;
    struct depth_rows rows;
    struct depth_grid *grids; /* one for each series */
    size_t count;
};

/* ERR_INPUT when no scored trial has a depth. */
int depth_grids_gather(struct depth_grids *out, const struct figures *figures, struct err *err);
void depth_grids_release(struct depth_grids *grids);

void depth_append_row_name(struct buf *out, const struct depth_rows *rows, size_t row);

#endif
