/* hash: XXH3's update for the processor at hand. Private to src/prompt.
 *
 * The library is built for the oldest processors of its kind; the same code from its header, built
 * for newer ones, is twice as fast, and a loop of our own for AVX-512 half as fast again. All give
 * the same hash, on the same state, and may be mixed.
 */
#ifndef PROMPT_HASH_H
#define PROMPT_HASH_H

#include "base/str.h"

#include <stddef.h>

/* `state` is an XXH3_state_t; text is hashed as 128 bits. */
typedef void hash_update_function(void *state, const void *text, size_t length);

/* A text that is hashed while something else is done with it. */
struct hashing {
    void *state;
    struct str unhashed;
};

/* By HAYMAKER_SIMD as escaper_get, or what the processor can do. */
hash_update_function *hash_update_get(void);

hash_update_function hash_update_scalar;
hash_update_function hash_update_avx2;
hash_update_function hash_update_avx512;

#endif
