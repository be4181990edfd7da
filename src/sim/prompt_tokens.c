#include "sim/prompt_tokens.h"

#include "sim/model.h"

enum { CHUNKS = 16, CHUNK_BYTES = 2048 };

/* Tokens of chunks that are spread evenly over the text; all of a short one. */
static int count_sample(const struct tokenizer *tokenizer, struct str text, uint64_t *tokens,
                        uint64_t *bytes)
{
    size_t chunks = text.len > (size_t)CHUNKS * CHUNK_BYTES ? CHUNKS : 1;
    struct err err = {ERR_NONE, ""};

    *tokens = 0;
    *bytes = 0;
    for (size_t i = 0; i < chunks; i++) {
        struct str chunk =
            chunks == 1 ? text : str_take(str_skip(text, text.len / chunks * i), CHUNK_BYTES);
        uint64_t count = 0;
        int rc = tokenizer_count(tokenizer, chunk, &count, &err);

        if (rc != 0) {
            return rc;
        }
        *tokens += count;
        *bytes += chunk.len;
    }
    return 0;
}

uint64_t sim_prompt_tokens(const struct tokenizer *tokenizer, struct str text)
{
    uint64_t estimate = sim_tokens(text.len);
    uint64_t tokens = 0;
    uint64_t bytes = 0;
    double counted = 0.0;

    if (tokenizer == NULL || text.len == 0 || count_sample(tokenizer, text, &tokens, &bytes) != 0) {
        return estimate;
    }
    counted = (double)tokens / (double)bytes * (double)text.len;
    if (counted > 0.75 * (double)estimate && counted < 1.25 * (double)estimate) {
        return estimate;
    }
    return (uint64_t)(counted + 0.5);
}
