/* planted_fill: how much prose a prompt takes and where its needles stand. */
#ifndef GENERATORS_PLANTED_FILL_H
#define GENERATORS_PLANTED_FILL_H

#include "generators/planted_prompt.h"

#include "base/err.h"
#include "token/token.h"

#include <stdint.h>

/* Chooses the window from prompt->start on so that the prompt has at most `tokens`, and at least
 * `tokens` less 0.5 %, and sets each needle's boundary to the one nearest to its depth; the needles
 * are ordered by depth. The window ends after a whole sentence: where the last one does not fit, it
 * is taken nevertheless and another one, inside a paragraph, is left out that makes up for it. Only
 * where there is none such it is cut after a word.
 *
 * ERR_USAGE when the corpus is too small, naming its size and the longest length, or when `tokens`
 * is too little for the needles, naming the least. `answer_tokens` counts in these messages only.
 */
int planted_fill(struct planted_prompt *prompt, struct planted_needle *needles, uint64_t tokens,
                 uint64_t answer_tokens, const struct tokenizer *tokenizer, struct err *err);

#endif
