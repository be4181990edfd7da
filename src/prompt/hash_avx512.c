#include "prompt/hash.h"

#if defined(__x86_64__)

#include "prompt/hash_run_avx512.h"

static void copy_64(unsigned char *to, const char *from)
{
    _mm512_storeu_si512(to, _mm512_loadu_si512(from));
}

/* At most 256 bytes, without a branch on how many where they are more than 64: texts end anywhere.
 */
static void copy_few(unsigned char *to, struct str text)
{
    if (text.len <= AVX512_BYTES) {
        avx512_store_first(text.len, to, avx512_load_first(text.len, text.p));
    } else {
        size_t last = text.len - AVX512_BYTES;
        size_t second = last < AVX512_BYTES ? last : AVX512_BYTES;
        size_t third = last < AVX512_BYTES ? 0 : last - AVX512_BYTES;

        copy_64(to, text.p);
        copy_64(to + second, text.p + second);
        copy_64(to + third, text.p + third);
        copy_64(to + last, text.p + last);
    }
}

/* There is room for it. */
static void hold(XXH3_state_t *state, struct str text)
{
    copy_few(state->buffer + state->bufferedSize, text);
    state->bufferedSize += (XXH32_hash_t)text.len;
    state->totalLen += text.len;
}

void hash_update_avx512(void *state, const void *text, size_t length)
{
    struct str rest = {text, length};
    struct hash_run run;

    if (hash_run_begin(&run, state, &rest)) {
        size_t stripes = (rest.len - 1) / HASH_STRIPE;
        size_t taken = stripes * HASH_STRIPE;

        for (size_t at = 0; at < taken; at += HASH_STRIPE) {
            hash_run_stripe(&run, rest.p + at);
        }
        rest = (struct str){rest.p + taken, rest.len - taken};
        hash_run_end(&run, state, rest.p, taken);
    }
    hold(state, rest);
}

#endif
