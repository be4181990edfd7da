/* mrcr: multi-round co-reference resolution in OpenAI's format (openai/mrcr).
 *
 * A long conversation of writing requests holds N identical asks ("write a poem about tapirs"); the
 * question wants one of the N replies, by its ordinal, word for word. Distractors share the format
 * or the topic. See mrcr_design.h for how samples are spread, mrcr_text.h for the form.
 */
#ifndef GENERATORS_MRCR_H
#define GENERATORS_MRCR_H

#include "generators/generator.h"
#include "generators/grammar.h"

extern const struct generator generator_mrcr;

/* The writers and what they know, and the chance level: the same for mrcr and mrcr-v2. */
int mrcr_bank_load(const struct generator *generator, void **bank,
                   const struct generator_settings *settings, const struct tokenizer *tokenizer,
                   struct err *err);
void mrcr_bank_unload(void *bank);
uint64_t mrcr_bank_hash(const void *bank);
const struct grammar *mrcr_bank_grammar(const void *bank);
const struct tokenizer *mrcr_bank_tokenizer(const void *bank);
double mrcr_chance(uint32_t needles);

#endif
