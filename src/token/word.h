/* word: eight bytes of text as a number, the same on every machine. */
#ifndef TOKEN_WORD_H
#define TOKEN_WORD_H

#include <stdint.h>
#include <string.h>

/* The first byte is the lowest. */
static inline uint64_t load_little_endian(const void *p)
{
    uint64_t word = 0;

    memcpy(&word, p, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

#endif
