/* fields: structs to JSON objects and back by one table of rows, so that reading and writing cannot
 * drift apart. Private to src/record, with the JSON library.
 */
#ifndef RECORD_FIELDS_H
#define RECORD_FIELDS_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#include <jansson.h>
#include <stddef.h>

enum field_kind {
    FIELD_TEXT,         /* struct str */
    FIELD_COUNT,        /* uint64_t, up to 2^63 - 1 as JSON has it */
    FIELD_KNOWN_COUNT,  /* int64_t; negative is null */
    FIELD_INT,          /* int */
    FIELD_KNOWN_INT,    /* int; negative is null */
    FIELD_ORDINAL,      /* int, 0-based in memory and 1-based in JSON; negative is null */
    FIELD_NUMBER,       /* double; NaN is null */
    FIELD_KNOWN_NUMBER, /* double; negative is null */
    FIELD_DOLLARS,      /* int64_t of pico-dollars, in JSON dollars; negative is null */
    FIELD_BOOL,         /* bool */
    FIELD_CANARY,       /* enum canary_state: true, false, or null when not asked */
    FIELD_OUTCOME       /* enum outcome, by name */
};

struct field {
    const char *name;
    enum field_kind kind;
    size_t offset;
};

/* Sets every field of `record` in `object`. ERR_INPUT when a text is not UTF-8. */
int fields_write(const struct field *fields, size_t count, const void *record, json_t *object,
                 struct err *err);

/* Fills `record`; texts are copied into `arena`. Every field must be there; unknown ones are passed
 * over, so that a newer program's additions do not make its files unreadable. ERR_INPUT names the
 * field. */
int fields_read(const struct field *fields, size_t count, const json_t *object, void *record,
                struct arena *arena, struct err *err);

/* Texts as JSON strings: bytes that are not UTF-8 become U+FFFD; NULL when memory is short. */
json_t *json_from_str(struct str text);

/* A required text member, copied into `arena`. */
int json_get_text(const json_t *object, const char *name, struct arena *arena, struct str *out,
                  struct err *err);
/* A required array of texts or of whole numbers, copied into `arena`. */
int json_get_texts(const json_t *object, const char *name, struct arena *arena, struct str **out,
                   size_t *count, struct err *err);
int json_get_counts(const json_t *object, const char *name, struct arena *arena, uint64_t **out,
                    size_t *count, struct err *err);

#endif
