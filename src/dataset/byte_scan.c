#include "dataset/byte_scan.h"

#include <stdlib.h>

int byte_scan_open(struct byte_scan *scan, const char *path, struct err *err)
{
    int rc = 0;

    *scan = (struct byte_scan){.window = malloc(BYTE_SCAN_WINDOW)};
    if (scan->window == NULL) {
        return err_memory(err);
    }
    rc = byte_file_open(&scan->file, path, err);
    if (rc != 0) {
        free(scan->window);
        scan->window = NULL;
    }
    byte_scan_seek(scan, 0);
    return rc;
}

void byte_scan_close(struct byte_scan *scan)
{
    byte_file_close(&scan->file);
    free(scan->window);
    scan->window = NULL;
}

void byte_scan_seek(struct byte_scan *scan, uint64_t offset)
{
    scan->offset = offset;
    scan->rest = (struct str){scan->window, 0};
}

int byte_scan_fill(struct byte_scan *scan, struct err *err)
{
    uint64_t left = scan->offset < scan->file.size ? scan->file.size - scan->offset : 0;
    size_t count = left < BYTE_SCAN_WINDOW ? (size_t)left : BYTE_SCAN_WINDOW;
    int rc = 0;

    if (scan->rest.len != 0 || count == 0) {
        return 0;
    }
    rc = byte_file_read(&scan->file, scan->offset, scan->window, count, err);
    scan->rest = (struct str){scan->window, rc == 0 ? count : 0};
    return rc;
}

void byte_scan_take(struct byte_scan *scan, size_t count)
{
    scan->rest = str_skip(scan->rest, count);
    scan->offset += count;
}
