/* mrcr_v2_fixed: the texts of an mrcr-v2 transcript that do not depend on how the rest is filled:
 * opening, needles, checkpoints, question and answer; and how much room they leave.
 */
#ifndef GENERATORS_MRCR_V2_FIXED_H
#define GENERATORS_MRCR_V2_FIXED_H

#include "generators/generator.h"
#include "generators/mrcr_v2_prompt.h"

/* Sets those texts of `prompt` in the order of the haystack, `at` included, and the key of
 * `test_case`; *room to the tokens that are left for other turns. ERR_USAGE where the needles do
 * not fit. `tokenizer` is used during the call only. */
int mrcr_v2_fixed_write(struct test_case *test_case, struct mrcr_v2_prompt *prompt,
                        const struct tokenizer *tokenizer, uint64_t *room, struct err *err);

#endif
