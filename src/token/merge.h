/* merge: byte pair encoding of one piece.
 *
 * Starts from the piece's bytes and merges, again and again, the neighbours that make the token of
 * lowest rank, the leftmost of equal ones (Sennrich, Haddow and Birch 2016, on bytes).
 *
 * Short pieces are nearly all there are, and a search through an array is fastest for them. Long
 * ones (a megabyte of base64, Chinese without blanks) go through a heap, so that the work stays
 * n log n.
 */
#ifndef TOKEN_MERGE_H
#define TOKEN_MERGE_H

#include "base/err.h"
#include "base/str.h"
#include "token/vocabulary.h"

#include <stddef.h>
#include <stdint.h>

enum { MERGE_SHORT_MAX = 64 }; /* bytes */

struct merge_node;

/* Reused from piece to piece. A zeroed one is valid and empty. */
struct merge_space {
    uint32_t short_ids[MERGE_SHORT_MAX];
    uint32_t *long_ids;       /* owned, long_cap of them */
    struct merge_node *nodes; /* owned, long_cap of them */
    uint64_t *heap;           /* owned, 2 * long_cap of them */
    size_t long_cap;
};
void merge_space_release(struct merge_space *space);

/* Sets *ids and *count to the tokens of `piece`, which is not empty; borrowed from `space` until
 * its next use. ERR_MEMORY. */
int merge_piece(const struct vocabulary *vocabulary, struct str piece, struct merge_space *space,
                const uint32_t **ids, size_t *count, struct err *err);

#endif
