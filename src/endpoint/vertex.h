/* vertex: Google Cloud's Vertex AI: Gemini and Claude under a project and a location, with a bearer
 * token. The address follows from the location: endpoint.region ("us-east5", "global", "us", "eu")
 * and endpoint.project. A base URL may be given all the same; one that has "/projects/…" in it
 * names both already.
 */
#ifndef ENDPOINT_VERTEX_H
#define ENDPOINT_VERTEX_H

#include "endpoint/protocol.h"

extern const struct protocol vertex_gemini;
extern const struct protocol vertex_anthropic;

#endif
