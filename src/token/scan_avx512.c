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

static inline uint64_t equal(__m512i bytes, unsigned char value)
{
    return _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8((char)value));
}

static inline uint64_t with_class(__m512i classes, unsigned class)
{
    return _mm512_test_epi8_mask(classes, _mm512_set1_epi8((char)(unsigned char)class));
}

static inline uint64_t between(__m512i bytes, unsigned char first, unsigned char last)
{
    return _mm512_cmple_epu8_mask(_mm512_sub_epi8(bytes, _mm512_set1_epi8((char)first)),
                                  _mm512_set1_epi8((char)(unsigned char)(last - first)));
}

static inline void add_long_characters(const unsigned char *p, __m512i bytes, struct window *window)
{
    struct window_long_bytes long_bytes = {
        .continuing = between(bytes, 0x80, 0xBF),
        .below_b0 = between(bytes, 0x80, 0xAF),
        .below_a0 = between(bytes, 0x80, 0x9F),
        .below_9f = between(bytes, 0x80, 0x9E),
        .c3 = equal(bytes, 0xC3),
        .d0 = equal(bytes, 0xD0),
        .d1 = equal(bytes, 0xD1),
        .e2 = equal(bytes, 0xE2),
        .e3 = equal(bytes, 0xE3),
        .e4 = equal(bytes, 0xE4),
        .ef = equal(bytes, 0xEF),
        .ideographic = between(bytes, 0xE5, 0xE9) | between(bytes, 0xEB, 0xEC),
        .x80 = equal(bytes, 0x80),
        .x97 = equal(bytes, 0x97),
        .b7 = equal(bytes, 0xB7),
        .bc = equal(bytes, 0xBC),
        .from_90_to_a7 = between(bytes, 0x90, 0xA7),
        .from_81_to_84 = between(bytes, 0x81, 0x84),
        .from_88_to_8f = between(bytes, 0x88, 0x8F),
        .from_9a_to_a0 = between(bytes, 0x9A, 0xA0),
    };
    uint64_t these = window_classify_scripts(window, &long_bytes);
    struct window_classes long_classes;
    __m512i classes;

    if (these == 0) {
        return;
    }
    these = window_classify_long(p, these, window, &long_classes);
    classes = _mm512_maskz_loadu_epi8(these, long_classes.of);
    window->upper |= with_class(classes, CLASS_UPPER);
    window->lower |= with_class(classes, CLASS_LOWER);
    window->caseless |= with_class(classes, CLASS_CASELESS);
    window->mark = with_class(classes, CLASS_MARK);
    window->number |= with_class(classes, CLASS_NUMBER);
    window->blank |= with_class(classes, CLASS_BLANK);
    window->other |= with_class(classes, CLASS_OTHER);
}

static inline void fill(const unsigned char *p, struct window *window)
{
    __m512i bytes = load(p);
    uint64_t long_character = _mm512_movepi8_mask(bytes);
    __m512i classes = _mm512_maskz_permutex2var_epi8(~long_character, load(ascii_class), bytes,
                                                     load(ascii_class + 64));

    *window = (struct window){
        .space = equal(bytes, ' '),
        .slash = equal(bytes, '/'),
        .apostrophe = equal(bytes, '\''),
        .long_character = long_character,
        .bytes = WINDOW_BYTES,
    };
    window->upper = with_class(classes, CLASS_UPPER);
    window->lower = with_class(classes, CLASS_LOWER);
    window->number = with_class(classes, CLASS_NUMBER);
    window->blank = with_class(classes, CLASS_BLANK);
    window->newline = with_class(classes, CLASS_NEWLINE);
    window->other = with_class(classes, CLASS_OTHER);
    if (long_character != 0) {
        add_long_characters(p, bytes, window);
    }
}

static inline size_t *emit(size_t *out, uint64_t bits, size_t base)
{
    static const uint8_t numbers[WINDOW_BYTES] = {
        0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
        22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43,
        44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63};
    __m512i packed = _mm512_maskz_compress_epi8(bits, load(numbers));
    __m512i bases = _mm512_set1_epi64((long long)base);
    unsigned count = (unsigned)__builtin_popcountll(bits);

    for (unsigned i = 0; i < count; i += 16) {
        __m128i first = _mm512_castsi512_si128(packed);
        __m128i second = _mm_bsrli_si128(first, 8);

        _mm512_storeu_si512(out + i, _mm512_add_epi64(_mm512_cvtepu8_epi64(first), bases));
        _mm512_storeu_si512(out + i + 8, _mm512_add_epi64(_mm512_cvtepu8_epi64(second), bases));
        packed = _mm512_alignr_epi64(packed, packed, 2);
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
