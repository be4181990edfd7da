/* hash_run_avx512: XXH3's loop, to be run between other work on the same text. Private to the
 * AVX-512 files of src/prompt.
 *
 * XXH3 (doc/xxhash_spec.md of xxHash) takes a text in stripes of 64 bytes, each with its own slice
 * of the secret, and scrambles its sums after the last slice. A run works on the library's state
 * and leaves one that the library may go on with. The end of a text is hashed differently, so a run
 * must leave at least one byte to the update that follows.
 */
#ifndef PROMPT_HASH_RUN_AVX512_H
#define PROMPT_HASH_RUN_AVX512_H

#include "prompt/avx512.h"

#include "base/str.h"

#include <stdbool.h>

#define XXH_STATIC_LINKING_ONLY /* the members of the state */
#include <xxhash.h>

enum { HASH_STRIPE = AVX512_BYTES, HASH_SLICE = 8, HASH_HELD_MAX = XXH3_INTERNALBUFFER_SIZE };

struct hash_run {
    __m512i sums;
    const unsigned char *secret;
    const unsigned char *slice; /* of it, for the next stripe */
    const unsigned char *last;  /* the one after those of stripes, for scrambling */
};

AVX512_INLINE void hash_run_scramble(struct hash_run *run)
{
    enum { EXCLUSIVE_OR = 0x96 };
    const __m512i prime = _mm512_set1_epi64(0x9E3779B1);
    __m512i mixed = _mm512_ternarylogic_epi64(run->sums, _mm512_srli_epi64(run->sums, 47),
                                              _mm512_loadu_si512(run->last), EXCLUSIVE_OR);
    __m512i low = _mm512_mul_epu32(mixed, prime);
    __m512i high = _mm512_mul_epu32(_mm512_srli_epi64(mixed, 32), prime);

    run->sums = _mm512_add_epi64(low, _mm512_slli_epi64(high, 32));
    run->slice = run->secret;
}

AVX512_INLINE void hash_run_stripe(struct hash_run *run, const void *stripe)
{
    __m512i data = avx512_load_first(HASH_STRIPE, stripe);
    __m512i keyed = _mm512_xor_si512(data, _mm512_loadu_si512(run->slice));
    __m512i product = _mm512_mul_epu32(keyed, _mm512_shuffle_epi32(keyed, _MM_PERM_CDAB));
    __m512i swapped = _mm512_shuffle_epi32(data, _MM_PERM_BADC);

    run->sums = _mm512_add_epi64(_mm512_add_epi64(run->sums, swapped), product);
    run->slice += HASH_SLICE;
    if (__builtin_expect(run->slice == run->last, 0)) {
        hash_run_scramble(run);
    }
}

/* Begins at the beginning of *text, from which what the stripe begun before lacks is taken. False,
 * and nothing is taken, where the state has room for the text: so the update that follows is quick.
 */
static inline bool hash_run_begin(struct hash_run *run, XXH3_state_t *state, struct str *text)
{
    unsigned char *const buffer = state->buffer;
    size_t held = state->bufferedSize;
    size_t lacking = (HASH_STRIPE - held % HASH_STRIPE) % HASH_STRIPE;

    if (text->len <= HASH_HELD_MAX - held) {
        return false;
    }
    run->sums = _mm512_load_si512(state->acc);
    run->secret = state->extSecret != NULL ? state->extSecret : state->customSecret;
    run->slice = run->secret + HASH_SLICE * state->nbStripesSoFar;
    run->last = run->secret + state->secretLimit;
    if (held != 0) {
        avx512_store_first(lacking, buffer + held, avx512_load_first(lacking, text->p));
        *text = (struct str){text->p + lacking, text->len - lacking};
        state->totalLen += lacking;
        held += lacking;
        for (size_t at = 0; at < held; at += HASH_STRIPE) {
            hash_run_stripe(run, buffer + at);
        }
        /* The stripe before the next bytes is kept there: the last one may begin in it. */
        _mm512_storeu_si512(buffer + HASH_HELD_MAX - HASH_STRIPE,
                            _mm512_loadu_si512(buffer + held - HASH_STRIPE));
    }
    return true;
}

/* Ends at `end`, `length` bytes, whole stripes, after the beginning. */
static inline void hash_run_end(const struct hash_run *run, XXH3_state_t *state, const char *end,
                                size_t length)
{
    _mm512_store_si512(state->acc, run->sums);
    state->nbStripesSoFar = (size_t)(run->slice - run->secret) / HASH_SLICE;
    state->bufferedSize = 0;
    state->totalLen += length;
    if (length != 0) {
        _mm512_storeu_si512(state->buffer + HASH_HELD_MAX - HASH_STRIPE,
                            _mm512_loadu_si512(end - HASH_STRIPE));
    }
}

#endif
