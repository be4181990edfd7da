/* mrcr: multi-round co-reference resolution in OpenAI's format (openai/mrcr).
 *
 * A long conversation of writing requests holds N identical asks ("write a poem about tapirs"); the
 * question wants one of the N replies, by its ordinal, word for word. Distractors share the format
 * or the topic. See mrcr_design.h for how samples are spread, mrcr_text.h for the form.
 */
#ifndef GENERATORS_MRCR_H
#define GENERATORS_MRCR_H

#include "generators/generator.h"

extern const struct generator generator_mrcr;

#endif
