#include "endpoint/quirks.h"

#include <stddef.h>
#include <string.h>

/* Whatever shortens a prompt is switched off: a needle that the server dropped is not one that the
 * model overlooked. */
static const char *const llama_cpp_parameters[] = {"return_progress=true", NULL};
static const char *const openrouter_parameters[] = {
    "plugins=[{\"id\":\"context-compression\",\"enabled\":false}]", NULL};
static const char *const together_parameters[] = {"context_length_exceeded_behavior=\"error\"",
                                                  NULL};

const struct quirks quirks_table[] = {
    {.name = "vllm", .protocol = "openai-chat", .base_url = "http://localhost:8000/v1"},
    {.name = "sglang", .protocol = "openai-chat", .base_url = "http://localhost:30000/v1"},
    {.name = "llama.cpp",
     .protocol = "openai-chat",
     .base_url = "http://localhost:8080/v1",
     .max_tokens_name = "max_tokens",
     .parameters = llama_cpp_parameters},
    {.name = "ollama",
     .protocol = "openai-chat",
     .base_url = "http://localhost:11434/v1",
     .max_tokens_name = "max_tokens"},
    {.name = "openrouter",
     .protocol = "openai-chat",
     .base_url = "https://openrouter.ai/api/v1",
     .max_tokens_name = "max_tokens",
     .parameters = openrouter_parameters},
    {.name = "together",
     .protocol = "openai-chat",
     .base_url = "https://api.together.xyz/v1",
     .max_tokens_name = "max_tokens",
     .parameters = together_parameters},
    {.name = "deepseek",
     .protocol = "openai-chat",
     .base_url = "https://api.deepseek.com",
     .max_tokens_name = "max_tokens"},
    {.name = "xai", /* its Chat Completions are on their way out */
     .protocol = "openai-responses",
     .base_url = "https://api.x.ai/v1",
     .counts_reasoning_apart = true},
    {.name = "mistral",
     .protocol = "openai-chat",
     .base_url = "https://api.mistral.ai/v1",
     .max_tokens_name = "max_tokens",
     .tells_usage_unasked = true},
    {.name = NULL},
};

const struct quirks *quirks_find(const char *name)
{
    for (const struct quirks *row = quirks_table; row->name != NULL; row++) {
        if (strcmp(row->name, name) == 0) {
            return row;
        }
    }
    return NULL;
}
