/* prefix_cache: which beginnings of prompts were read before, as vendors' prompt caches know them.
 *
 * Remembered are hashes of every beginning of a whole number of blocks; a block is a little above
 * 1,024 tokens, below which no vendor caches. The oldest are forgotten by chance.
 */
#ifndef SIM_PREFIX_CACHE_H
#define SIM_PREFIX_CACHE_H

#include "base/err.h"
#include "base/str.h"

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

struct prefix_cache {
    pthread_mutex_t lock;
    uint64_t *hashes; /* owned */
};

int prefix_cache_init(struct prefix_cache *cache, struct err *err);
void prefix_cache_release(struct prefix_cache *cache);

/* How many bytes at the beginning of `text` are known for the model; then all of it is. *blocks is
 * set to what can be known at all: `text` in whole blocks. */
size_t prefix_cache_read(struct prefix_cache *cache, struct str model, struct str text,
                         size_t *blocks);

#endif
