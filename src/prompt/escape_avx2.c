#include "prompt/escape.h"

#if defined(__x86_64__)

#include <immintrin.h>

enum { BLOCK = 32 };

static bool is_supported(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi");
}

static __m256i load(const char *from)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)from);
}

static unsigned mask_of(__m256i is)
{
    return (unsigned)_mm256_movemask_epi8(is);
}

static __m256i is_control(__m256i block)
{
    return _mm256_cmpeq_epi8(_mm256_min_epu8(block, _mm256_set1_epi8(0x1F)), block);
}

static __m256i is_quoted(__m256i block)
{
    return _mm256_or_si256(_mm256_cmpeq_epi8(block, _mm256_set1_epi8('"')),
                           _mm256_cmpeq_epi8(block, _mm256_set1_epi8('\\')));
}

static size_t copy(struct str text, char *out, size_t room, size_t *taken)
{
    size_t done = 0;
    size_t at = 0;
    size_t rest = 0;

    while (text.len - at >= BLOCK && room - done >= BLOCK + ESCAPE_MAX) {
        __m256i block = load(text.p + at);
        unsigned escapes = mask_of(_mm256_or_si256(is_control(block), is_quoted(block)));
        size_t plain = escapes != 0 ? (size_t)__builtin_ctz(escapes) : BLOCK;

        /* What is written behind the plain ones is overwritten by what follows. */
        _mm256_storeu_si256((__m256i *)(void *)(out + done), block);
        done += plain;
        at += plain;
        if (escapes != 0) {
            done += escape_byte((unsigned char)text.p[at++], out + done);
        }
    }
    done += escape_copy_scalar(str_skip(text, at), out + done, room - done, &rest);
    *taken = at + rest;
    return done;
}

static size_t copy_hashing(struct str text, char *out, size_t room, size_t *taken,
                           struct hashing *hashing)
{
    static const struct escape_pair pair = {copy, hash_update_avx2};

    return escape_copy_in_turns(&pair, text, out, room, taken, hashing);
}

static size_t survey(struct str text, uint64_t *extra)
{
    size_t at = 0;

    while (text.len - at >= BLOCK) {
        __m256i block = load(text.p + at);
        unsigned controls = mask_of(is_control(block));
        unsigned feeds = mask_of(_mm256_cmpeq_epi8(block, _mm256_set1_epi8('\n')));

        if (mask_of(block) != 0 || controls != feeds) {
            break;
        }
        *extra += (uint64_t)__builtin_popcount(controls | mask_of(is_quoted(block)));
        at += BLOCK;
    }
    if (text.len - at < BLOCK) {
        return at + escape_survey_scalar(str_skip(text, at), extra);
    }
    return at + escape_survey_scalar((struct str){text.p + at, BLOCK}, extra);
}

const struct escaper escaper_avx2 = {
    .name = "avx2",
    .is_supported = is_supported,
    .copy = copy,
    .copy_hashing = copy_hashing,
    .survey = survey,
};

#endif
