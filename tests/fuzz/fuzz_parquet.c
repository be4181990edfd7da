/* Any bytes as a Parquet file: every column that can be read is read, forward and then back from
 * the last row, and nothing may crash. */
#include "dataset/parquet.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { ROWS_MAX = 200, COLUMNS_MAX = 8, PATH_BYTES = 32 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_column(const struct parquet *parquet, size_t column)
{
    uint64_t rows = parquet_row_count(parquet);
    struct parquet_cursor *cursor = NULL;
    struct parquet_cell cell = {0};
    struct err err = {ERR_NONE, ""};

    if (parquet_cursor_new(&cursor, parquet, column, &err) != 0) {
        return;
    }
    for (uint64_t row = 0; row < rows && row < ROWS_MAX; row++) {
        if (parquet_cursor_read(cursor, row, &cell, &err) != 0) {
            break;
        }
    }
    for (uint64_t back = 1; back <= rows && back <= 3; back++) {
        (void)parquet_cursor_read(cursor, rows - back, &cell, &err);
    }
    parquet_cursor_free(cursor);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static FILE *file;
    char path[PATH_BYTES];
    struct parquet *parquet = NULL;
    struct err err = {ERR_NONE, ""};

    if (file == NULL) {
        file = tmpfile();
    }
    if (file == NULL || pwrite(fileno(file), data, size, 0) != (ssize_t)size ||
        ftruncate(fileno(file), (off_t)size) != 0) {
        abort();
    }
    (void)snprintf(path, sizeof path, "/dev/fd/%d", fileno(file));
    if (parquet_open(&parquet, path, &err) == 0) {
        for (size_t i = 0; i < parquet_column_count(parquet) && i < COLUMNS_MAX; i++) {
            read_column(parquet, i);
        }
    }
    parquet_close(parquet);
    return 0;
}
