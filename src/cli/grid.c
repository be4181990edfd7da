#include "cli/grid.h"

#include "base/utf8.h"

#include <string.h>

void grid_column(struct grid *grid, const char *title, enum grid_align align)
{
    if (grid->column_count < GRID_COLUMNS_MAX) {
        grid->titles[grid->column_count] = title;
        grid->aligns[grid->column_count++] = align;
    }
}

static bool make_room(struct grid *grid)
{
    size_t room = grid->cell_room != 0 ? grid->cell_room * 2 : 64;
    struct str *cells = NULL;

    if (grid->cell_count < grid->cell_room) {
        return true;
    }
    cells = arena_alloc(&grid->arena, room, sizeof *cells);
    if (cells == NULL) {
        return false;
    }
    for (size_t i = 0; i < grid->cell_count; i++) {
        cells[i] = grid->cells[i];
    }
    grid->cells = cells;
    grid->cell_room = room;
    return true;
}

void grid_cell(struct grid *grid, struct str text)
{
    struct str copy = {0};

    if (grid->failure == 0 && make_room(grid)) {
        copy = arena_copy(&grid->arena, text);
    }
    if (copy.p == NULL) {
        grid->failure = ERR_MEMORY;
        return;
    }
    grid->cells[grid->cell_count++] = copy;
}

void grid_cellf(struct grid *grid, const char *format, ...)
{
    struct buf text;
    va_list args;

    buf_init(&text, GRID_CELL_BYTES_MAX);
    va_start(args, format);
    buf_vappendf(&text, format, args);
    va_end(args);
    grid_cell(grid, buf_str(&text));
    buf_release(&text);
}

/* How a cell divides at its decimal point. */
struct shape {
    size_t width;
    size_t fraction; /* the point and what follows it */
};

static struct shape shape_of(struct str text)
{
    struct shape shape = {.width = utf8_length(text)};
    const char *point = text.len != 0 ? memchr(text.p, '.', text.len) : NULL;

    shape.fraction = point != NULL ? text.len - (size_t)(point - text.p) : 0;
    return shape;
}

static size_t widest_fraction(const struct grid *grid, size_t column)
{
    size_t widest = 0;

    for (size_t i = column; grid->aligns[column] == GRID_POINT && i < grid->cell_count;
         i += grid->column_count) {
        size_t fraction = shape_of(grid->cells[i]).fraction;

        widest = fraction > widest ? fraction : widest;
    }
    return widest;
}

static size_t padding_after(const struct grid *grid, size_t column, struct str text,
                            size_t fraction)
{
    return grid->aligns[column] == GRID_POINT ? fraction - shape_of(text).fraction : 0;
}

static size_t column_width(const struct grid *grid, size_t column, size_t fraction)
{
    size_t widest = utf8_length(str_from(grid->titles[column]));

    for (size_t i = column; i < grid->cell_count; i += grid->column_count) {
        size_t width =
            utf8_length(grid->cells[i]) + padding_after(grid, column, grid->cells[i], fraction);

        widest = width > widest ? width : widest;
    }
    return widest;
}

static void append_blanks(struct buf *out, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        buf_append_char(out, ' ');
    }
}

/* Blanks at a line's end are taken off again. */
static void end_line(struct buf *out, size_t start)
{
    while (out->len > start && out->p[out->len - 1] == ' ') {
        out->len--;
    }
    buf_append_char(out, '\n');
}

static void append_aligned(struct buf *out, struct str text, size_t width, bool to_the_left,
                           size_t after)
{
    size_t used = utf8_length(text) + after;

    append_blanks(out, 2);
    if (!to_the_left) {
        append_blanks(out, width - used);
    }
    buf_append(out, text);
    append_blanks(out, to_the_left ? width - used : after);
}

int grid_append_text(const struct grid *grid, struct buf *out, struct err *err)
{
    size_t widths[GRID_COLUMNS_MAX];
    size_t fractions[GRID_COLUMNS_MAX];
    size_t start = out->len;

    if (grid->failure != 0) {
        return err_memory(err);
    }
    if (grid->column_count == 0) {
        return 0;
    }
    for (size_t i = 0; i < grid->column_count; i++) {
        fractions[i] = widest_fraction(grid, i);
        widths[i] = column_width(grid, i, fractions[i]);
        append_aligned(out, str_from(grid->titles[i]), widths[i], grid->aligns[i] == GRID_LEFT, 0);
    }
    end_line(out, start);
    for (size_t i = 0; i < grid->cell_count; i++) {
        size_t column = i % grid->column_count;

        start = column == 0 ? out->len : start;
        append_aligned(out, grid->cells[i], widths[column], grid->aligns[column] == GRID_LEFT,
                       padding_after(grid, column, grid->cells[i], fractions[column]));
        if (column + 1 == grid->column_count) {
            end_line(out, start);
        }
    }
    return buf_check(out, "table", err);
}

void markdown_append_escaped(struct buf *out, struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (memchr("\\`*_[]<>|#&!~", text.p[i], 13) != NULL) {
            buf_append_char(out, '\\');
        }
        buf_append_char(out, text.p[i]);
    }
}

int grid_append_markdown(const struct grid *grid, struct buf *out, struct err *err)
{
    if (grid->failure != 0) {
        return err_memory(err);
    }
    if (grid->column_count == 0) {
        return 0;
    }
    for (size_t i = 0; i < grid->column_count; i++) {
        buf_append(out, STR("| "));
        markdown_append_escaped(out, str_from(grid->titles[i]));
        buf_append_char(out, ' ');
    }
    buf_append(out, STR("|\n"));
    for (size_t i = 0; i < grid->column_count; i++) {
        buf_append(out, grid->aligns[i] == GRID_LEFT ? STR("|---") : STR("|--:"));
    }
    buf_append(out, STR("|\n"));
    for (size_t i = 0; i < grid->cell_count; i++) {
        buf_append(out, STR("| "));
        markdown_append_escaped(out, grid->cells[i]);
        buf_append(out, (i + 1) % grid->column_count == 0 ? STR(" |\n") : STR(" "));
    }
    return buf_check(out, "table", err);
}

void grid_release(struct grid *grid)
{
    arena_release(&grid->arena);
    *grid = (struct grid){.failure = 0};
}
