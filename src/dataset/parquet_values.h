/* parquet_values: the values of a page, in order. Private to the Parquet reader. */
#ifndef DATASET_PARQUET_VALUES_H
#define DATASET_PARQUET_VALUES_H

#include "base/buf.h"
#include "dataset/page_bytes.h"
#include "dataset/parquet.h"
#include "dataset/parquet_page.h"
#include "dataset/rle.h"

/* The dictionary page of a chunk. A small one is kept in memory, a large one read through. A zeroed
 * one is absent. */
struct parquet_dictionary {
    bool is_there;
    const struct byte_file *file;
    struct page_place place;
    enum parquet_type type;
    uint64_t count;
    struct page_bytes bytes; /* where a large one is being read … */
    uint64_t next;           /* … and the index of the value that stands there */
    bool is_begun;
    struct buf kept;  /* all of a small one … */
    uint32_t *starts; /* … and where each value begins; owned */
};

int parquet_dictionary_open(struct parquet_dictionary *dictionary, const struct byte_file *file,
                            const struct parquet_page *page, enum parquet_type type,
                            struct err *err);
void parquet_dictionary_release(struct parquet_dictionary *dictionary); /* absent again */

struct parquet_values {
    enum parquet_type type;
    int64_t encoding;
    struct page_bytes *bytes;              /* borrowed */
    struct parquet_dictionary *dictionary; /* borrowed */
    struct buf runs;                       /* of dictionary indexes or RLE booleans */
    struct rle rle;
    unsigned bits; /* of PLAIN booleans: what is left of a byte */
    unsigned bit_count;
};

/* `bytes` stands where the page's values begin. ERR_INPUT names an encoding that is not supported.
 */
int parquet_values_open(struct parquet_values *values, enum parquet_type type, int64_t encoding,
                        struct page_bytes *bytes, struct parquet_dictionary *dictionary,
                        struct err *err);
void parquet_values_release(struct parquet_values *values);

/* Reads the next value. A text's bytes are appended to `text`; value->text has only its length. */
int parquet_values_next(struct parquet_values *values, struct parquet_value *value,
                        struct buf *text, struct err *err);
int parquet_values_skip(struct parquet_values *values, struct err *err);

#endif
