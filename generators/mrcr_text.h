/* mrcr_text: the words of an mrcr conversation.
 *
 * The form is openai/mrcr's: a user message with worked examples, then asks ("write a poem about
 * tapirs", always with "a") and replies, then the question. Each function appends one text and is
 * pure: what it writes follows from grammar, design and index.
 */
#ifndef GENERATORS_MRCR_TEXT_H
#define GENERATORS_MRCR_TEXT_H

#include "generators/grammar.h"
#include "generators/mrcr_design.h"

#include "base/buf.h"
#include "base/str.h"
#include "token/token.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of the replies that are not needles, these shares have a key like the wanted one: the same format
 * about another topic, or another format about the same topic. The rest share neither, like most of
 * the real set. */
enum {
    MRCR_SHARE_OF = 8,
    MRCR_SHARE_SAME_FORMAT = 3, /* 3 of 8 */
    MRCR_SHARE_SAME_TOPIC = 1   /* 1 of 8 */
};

/* What was written, in o200k tokens; each text by itself, as messages are counted. */
struct mrcr_pair_tokens {
    uint64_t ask;
    uint64_t reply;
};

/* "write a poem about tapirs"; returns its tokens. */
uint64_t mrcr_write_ask(const struct grammar *grammar, struct mrcr_key key, struct buf *out);

/* "Prepend aYooSG8CQg to the 2nd (1 indexed) poem about tapirs. Do not include …" */
void mrcr_write_question(const struct grammar *grammar, struct mrcr_key key, uint32_t ordinal,
                         struct str prefix, struct buf *out);

/* The reply of needle `index`, its size drawn by its format but at most `target_max` tokens.
 * Returns the tokens it has. */
uint64_t mrcr_write_needle(const struct grammar *grammar, const struct mrcr_design *design,
                           uint32_t index, uint32_t target_max, struct token_session *session,
                           struct buf *out);

/* One of the haystack's own replies, in one of two series: those that fill it (`stream`
 * "distractor") and candidates for its end ("end"). */
struct mrcr_distractor {
    struct str stream;
    uint64_t index;
    uint32_t target_tokens; /* WRITER_TARGET_BY_FORMAT or the size to aim at */
};
/* `session` may be NULL: the tokens of the reply are then 0. */
struct mrcr_pair_tokens mrcr_write_distractor(const struct grammar *grammar,
                                              const struct mrcr_design *design,
                                              const struct mrcr_distractor *distractor,
                                              struct token_session *session, struct buf *ask,
                                              struct buf *reply);

/* The first message: two worked examples, or one for a short prompt. They are about other topics.
 */
void mrcr_write_examples(const struct grammar *grammar, const struct mrcr_design *design,
                         bool is_brief, struct buf *out);

#endif
