/* mrcr_fill: makes an mrcr conversation exactly as long as its recipe says.
 *
 * One pass in the order of the prompt: needles are written first, as their sizes say how much room
 * is left for other replies; then the haystack is written and measured reply by reply, each needle
 * in its place, until about three replies are missing; these are chosen among candidates so that
 * the last ends within the room.
 */
#ifndef GENERATORS_MRCR_FILL_H
#define GENERATORS_MRCR_FILL_H

#include "generators/generator.h"
#include "generators/mrcr_prompt.h"

/* Completes `prompt` and everything in `test_case` but its recipe and prompt. ERR_USAGE where the
 * needles do not fit. `tokenizer` and its session are used during the call only. */
int mrcr_fill(struct test_case *test_case, struct mrcr_prompt *prompt,
              const struct tokenizer *tokenizer, struct token_session *session, struct err *err);

#endif
