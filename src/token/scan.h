/* scan: cuts text into pieces, as the encoding's split pattern does.
 *
 * Pieces are what byte pair encoding works on: no token ever spans two. They cover the text without
 * gaps. The patterns are tiktoken's (openai_public.py), matched by hand because a regular
 * expression engine is what makes tokenizers slow. Work is linear in the text.
 *
 * There are several scanners, alike in every answer:
 *
 *   scalar  one character after the other (piece_o200k.c, piece_cl100k.c), for every processor
 *   avx2    64 bytes at a time (scan_window.h), for x86-64 with AVX2
 *   avx512  the same for x86-64 with AVX-512 VBMI and VBMI2
 */
#ifndef TOKEN_SCAN_H
#define TOKEN_SCAN_H

#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

/* Finds the pieces from offset `from` on, which must be where a piece starts, and writes the
 * offsets at which they end into `ends`, `ends_max` at most (64 or more go fast). Returns how many;
 * 0 only at the end of the text. */
typedef size_t scan_function(struct str text, size_t from, size_t *ends, size_t ends_max);

struct scanner {
    const char *name;
    bool (*is_supported)(void); /* by this processor */
    scan_function *o200k;
    scan_function *cl100k;
};

/* All that this program was built with, the fastest first; the last is supported everywhere. */
extern const struct scanner *const scanners[];
extern const size_t scanner_count;

/* The scanner of that name, or for NULL or "" the fastest one supported. ERR_USAGE when there is
 * none of that name or the processor lacks what it needs. */
int scanner_choose(const char *name, const struct scanner **out, struct err *err);

#endif
