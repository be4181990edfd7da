/* mrcr_design: what each sample of the mrcr task asks for, before a word of it is written.
 *
 * Everything here follows from the recipe alone and is drawn by sample index, so more samples never
 * shift earlier ones:
 *   - the wanted ordinal runs through a seeded permutation of 1 … N in every block of N samples, so
 *     that every ordinal is asked for equally often;
 *   - the wanted format runs through the formats in the same way, in blocks of its own;
 *   - the wanted depth is the additive golden-ratio sequence, frac(offset + sample × φ), whose
 *     points cover [0, 1) evenly however many there are. It does not depend on the ordinal;
 *   - key, needles, ordinal, depth, prefix and examples depend on (seed, needles, sample), so that
 *     a sample asks for the same at every length and lengths can be compared in pairs;
 *   - the haystack's other replies depend on the length as well: no two prompts share a beginning
 *     long enough for an endpoint to have it cached.
 */
#ifndef GENERATORS_MRCR_DESIGN_H
#define GENERATORS_MRCR_DESIGN_H

#include "generators/grammar.h"
#include "record/case.h"

#include <stddef.h>
#include <stdint.h>

enum { MRCR_PREFIX_CHARS = 10 };

/* What an ask is about. Indices into the grammar's lists. */
struct mrcr_key {
    size_t format;
    size_t topic;
};

struct mrcr_design {
    struct mrcr_key wanted;
    uint32_t ordinal; /* of the wanted needle, 0-based */
    double depth;     /* where it should begin, 0 … 1 of the prompt's tokens */
    char prefix[MRCR_PREFIX_CHARS];
    uint64_t needle_seed;   /* of needles and examples: the same for all lengths */
    uint64_t haystack_seed; /* of all other texts */
    uint64_t target_tokens; /* what prompt and answer should add up to, at most */
};

/* ERR_MEMORY only. */
int mrcr_design_draw(struct mrcr_design *out, const struct case_recipe *recipe,
                     const struct grammar *grammar, struct err *err);

/* Ten ASCII letters and digits, at least two of each: no word of a reply looks like that. */
void mrcr_draw_prefix(uint64_t seed, uint64_t index, char out[MRCR_PREFIX_CHARS]);

#endif
