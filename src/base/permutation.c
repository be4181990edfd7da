#include "base/permutation.h"

#include "base/random.h"

/* The finaliser of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014). */
static uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ x >> 27) * UINT64_C(0x94D049BB133111EB);
    return x ^ x >> 31;
}

struct permutation permutation_make(uint64_t seed, struct str name, uint64_t index, uint64_t n)
{
    struct random random = random_stream(seed, name, index);
    struct permutation permutation = {.n = n, .half_bits = 1};

    /* Orders of different size are different, even where they take as many bits. */
    random = random_stream(random_u64(&random), STR("permutation"), n);
    while (permutation.half_bits < 31 && UINT64_C(1) << (2 * permutation.half_bits) < n) {
        permutation.half_bits++;
    }
    for (int i = 0; i < PERMUTATION_ROUNDS; i++) {
        permutation.keys[i] = random_u64(&random);
    }
    return permutation;
}

static uint64_t turn(const struct permutation *permutation, uint64_t half, int round)
{
    return mix(half ^ permutation->keys[round]) &
           ((UINT64_C(1) << permutation->half_bits) - UINT64_C(1));
}

uint64_t permutation_at(const struct permutation *permutation, uint64_t place)
{
    uint64_t mask = (UINT64_C(1) << permutation->half_bits) - 1;

    do {
        uint64_t left = place >> permutation->half_bits;
        uint64_t right = place & mask;

        for (int i = 0; i < PERMUTATION_ROUNDS; i++) {
            uint64_t next = left ^ turn(permutation, right, i);

            left = right;
            right = next;
        }
        place = left << permutation->half_bits | right;
    } while (place >= permutation->n);
    return place;
}
