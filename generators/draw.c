#include "generators/draw.h"

#include "base/random.h"

#include <stdlib.h>

/* The golden ratio's fraction of 2^64: adding it over and over visits [0, 1) evenly. */
static const uint64_t golden_step = UINT64_C(0x9E3779B97F4A7C15);

uint64_t draw_seed(uint64_t seed, struct str name, uint64_t index)
{
    struct random random = random_stream(seed, name, index);

    return random_u64(&random);
}

int draw_in_blocks(uint64_t seed, struct str name, uint32_t sample, uint32_t n, uint32_t *out,
                   struct err *err)
{
    struct random random = random_stream(seed, name, sample / n);
    uint32_t *order = calloc(n, sizeof *order);

    if (order == NULL) {
        return err_memory(err);
    }
    random_permutation(&random, order, n);
    *out = order[sample % n];
    free(order);
    return 0;
}

double draw_depth(uint64_t seed, const struct case_recipe *recipe)
{
    struct random random = random_stream(seed, STR("depth"), 0);
    uint64_t at = random_u64(&random) + golden_step * recipe->sample;

    if (recipe->depth_percent != CASE_DEPTH_BY_DESIGN) {
        return recipe->depth_percent / 100.0;
    }
    return (double)(at >> 11) * 0x1p-53;
}

/* A uniform fill stays above half the length even when it ends 0.5 % below its target. */
uint64_t draw_target(uint64_t seed, const struct case_recipe *recipe)
{
    struct random random = random_stream(seed, STR("fill"), 0);
    uint64_t least = recipe->length_tokens / 2 + recipe->length_tokens / 2 / 150 + 2;

    if (recipe->fill == CASE_FILL_EXACT || least >= recipe->length_tokens) {
        return recipe->length_tokens;
    }
    return least + random_below(&random, recipe->length_tokens - least + 1);
}

uint32_t draw_probe(const struct case_recipe *recipe, uint32_t probe)
{
    return (uint32_t)((uint64_t)probe * recipe->needles / case_probes(recipe));
}

/* Digits come in threes, as o200k_base has a token for each three. */
void draw_salt(uint64_t seed, const struct case_recipe *recipe, struct buf *out)
{
    enum { THREES = 6 };
    uint64_t salt_seed = draw_seed(seed, STR("salt"), recipe->sample);
    struct random random;

    salt_seed = draw_seed(salt_seed, STR("length"), recipe->length_tokens);
    salt_seed = draw_seed(salt_seed, STR("fill"), (uint64_t)recipe->fill);
    salt_seed = draw_seed(salt_seed, STR("depth"), (uint64_t)recipe->depth_percent + 1);
    random = random_stream(salt_seed, STR("probe"), recipe->probe);
    buf_append(out, STR("Session "));
    for (int i = 0; i < THREES; i++) {
        buf_appendf(out, "%03u", (unsigned)random_below(&random, 1000));
    }
    buf_append(out, STR(".\n\n"));
}
