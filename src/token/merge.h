/* merge: byte pair encoding of pieces.
 *
 * Starts from the piece's bytes and merges, again and again, the neighbours that make the token of
 * lowest rank, the leftmost of equal ones (Sennrich, Haddow and Birch 2016, on bytes).
 *
 * Short pieces are nearly all there are. A search through an array is fastest for them, and several
 * are merged in turns, so that each has the others' time for its look-ups to arrive from memory.
 * Long ones (a megabyte of base64, Chinese without blanks) go through a heap, so that the work
 * stays n log n.
 */
#ifndef TOKEN_MERGE_H
#define TOKEN_MERGE_H

#include "base/err.h"
#include "base/str.h"
#include "token/vocabulary.h"

#include <stddef.h>
#include <stdint.h>

enum { MERGE_SHORT_BYTES = 240 };

/* Takes the ids of piece number `piece`, which are borrowed for the call. An error ends the
 * merging.
 */
typedef int merge_done_function(void *context, size_t piece, const uint32_t *ids, size_t count,
                                struct err *err);

/* Merges pieces of 1 to MERGE_SHORT_BYTES bytes and calls `done` for each, in any order. Its errors
 * only. */
int merge_short(const struct vocabulary *vocabulary, const struct str *pieces, size_t piece_count,
                merge_done_function *done, void *context, struct err *err);

struct merge_node;

struct merge_tokens {
    uint32_t *ids;  /* owned, as many as the space's cap */
    uint8_t *bytes; /* owned, likewise: how many bytes each token has */
    size_t count;
};

/* Reused from piece to piece. A zeroed one is valid and empty. */
struct merge_space {
    struct merge_node *nodes; /* owned, as many as `cap` */
    uint64_t *heap;           /* owned, twice as many */
    struct merge_tokens now;  /* of a window */
    struct merge_tokens next; /* of the one after it */
    size_t cap;
};
void merge_space_release(struct merge_space *space);

/* Merges a piece of any length and calls `done` with its ids, part by part in order. Its errors and
 * ERR_MEMORY. */
int merge_long(const struct vocabulary *vocabulary, struct str piece, struct merge_space *space,
               merge_done_function *done, void *context, struct err *err);

#endif
