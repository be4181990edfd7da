/* scan: cuts text into pieces, as the encoding's split pattern does.
 *
 * Pieces are what byte pair encoding works on: no token ever spans two. They cover the text without
 * gaps. The patterns are tiktoken's (openai_public.py), matched by hand because a regular
 * expression engine is what makes tokenizers slow. Work is linear in the text.
 */
#ifndef TOKEN_SCAN_H
#define TOKEN_SCAN_H

#include "base/str.h"

#include <stddef.h>

/* Finds the pieces from offset `from` on, which must be where a piece starts, and writes the
 * offsets at which they end into `ends`, `ends_max` at most. Returns how many; 0 only at the end of
 * the text. */
typedef size_t scan_function(struct str text, size_t from, size_t *ends, size_t ends_max);

scan_function scan_o200k;
scan_function scan_cl100k;

#endif
