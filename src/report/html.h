/* html: text that cannot become markup. */
#ifndef REPORT_HTML_H
#define REPORT_HTML_H

#include "base/buf.h"
#include "base/str.h"

/* Appends `text` for use between tags or inside a quoted attribute. */
void html_append_escaped(struct buf *out, struct str text);

/* Appends JSON that holds no raw non-ASCII for use inside a <script> element: "<", ">" and "&",
 * which JSON has only inside strings, become \u003c and so on, so nothing in it ends the element
 * or opens a comment. */
void html_append_json(struct buf *out, struct str json);

#endif
