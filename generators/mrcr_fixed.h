/* mrcr_fixed: the texts of an mrcr conversation that do not depend on how the rest is filled: the
 * first message, the needles, the checkpoints of a canary, question and answer; and how much room
 * they leave. They are written first, as their sizes say how many other replies there will be.
 */
#ifndef GENERATORS_MRCR_FIXED_H
#define GENERATORS_MRCR_FIXED_H

#include "generators/generator.h"
#include "generators/mrcr_prompt.h"

/* In o200k tokens. The same for all probes of a haystack. */
struct mrcr_room {
    uint64_t distractors; /* what is left for other replies */
    uint64_t opening;     /* of the first message */
    uint64_t reply;       /* of the longest reply that a probe expects */
};

/* Sets those texts of `prompt`, whose needles are allocated, and the key of `test_case` but its
 * needles. ERR_USAGE where the needles do not fit; a uniform fill that drew too little is raised.
 * `tokenizer` and its session are used during the call only. */
int mrcr_fixed_write(struct test_case *test_case, struct mrcr_prompt *prompt,
                     const struct tokenizer *tokenizer, struct token_session *session,
                     struct mrcr_room *out, struct err *err);

#endif
