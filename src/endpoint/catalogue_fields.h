/* catalogue_fields: JSON objects to structs by tables of rows, strictly: a field that no row names,
 * a value of another type or out of its range is an error. Private to the catalogue.
 */
#ifndef ENDPOINT_CATALOGUE_FIELDS_H
#define ENDPOINT_CATALOGUE_FIELDS_H

#include "base/arena.h"
#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum catalogue_kind {
    CATALOGUE_TEXT,     /* const char *, not empty */
    CATALOGUE_DAY,      /* const char *: "2026-11-22" */
    CATALOGUE_TEXTS,    /* struct catalogue_texts */
    CATALOGUE_BOOL,     /* bool */
    CATALOGUE_TOKENS,   /* int64_t, from 1 */
    CATALOGUE_ABOVE,    /* int64_t: the tokens of the first count above the one stated */
    CATALOGUE_HOUR,     /* int64_t, 0 to 24 */
    CATALOGUE_PERCENT,  /* int64_t, 0 to 1,000 */
    CATALOGUE_PART,     /* int64_t: a percentage of a whole, 0 to 100 */
    CATALOGUE_RATIO,    /* double, above 0 */
    CATALOGUE_DOLLARS,  /* int64_t: a price_rates member from dollars per million tokens */
    CATALOGUE_CHOICE,   /* int: the index of the word in `words` */
    CATALOGUE_OBJECT,   /* a struct within, by `shape` */
    CATALOGUE_LIST,     /* const T * and, at `count_offset`, size_t: structs by `shape` */
    CATALOGUE_ELSEWHERE /* a list that the caller reads */
};

struct catalogue_shape;

struct catalogue_row {
    const char *name;
    enum catalogue_kind kind;
    bool required;
    size_t offset;
    const struct catalogue_shape *shape; /* of OBJECT and LIST */
    size_t count_offset;                 /* of LIST */
    const char *const *words;            /* of CHOICE; NULL-terminated */
};

struct catalogue_shape {
    const struct catalogue_row *rows;
    size_t row_count;
    size_t size;       /* of the struct */
    const void *blank; /* a struct with the values of fields not given; NULL: zeroes */
    /* What rows cannot say of a whole struct; may be NULL. ERR_INPUT without naming it. */
    int (*check)(const void *record, struct err *err);
};

/* Fills *record, which is `shape->size` large, from the blank and the object; allocates in `arena`.
 * With `partly` a required field may be absent: the object changes another one. ERR_INPUT names
 * the field, with its path below the object. */
int catalogue_fields_read(const struct catalogue_shape *shape, json_t *object, bool partly,
                          struct arena *arena, void *record, struct err *err);

#endif
