/* random_inline: the draws of base/random.h without a call, for whoever makes half a million of
 * them. The values are the same. Needs xxhash.h, so whoever includes it links xxhash.
 */
#ifndef BASE_RANDOM_INLINE_H
#define BASE_RANDOM_INLINE_H

#include "base/random.h"

#define XXH_INLINE_ALL /* one 16-byte hash is a few multiplications */
#include <xxhash.h>

__extension__ typedef unsigned __int128 random_wide;

/* Keys are hashed from bytes in little-endian order so that every machine agrees. */
static inline uint64_t random_little_endian(uint64_t value)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    return __builtin_bswap64(value);
#else
    return value;
#endif
}

static inline uint64_t random_inline_u64(struct random *random)
{
    const uint64_t block[] = {random_little_endian(random->key),
                              random_little_endian(random->counter++)};

    return XXH3_64bits(block, sizeof block);
}

/* Lemire's multiply-shift with rejection (ACM TOMACS 29(1), 2019): the division is for the rare
 * draw that might have to be rejected. */
static inline uint64_t random_inline_below(struct random *random, uint64_t bound)
{
    if (bound <= 1) {
        return 0;
    }
    for (;;) {
        random_wide product = (random_wide)random_inline_u64(random) * bound;

        if ((uint64_t)product >= bound || (uint64_t)product >= (0 - bound) % bound) {
            return (uint64_t)(product >> 64);
        }
    }
}

#endif
