/* memo: what pieces merged to, remembered.
 *
 * Language repeats itself: of the pieces that are no token most were met before. A memo is a log of
 * pieces with their ids and a hash table of places in the log, so it takes memory by what it holds
 * and is found in two steps, whose memory the caller can have fetched ahead:
 *
 *   memo_fetch(memo, hash)                  some time before
 *   place = memo_place(memo, hash)          and some time before
 *   memo_is_short(memo, place, key) or memo_is_long(memo, place, piece)
 *
 * Pieces are compared byte by byte, so an answer is never that of another piece.
 */
#ifndef TOKEN_MEMO_H
#define TOKEN_MEMO_H

#include "base/err.h"
#include "base/str.h"
#include "token/vocabulary.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { MEMO_PIECE_BYTES_MAX = 240 };

/* A zeroed one with `bytes_max` set is valid and empty. */
struct memo {
    uint64_t *places; /* owned; 1 << bits of hash << 32 | place in the log; 0 is empty */
    uint64_t *log;    /* owned */
    unsigned bits;    /* 0 before the first entry */
    uint32_t count;   /* entries */
    uint32_t words;   /* of the log in use; the first is never, so that no place is 0 */
    uint32_t words_cap;
    size_t bytes_max;
};
void memo_release(struct memo *memo);

/* In the log: this, the piece, its ids, each filled up to words. The piece is its key when it is
 * short. */
struct memo_entry {
    uint32_t piece_bytes;
    uint32_t id_count;
    uint64_t piece[];
};

static inline size_t memo_piece_words(size_t piece_bytes)
{
    return piece_bytes <= PIECE_SHORT_MAX ? 2 : (piece_bytes + 7) / 8;
}

static inline const uint32_t *memo_ids(const struct memo_entry *entry)
{
    return (const uint32_t *)(const void *)(entry->piece + memo_piece_words(entry->piece_bytes));
}

static inline void memo_fetch(const struct memo *memo, uint64_t hash)
{
    if (memo->bits != 0) {
        __builtin_prefetch(&memo->places[hash >> (64 - memo->bits)]);
    }
}

/* The place of the first entry that has this hash, most likely the one wanted, or 0 when there is
 * none. What is there is on its way. */
static inline uint32_t memo_place(const struct memo *memo, uint64_t hash)
{
    size_t mask = ((size_t)1 << memo->bits) - 1;

    if (memo->bits == 0) {
        return 0;
    }
    for (size_t at = (size_t)(hash >> (64 - memo->bits)); memo->places[at] != 0;
         at = (at + 1) & mask) {
        if (((memo->places[at] ^ hash) >> 32) == 0) {
            __builtin_prefetch(&memo->log[(uint32_t)memo->places[at]]);
            return (uint32_t)memo->places[at];
        }
    }
    return 0;
}

/* Borrowed until the next memo_add. */
static inline const struct memo_entry *memo_at(const struct memo *memo, uint32_t place)
{
    return (const struct memo_entry *)(const void *)&memo->log[place];
}

/* Whether the entry at `place` is that of the piece; it is not when there is none. */
static inline bool memo_is_short(const struct memo *memo, uint32_t place, struct piece_key key)
{
    const struct memo_entry *entry = NULL;

    if (place == 0) {
        return false;
    }
    entry = memo_at(memo, place);
    return ((entry->piece[0] ^ key.low) | (entry->piece[1] ^ key.high)) == 0 &&
           entry->piece_bytes <= PIECE_SHORT_MAX;
}

static inline bool memo_is_long(const struct memo *memo, uint32_t place, struct str piece)
{
    const struct memo_entry *entry = NULL;
    const char *p = NULL;
    uint64_t differences = 0;

    if (place == 0) {
        return false;
    }
    entry = memo_at(memo, place);
    if (entry->piece_bytes != piece.len) {
        return false;
    }
    p = (const char *)entry->piece;
    for (size_t at = 0; at + 8 < piece.len; at += 8) {
        differences |= load_little_endian(p + at) ^ load_little_endian(piece.p + at);
    }
    differences |=
        load_little_endian(p + piece.len - 8) ^ load_little_endian(piece.p + piece.len - 8);
    return differences == 0;
}

/* Remembers `ids` of `piece`, which has at most MEMO_PIECE_BYTES_MAX bytes; `hash` is that of its
 * key, or its long hash. Returns the place, or 0 with ERR_MEMORY. */
uint32_t memo_add(struct memo *memo, struct str piece, uint64_t hash, const uint32_t *ids,
                  size_t id_count, struct err *err);

/* Forgets everything when more than bytes_max are in use. Entries are no longer borrowed. */
void memo_trim(struct memo *memo);

#endif
