/* openai_chat: OpenAI Chat Completions and the many servers that speak it (vLLM, llama.cpp, SGLang,
 * Ollama, OpenRouter, DeepSeek, Mistral, …). Format: OpenAI's published API schema, and what those
 * servers are known to do differently.
 */
#ifndef ENDPOINT_OPENAI_CHAT_H
#define ENDPOINT_OPENAI_CHAT_H

#include "endpoint/protocol.h"

extern const struct protocol openai_chat;

/* Parts of it, for protocols that differ in address and key only. */
int openai_chat_frame(const struct endpoint *endpoint, struct request_json *request,
                      struct body_frame *out, struct err *err);
enum protocol_event openai_chat_event(const struct endpoint *endpoint,
                                      const struct stream_event *event, struct reply *reply);
bool openai_chat_complete_at_end(const struct reply *reply);

#endif
