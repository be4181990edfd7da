/* vertex_anthropic: Claude on Vertex AI: Anthropic's Messages (anthropic.h) at Vertex's address
 * (vertex.h). The model is in the path, and the version of the API, elsewhere a header, in the
 * body.
 */
#ifndef ENDPOINT_VERTEX_ANTHROPIC_H
#define ENDPOINT_VERTEX_ANTHROPIC_H

#include "endpoint/protocol.h"

extern const struct protocol vertex_anthropic;

#endif
