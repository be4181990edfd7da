/* parquet_page: the head of a page. Private to the Parquet reader. */
#ifndef DATASET_PARQUET_PAGE_H
#define DATASET_PARQUET_PAGE_H

#include "dataset/parquet_meta.h"

enum parquet_page_type {
    PARQUET_PAGE_DATA = 0,
    PARQUET_PAGE_INDEX = 1,
    PARQUET_PAGE_DICTIONARY = 2,
    PARQUET_PAGE_DATA_V2 = 3
};

/* As numbered in parquet.thrift. */
enum parquet_encoding {
    PARQUET_PLAIN = 0,
    PARQUET_PLAIN_DICTIONARY = 2,
    PARQUET_RLE = 3,
    PARQUET_RLE_DICTIONARY = 8
};

struct parquet_page {
    int64_t type;
    struct page_place place; /* of its body */
    uint64_t values;         /* entries: nulls and empty lists included */
    int64_t encoding;
    int64_t definition_encoding; /* v1 */
    int64_t repetition_encoding;
    uint64_t definition_bytes; /* v2 */
    uint64_t repetition_bytes;
};

/* Reads the head of the page at `offset` of the chunk. page->place says where its body is, so that
 * the next page begins at place.offset + place.compressed. */
int parquet_page_read(const struct parquet *parquet, const struct parquet_chunk *chunk,
                      uint64_t offset, struct parquet_page *page, struct err *err);

/* "DELTA_BINARY_PACKED" */
const char *parquet_encoding_name(int64_t encoding);

#endif
