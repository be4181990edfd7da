/* vocabulary: an encoding's tokens and merges, looked up in a mapped image.
 *
 * The look-ups are inline: they are most of the time that counting takes. None leaves the image,
 * whatever its tables say.
 */
#ifndef TOKEN_VOCABULARY_H
#define TOKEN_VOCABULARY_H

#include "base/err.h"
#include "base/str.h"
#include "token/image.h"
#include "token/word.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define VOCABULARY_NONE UINT32_MAX /* larger than every id */

struct vocabulary {
    const uint32_t *byte_ids;       /* 256 */
    const uint32_t *byte_pairs;     /* 256 * 256: merges of ids below 256, those of bytes */
    const uint32_t *character_ids;  /* IMAGE_CHARACTERS, or VOCABULARY_NONE */
    const uint32_t *joint_limits;   /* IMAGE_JOINTS, likewise */
    const struct piece_key *keys;   /* 1 << short_bits */
    const uint32_t *ids;            /* 1 << short_bits */
    const struct image_long *longs; /* 1 << long_bits */
    const uint64_t *pairs;          /* 1 << pair_bits */
    struct str pool;
    unsigned short_bits;
    unsigned long_bits;
    unsigned pair_bits;
    size_t token_bytes_max;
};

/* Checks `image` and points *out into it: borrowed until the image ends. ERR_INPUT, naming `path`,
 * when it is not an image of `encoding`. */
int vocabulary_open(struct vocabulary *out, struct str image, const char *path,
                    const char *encoding, struct err *err);

/* Multiplicative hashing: a product's upper bits depend on every bit of the factor, so those are
 * the ones that are used. */
#define VOCABULARY_MULTIPLIER      UINT64_C(0x9E3779B97F4A7C15)
#define VOCABULARY_MULTIPLIER_HIGH UINT64_C(0xD6E8FEB86659FD93)

static inline size_t vocabulary_home(uint64_t hash, unsigned bits)
{
    return (size_t)(hash >> (64 - bits));
}

enum { PIECE_SHORT_MAX = 15 };

/* What of 16 bytes belongs to a piece of so many; nothing for a longer one, which is 16 here. */
extern const struct piece_key piece_masks[PIECE_SHORT_MAX + 2];

/* The key of `len` bytes at `p`, or, when there are more than PIECE_SHORT_MAX of them, one that no
 * token has. Reads 16 bytes. */
static inline struct piece_key piece_key_of(const char *p, size_t len)
{
    size_t kept = len <= PIECE_SHORT_MAX ? len : PIECE_SHORT_MAX + 1;
    struct piece_key mask = piece_masks[kept];

    return (struct piece_key){load_little_endian(p) & mask.low,
                              (load_little_endian(p + 8) & mask.high) | (uint64_t)kept << 56};
}

/* The same where fewer than 16 bytes may be read. */
struct piece_key piece_key_at_end(const char *p, size_t len);

static inline uint64_t piece_key_hash(struct piece_key key)
{
    return key.low * VOCABULARY_MULTIPLIER + key.high * VOCABULARY_MULTIPLIER_HIGH;
}

static inline bool piece_key_equal(struct piece_key a, struct piece_key b)
{
    return ((a.low ^ b.low) | (a.high ^ b.high)) == 0;
}

/* Of 16 bytes or more. */
static inline uint64_t piece_long_hash(const char *p, size_t len)
{
    uint64_t hash = len * VOCABULARY_MULTIPLIER_HIGH;
    const char *last = p + len - 16;

    while (p < last) {
        hash = (hash ^ (hash >> 32) ^ load_little_endian(p)) * VOCABULARY_MULTIPLIER;
        p += 8;
    }
    hash = (hash ^ (hash >> 32) ^ load_little_endian(last)) * VOCABULARY_MULTIPLIER;
    return (hash ^ (hash >> 32) ^ load_little_endian(last + 8)) * VOCABULARY_MULTIPLIER;
}

/* Where in the table the key is, or SIZE_MAX. */
static inline size_t vocabulary_find_key(const struct vocabulary *vocabulary, struct piece_key key,
                                         uint64_t hash)
{
    size_t mask = ((size_t)1 << vocabulary->short_bits) - 1;
    size_t at = vocabulary_home(hash, vocabulary->short_bits);

    for (size_t probes = 0; probes <= mask; probes++) {
        struct piece_key found = vocabulary->keys[at];

        if (piece_key_equal(found, key)) {
            return at;
        }
        if (found.high == 0) {
            return SIZE_MAX;
        }
        at = (at + 1) & mask;
    }
    return SIZE_MAX;
}

/* The id of the token that is the 16 bytes or more of `piece`, or VOCABULARY_NONE. */
uint32_t vocabulary_find_long(const struct vocabulary *vocabulary, struct str piece, uint64_t hash);

static inline uint64_t vocabulary_pair_key(uint32_t left, uint32_t right)
{
    return ((uint64_t)left << IMAGE_ID_BITS) | right;
}

/* An entry is the key above the id; 0 is an empty one, as nothing merges to a single byte's id. */
static inline size_t vocabulary_pair_home(uint64_t key, unsigned bits)
{
    return (size_t)((key * VOCABULARY_MULTIPLIER) >> (64 - bits));
}

static inline void vocabulary_fetch_merge(const struct vocabulary *vocabulary, uint32_t left,
                                          uint32_t right)
{
    uint64_t key = vocabulary_pair_key(left, right);
    const void *pair = &vocabulary->pairs[vocabulary_pair_home(key, vocabulary->pair_bits)];
    const void *bytes = &vocabulary->byte_pairs[(left << 8 | right) & 0xFFFFU];

    __builtin_prefetch((left | right) < 256 ? bytes : pair);
}

/* The id of the token that two neighbours merge to, or VOCABULARY_NONE. */
static inline uint32_t vocabulary_merge(const struct vocabulary *vocabulary, uint32_t left,
                                        uint32_t right)
{
    uint64_t key = vocabulary_pair_key(left, right);
    size_t mask = ((size_t)1 << vocabulary->pair_bits) - 1;
    size_t at = vocabulary_pair_home(key, vocabulary->pair_bits);

    if ((left | right) < 256) {
        return vocabulary->byte_pairs[left << 8 | right];
    }
    for (size_t probes = 0; probes <= mask; probes++) {
        uint64_t entry = vocabulary->pairs[at];

        if (entry >> IMAGE_ID_BITS == key) {
            return (uint32_t)(entry & ((1U << IMAGE_ID_BITS) - 1));
        }
        if (entry == 0) {
            return VOCABULARY_NONE;
        }
        at = (at + 1) & mask;
    }
    return VOCABULARY_NONE;
}

#endif
