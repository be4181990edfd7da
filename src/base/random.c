#include "base/random.h"
#include "base/random_inline.h"

struct random random_stream(uint64_t seed, struct str name, uint64_t index)
{
    const uint64_t block[] = {random_little_endian(seed),
                              random_little_endian(XXH3_64bits(name.p, name.len)),
                              random_little_endian(index)};

    return (struct random){.key = XXH3_64bits(block, sizeof block)};
}

uint64_t random_u64(struct random *random)
{
    return random_inline_u64(random);
}

uint64_t random_below(struct random *random, uint64_t bound)
{
    return random_inline_below(random, bound);
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
