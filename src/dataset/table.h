/* table: the rows of a dataset's file, whatever its format.
 *
 * A reader names the columns it wants and gets their cells row by row, from Parquet, JSON lines or
 * CSV; what the file is shows in its first bytes. A row's place lets it be read again later without
 * reading the ones before it (JSON lines, CSV) or decoding more than its column's pages (Parquet).
 * One row is in memory at a time.
 *
 * Every error names the file, the row (counted from 0, as the datasets' own tools count) and the
 * column.
 */
#ifndef DATASET_TABLE_H
#define DATASET_TABLE_H

#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TABLE_COLUMNS_MAX = 16, TABLE_ROW_BYTES_MAX = 512 << 20 };

enum table_type { TABLE_TEXT, TABLE_INTEGER, TABLE_TEXTS };

struct table_column {
    const char *name;
    enum table_type type;
    bool is_optional; /* the file need not have it, nor a row a value for it */
};

struct table_cell {
    bool is_null; /* absent, or null; only of optional columns */
    struct str text;
    int64_t integer;
    const struct str *texts;
    size_t text_count;
};

/* Where a row is: its number, and in JSON lines and CSV its bytes. */
struct table_place {
    uint64_t row;
    uint64_t offset;
    uint64_t bytes;
};

struct table;

/* `path` and `columns` (at most TABLE_COLUMNS_MAX) are borrowed until table_close. ERR_INPUT names
 * a column that the file lacks or has in another type. */
int table_open(struct table **out, const char *path, const struct table_column *columns,
               size_t column_count, struct err *err);
void table_close(struct table *table); /* NULL is fine */

/* The next row: 1, its cells in the order of the columns, and its place; 0 after the last one. The
 * cells and their texts are borrowed until the next call. After an error in a row's own bytes the
 * next call gives the row after it where that can be found (JSON lines), and ends otherwise. */
int table_next(struct table *table, const struct table_cell **cells, struct table_place *place,
               struct err *err);

/* The row at a place that table_next gave for the same file. */
int table_read(struct table *table, const struct table_place *place,
               const struct table_cell **cells, struct err *err);

/* Frees the row at hand, for whoever keeps a table open between rows that are far apart in time. */
void table_forget(struct table *table);

#endif
