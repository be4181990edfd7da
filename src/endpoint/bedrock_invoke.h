/* bedrock_invoke: Amazon Bedrock's InvokeModelWithResponseStream for Anthropic's models. The body
 * is that of Anthropic's Messages without model and stream; each event of the answer is one of
 * theirs, in base64 inside an event "chunk". Other makers' models have other bodies: they are asked
 * through Converse.
 */
#ifndef ENDPOINT_BEDROCK_INVOKE_H
#define ENDPOINT_BEDROCK_INVOKE_H

#include "endpoint/protocol.h"

extern const struct protocol bedrock_invoke;

#endif
