/* openai_responses: the OpenAI Responses API, also spoken by Azure, xAI and others. Format:
 * OpenAI's published API schema and its official clients.
 *
 * Errors come inside streams that began with 200 as often as not, so both ways are judged alike.
 */
#ifndef ENDPOINT_OPENAI_RESPONSES_H
#define ENDPOINT_OPENAI_RESPONSES_H

#include "endpoint/protocol.h"

extern const struct protocol openai_responses;

/* Parts of it, for protocols that differ in address and key only. */
int openai_responses_frame(const struct endpoint *endpoint, struct request_json *request,
                           struct body_frame *out, struct err *err);
enum protocol_event openai_responses_event(const struct endpoint *endpoint,
                                           const struct stream_event *event, struct reply *reply);
bool openai_responses_complete_at_end(const struct reply *reply);

#endif
