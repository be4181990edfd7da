/* shard: a sweep split over machines: --shard 2/3 sends the second of three parts.
 *
 * Each machine works out the same split from the plan alone. What belongs to one haystack (its
 * probes, and every model's trial of them) stays together, so that caches help and models are
 * compared on one machine; haystacks are dealt out longest first, to and fro like cards (1 2 3 3 2
 * 1 …), so that no part has more tokens than another by more than the longest haystack's trials.
 */
#ifndef CLI_SHARD_H
#define CLI_SHARD_H

#include "base/err.h"
#include "base/str.h"
#include "record/result.h"

#include <stddef.h>
#include <stdint.h>

enum { SHARDS_MAX = 1000 };

struct shard {
    uint32_t number; /* 1 … count */
    uint32_t count;
};

/* "2/3"; ERR_USAGE for anything else. */
int shard_parse(struct str text, struct shard *out, struct err *err);

/* Which shard (1 … count) each trial of the plan belongs to; the caller frees it with free(). NULL
 * when memory is short. */
uint16_t *shard_split(const struct result_plan *plan, uint32_t count);

/* This shard's part of a limit on all of them: they sum up to it. */
uint64_t shard_part(const struct shard *shard, uint64_t whole);

#endif
