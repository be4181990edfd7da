/* listing: one user message that is a head, a long row of small texts, and a tail.
 *
 * The haystacks of many tasks are such rows: lines of noise, sentences, numbered words, documents,
 * edges. A task says how unit i reads and what is planted between the units; the listing does the
 * rest alike for all: exact length, numbering, order, streaming, measuring. Nothing is stored but
 * the piece at hand, so a unit must follow from its index alone.
 *
 *   - Units are counted in the order of their indices, which is how a listing gets longer, and
 *     stand in it in that order or shuffled (is_shuffled).
 *   - A plant stands after a number of units that follows from its depth, 0 … 1 of the units.
 *   - Units and plants are the items. A separator that begins with a line feed follows every item,
 *     any other (one space) stands before every item but the first: joints that no pretoken crosses
 *     (prompt/prompt.h). Items are numbered from 1 where the form says how.
 */
#ifndef GENERATORS_LISTING_H
#define GENERATORS_LISTING_H

#include "prompt/prompt.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/permutation.h"
#include "token/token.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How a listing whose next unit does not fit gets within 0.5 % of its length. */
enum listing_end {
    LISTING_END_WHOLE,    /* it need not: units are small */
    LISTING_END_WORD,     /* the last unit is cut after a word … */
    LISTING_END_SENTENCE, /* … or after a sentence (a full stop before a space) */
    LISTING_END_VARIANTS, /* the last units are drawn again until they are as long as need be */
};

enum { LISTING_VARIANTS = 24, LISTING_VARIED = 24 };

struct listing_units {
    const void *self;

    /* Appends unit `index`: no number, no separator. `variant`, below LISTING_VARIANTS, is which of
     * several that would do, for LISTING_END_VARIANTS; else 0. */
    void (*write)(const void *self, uint64_t index, uint32_t variant, struct buf *out);

    /* For units whose tokens do depend on how many there are; else NULL. Sets *count to the most
     * units with at most `room` tokens; the next calls of write are for that many. */
    int (*fit)(const void *self, uint64_t room, uint64_t *count, struct err *err);

    uint64_t first; /* a listing has first, first + step, first + 2 step … units; at least 1 each */
    uint64_t step;
    uint64_t most; /* the last index there is plus 1, or UINT64_MAX */
    size_t bytes_max;
    enum listing_end end;
};

struct listing_form {
    struct str separator;
    struct str before_number; /* both empty: no numbers */
    struct str after_number;
};

struct listing_plant {
    struct str text;
    double depth;
    uint64_t boundary; /* it stands after this many units; set by the listing */
    bool is_wanted;    /* the first wanted one's place is the depth of the case */
    bool is_checkpoint;
};

/* Texts are borrowed until prompt_free. */
struct listing {
    struct prompt prompt; /* first, so that a struct prompt * is one of these */
    struct listing_form form;
    struct listing_units units;
    struct listing_plant *plants; /* in the order of the text */
    size_t plant_count;
    struct str salt; /* with its blank line; empty for none */
    struct str head;
    struct str tail;
    uint64_t count;                   /* units */
    size_t last_length;               /* bytes of unit count - 1 that are used; SIZE_MAX for all */
    uint8_t variants[LISTING_VARIED]; /* of the last units, that of count - 1 first */
    struct permutation order;         /* of the units, where is_shuffled */
    bool is_shuffled;
    uint64_t order_seed;

    struct listing_cursor {
        uint64_t units; /* read so far */
        size_t plants;
    } at;
    struct buf piece;
};

/* The caller frees with prompt_free(&(*out)->prompt) and sets salt, head and tail, of which
 * `outside_bytes_max` says how long they are together at most. The listing is empty at first. */
int listing_new(struct listing **out, const struct listing_form *form,
                const struct listing_units *units, struct listing_plant *plants, size_t plant_count,
                size_t outside_bytes_max, struct err *err);

/* Sets the number of units, their order and where the plants stand. */
void listing_resize(struct listing *listing, uint64_t count);

/* What a pass over a listing tells. */
struct listing_measure {
    struct prompt_measure prompt;
    struct fingerprint haystack; /* without salt and tail */
    double depth;                /* tokens before the first wanted plant / all; negative: none */
};
int listing_measure(struct listing *listing, const struct tokenizer *tokenizer,
                    struct listing_measure *out, struct err *err);

/* Resizes it to have at most `tokens`, and at least that less 0.5 % (or 20 tokens), and measures
 * it. ERR_USAGE when `tokens` is too few for even the first units, naming the least, or when the
 * units are used up. `reply_tokens` counts in these messages only. */
int listing_fill(struct listing *listing, uint64_t tokens, uint64_t reply_tokens,
                 const struct tokenizer *tokenizer, struct listing_measure *out, struct err *err);

/* Appends an item as it stands in the middle of a text. */
void listing_append_item(const struct listing *listing, struct str text, uint64_t number,
                         struct buf *out);

#endif
