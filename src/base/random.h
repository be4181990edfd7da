/* random: counter-based random streams.
 *
 * A stream is a pure function: draw number i of the stream named N under seed S is XXH3 of (S, N,
 * index, i). So message 1,700 of a case can be produced without the 1,699 before it, a new stream
 * never shifts another, and the same seed gives the same bytes on every machine (all arithmetic is
 * on fixed-width integers; doubles are built from 53 bits).
 *
 * A `struct random` is a value: copy it to replay it from where it stands.
 */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include "base/str.h"

#include <stddef.h>
#include <stdint.h>

struct random {
    uint64_t key;     /* from seed, name and index */
    uint64_t counter; /* draws made so far */
};

/* The stream called `name`, instance `index`, under `seed`. */
struct random random_stream(uint64_t seed, struct str name, uint64_t index);

uint64_t random_u64(struct random *random);
uint64_t random_below(struct random *random, uint64_t bound); /* 0 … bound-1, unbiased; 0 for 0 */
double random_unit(struct random *random);                    /* [0, 1) in steps of 2^-53 */

/* A seeded permutation of 0 … n-1 (Fisher–Yates). `out` has room for n. */
void random_permutation(struct random *random, uint32_t *out, uint32_t n);

#endif
