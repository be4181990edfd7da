#include "sim/prefix_cache.h"

#include <stdlib.h>
#include <xxhash.h>

enum { BLOCK_BYTES = 5120, PLACES = 1 << 17 };

int prefix_cache_init(struct prefix_cache *cache, struct err *err)
{
    cache->hashes = calloc(PLACES, sizeof *cache->hashes);
    if (cache->hashes == NULL) {
        return err_memory(err);
    }
    if (pthread_mutex_init(&cache->lock, NULL) != 0) {
        free(cache->hashes);
        return err_set(err, ERR_SYSTEM, "cannot make a lock");
    }
    return 0;
}

void prefix_cache_release(struct prefix_cache *cache)
{
    (void)pthread_mutex_destroy(&cache->lock);
    free(cache->hashes);
}

size_t prefix_cache_read(struct prefix_cache *cache, struct str model, struct str text,
                         size_t *blocks)
{
    XXH3_state_t *state = XXH3_createState();
    size_t known = 0;
    size_t at = 0;

    *blocks = text.len / BLOCK_BYTES * BLOCK_BYTES;
    if (state == NULL) {
        return 0;
    }
    (void)XXH3_64bits_reset_withSeed(state, XXH3_64bits(model.p, model.len));
    (void)pthread_mutex_lock(&cache->lock);
    while (at < *blocks) {
        uint64_t hash = 0;
        uint64_t *place = NULL;

        (void)XXH3_64bits_update(state, text.p + at, BLOCK_BYTES);
        hash = XXH3_64bits_digest(state);
        place = &cache->hashes[hash % PLACES];
        if (*place == hash) { /* then all before it was read too */
            known = at + BLOCK_BYTES;
        }
        *place = hash;
        at += BLOCK_BYTES;
    }
    (void)pthread_mutex_unlock(&cache->lock);
    (void)XXH3_freeState(state);
    return known;
}
