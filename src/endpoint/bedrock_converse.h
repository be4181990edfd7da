/* bedrock_converse: Amazon Bedrock's ConverseStream: one form of request and answer for all the
 * models it hosts. Format: the Bedrock runtime API in AWS's published service model.
 *
 * Converse refuses a conversation whose roles do not alternate, so messages of one role in a row
 * become blocks of one message; their texts stay what they were.
 */
#ifndef ENDPOINT_BEDROCK_CONVERSE_H
#define ENDPOINT_BEDROCK_CONVERSE_H

#include "endpoint/protocol.h"

extern const struct protocol bedrock_converse;

#endif
