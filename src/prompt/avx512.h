/* avx512: what the AVX-512 files of src/prompt share. Private to them. */
#ifndef PROMPT_AVX512_H
#define PROMPT_AVX512_H

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

#define AVX512_INLINE static inline __attribute__((always_inline))

enum { AVX512_BYTES = 64 };

AVX512_INLINE __mmask64 avx512_lowest_bits(size_t count)
{
    return count < AVX512_BYTES ? (UINT64_C(1) << count) - 1 : UINT64_MAX;
}

/* At most 64 bytes; the others are 0xFF and not looked at. They are loaded once: compilers like to
 * load again for each use, and a load that crosses a cache line costs more than most else here. */
AVX512_INLINE __m512i avx512_load_first(size_t count, const void *from)
{
    __m512i bytes = count < AVX512_BYTES ? _mm512_mask_loadu_epi8(_mm512_set1_epi8(-1),
                                                                  avx512_lowest_bits(count), from)
                                         : _mm512_loadu_si512(from);

    __asm__("" : "+v"(bytes));
    return bytes;
}

AVX512_INLINE void avx512_store_first(size_t count, void *to, __m512i bytes)
{
    _mm512_mask_storeu_epi8(to, avx512_lowest_bits(count), bytes);
}

#endif
