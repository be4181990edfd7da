/* columns: what a table of text aligns by.
 */
#ifndef CLI_COLUMNS_H
#define CLI_COLUMNS_H

#include "base/buf.h"

#include <stddef.h>

/* Pads what was appended since `start` to `width` columns, on the left, as numbers want it. At most
 * 64 bytes; longer texts and wider ones stay as they are. */
void columns_right(struct buf *out, size_t start, size_t width);

#endif
