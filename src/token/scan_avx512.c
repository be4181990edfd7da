/* scan_avx512: windows filled by table look-ups of 64 bytes at once, and piece ends packed from
 * bits by a compressing store. Compiled for AVX-512 VBMI and VBMI2; run only where the processor
 * has them. */
#include "token/scan_table.h"

#if SCAN_HAS_X86
#include "token/scan_window.h"

#include <immintrin.h>

static inline __m512i load(const void *p)
{
    return _mm512_loadu_si512(p);
}

static inline uint64_t equal(__m512i bytes, char value)
{
    return _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(value));
}

static inline uint64_t with_class(__m512i classes, unsigned class)
{
    return _mm512_test_epi8_mask(classes, _mm512_set1_epi8((char)(unsigned char)class));
}

static inline void fill(const unsigned char *p, struct window *window)
{
    __m512i bytes = load(p);
    __m512i classes = _mm512_permutex2var_epi8(load(ascii_class), bytes, load(ascii_class + 64));
    uint64_t long_character = _mm512_movepi8_mask(bytes);

    *window = (struct window){
        .space = equal(bytes, ' '),
        .slash = equal(bytes, '/'),
        .apostrophe = equal(bytes, '\''),
        .long_character = long_character,
        .bytes = WINDOW_BYTES,
    };
    if (long_character != 0) {
        struct window_classes long_classes;

        window_classify_long(p, window, &long_classes);
        classes = _mm512_mask_loadu_epi8(classes, long_character, long_classes.of);
        window->caseless = with_class(classes, CLASS_CASELESS);
        window->mark = with_class(classes, CLASS_MARK);
    }
    window->upper = with_class(classes, CLASS_UPPER);
    window->lower = with_class(classes, CLASS_LOWER);
    window->number = with_class(classes, CLASS_NUMBER);
    window->blank = with_class(classes, CLASS_BLANK);
    window->newline = with_class(classes, CLASS_NEWLINE);
    window->other = with_class(classes, CLASS_OTHER);
}

static inline size_t *emit(size_t *out, uint64_t bits, size_t base)
{
    static const uint8_t numbers[WINDOW_BYTES] = {
        0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
        22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43,
        44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63};
    __m512i packed = _mm512_maskz_compress_epi8(bits, load(numbers));
    __m128i left = _mm512_castsi512_si128(packed);
    __m512i bases = _mm512_set1_epi64((long long)base);
    unsigned count = (unsigned)__builtin_popcountll(bits);

    _mm512_storeu_si512(out, _mm512_add_epi64(_mm512_cvtepu8_epi64(left), bases));
    _mm512_storeu_si512(out + 8,
                        _mm512_add_epi64(_mm512_cvtepu8_epi64(_mm_bsrli_si128(left, 8)), bases));
    if (count > 16) {
        uint8_t bytes[WINDOW_BYTES];

        _mm512_storeu_si512(bytes, packed);
        for (unsigned i = 16; i < count; i++) {
            out[i] = base + bytes[i];
        }
    }
    return out + count;
}

static bool is_supported(void)
{
    return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vbmi2") &&
           __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
}

SCAN_WINDOW_FUNCTIONS(fill, emit)

const struct scanner scanner_avx512 = {"avx512", is_supported, scan_o200k, scan_cl100k};
#endif
