/* wire_json: JSON that a stranger wrote.
 *
 * Model text reaches us through JSON that is sometimes not quite: a character cut in two by a
 * server that splits bytes, half a surrogate pair, a NUL. None of that may lose a reply, so what
 * is broken inside a string is replaced by U+FFFD and the rest is kept.
 *
 * The accessors are total: a value that is absent, null or of another type gives the empty view or
 * the default. Views are borrowed from the value until it is released.
 */
#ifndef ENDPOINT_WIRE_JSON_H
#define ENDPOINT_WIRE_JSON_H

#include "base/buf.h"
#include "base/str.h"

#include <jansson.h>
#include <stdint.h>

/* NULL for text that is not a JSON value. The caller releases it with json_decref. */
json_t *wire_json_parse(struct str text);

/* The text with ill-formed UTF-8 and unpaired \uD800–\uDFFF escapes replaced, appended to `out`. */
void wire_json_repair(struct buf *out, struct str text);

struct str wire_json_text(const json_t *value); /* the view of a string */
struct str wire_json_string(const json_t *object, const char *name);

/* A whole number from 0 to WIRE_JSON_COUNT_MAX, so that sums of a few cannot overflow. */
#define WIRE_JSON_COUNT_MAX (INT64_C(1) << 53)
int64_t wire_json_count(const json_t *object, const char *name, int64_t absent);

/* Copies what fits of `text` into a fixed field, whole characters only, and ends it with a NUL. */
void wire_json_copy(char *out, size_t out_bytes, struct str text);

#endif
