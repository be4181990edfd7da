#include "prompt/escape.h"

#if defined(__x86_64__)

#include <immintrin.h>

/* 32 bytes become up to 64: each is widened to a backslash and itself, and the backslashes that
 * are not wanted are squeezed out. */
enum { BLOCK = 32, SURVEYED = 64 };

static bool is_supported(void)
{
    return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512vbmi2") && __builtin_cpu_supports("bmi2");
}

/* Of 16 controls the letters that stand for them, 0 for those written as \u00xx. */
static __m256i letters(__m256i block)
{
    const __m256i table =
        _mm256_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 'b', 't', 'n', 0, 'f', 'r', 0, 0, 0, 0, 0, 0, 0, 0,
                         0, 0, 'b', 't', 'n', 0, 'f', 'r', 0, 0);

    return _mm256_shuffle_epi8(table, block);
}

static size_t copy(struct str text, char *out, size_t room, size_t *taken)
{
    size_t done = 0;
    size_t at = 0;
    size_t rest = 0;

    while (text.len - at >= BLOCK && room - done >= (size_t)2 * BLOCK) {
        __m256i block = _mm256_loadu_si256((const __m256i *)(const void *)(text.p + at));
        __mmask32 controls = _mm256_cmplt_epu8_mask(block, _mm256_set1_epi8(0x20));
        __mmask32 escapes = controls | _mm256_cmpeq_epi8_mask(block, _mm256_set1_epi8('"')) |
                            _mm256_cmpeq_epi8_mask(block, _mm256_set1_epi8('\\'));
        __m256i named = _mm256_mask_mov_epi8(block, controls, letters(block));
        __mmask32 rare = _mm256_mask_cmpge_epu8_mask(controls, block, _mm256_set1_epi8(0x10)) |
                         _mm256_mask_cmpeq_epi8_mask(controls, named, _mm256_setzero_si256());

        if (escapes == 0) {
            _mm256_storeu_si256((__m256i *)(void *)(out + done), block);
            done += BLOCK;
        } else if (rare != 0) {
            size_t written = escape_copy_scalar((struct str){text.p + at, BLOCK}, out + done,
                                                room - done, &rest);

            done += written;
            at += rest;
            if (rest < BLOCK) {
                *taken = at;
                return done;
            }
            continue;
        } else {
            __m512i pairs = _mm512_or_si512(_mm512_slli_epi16(_mm512_cvtepu8_epi16(named), 8),
                                            _mm512_set1_epi16('\\'));
            __mmask64 kept =
                _pdep_u64(escapes, UINT64_C(0x5555555555555555)) | UINT64_C(0xAAAAAAAAAAAAAAAA);

            _mm512_storeu_si512(out + done, _mm512_maskz_compress_epi8(kept, pairs));
            done += BLOCK + (size_t)__builtin_popcount(escapes);
        }
        at += BLOCK;
    }
    done += escape_copy_scalar(str_skip(text, at), out + done, room - done, &rest);
    *taken = at + rest;
    return done;
}

static size_t survey(struct str text, uint64_t *extra)
{
    size_t at = 0;

    while (text.len - at >= SURVEYED) {
        __m512i block = _mm512_loadu_si512(text.p + at);
        __mmask64 controls = _mm512_cmplt_epu8_mask(block, _mm512_set1_epi8(0x20));
        __mmask64 feeds = _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8('\n'));
        __mmask64 escapes = controls | _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8('"')) |
                            _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8('\\'));

        if (_mm512_movepi8_mask(block) != 0 || controls != feeds) {
            break;
        }
        *extra += (uint64_t)__builtin_popcountll(escapes);
        at += SURVEYED;
    }
    if (text.len - at < SURVEYED) {
        return at + escape_survey_scalar(str_skip(text, at), extra);
    }
    return at + escape_survey_scalar((struct str){text.p + at, SURVEYED}, extra);
}

const struct escaper escaper_avx512 = {
    .name = "avx512", .is_supported = is_supported, .copy = copy, .survey = survey};

#endif
