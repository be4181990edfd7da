/* parquet_meta: what a Parquet file says about itself. Shared by the files of the reader. */
#ifndef DATASET_PARQUET_META_H
#define DATASET_PARQUET_META_H

#include "base/arena.h"
#include "dataset/byte_file.h"
#include "dataset/page_bytes.h"
#include "dataset/parquet.h"

/* The pages of one column in one row group: [offset, end) of the file. */
struct parquet_chunk {
    uint64_t offset;
    uint64_t end;
    uint64_t values; /* nulls and empty lists included */
    int64_t codec;   /* checked when it is read: nobody may ask for this column */
};

struct parquet_group {
    uint64_t first_row;
    uint64_t rows;
    struct parquet_chunk *chunks; /* one for each column */
};

struct parquet {
    struct arena arena; /* holds what follows */
    struct byte_file file;
    struct parquet_column *columns;
    size_t column_count;
    struct parquet_group *groups;
    size_t group_count;
    uint64_t rows;
};

/* Parses a footer (thrift's FileMetaData) of parquet->file into *parquet. */
int parquet_meta_read(struct parquet *parquet, struct str footer, struct err *err);

#endif
