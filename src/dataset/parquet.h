/* parquet: columns of an Apache Parquet file, value by value.
 *
 * The step before a public dataset's rows: a small, strict reader, because the registries that we
 * build from have no Parquet reader in C. It reads flat columns and lists of one level; booleans,
 * 32 and 64 bit integers, doubles, floats and byte arrays; the encodings PLAIN, PLAIN_DICTIONARY,
 * RLE_DICTIONARY and RLE; data pages v1 and v2; compression UNCOMPRESSED, SNAPPY, GZIP and ZSTD.
 * Anything else is named and refused, when it is asked for: a file may have such columns.
 *
 * A row group may have gigabytes and a page hundreds of megabytes; a cursor holds no more than one
 * row's value of its column, a decompressor's window (page_bytes.h) and dictionaries of up to
 * PARQUET_DICTIONARY_KEPT bytes. A larger dictionary is read through as often as its indexes go
 * back, which they do not where every value is another, the usual case of long prompts.
 *
 * Nothing in a file is believed: every length and count is checked against what holds it.
 *
 * Source: the specification in the apache/parquet-format repository (README.md, Encodings.md,
 * parquet.thrift).
 */
#ifndef DATASET_PARQUET_H
#define DATASET_PARQUET_H

#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PARQUET_FOOTER_BYTES_MAX = 64 << 20,
    PARQUET_CELL_BYTES_MAX = 256 << 20, /* of one row in one column */
    PARQUET_DICTIONARY_KEPT = 4 << 20
};

/* As numbered in parquet.thrift. */
enum parquet_type {
    PARQUET_BOOL,
    PARQUET_INT32,
    PARQUET_INT64,
    PARQUET_INT96,
    PARQUET_FLOAT,
    PARQUET_DOUBLE,
    PARQUET_BYTES,
    PARQUET_FIXED_BYTES,
    PARQUET_TYPE_COUNT
};

const char *parquet_type_name(enum parquet_type type); /* "INT64", "BYTE_ARRAY" */

struct parquet_column {
    struct str name; /* of the outermost field */
    enum parquet_type type;
    bool is_list;
    bool is_nested;          /* in a way that cannot be read */
    unsigned definition_max; /* levels, as the format defines them */
    unsigned repetition_max;
    unsigned item_definition; /* from this level on a list has an item */
};

struct parquet;

/* Reads the file's metadata. `path` is borrowed until parquet_close. ERR_INPUT says what is wrong.
 */
int parquet_open(struct parquet **out, const char *path, struct err *err);
void parquet_close(struct parquet *parquet); /* NULL is fine */

bool parquet_recognises(struct str first_bytes); /* of a file: at least its first four */

uint64_t parquet_row_count(const struct parquet *parquet);
size_t parquet_column_count(const struct parquet *parquet);
const struct parquet_column *parquet_column_at(const struct parquet *parquet, size_t index);

/* The column's index, or SIZE_MAX. */
size_t parquet_find_column(const struct parquet *parquet, struct str name);

struct parquet_value {
    int64_t integer; /* of booleans (0 or 1) and integers */
    double number;   /* of doubles and floats */
    struct str text; /* of byte arrays, which need not be UTF-8 */
};

/* One row of a column. A flat column's has one value, or none where it is null. */
struct parquet_cell {
    bool is_null;
    size_t count;
    const struct parquet_value *values; /* borrowed from the cursor until its next read */
};

struct parquet_cursor;

/* ERR_INPUT names a column that cannot be read. The parquet is borrowed until parquet_cursor_free;
 * any number of cursors may read it, each from one thread. */
int parquet_cursor_new(struct parquet_cursor **out, const struct parquet *parquet, size_t column,
                       struct err *err);
void parquet_cursor_free(struct parquet_cursor *cursor); /* NULL is fine */

/* Reads row `row` (0-based, below parquet_row_count). Forward is cheap; backward begins the row
 * group anew. */
int parquet_cursor_read(struct parquet_cursor *cursor, uint64_t row, struct parquet_cell *cell,
                        struct err *err);

/* Frees the cell that was read last; the cursor stays where it is. */
void parquet_cursor_forget(struct parquet_cursor *cursor);

#endif
