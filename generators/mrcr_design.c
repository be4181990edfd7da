#include "generators/mrcr_design.h"

#include "base/random.h"

#include <stdlib.h>

/* The golden ratio's fraction of 2^64: adding it over and over visits [0, 1) evenly. */
static const uint64_t golden_step = UINT64_C(0x9E3779B97F4A7C15);

/* At least this many digits and letters are in a prefix, so that no word of a reply is one. */
enum { PREFIX_DIGITS_MIN = 2, PREFIX_LETTERS_MIN = 2 };

/* Item `sample` of a sequence that runs through 0 … n-1 in a new order in every block of n. */
static int draw_in_blocks(uint64_t seed, struct str name, uint32_t sample, uint32_t n,
                          uint32_t *out, struct err *err)
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

static double draw_depth(uint64_t seed, const struct case_recipe *recipe)
{
    struct random random = random_stream(seed, STR("depth"), 0);
    uint64_t at = random_u64(&random) + golden_step * recipe->sample;

    if (recipe->depth_percent != CASE_DEPTH_BY_DESIGN) {
        return recipe->depth_percent / 100.0;
    }
    return (double)(at >> 11) * 0x1p-53;
}

void mrcr_draw_prefix(uint64_t seed, uint64_t index, char out[MRCR_PREFIX_CHARS])
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    struct random random = random_stream(seed, STR("prefix"), index);
    int digits = 0;

    do {
        digits = 0;
        for (int i = 0; i < MRCR_PREFIX_CHARS; i++) {
            out[i] = alphabet[random_below(&random, sizeof alphabet - 1)];
            digits += out[i] >= '0' && out[i] <= '9' ? 1 : 0;
        }
    } while (digits < PREFIX_DIGITS_MIN || MRCR_PREFIX_CHARS - digits < PREFIX_LETTERS_MIN);
}

/* A uniform fill stays above half the length even when it ends 0.5 % below its target. */
static uint64_t draw_target(uint64_t haystack_seed, const struct case_recipe *recipe)
{
    struct random random = random_stream(haystack_seed, STR("fill"), 0);
    uint64_t least = recipe->length_tokens / 2 + recipe->length_tokens / 2 / 150 + 2;

    if (recipe->fill == CASE_FILL_EXACT || least >= recipe->length_tokens) {
        return recipe->length_tokens;
    }
    return least + random_below(&random, recipe->length_tokens - least + 1);
}

static uint64_t derive_seed(uint64_t seed, struct str name, uint64_t index)
{
    struct random random = random_stream(seed, name, index);

    return random_u64(&random);
}

int mrcr_design_draw(struct mrcr_design *out, const struct case_recipe *recipe,
                     const struct grammar *grammar, struct err *err)
{
    uint64_t seed = derive_seed(recipe->seed, STR("mrcr"), recipe->needles);
    struct random topics = random_stream(seed, STR("topic"), recipe->sample);
    uint32_t format = 0;
    int rc = draw_in_blocks(seed, STR("format"), recipe->sample, (uint32_t)grammar->format_count,
                            &format, err);

    *out = (struct mrcr_design){0};
    if (rc == 0) {
        rc = draw_in_blocks(seed, STR("ordinal"), recipe->sample, recipe->needles, &out->ordinal,
                            err);
    }
    out->wanted.format = format;
    out->wanted.topic = random_below(&topics, grammar->topic_count);
    out->depth = draw_depth(seed, recipe);
    mrcr_draw_prefix(seed, recipe->sample, out->prefix);
    out->needle_seed = derive_seed(seed, STR("needles"), recipe->sample);
    out->haystack_seed = derive_seed(out->needle_seed, STR("haystack"), recipe->length_tokens);
    out->target_tokens = draw_target(out->haystack_seed, recipe);
    return rc;
}
