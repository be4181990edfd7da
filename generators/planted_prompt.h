/* planted_prompt: one user message as a stream: prose, the needles between its sentences, the
 * question.
 *
 * The prose is a window of the corpus: sentences one after the other from `start` on, from the end
 * of the corpus to its beginning where need be, never further than once around. A needle belongs to
 * the paragraph of the sentence before it; at boundary 0 it stands before the first one. The
 * question is a paragraph of its own at the end, the salt of a cold haystack one at the beginning.
 * The checkpoints of a canary are planted like needles.
 *
 * A sentence with what stands at it is a piece; between such, pieces are runs of sentences, slices
 * of the corpus as they are. The last piece is the question. So a prompt needs the memory of its
 * longest sentence.
 */
#ifndef GENERATORS_PLANTED_PROMPT_H
#define GENERATORS_PLANTED_PROMPT_H

#include "generators/prose.h"
#include "prompt/prompt.h"

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct planted_needle {
    struct str sentence;
    struct str value;  /* what a reply to its question would contain; empty: not in the key */
    double depth;      /* where it should stand, 0 … 1 of the prose's tokens */
    uint32_t boundary; /* where it stands: after this many sentences of the window */
    uint32_t drawn;    /* its place among those of the case as they were drawn */
    bool is_wanted;    /* the question is answered by it */
    bool is_decoy;     /* stands where the wanted one would, in a case that has none */
    bool is_checkpoint;
};

enum { PLANTED_NONE_SKIPPED = -1 };

/* The texts are borrowed from prose and from the case's arena until the prompt is freed. */
struct planted_prompt {
    struct prompt prompt; /* first, so that a struct prompt * is one of these */
    const struct prose *prose;
    const struct planted_needle *needles; /* in the order of the haystack */
    size_t needle_count;
    struct str question;
    struct str salt; /* with its blank line; empty for none */

    uint32_t start;     /* index of the first sentence, which opens a paragraph */
    uint32_t count;     /* sentences of the window; at least one */
    int64_t skipped;    /* which of them is left out, or PLANTED_NONE_SKIPPED; inside a paragraph */
    size_t last_length; /* bytes of the last one that are used */

    struct planted_cursor {
        uint32_t sentences; /* of the window, read so far */
        size_t needles;
        bool is_run; /* the piece read last is nothing but sentences, of these sizes */
        struct prompt_sizes run;
        bool is_question; /* it is next */
    } at;
    uint32_t block;   /* of the prose, read last */
    struct buf piece; /* with the last one the question too, since what a user asks may begin with
                       * anything: tokens are exact only if both are counted together */
};

/* The caller frees with prompt_free(&(*out)->prompt). The window is empty at first, and there is
 * neither question, which may have `question_bytes_max`, nor salt. */
int planted_prompt_new(struct planted_prompt **out, const struct prose *prose,
                       const struct planted_needle *needles, size_t needle_count,
                       size_t question_bytes_max, struct err *err);

/* What of a piece belongs to the haystack of all probes: neither salt nor question. */
struct str planted_prompt_haystack(const struct planted_prompt *prompt,
                                   const struct prompt_piece *piece);

/* Sentence `index` of the window. Its text is read with planted_prompt_text. */
const struct prose_sentence *planted_prompt_sentence(const struct planted_prompt *prompt,
                                                     uint32_t index);
struct str planted_prompt_text(struct planted_prompt *prompt, uint32_t index);

#endif
