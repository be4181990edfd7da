/* json_line: the texts of one JSON object on a line.
 *
 * For JSON lines that carry replies: megabytes a line, a few members wanted, all others ignored.
 * Reading is strict (RFC 8259: one object, well-formed UTF-8, no raw control characters), with one
 * thing more than a tree of UTF-8 strings could hold: JSON can escape half a surrogate pair
 * ("\ud83c"), and replies that were cut between the halves contain such. Python reads one as a
 * character; here it is kept in the three bytes that UTF-8's scheme would give it (WTF-8).
 */
#ifndef CLI_JSON_LINE_H
#define CLI_JSON_LINE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

struct json_line_field {
    const char *name;
    bool is_optional;
    bool is_list;    /* an array of strings: `text` holds them in a row, `ends` where each ends */
    struct buf text; /* the caller inits and releases both; empty for null or a missing member */
    struct buf ends; /* size_t each */
};

/* How many texts a list has, and one of them; borrowed from the field until it changes. */
size_t json_line_list_count(const struct json_line_field *field);
struct str json_line_list_text(const struct json_line_field *field, size_t index);

/* Fills the fields from `line`. Of a member that occurs twice the last counts. ERR_INPUT says what
 * is wrong and at which byte, or which member is missing or is neither a string (or list of
 * strings) nor null; ERR_LIMIT where a text exceeds its buffer. */
enum { JSON_LINE_FIELDS_MAX = 64 };
int json_line_read(struct str line, struct json_line_field *fields, size_t count, struct err *err);

#endif
