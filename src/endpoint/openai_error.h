/* openai_error: errors in the shapes OpenAI, Anthropic and compatible servers give them.
 *
 * {"error":{"message","type","param","code"}}; the same inside {"response":…} (Responses);
 * `error` as plain text; message and code at the top level (older vLLM, Mistral); {"detail":…}
 * (FastAPI); OpenRouter's metadata.raw with the words of the provider behind it; Anthropic's
 * details.error_code; llama.cpp's n_ctx and n_prompt_tokens; one such object in an array (Gemini's
 * compatible endpoint).
 */
#ifndef ENDPOINT_OPENAI_ERROR_H
#define ENDPOINT_OPENAI_ERROR_H

#include "endpoint/protocol.h"

#include <jansson.h>

/* True for an event that is an error rather than part of an answer. */
bool openai_error_is(const json_t *event);

/* As `classify` of struct protocol. */
struct protocol_verdict openai_error_classify(const struct protocol_error *error,
                                              struct reply *reply);

#endif
