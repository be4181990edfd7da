/* vertex_gemini: Gemini on Vertex AI: Gemini's messages at Vertex's address (vertex.h). */
#ifndef ENDPOINT_VERTEX_GEMINI_H
#define ENDPOINT_VERTEX_GEMINI_H

#include "endpoint/protocol.h"

extern const struct protocol vertex_gemini;

#endif
