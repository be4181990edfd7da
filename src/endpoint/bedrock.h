/* bedrock: what the two native protocols of Amazon Bedrock have in common: where they are, who
 * asks, and what their errors mean.
 *
 * A request is signed with AWS keys (Signature Version 4, service "bedrock") or carries a Bedrock
 * API key as a bearer token, which then counts alone. Bedrock's OpenAI- and Anthropic-compatible
 * endpoints are not these: they are those vendors' protocols at another base URL.
 */
#ifndef ENDPOINT_BEDROCK_H
#define ENDPOINT_BEDROCK_H

#include "endpoint/protocol.h"

/* "https://bedrock-runtime.REGION.amazonaws.com"; ERR_USAGE without a region. */
int bedrock_base_url(const struct endpoint *endpoint, struct buf *out, struct err *err);

/* "/model/MODEL/OPERATION", where an ARN is one segment. */
int bedrock_append_path(const struct endpoint *endpoint, const char *operation, struct buf *out,
                        struct err *err);

/* ERR_USAGE for AWS keys of which a part is missing, or that have no region to be used in. */
int bedrock_check(const struct endpoint *endpoint, struct err *err);

/* As `sign` of struct protocol: signs the content type, the host, and all that AWS defines. */
int bedrock_sign(const struct endpoint *endpoint, const struct protocol_request *request,
                 struct arena *arena, const char **lines, struct err *err);

/* As `classify` of struct protocol: errors as AWS services with a JSON interface give them.
 *
 * The name of an error is the type of the exception in the stream, or stands in the header
 * x-amzn-errortype or in the body as "__type" or "code". It may have a namespace in front
 * ("com.amazon#…") and an address behind (":http://…"). The words are "message" or "Message"; of an
 * error that the model itself gave, also "originalMessage". */
struct protocol_verdict bedrock_classify(const struct protocol_error *error, struct reply *reply);

#endif
