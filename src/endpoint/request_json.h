/* request_json: the parts of a request's JSON that the user supplied.
 */
#ifndef ENDPOINT_REQUEST_JSON_H
#define ENDPOINT_REQUEST_JSON_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

enum { REQUEST_JSON_MAX = 1024 * 1024 };

/* Appends `text` as a JSON string with its quotes. ERR_USAGE when it is not UTF-8; `what` names it
 * ("the model's name"). */
int request_json_append_string(struct buf *out, struct str text, const char *what, struct err *err);

/* Appends ,"name":JSON for each "name=JSON" of the NULL-terminated `parameters` (NULL: none). The
 * JSON is checked and sent as it was written. A name that stands in the NULL-terminated `taken`,
 * or twice in `parameters`, is refused: which of the two counts would be the server's choice. */
int request_json_append_parameters(struct buf *out, const char *const *parameters,
                                   const char *const *taken, struct err *err);

#endif
