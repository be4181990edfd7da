/* grid: a small table for people, as aligned text or as Markdown.
 *
 * Cells are filled from left to right, row by row. A zeroed `struct grid` is valid and empty.
 */
#ifndef CLI_GRID_H
#define CLI_GRID_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#include <stddef.h>

enum grid_align {
    GRID_LEFT,
    GRID_RIGHT,
    GRID_POINT /* to the right, so that decimal points stand below each other */
};

enum { GRID_COLUMNS_MAX = 12, GRID_CELL_BYTES_MAX = 2048 };

struct grid {
    struct arena arena; /* holds the cells */
    const char *titles[GRID_COLUMNS_MAX];
    enum grid_align aligns[GRID_COLUMNS_MAX];
    size_t column_count;
    struct str *cells;
    size_t cell_count;
    size_t cell_room;
    int failure; /* sticky: 0 or ERR_MEMORY */
};

void grid_column(struct grid *grid, const char *title, enum grid_align align);

/* The next cell; the text is copied. */
void grid_cell(struct grid *grid, struct str text);
void grid_cellf(struct grid *grid, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Two blanks before each line and between columns. */
int grid_append_text(const struct grid *grid, struct buf *out, struct err *err);
/* A table of GitHub's Markdown; what cells hold cannot become markup. */
int grid_append_markdown(const struct grid *grid, struct buf *out, struct err *err);

void grid_release(struct grid *grid);

/* `text` with everything escaped that Markdown gives a meaning. */
void markdown_append_escaped(struct buf *out, struct str text);

#endif
