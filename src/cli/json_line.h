/* json_line: lines of JSON whose strings may hold what UTF-8 cannot.
 *
 * JSON can escape half a surrogate pair ("\ud83c"), and replies that were cut between the halves
 * contain such. Python reads them as one character; jansson refuses the whole line. Here they are
 * kept, in the three bytes that UTF-8's scheme would give them (WTF-8), everything else is
 * jansson's strict reading: an object a line, well-formed UTF-8, NUL escapes allowed.
 */
#ifndef CLI_JSON_LINE_H
#define CLI_JSON_LINE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#include <jansson.h>

/* Reads one object. `scratch` is working space, reset first. ERR_INPUT says what is wrong where on
 * the line. The caller frees *out with json_decref. Strings are to be read with the function below
 * only: in the tree a lone surrogate is a pair of other characters. */
int json_line_parse(struct str line, struct buf *scratch, json_t **out, struct err *err);

enum json_line_need { JSON_LINE_REQUIRED, JSON_LINE_OPTIONAL };

/* The member `name`, a string or null, into `out` (reset first; empty for null or where an optional
 * one is missing). ERR_INPUT names the member. */
int json_line_text(const json_t *object, const char *name, enum json_line_need need,
                   struct buf *out, struct err *err);

#endif
