/* scan_avx2: windows filled by comparing 32 bytes at a time. Compiled for AVX2, BMI and BMI2; run
 * only where the processor has them. */
#include "token/scan_table.h"

#if SCAN_HAS_X86
#include "token/scan_window.h"

#include <immintrin.h>

struct halves {
    __m256i low;
    __m256i high;
};

static inline struct halves load_halves(const unsigned char *p)
{
    return (struct halves){_mm256_loadu_si256((const __m256i *)(const void *)p),
                           _mm256_loadu_si256((const __m256i *)(const void *)(p + 32))};
}

/* The top bits of the bytes. */
static inline uint64_t top_bits(struct halves bytes)
{
    return (uint32_t)_mm256_movemask_epi8(bytes.low) |
           (uint64_t)(uint32_t)_mm256_movemask_epi8(bytes.high) << 32;
}

static inline uint64_t equal(struct halves bytes, unsigned char value)
{
    __m256i values = _mm256_set1_epi8((char)value);

    return top_bits((struct halves){_mm256_cmpeq_epi8(bytes.low, values),
                                    _mm256_cmpeq_epi8(bytes.high, values)});
}

/* Bytes from `first` to `last`, both ASCII or both not and above 80. */
static inline uint64_t between(struct halves bytes, unsigned char first, unsigned char last)
{
    __m256i below = _mm256_set1_epi8((char)(first - 1));
    __m256i above = _mm256_set1_epi8((char)(last + 1));

    return top_bits((struct halves){
        _mm256_and_si256(_mm256_cmpgt_epi8(bytes.low, below), _mm256_cmpgt_epi8(above, bytes.low)),
        _mm256_and_si256(_mm256_cmpgt_epi8(bytes.high, below),
                         _mm256_cmpgt_epi8(above, bytes.high))});
}

/* Bit `bit` of the bytes. Shifted as words: what comes in from the byte below never is on top. */
static inline uint64_t bit_of(struct halves bytes, int bit)
{
    return top_bits((struct halves){_mm256_slli_epi16(bytes.low, 7 - bit),
                                    _mm256_slli_epi16(bytes.high, 7 - bit)});
}

/* Bytes from 80 up to the one before `limit`, which are the lowest as signed ones. */
static inline uint64_t below(struct halves bytes, unsigned char limit)
{
    __m256i limits = _mm256_set1_epi8((char)limit);

    return top_bits((struct halves){_mm256_cmpgt_epi8(limits, bytes.low),
                                    _mm256_cmpgt_epi8(limits, bytes.high)});
}

static inline void add_long_characters(const unsigned char *p, struct halves text,
                                       struct window *window)
{
    struct window_long_bytes long_bytes = {
        .continuing = below(text, 0xC0),
        .below_b0 = below(text, 0xB0),
        .below_a0 = below(text, 0xA0),
        .below_9f = below(text, 0x9F),
        .c3 = equal(text, 0xC3),
        .d0 = equal(text, 0xD0),
        .d1 = equal(text, 0xD1),
        .e2 = equal(text, 0xE2),
        .e3 = equal(text, 0xE3),
        .e4 = equal(text, 0xE4),
        .ef = equal(text, 0xEF),
        .ideographic = between(text, 0xE5, 0xE9) | between(text, 0xEB, 0xEC),
        .x80 = equal(text, 0x80),
        .x97 = equal(text, 0x97),
        .b7 = equal(text, 0xB7),
        .bc = equal(text, 0xBC),
        .from_90_to_a7 = between(text, 0x90, 0xA7),
        .from_81_to_84 = between(text, 0x81, 0x84),
        .from_88_to_8f = between(text, 0x88, 0x8F),
        .from_9a_to_a0 = between(text, 0x9A, 0xA0),
    };
    uint64_t these = window_classify_scripts(window, &long_bytes);
    struct window_classes classes;
    struct halves bytes;

    if (these == 0) {
        return;
    }
    these = window_classify_long(p, these, window, &classes);
    bytes = load_halves(classes.of);
    window->upper |= bit_of(bytes, 0) & these;
    window->lower |= bit_of(bytes, 1) & these;
    window->caseless |= bit_of(bytes, 2) & these;
    window->mark = bit_of(bytes, 3) & these;
    window->number |= bit_of(bytes, 4) & these;
    window->blank |= bit_of(bytes, 5) & these;
    window->other |= bit_of(bytes, 7) & these;
}

static inline void fill(const unsigned char *p, struct window *window)
{
    struct halves bytes = load_halves(p);
    uint64_t space = equal(bytes, ' ');
    uint64_t newline = equal(bytes, '\n') | equal(bytes, '\r');

    *window = (struct window){
        .upper = between(bytes, 'A', 'Z'),
        .lower = between(bytes, 'a', 'z'),
        .number = between(bytes, '0', '9'),
        .blank = space | (between(bytes, '\t', '\r') & ~newline),
        .newline = newline,
        .slash = equal(bytes, '/'),
        .apostrophe = equal(bytes, '\''),
        .space = space,
        .long_character = top_bits(bytes),
        .bytes = WINDOW_BYTES,
    };
    window->other = ~(window->upper | window->lower | window->number | window->blank | newline |
                      window->long_character);
    if (window->long_character != 0) {
        add_long_characters(p, bytes, window);
    }
}

static bool is_supported(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
           __builtin_cpu_supports("bmi2");
}

SCAN_WINDOW_FUNCTIONS(fill, window_emit)

const struct scanner scanner_avx2 = {"avx2", is_supported, scan_o200k, scan_cl100k};
#endif
