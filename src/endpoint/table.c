#include "endpoint/anthropic.h"
#include "endpoint/azure_openai.h"
#include "endpoint/bedrock_converse.h"
#include "endpoint/bedrock_invoke.h"
#include "endpoint/gemini.h"
#include "endpoint/openai_chat.h"
#include "endpoint/openai_responses.h"
#include "endpoint/protocol.h"
#include "endpoint/vertex_anthropic.h"
#include "endpoint/vertex_gemini.h"

#include <string.h>

const struct protocol *const protocols[] = {
    &openai_chat,      &openai_responses, &anthropic,    &gemini,
    &vertex_gemini,    &vertex_anthropic, &azure_openai, &azure_openai_responses,
    &bedrock_converse, &bedrock_invoke,   NULL,
};

int protocol_find(const char *name, const struct protocol **out, struct err *err)
{
    struct buf known = {0};

    buf_init(&known, ERR_TEXT_MAX);
    for (size_t i = 0; protocols[i] != NULL; i++) {
        if (strcmp(protocols[i]->name, name) == 0) {
            *out = protocols[i];
            buf_release(&known);
            return 0;
        }
        buf_appendf(&known, "%s%s", i == 0 ? "" : ", ", protocols[i]->name);
    }
    (void)err_set(err, ERR_USAGE, "unknown protocol '%s' (known: %s)", name,
                  known.p != NULL ? known.p : "");
    buf_release(&known);
    return err->code;
}

enum endpoint_caching endpoint_caching(const struct endpoint *endpoint)
{
    const struct protocol *protocol = NULL;
    struct err ignored = {ERR_NONE, ""};

    if (protocol_find(endpoint->protocol, &protocol, &ignored) != 0 || protocol == NULL) {
        return ENDPOINT_CACHES_NOTHING;
    }
    return protocol->caching != NULL ? protocol->caching(endpoint) : ENDPOINT_CACHES_UNASKED;
}
