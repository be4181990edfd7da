/* thrift: Apache Thrift's compact protocol, as far as Parquet's metadata uses it.
 *
 * A reader over bytes in memory that fails once and for all: after the first fault every call gives
 * 0, false or the empty view, so a series of reads needs one check of `state` at its end. Nothing
 * is copied or allocated; texts are borrowed from the bytes.
 *
 * Source: "Thrift Compact protocol encoding" in the Thrift project's documentation.
 */
#ifndef DATASET_THRIFT_H
#define DATASET_THRIFT_H

#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum thrift_type {
    THRIFT_STOP,
    THRIFT_TRUE,
    THRIFT_FALSE,
    THRIFT_BYTE,
    THRIFT_I16,
    THRIFT_I32,
    THRIFT_I64,
    THRIFT_DOUBLE,
    THRIFT_BINARY,
    THRIFT_LIST,
    THRIFT_SET,
    THRIFT_MAP,
    THRIFT_STRUCT
};

enum thrift_state {
    THRIFT_FINE,
    THRIFT_SHORT, /* the bytes end too early: more of them may help */
    THRIFT_BAD    /* no bytes after these can make them right */
};

struct thrift {
    struct str rest;
    enum thrift_state state;
};

/* A member of a struct; zeroed before the first. */
struct thrift_field {
    int32_t id;
    int type; /* enum thrift_type */
};

/* The next member of the struct at hand; false at its end or after a fault. */
bool thrift_next(struct thrift *thrift, struct thrift_field *field);

/* The value of a member, or an item of a list, of that type. Another type than the one wanted is a
 * fault. */
int64_t thrift_int(struct thrift *thrift, int type);
bool thrift_bool(struct thrift *thrift, int type);
struct str thrift_text(struct thrift *thrift, int type);

/* The number of items of a list whose items are of type `item`. */
size_t thrift_list(struct thrift *thrift, int type, int item);

void thrift_skip(struct thrift *thrift, int type);

#endif
