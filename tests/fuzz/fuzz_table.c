/* Any bytes as a dataset's file, JSON lines, CSV or Parquet as its first bytes say: every dataset
 * reads and checks its rows, and reads the last good one again by its place. Nothing may crash, and
 * a row read again has the same prompt. */
#include "dataset/dataset.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { ROWS_MAX = 100, PATH_BYTES = 32 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The bytes of the row's prompt, or SIZE_MAX when it is no case. */
static size_t make_case(const struct dataset *dataset, const struct table_cell *cells)
{
    static const struct dataset_settings settings = {false};
    struct dataset_row row;
    struct err err = {ERR_NONE, ""};
    size_t bytes = SIZE_MAX;

    dataset_row_init(&row);
    if (dataset->read(cells, &settings, &row, &err) == 0) {
        (void)dataset->check(cells, &row, &err);
        (void)dataset->length(&row, row.messages.text.len);
        bytes = row.messages.text.len;
    }
    dataset_row_release(&row);
    return bytes;
}

static void read_rows(const struct dataset *dataset, const char *path)
{
    const struct table_cell *cells = NULL;
    struct table *table = NULL;
    struct table_place place = {0};
    struct table_place good = {0};
    size_t bytes = SIZE_MAX;
    struct err err = {ERR_NONE, ""};

    if (table_open(&table, path, dataset->columns, dataset->column_count, &err) != 0) {
        return;
    }
    for (int i = 0; i < ROWS_MAX; i++) {
        int rc = table_next(table, &cells, &place, &err);
        size_t found = rc == 1 ? make_case(dataset, cells) : SIZE_MAX;

        if (rc == 0) {
            break;
        }
        if (found != SIZE_MAX) {
            bytes = found;
            good = place;
        }
    }
    if (bytes != SIZE_MAX &&
        (table_read(table, &good, &cells, &err) != 0 || make_case(dataset, cells) != bytes)) {
        abort();
    }
    table_close(table);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static FILE *file;
    char path[PATH_BYTES];

    if (file == NULL) {
        file = tmpfile();
    }
    if (file == NULL || pwrite(fileno(file), data, size, 0) != (ssize_t)size ||
        ftruncate(fileno(file), (off_t)size) != 0) {
        abort();
    }
    (void)snprintf(path, sizeof path, "/dev/fd/%d", fileno(file));
    for (size_t i = 0; datasets[i] != NULL; i++) {
        read_rows(datasets[i], path);
    }
    return 0;
}
