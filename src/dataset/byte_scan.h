/* byte_scan: a file from a place on, a window at a time. Private to src/dataset. */
#ifndef DATASET_BYTE_SCAN_H
#define DATASET_BYTE_SCAN_H

#include "base/str.h"
#include "dataset/byte_file.h"

enum { BYTE_SCAN_WINDOW = 64 * 1024 };

struct byte_scan {
    struct byte_file file;
    uint64_t offset; /* of the first byte of `rest` */
    struct str rest; /* what is read and not yet taken; borrowed from the window */
    char *window;    /* owned */
};

int byte_scan_open(struct byte_scan *scan, const char *path, struct err *err);
void byte_scan_close(struct byte_scan *scan); /* an opened one, once */

void byte_scan_seek(struct byte_scan *scan, uint64_t offset);

/* Makes `rest` at least one byte, unless the file ends: then it is empty. */
int byte_scan_fill(struct byte_scan *scan, struct err *err);
void byte_scan_take(struct byte_scan *scan, size_t count); /* at most rest.len */

#endif
