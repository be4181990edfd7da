/* vocabulary: an encoding's tokens and merges, looked up in a mapped image.
 *
 * The look-ups are inline: they are most of the time that counting takes.
 */
#ifndef TOKEN_VOCABULARY_H
#define TOKEN_VOCABULARY_H

#include "base/err.h"
#include "base/str.h"
#include "token/image.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define VOCABULARY_NONE UINT32_MAX /* larger than every id */

struct vocabulary {
    const uint32_t *byte_ids;       /* 256 */
    const uint32_t *byte_pairs;     /* 256 * 256: what two bytes merge to, or VOCABULARY_NONE */
    const struct image_slot *slots; /* 1 << slot_bits */
    const uint64_t *pairs;          /* 1 << pair_bits */
    struct str pool;
    unsigned slot_bits;
    unsigned pair_bits;
    size_t token_bytes_max;
};

/* Checks `image` and points *out into it: borrowed until the image ends. ERR_INPUT, naming `path`,
 * when it is not an image of `encoding`. */
int vocabulary_open(struct vocabulary *out, struct str image, const char *path,
                    const char *encoding, struct err *err);

/* The first up to 8 bytes of a token, as in image_slot. `readable` is how many bytes there are at
 * `p`: with 8 or more the load needs no loop over `len`. */
static inline uint64_t vocabulary_word(const char *p, size_t len, size_t readable)
{
    uint64_t word = 0;

    if (readable >= sizeof word) {
        memcpy(&word, p, sizeof word);
    } else {
        memcpy(&word, p, len < readable ? len : readable);
    }
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return len >= sizeof word ? word : word & ~(~UINT64_C(0) << (8 * len));
}

/* Multiplicative hashing: the product's top bits depend on every bit of the words. */
#define VOCABULARY_MULTIPLIER UINT64_C(0x9E3779B97F4A7C15)

static inline size_t vocabulary_home(uint64_t word, const char *p, size_t len, size_t readable,
                                     unsigned bits)
{
    uint64_t hash = word * VOCABULARY_MULTIPLIER;

    for (size_t at = sizeof word; at < len; at += sizeof word) {
        hash = (hash ^ (hash >> 32) ^ vocabulary_word(p + at, len - at, readable - at)) *
               VOCABULARY_MULTIPLIER;
    }
    return (size_t)(hash >> (64 - bits));
}

/* Where the search for a piece begins. Computed for many pieces at a time, so that the memory of
 * all of them is on its way before the first is looked at. */
struct vocabulary_key {
    uint64_t word;
    size_t home;
};

static inline struct vocabulary_key vocabulary_key_of(const struct vocabulary *vocabulary,
                                                      const char *p, size_t len, size_t readable)
{
    struct vocabulary_key key = {0, 0};

    if (len <= vocabulary->token_bytes_max) {
        key.word = vocabulary_word(p, len, readable);
        key.home = vocabulary_home(key.word, p, len, readable, vocabulary->slot_bits);
        __builtin_prefetch(&vocabulary->slots[key.home]);
    }
    return key;
}

/* Whether the pool at `offset` continues a token of `len` bytes as `p` does. */
static inline bool vocabulary_tail_equal(const struct vocabulary *vocabulary, size_t offset,
                                         const char *p, size_t len)
{
    size_t tail = len - sizeof(uint64_t);

    return offset + tail <= vocabulary->pool.len &&
           memcmp(vocabulary->pool.p + offset, p + sizeof(uint64_t), tail) == 0;
}

/* The id of the token that is `len` bytes at `p` (at least one), or VOCABULARY_NONE. */
static inline uint32_t vocabulary_find(const struct vocabulary *vocabulary,
                                       struct vocabulary_key key, const char *p, size_t len)
{
    size_t mask = ((size_t)1 << vocabulary->slot_bits) - 1;
    size_t at = key.home;

    if (len > vocabulary->token_bytes_max) {
        return VOCABULARY_NONE;
    }
    for (size_t probes = 0; probes <= mask; probes++) {
        const struct image_slot *slot = &vocabulary->slots[at];

        if (slot->extent == 0) {
            return VOCABULARY_NONE;
        }
        if (slot->word == key.word && (slot->extent & 0xFFU) == len &&
            (len <= sizeof key.word ||
             vocabulary_tail_equal(vocabulary, slot->extent >> 8, p, len))) {
            return slot->id;
        }
        at = (at + 1) & mask;
    }
    return VOCABULARY_NONE;
}

static inline uint64_t vocabulary_pair_key(uint32_t left, uint32_t right)
{
    return ((uint64_t)left << IMAGE_ID_BITS) | right;
}

/* An entry is the key above the id; 0 is an empty one, as nothing merges to a single byte's id. */
static inline size_t vocabulary_pair_home(uint64_t key, unsigned bits)
{
    return (size_t)((key * VOCABULARY_MULTIPLIER) >> (64 - bits));
}

/* The id of the token that two neighbours merge to, or VOCABULARY_NONE. */
static inline uint32_t vocabulary_merge(const struct vocabulary *vocabulary, uint32_t left,
                                        uint32_t right)
{
    uint64_t key = vocabulary_pair_key(left, right);
    size_t mask = ((size_t)1 << vocabulary->pair_bits) - 1;
    size_t at = vocabulary_pair_home(key, vocabulary->pair_bits);

    for (size_t probes = 0; probes <= mask; probes++) {
        uint64_t entry = vocabulary->pairs[at];

        if (entry == 0) {
            return VOCABULARY_NONE;
        }
        if (entry >> IMAGE_ID_BITS == key) {
            return (uint32_t)(entry & ((1U << IMAGE_ID_BITS) - 1));
        }
        at = (at + 1) & mask;
    }
    return VOCABULARY_NONE;
}

#endif
