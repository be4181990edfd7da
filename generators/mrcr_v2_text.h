/* mrcr_v2_text: the words of an mrcr-v2 transcript, in the form of Google DeepMind's MRCR v2.
 *
 *     User: Write a poem about tapirs in whimsical style.
 *
 *     Assistant: …
 *
 *     User: Prepend Ab3dEf6hIj9L to the second poem about tapirs in a whimsical style. Do not …
 *
 *     Assistant:
 *
 * The writers are mrcr's; a style shows in the first and the last sentence of a text. Each function
 * appends one text and is pure: what it writes follows from grammar, design and index.
 */
#ifndef GENERATORS_MRCR_V2_TEXT_H
#define GENERATORS_MRCR_V2_TEXT_H

#include "generators/grammar.h"
#include "generators/mrcr_design.h"

#include "base/buf.h"
#include "base/str.h"

#include <stddef.h>
#include <stdint.h>

enum { MRCR_V2_HASH_CHARS = 12, MRCR_V2_NEEDLES_MAX = 20 }; /* ordinals are words */

size_t mrcr_v2_style_count(void);

/* What a text is about: format and topic as in mrcr, and an index below mrcr_v2_style_count. */
struct mrcr_v2_key {
    struct mrcr_key key;
    size_t style;
};

struct mrcr_v2_design {
    struct mrcr_design mrcr;
    size_t style; /* of the needles */
};

/* ERR_MEMORY only. */
int mrcr_v2_design_draw(struct mrcr_v2_design *out, const struct case_recipe *recipe,
                        const struct grammar *grammar, struct err *err);

void mrcr_v2_draw_hash(const struct mrcr_v2_design *design, uint32_t probe,
                       char out[MRCR_V2_HASH_CHARS]);

/* "User: Write a …\n\nAssistant: " */
void mrcr_v2_write_ask(const struct grammar *grammar, struct mrcr_v2_key key, struct buf *out);

/* Needle `index`, its text only, of at most about `target_max` tokens. */
void mrcr_v2_write_needle(const struct grammar *grammar, const struct mrcr_v2_design *design,
                          uint32_t index, uint32_t target_max, struct buf *out);

/* A whole turn, ask and text, with the blank line after it. `stream` is one of two series. */
struct mrcr_v2_turn {
    struct str stream;
    uint64_t index;
    uint32_t target_tokens; /* WRITER_TARGET_BY_FORMAT or the size to aim at */
};
void mrcr_v2_write_turn(const struct grammar *grammar, const struct mrcr_v2_design *design,
                        const struct mrcr_v2_turn *turn, struct buf *out);

/* A worked example about another topic. */
void mrcr_v2_write_example(const struct grammar *grammar, const struct mrcr_v2_design *design,
                           struct buf *out);

/* "User: Prepend HASH to the second poem … style. Do not include …"; without "Assistant:". */
void mrcr_v2_write_question(const struct grammar *grammar, struct mrcr_v2_key key, uint32_t ordinal,
                            struct str hash, struct buf *out);

#endif
