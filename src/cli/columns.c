#include "cli/columns.h"

#include "base/utf8.h"

#include <string.h>

void columns_right(struct buf *out, size_t start, size_t width)
{
    char text[64];
    struct str written = {out->p + start, out->len - start};
    size_t columns = utf8_length(written);

    if (columns >= width || written.len > sizeof text) {
        return;
    }
    memcpy(text, written.p, written.len);
    out->len = start;
    for (size_t i = columns; i < width; i++) {
        buf_append_char(out, ' ');
    }
    buf_append(out, (struct str){text, written.len});
}
