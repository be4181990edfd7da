/* openai_chat: OpenAI Chat Completions and the many servers that speak it (vLLM, llama.cpp, SGLang,
 * Ollama, OpenRouter, DeepSeek, Mistral, …). Format: OpenAI's published API schema, and what those
 * servers are known to do differently.
 */
#ifndef ENDPOINT_OPENAI_CHAT_H
#define ENDPOINT_OPENAI_CHAT_H

#include "endpoint/protocol.h"

extern const struct protocol openai_chat;

#endif
