/* prompt_tokens: how many tokens the loopback endpoint says that a prompt has. */
#ifndef SIM_PROMPT_TOKENS_H
#define SIM_PROMPT_TOKENS_H

#include "base/str.h"
#include "token/token.h"

#include <stdint.h>

/* The estimate by bytes (sim_tokens), which is of prose. Where a sample of the text is more than a
 * quarter away from it, as of a list of numbers, the sample's tokens per byte are taken instead.
 * `tokenizer` may be NULL: then there is no sample. */
uint64_t sim_prompt_tokens(const struct tokenizer *tokenizer, struct str text);

#endif
