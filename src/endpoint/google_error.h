/* google_error: errors in the shape of Google's APIs:
 * {"error":{"code":429,"message":"…","status":"RESOURCE_EXHAUSTED","details":[…]}}, or that in an
 * array. The details are typed: RetryInfo says how long to wait, QuotaFailure which quota is used
 * up, ErrorInfo why.
 */
#ifndef ENDPOINT_GOOGLE_ERROR_H
#define ENDPOINT_GOOGLE_ERROR_H

#include "endpoint/protocol.h"

/* As `classify` of struct protocol. */
struct protocol_verdict google_error_classify(const struct protocol_error *error,
                                              struct reply *reply);

#endif
