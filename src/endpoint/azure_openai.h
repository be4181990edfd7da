/* azure_openai: OpenAI's protocols as Azure serves them: another address, the header api-key, and
 * content filters that have a say in every answer.
 *
 * endpoint.model is the name of the deployment. Without an api_version, or with "preview", the v1
 * API is asked; a dated one ("2024-10-21") asks for the deployment by its path. The base URL is
 * "https://RESOURCE.openai.azure.com" (services.ai.azure.com, cognitiveservices.azure.com), with or
 * without "/openai", "/openai/v1" or "/openai/deployments/NAME" behind it. For Entra ID tokens set
 * quirks.auth to BEARER.
 */
#ifndef ENDPOINT_AZURE_OPENAI_H
#define ENDPOINT_AZURE_OPENAI_H

#include "endpoint/protocol.h"

extern const struct protocol azure_openai;           /* Chat Completions */
extern const struct protocol azure_openai_responses; /* v1 only */

#endif
