/* draw: how the samples of a cell are spread, alike for every task.
 *
 * Each function is pure: it follows from seed and recipe, sample by sample, so that more samples
 * never shift earlier ones.
 */
#ifndef GENERATORS_DRAW_H
#define GENERATORS_DRAW_H

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

#endif
