/* spool: bytes on their way through, on disk rather than in memory: uploaded files of requests,
 * files of results. A spool is a temporary file without a name: it is gone when it is released, or
 * when the process dies.
 */
#ifndef SIM_SPOOL_H
#define SIM_SPOOL_H

#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* A zeroed one is empty, may be appended to and released. */
struct spool {
    FILE *file;
    uint64_t bytes;
    struct str mapped; /* of spool_map; empty: not mapped */
};

void spool_release(struct spool *spool);

int spool_append(struct spool *spool, struct str bytes, struct err *err);

/* All of it, borrowed until the spool is released; nothing is appended any more. */
int spool_map(struct spool *spool, struct str *out, struct err *err);

/* A descriptor of its own to read all of it from offset 0, or -1; the caller closes it. */
int spool_open(struct spool *spool);

#endif
