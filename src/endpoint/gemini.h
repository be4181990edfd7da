/* gemini: Google's Gemini API, generateContent as a stream of events; with another address and key
 * also on Vertex. Format: Google's published API and its official clients.
 *
 * The stream has no terminal marker: it is complete when a finish reason, or the reason why the
 * prompt was blocked, has come. An express key of Vertex works here too, with the base URL
 * "https://aiplatform.googleapis.com/v1/publishers/google".
 */
#ifndef ENDPOINT_GEMINI_H
#define ENDPOINT_GEMINI_H

#include "endpoint/protocol.h"

extern const struct protocol gemini;

/* Parts of it, for Vertex. */
int gemini_frame(const struct endpoint *endpoint, struct request_json *request,
                 struct body_frame *out, struct err *err);
enum protocol_event gemini_event(const struct endpoint *endpoint, const struct stream_event *event,
                                 struct reply *reply);
bool gemini_complete_at_end(const struct reply *reply);

#endif
