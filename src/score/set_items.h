/* set_items: a list in a reply, as the set of its items.
 *
 *   - Items are divided by line ends, commas and semicolons.
 *   - From the beginning of each are taken off, as often as they come: ASCII blanks, the marks
 *     - * + > # and U+2022 (bullet), and a number with "." or ")" before a blank; from the
 * beginning and the end also the quotes " ' ` and *, and from the end "." and "_".
 *   - ASCII capitals count as small letters. What is empty then is no item, and what comes again is
 *     the same item.
 */
#ifndef SCORE_SET_ITEMS_H
#define SCORE_SET_ITEMS_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

/* Takes the next item off *rest, cleaned but with its capitals; false at the end. */
bool set_items_next(struct str *rest, struct str *item);

/* The different items of all texts, folded and sorted, in `arena`. ERR_MEMORY only. */
int set_items_read(const struct str *texts, size_t text_count, struct arena *arena,
                   struct str **items, size_t *count, struct err *err);

/* How many items two sorted sets share. */
size_t set_items_shared(const struct str *a, size_t a_count, const struct str *b, size_t b_count);

#endif
