/* merge_units: what merging a piece starts from.
 *
 * Bytes, and whole characters where that changes nothing, since most look-ups would be of bytes
 * that become a character anyway. A character c may start whole when its bytes merge to a token by
 * themselves and no token of lower rank takes a part of c together with a neighbour: then c is made
 * before anything could take it apart, and as whatever c merges with has a higher rank than c, its
 * being there early changes nothing. Tokens that take parts of characters are few; for each kind of
 * joint the image holds the lowest rank among those that cross it.
 */
#ifndef TOKEN_MERGE_UNITS_H
#define TOKEN_MERGE_UNITS_H

#include "base/str.h"
#include "token/vocabulary.h"

#include <stddef.h>
#include <stdint.h>

/* Writes the units' ids and lengths, for which there is room for one a byte, and returns how many.
 * `bytes` may be NULL. */
size_t merge_split_units(const struct vocabulary *vocabulary, struct str piece, uint32_t *ids,
                         uint8_t *bytes);

#endif
