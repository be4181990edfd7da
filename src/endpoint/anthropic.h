/* anthropic: Anthropic's Messages API; with another address and key also on Vertex,
 * Bedrock and Microsoft Foundry. Format: Anthropic's published API and its official clients.
 *
 * Messages of one role in a row are sent as they are: the API itself joins them into one turn.
 */
#ifndef ENDPOINT_ANTHROPIC_H
#define ENDPOINT_ANTHROPIC_H

#include "endpoint/protocol.h"

/* The API wants an output limit. Where the endpoint has none it is this: room for the longest
 * answer and for thinking before it, and within what every model of a million tokens allows. */
enum { ANTHROPIC_OUTPUT_TOKENS_DEFAULT = 32000 };

extern const struct protocol anthropic;

/* What ends the text that is to be cached with all before it, as the end of a message and before a
 * further part of it. */
#define ANTHROPIC_CACHED       "\",\"cache_control\":{\"type\":\"ephemeral\"}}"
#define ANTHROPIC_MARKED_CLOSE ANTHROPIC_CACHED "]}"
#define ANTHROPIC_MARK         ANTHROPIC_CACHED ",{\"type\":\"text\",\"text\":\""

/* Parts of it, for protocols that carry the same messages. The frame's request is given in part:
 * the members in which those protocols differ are there already. */
int anthropic_frame_messages(const struct endpoint *endpoint, struct request_json *request,
                             struct body_frame *out, struct err *err);
enum protocol_event anthropic_event(const struct endpoint *endpoint,
                                    const struct stream_event *event, struct reply *reply);
bool anthropic_complete_at_end(const struct reply *reply);

#endif
