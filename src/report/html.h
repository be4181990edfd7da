/* html: text that cannot become markup. */
#ifndef REPORT_HTML_H
#define REPORT_HTML_H

#include "base/buf.h"
#include "base/str.h"

#include <stdint.h>

/* Appends `text` for use between tags or inside a quoted attribute. */
void html_append_escaped(struct buf *out, struct str text);

/* "<table><caption>…</caption><thead>…</thead><tbody>"; `columns` ends with NULL. Both are our own
 * words. A column of words, not of numbers, has '<' before its name, and cells of class "text". */
void html_append_table_head(struct buf *out, const char *caption, const char *const *columns);

/* "<tr><th>label</th><td>8k</td>": how rows about a series at a length begin. */
void html_append_row_head(struct buf *out, struct str label, uint64_t length_tokens);

/* Appends JSON that holds no raw non-ASCII for use inside a <script> element: "<", ">" and "&",
 * which JSON has only inside strings, become \u003c and so on, so nothing in it ends the element
 * or opens a comment. */
void html_append_json(struct buf *out, struct str json);

#endif
