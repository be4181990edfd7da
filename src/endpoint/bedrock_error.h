/* bedrock_error: errors as AWS services with a JSON interface give them.
 *
 * The name of an error stands in the header x-amzn-errortype, in the body as "__type" or "code", or
 * it is the type of an exception in the stream; it may have a namespace in front ("com.amazon#…")
 * and an address behind (":http://…"). The words are "message" or "Message"; of an error that the
 * model itself gave, also "originalMessage". In the stream the names begin with a small letter;
 * here they are always written with a capital one.
 */
#ifndef ENDPOINT_BEDROCK_ERROR_H
#define ENDPOINT_BEDROCK_ERROR_H

#include "endpoint/protocol.h"

/* `name` as the header or the exception gave it; empty: the body tells. Otherwise as `classify` of
 * struct protocol. */
struct protocol_verdict bedrock_error_classify(long http_status, struct str name, struct str body,
                                               struct reply *reply);

#endif
