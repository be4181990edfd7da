/* mrcr_v2_prompt: an mrcr-v2 transcript as a stream, one user message.
 *
 * Kept are its design, the texts that stand at set places (needles, a canary's checkpoints), and
 * how the end is filled. Every other turn is written again whenever the prompt is read, so the
 * memory of a prompt does not grow with its length. A piece is a whole turn: it begins with "User:"
 * and ends with a blank line, which is a joint.
 */
#ifndef GENERATORS_MRCR_V2_PROMPT_H
#define GENERATORS_MRCR_V2_PROMPT_H

#include "generators/grammar.h"
#include "generators/mrcr_v2_text.h"
#include "prompt/prompt.h"

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MRCR_V2_END_MAX = 8, MRCR_V2_TEXT_BYTES_MAX = 64 * 1024 };

/* A turn at a set place. */
struct mrcr_v2_standing {
    struct str turn; /* in the case's arena */
    uint64_t tokens;
    double at;       /* where it should begin, in tokens of the prompt */
    uint64_t before; /* where it stands: how many of the other turns are before it */
    bool is_needle;
    bool is_wanted;
};

/* Borrows grammar, and everything in its arena from the case, until it is freed. */
struct mrcr_v2_prompt {
    struct prompt prompt; /* first, so that a struct prompt * is one of these */
    const struct grammar *grammar;
    struct mrcr_v2_design design;
    struct str opening;                /* salt, first checkpoint, example */
    size_t salt_bytes;                 /* of it; 0 for none */
    struct str question;               /* with "Assistant:" */
    struct mrcr_v2_standing *standing; /* in the order of the haystack */
    size_t standing_count;
    uint64_t turn_count;                      /* of the series that fills the haystack */
    struct mrcr_v2_turn end[MRCR_V2_END_MAX]; /* those chosen to fill it up */
    size_t end_count;

    struct mrcr_v2_cursor {
        bool is_open;
        bool is_asked;
        uint64_t turns;
        size_t standing;
    } at;
    struct buf text; /* the turn being read */
};

/* The caller frees with prompt_free(&(*out)->prompt). */
int mrcr_v2_prompt_new(struct mrcr_v2_prompt **out, const struct grammar *grammar,
                       const struct mrcr_v2_design *design, struct err *err);

#endif
