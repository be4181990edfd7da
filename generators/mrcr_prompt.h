/* mrcr_prompt: an mrcr conversation as a stream.
 *
 * What is kept of a conversation is its design, the needles' texts, where they stand, and how the
 * end is filled. Every other reply is written again whenever the prompt is read: distractor j is a
 * pure function of the design and j. So the memory of a prompt does not grow with its length.
 */
#ifndef GENERATORS_MRCR_PROMPT_H
#define GENERATORS_MRCR_PROMPT_H

#include "generators/grammar.h"
#include "generators/mrcr_design.h"
#include "generators/mrcr_text.h"
#include "prompt/prompt.h"

#include "base/arena.h"
#include "base/buf.h"

#include <stddef.h>
#include <stdint.h>

enum { MRCR_END_MAX = 8, MRCR_TEXT_BYTES_MAX = 64 * 1024 };

struct mrcr_needle {
    struct str reply;     /* in the case's arena */
    uint64_t tokens;      /* of the reply */
    double at;            /* where it should stand, in tokens of distractors before it */
    uint64_t distractors; /* where it stands: how many distractors are before it */
};

/* Two messages about a checkpoint of the canary; empty for none. */
struct mrcr_checkpoint {
    struct str ask;
    struct str reply;
};

/* Borrows grammar, and everything in its arena from the case, until it is freed. */
struct mrcr_prompt {
    struct prompt prompt; /* first, so that a struct prompt * is one of these */
    const struct grammar *grammar;
    struct mrcr_design design;
    struct str opening; /* the first message: salt, first checkpoint, examples */
    size_t salt_bytes;  /* of it; 0 for none */
    struct str ask;     /* of the needles */
    uint64_t ask_tokens;
    struct str question;
    struct mrcr_needle *needles; /* in the order of the haystack */
    size_t needle_count;
    uint64_t distractor_count;                /* of the series that fills the haystack */
    struct mrcr_distractor end[MRCR_END_MAX]; /* those chosen to fill it up */
    size_t end_count;
    struct mrcr_checkpoint middle;
    uint64_t middle_distractors;    /* where it stands: how many distractors are before it … */
    size_t middle_needles;          /* … and how many needles */
    struct mrcr_checkpoint closing; /* before the question */

    struct mrcr_cursor {
        int stage;
        uint64_t distractors; /* of both series, written so far */
        size_t needles;
        size_t checkpoints; /* of middle and closing */
        bool is_reply;      /* the reply of the current ask is next */
    } at;
    struct buf ask_text; /* the distractor being read */
    struct buf reply_text;
};

/* The caller frees with prompt_free(&(*out)->prompt). */
int mrcr_prompt_new(struct mrcr_prompt **out, const struct grammar *grammar,
                    const struct mrcr_design *design, struct err *err);

#endif
