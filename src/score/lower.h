/* lower: Python's str.lower().
 *
 * Every code point by itself, but for two: U+0130 (I with dot above) becomes an i and U+0307, and a
 * capital sigma becomes a final one at the end of a word. Bytes that are no UTF-8 stay as they are.
 * The tables are those of CPython 3.11 (script/case-tables.py).
 */
#ifndef SCORE_LOWER_H
#define SCORE_LOWER_H

#include "base/buf.h"
#include "base/str.h"

/* Appends `text` in lower case. A failure is the buffer's, sticky; the text never gets longer than
 * three halves of itself. */
void lower_append(struct str text, struct buf *out);

#endif
