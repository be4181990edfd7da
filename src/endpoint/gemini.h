/* gemini: Google's Gemini API, generateContent as a stream of events; at another address and with
 * another kind of key also on Vertex. Format: Google's published API and its official clients.
 *
 * The base URL ends in the version: "https://generativelanguage.googleapis.com/v1beta". An express
 * key of Vertex works too, with ".../v1/publishers/google" of its host. The key goes into a header
 * and never into the URL, which ends up in logs.
 *
 * The stream has no terminal marker: it is complete when a finish reason, or the reason why the
 * prompt was blocked, has come. The output limit includes what the model thinks, so a small one
 * leaves no answer.
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
