#include "base/random.h"

#define XXH_INLINE_ALL /* the hot path is one 16-byte hash: inline it */
#include <xxhash.h>

__extension__ typedef unsigned __int128 wide;

/* Keys are hashed from bytes in little-endian order so that every machine agrees. */
static void put_u64(unsigned char *to, uint64_t value)
{
    for (int i = 0; i < 8; i++) {
        to[i] = (unsigned char)(value >> (8 * i));
    }
}

struct random random_stream(uint64_t seed, struct str name, uint64_t index)
{
    unsigned char block[24];

    put_u64(block, seed);
    put_u64(block + 8, XXH3_64bits(name.p, name.len));
    put_u64(block + 16, index);
    return (struct random){.key = XXH3_64bits(block, sizeof block)};
}

uint64_t random_u64(struct random *random)
{
    unsigned char block[16];

    put_u64(block, random->key);
    put_u64(block + 8, random->counter++);
    return XXH3_64bits(block, sizeof block);
}

/* Lemire's multiply-shift with rejection (ACM TOMACS 29(1), 2019). */
uint64_t random_below(struct random *random, uint64_t bound)
{
    uint64_t threshold = 0;

    if (bound <= 1) {
        return 0;
    }
    threshold = (0 - bound) % bound;
    for (;;) {
        wide product = (wide)random_u64(random) * bound;

        if ((uint64_t)product >= threshold) {
            return (uint64_t)(product >> 64);
        }
    }
}

double random_unit(struct random *random)
{
    return (double)(random_u64(random) >> 11) * 0x1p-53;
}

void random_permutation(struct random *random, uint32_t *out, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        out[i] = i;
    }
    for (uint32_t i = n; i > 1; i--) {
        uint32_t j = (uint32_t)random_below(random, i);
        uint32_t swapped = out[i - 1];

        out[i - 1] = out[j];
        out[j] = swapped;
    }
}
