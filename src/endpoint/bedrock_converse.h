/* bedrock_converse: Amazon Bedrock's ConverseStream, one form of request and answer for all the
 * models it hosts. Format: the Bedrock runtime API of AWS's published service model.
 */
#ifndef ENDPOINT_BEDROCK_CONVERSE_H
#define ENDPOINT_BEDROCK_CONVERSE_H

#include "endpoint/protocol.h"

/* As `frame` of struct protocol. The parameters temperature, topP and stopSequences go into
 * inferenceConfig, where Converse has them; all others stand at the top level. */
int bedrock_converse_frame(const struct endpoint *endpoint, struct arena *arena,
                           struct body_frame *out, struct err *err);

/* As `on_event` of struct protocol; `type` is the ":event-type". */
enum protocol_event bedrock_converse_event(struct str type, struct str data, struct reply *reply);

#endif
