/* vertex: where a model is on Google Cloud's Vertex AI, whoever made it.
 *
 * The base URL ends in the project and the location:
 * "https://us-east5-aiplatform.googleapis.com/v1/projects/P/locations/us-east5". The key is an
 * access token of Google Cloud, such as `gcloud auth print-access-token` prints; it holds for an
 * hour. Format: Google's published API and the vendors' official clients.
 */
#ifndef ENDPOINT_VERTEX_H
#define ENDPOINT_VERTEX_H

#include "endpoint/endpoint.h"

/* As `base_url` of struct protocol: from endpoint.region ("us-east5", or one that is no single
 * region: "global", "us", "eu") and endpoint.project. */
int vertex_base_url(const struct endpoint *endpoint, struct buf *out, struct err *err);

/* Appends the path of a method of the model: "/publishers/PUBLISHER/models/MODEL:METHOD". */
void vertex_append_path(const struct endpoint *endpoint, const char *publisher, const char *method,
                        struct buf *out);

#endif
