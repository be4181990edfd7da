/* needle_file: the user's own needles, JSON lines.
 *
 *     {"needle": "The best oysters are sold behind the old customs house.",
 *      "question": "Where are the best oysters sold?", "expect": "customs house"}
 *
 * One object a line (here on two), each with these three texts; other members are passed over, so
 * are blank lines. `expect` is what the reply must contain; of several lines in it each counts.
 */
#ifndef GENERATORS_NEEDLE_FILE_H
#define GENERATORS_NEEDLE_FILE_H

#include "generators/invented_facts.h"

#include "base/arena.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

/* Reads a file into `arena`: *count facts without key, at least one, and the XXH3-64 of the file.
 * ERR_INPUT names the line and what is wrong with it. */
int needle_file_read(const char *path, struct arena *arena, struct invented_fact **out,
                     size_t *count, uint64_t *hash, struct err *err);

#endif
