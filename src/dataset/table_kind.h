/* table_kind: what a file format implements to be a table. Private to src/dataset. */
#ifndef DATASET_TABLE_KIND_H
#define DATASET_TABLE_KIND_H

#include "dataset/table.h"

struct table_kind {
    int (*next)(struct table *table, struct table_place *place, struct err *err);
    int (*read)(struct table *table, const struct table_place *place, struct err *err);
    void (*forget)(struct table *table);
    void (*close)(struct table *table);
};

/* What every format's struct begins with. */
struct table {
    const struct table_kind *kind;
    const char *path;
    const struct table_column *columns;
    size_t column_count;
    struct table_cell cells[TABLE_COLUMNS_MAX];
};

/* Each allocates its own struct; `base` is copied into it. */
int table_parquet_open(struct table **out, const struct table *base, struct err *err);
int table_jsonl_open(struct table **out, const struct table *base, struct err *err);
int table_csv_open(struct table **out, const struct table *base, struct err *err);

/* The index of the column called `name`, or SIZE_MAX when nobody wants it. */
size_t table_column_index(const struct table *table, struct str name);

/* ERR_INPUT "path: row N: …", with the text that is in *err. */
int table_row_error(const struct table *table, uint64_t row, struct err *err);

/* ERR_INPUT that names a column which must have a value and has none. */
int table_check_nulls(const struct table *table, struct err *err);

#endif
