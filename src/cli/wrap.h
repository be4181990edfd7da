/* wrap: words in a column of the terminal, for --help and lists. */
#ifndef CLI_WRAP_H
#define CLI_WRAP_H

#include "base/str.h"

#include <stddef.h>
#include <stdio.h>

enum { WRAP_WIDTH = 80 };

/* Prints words (one space between each two) from column `indent` to WRAP_WIDTH, and a line end. The
 * line so far is `at` columns long: it is filled up to `indent`, or ended where that leaves no gap.
 */
void wrap_print(struct str words, size_t at, size_t indent, FILE *out);

#endif
