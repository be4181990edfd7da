/* json_text: JSON to text and back by way of jansson, which (2.14) does not always say when memory
 * was short: its reader calls the text invalid, leaves a byte of a string out and goes on, or
 * aborts; its writer leaves out a member's name. Here it is ERR_MEMORY, always. Whatever matters is
 * read and written by these. Any thread may call them.
 */
#ifndef RECORD_JSON_TEXT_H
#define RECORD_JSON_TEXT_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#include <jansson.h>

/* A new value that the caller owns, or NULL: ERR_MEMORY, or ERR_INPUT with jansson's words, and in
 * *problem where it is. `problem` may be NULL. */
json_t *json_text_read(struct str text, size_t flags, json_error_t *problem, struct err *err);

/* Appends the text; what did not fit is the buffer's failure (buf_check). NULL is one too. */
void json_text_write(const json_t *json, size_t flags, struct buf *out);

/* Two values as one line each, for a message that compares them; NULL is "unset". Initialises both
 * buffers, which the caller releases, also after an error. */
int json_text_values(const json_t *a, const json_t *b, struct buf *text_a, struct buf *text_b,
                     struct err *err);

#endif
