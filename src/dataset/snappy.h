/* snappy: Snappy's raw format, decompressed as a stream.
 *
 * libsnappy wants a whole page in memory, compressed and decompressed. Writers that count rows
 * rather than bytes put hundreds of megabytes of long prompts into one page, so this decoder keeps
 * only as much of the text behind as a copy can reach back to: Snappy's compressors work in blocks
 * of 64 KiB and never copy across them. A copy from further back than SNAPPY_WINDOW is refused by
 * name (the format would allow it).
 *
 * Source: "Snappy compressed format description" (format_description.txt) of the Snappy project.
 */
#ifndef DATASET_SNAPPY_H
#define DATASET_SNAPPY_H

#include "base/err.h"
#include "base/str.h"

#include <stddef.h>
#include <stdint.h>

enum { SNAPPY_WINDOW = 1 << 20 };

struct snappy;

/* The caller frees with snappy_free. `expected` is the length the page says it has. */
int snappy_new(struct snappy **out, uint64_t expected, struct err *err);
void snappy_free(struct snappy *snappy); /* NULL is fine */

/* Takes what it can of *in and writes up to `room` bytes; *got says how many. It is 0 only when
 * more input is needed or the text is complete. ERR_INPUT says what is wrong. */
int snappy_read(struct snappy *snappy, struct str *in, char *out, size_t room, size_t *got,
                struct err *err);

#endif
