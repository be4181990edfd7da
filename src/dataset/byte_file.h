/* byte_file: a file that is read at places, never as a whole.
 *
 * Datasets of gigabytes are neither loaded nor mapped: what is read is what the caller has room
 * for, so the memory in use is known, and a file that shrinks meanwhile is an error, not a signal.
 */
#ifndef DATASET_BYTE_FILE_H
#define DATASET_BYTE_FILE_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct byte_file {
    int fd;
    uint64_t size;
    const char *path; /* borrowed from the caller of open */
};

int byte_file_open(struct byte_file *file, const char *path, struct err *err);
void byte_file_close(struct byte_file *file); /* an opened one, once */

/* Reads exactly `count` bytes from `offset` on. ERR_INPUT where the file ends before. */
int byte_file_read(const struct byte_file *file, uint64_t offset, char *out, size_t count,
                   struct err *err);

#endif
