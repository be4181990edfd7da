/* permutation: a seeded order of 0 … n-1 that takes no memory.
 *
 * random_permutation needs room for n numbers; here any place of the order is computed by itself in
 * about the same time whatever n is. It is a balanced Feistel network over the smallest even number
 * of bits that holds n, applied again while the result is not below n (cycle walking: Black and
 * Rogaway, "Ciphers with Arbitrary Finite Domains", CT-RSA 2002); its round function is a keyed mix
 * of 64 bits. Not for secrets.
 */
#ifndef BASE_PERMUTATION_H
#define BASE_PERMUTATION_H

#include "base/str.h"

#include <stdint.h>

enum { PERMUTATION_ROUNDS = 6 };

struct permutation {
    uint64_t n;
    uint64_t keys[PERMUTATION_ROUNDS];
    unsigned half_bits;
};

/* The order called `name`, instance `index`, under `seed`; n is at least 1 and below 2^62. */
struct permutation permutation_make(uint64_t seed, struct str name, uint64_t index, uint64_t n);

uint64_t permutation_at(const struct permutation *permutation, uint64_t place); /* below n */

#endif
