#include "prompt/hash.h"

#include "prompt/escape.h"

#include <string.h>
#include <xxhash.h>

void hash_update_scalar(void *state, const void *text, size_t length)
{
    (void)XXH3_128bits_update(state, text, length);
}

/* What the chosen escaper needs of the processor is enough for the hash. */
hash_update_function *hash_update_get(void)
{
#if defined(__x86_64__)
    const char *name = escaper_get()->name;

    if (strcmp(name, "avx512") == 0) {
        return hash_update_avx512;
    }
    if (strcmp(name, "avx2") == 0) {
        return hash_update_avx2;
    }
#endif
    return hash_update_scalar;
}
