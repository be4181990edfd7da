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
 *   - the haystack's other replies depend on the length as well, so that no endpoint has one length
 *     cached from another. Set depths of one sample do share their beginnings.
 *
 * Where a sample has K probes, that is K questions about the same haystack with N needles:
 *   - the first probe asks for the ordinal o that an only probe would ask for, probe p for the one
 *     floor(p N / K) further on, cyclically. So the probes of a sample ask for K different needles,
 *     evenly spread, and over N samples each probe asks for every ordinal equally often;
 *   - depths are d, d + 1/K, … d + (K-1)/K, each less its whole part, with the d of an only probe:
 *     one in each K-th of the prompt, even over samples. As needles stand in the order of their
 *     ordinals, the lowest of the wanted ordinals gets the lowest depth, and so on;
 *   - format, topic, needles, examples and everything else but prefix and ordinal are the sample's,
 *     not the probe's.
 */
#ifndef GENERATORS_MRCR_DESIGN_H
#define GENERATORS_MRCR_DESIGN_H

#include "generators/grammar.h"
#include "record/case.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MRCR_PREFIX_CHARS = 10 };

/* What an ask is about. Indices into the grammar's lists. */
struct mrcr_key {
    size_t format;
    size_t topic;
};

struct mrcr_design {
    struct case_recipe recipe;
    struct mrcr_key wanted;
    uint32_t first_ordinal; /* of the needle that the first probe asks for, 0-based */
    double first_depth;     /* where an only probe's needle should begin, 0 … 1 */
    uint64_t seed;          /* of all samples with as many needles */
    uint64_t needle_seed;   /* of needles and examples: the same for all lengths */
    uint64_t haystack_seed; /* of all other texts */
    uint64_t target_tokens; /* what prompt and answer should add up to, at most */
};

/* ERR_MEMORY only. */
int mrcr_design_draw(struct mrcr_design *out, const struct case_recipe *recipe,
                     const struct grammar *grammar, struct err *err);

/* What probe `probe` asks for: the needle's ordinal, 0-based, and the prefix. */
uint32_t mrcr_design_ordinal(const struct mrcr_design *design, uint32_t probe);
void mrcr_design_prefix(const struct mrcr_design *design, uint32_t probe,
                        char out[MRCR_PREFIX_CHARS]);

/* Whether some probe asks for this ordinal. */
bool mrcr_design_is_wanted(const struct mrcr_design *design, uint32_t ordinal);

/* Where the wanted needle number `rank` (0-based, in the order of the haystack) should begin,
 * 0 … 1 of the prompt's tokens. */
double mrcr_design_depth(const struct mrcr_design *design, uint32_t rank);

/* `chars` ASCII letters and digits, at least two of each. */
void mrcr_draw_code(uint64_t seed, uint64_t index, char *out, int chars);

/* Ten ASCII letters and digits, at least two of each: no word of a reply looks like that. */
void mrcr_draw_prefix(uint64_t seed, uint64_t index, char out[MRCR_PREFIX_CHARS]);

#endif
