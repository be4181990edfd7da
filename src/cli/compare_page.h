/* compare_page: headings, lines and tables of a comparison, as text or as Markdown. Private to the
 * compare command.
 */
#ifndef CLI_COMPARE_PAGE_H
#define CLI_COMPARE_PAGE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "cli/grid.h"

#include <stdbool.h>
#include <stddef.h>

/* Where it goes and how. */
struct page {
    struct buf *out; /* borrowed */
    bool is_markdown;
};

enum { CELL_BYTES_MAX = 4096 };

void page_append_heading(const struct page *page, const char *words);

/* A line of prose, wrapped; in Markdown an entry of a list. */
enum { PAGE_LINE_INDENT = 2, PAGE_NOTE_INDENT = 4 };
void page_append_line(const struct page *page, struct str words);
void page_append_line_at(const struct page *page, struct str words, size_t indent);

/* Releases the grid. */
int page_append_grid(const struct page *page, struct grid *grid, struct err *err);

/* The next cell from a buffer that is emptied for the one after it. */
void cell_of(struct grid *grid, struct buf *text);

#endif
