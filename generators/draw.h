/* draw: how the samples of a cell are spread, alike for every task.
 *
 * Each function is pure: it follows from seed and recipe, sample by sample, so that more samples
 * never shift earlier ones.
 */
#ifndef GENERATORS_DRAW_H
#define GENERATORS_DRAW_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "record/case.h"

#include <stdint.h>

/* A seed of its own for what is called `name`, instance `index`. */
uint64_t draw_seed(uint64_t seed, struct str name, uint64_t index);

/* Item `sample` of a sequence that runs through 0 … n-1 in a new order in every block of n.
 * ERR_MEMORY only. */
int draw_in_blocks(uint64_t seed, struct str name, uint32_t sample, uint32_t n, uint32_t *out,
                   struct err *err);

/* The recipe's depth, 0 … 1. By design it is the additive golden-ratio sequence frac(offset +
 * sample × φ), whose points cover [0, 1) evenly however many there are. */
double draw_depth(uint64_t seed, const struct case_recipe *recipe);

/* What prompt and answer should add up to, at most: the length, or for CASE_FILL_UNIFORM a draw
 * from its upper half. */
uint64_t draw_target(uint64_t seed, const struct case_recipe *recipe);

/* How many needles beyond the first probe's the one of `probe` is, in a circle of recipe->needles:
 * floor(probe × needles / probes). So the probes of a haystack ask for different needles, evenly
 * spread, and where the first probe's needle runs through all, every probe's does. */
uint32_t draw_probe(const struct case_recipe *recipe, uint32_t probe);

/* Appends the first line of a cold haystack: "Session 481937265104882716." and a blank line. Its 18
 * digits follow from seed, sample, length, fill, depth and probe, so no two prompts begin alike;
 * they do not depend on the model, as every model gets the same bytes. All salts have the same
 * number of bytes and of tokens, so that the probes of a haystack differ in nothing else. The same
 * sweep sent again has the same salts: another seed has others. */
enum { DRAW_SALT_BYTES = 29 };
void draw_salt(uint64_t seed, const struct case_recipe *recipe, struct buf *out);

#endif
