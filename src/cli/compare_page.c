#include "cli/compare_page.h"

#include "base/utf8.h"
#include "cli/wrap.h"

void page_append_heading(const struct page *page, const char *words)
{
    buf_appendf(page->out, page->is_markdown ? "\n## %s\n\n" : "\n%s\n", words);
}

/* Breaks words at blanks so that no line is wider than WRAP_WIDTH; `indent` columns before each. */
static void append_wrapped(struct buf *out, struct str words, size_t indent)
{
    size_t column = 0;

    while (words.len != 0) {
        struct str_pair parts = str_cut(words, ' ');
        size_t width = utf8_length(parts.head);

        if (column == 0 || column + 1 + width > WRAP_WIDTH) {
            buf_append_char(out, '\n');
            for (column = 0; column < indent; column++) {
                buf_append_char(out, ' ');
            }
        } else {
            buf_append_char(out, ' ');
            column++;
        }
        buf_append(out, parts.head);
        column += width;
        words = parts.tail;
    }
}

void page_append_line_at(const struct page *page, struct str words, size_t indent)
{
    if (page->is_markdown) {
        buf_append(page->out, indent == PAGE_LINE_INDENT ? STR("- ") : STR("  - "));
        markdown_append_escaped(page->out, words);
        buf_append_char(page->out, '\n');
        return;
    }
    page->out->len -= page->out->len != 0 ? 1 : 0; /* its line end comes before the first word */
    append_wrapped(page->out, words, indent);
    buf_append_char(page->out, '\n');
}

void page_append_line(const struct page *page, struct str words)
{
    page_append_line_at(page, words, PAGE_LINE_INDENT);
}

int page_append_grid(const struct page *page, struct grid *grid, struct err *err)
{
    int rc = page->is_markdown ? grid_append_markdown(grid, page->out, err)
                               : grid_append_text(grid, page->out, err);

    grid_release(grid);
    return rc;
}

void cell_of(struct grid *grid, struct buf *text)
{
    grid_cell(grid, buf_str(text));
    buf_reset(text);
}
