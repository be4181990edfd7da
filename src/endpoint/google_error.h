/* google_error: errors in the shape of Google's APIs:
 * {"error":{"code":429,"message":"…","status":"RESOURCE_EXHAUSTED","details":[…]}}, alone or in an
 * array. The details are typed (google.rpc): RetryInfo says how long to wait, QuotaFailure which
 * quota is used up, ErrorInfo why.
 */
#ifndef ENDPOINT_GOOGLE_ERROR_H
#define ENDPOINT_GOOGLE_ERROR_H

#include "endpoint/protocol.h"

#include <jansson.h>

/* The value of "error" in `body` or in a member of the array `body`; NULL when there is none.
 * Borrowed from `body`. */
const json_t *google_error_find(const json_t *body);

/* Whether the text is such an error, with Google's "status": what Google's own gate answers in
 * place of a model that has errors of another shape. */
bool google_error_is(struct str body);

/* As `classify` of struct protocol. */
struct protocol_verdict google_error_classify(const struct protocol_error *error,
                                              struct reply *reply);

#endif
