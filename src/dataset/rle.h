/* rle: Parquet's hybrid of run lengths and bit packing, which its levels, its dictionary indexes
 * and some of its booleans are written in.
 *
 * Source: "Run Length Encoding / Bit-Packing Hybrid" in Apache Parquet's Encodings.md.
 */
#ifndef DATASET_RLE_H
#define DATASET_RLE_H

#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

enum { RLE_WIDTH_MAX = 32 };

struct rle {
    struct str rest; /* borrowed */
    unsigned width;  /* bits of a value, 0 to RLE_WIDTH_MAX */
    uint64_t left;   /* values of the run at hand */
    bool is_packed;
    uint32_t repeated;
    uint64_t bits; /* of a packed run: read and not yet given, the lowest first */
    unsigned bit_count;
};

/* Width 0 is a stream of zeros that takes no bytes. */
void rle_init(struct rle *rle, struct str bytes, unsigned width);

/* The next value; false where the bytes end or make no sense. */
bool rle_next(struct rle *rle, uint32_t *value);

#endif
