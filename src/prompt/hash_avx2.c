#include "prompt/hash.h"

#if defined(__x86_64__)

#define XXH_INLINE_ALL /* to be compiled for this processor */
#include <xxhash.h>

void hash_update_avx2(void *state, const void *text, size_t length)
{
    (void)XXH3_128bits_update(state, text, length);
}

#endif
