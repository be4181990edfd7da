#include "generators/mrcr_design.h"

#include "generators/draw.h"

#include "base/random.h"

/* At least this many digits and letters are in a prefix, so that no word of a reply is one. */
enum { PREFIX_DIGITS_MIN = 2, PREFIX_LETTERS_MIN = 2 };

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

int mrcr_design_draw(struct mrcr_design *out, const struct case_recipe *recipe,
                     const struct grammar *grammar, struct err *err)
{
    uint64_t seed = draw_seed(recipe->seed, STR("mrcr"), recipe->needles);
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
    out->needle_seed = draw_seed(seed, STR("needles"), recipe->sample);
    out->haystack_seed = draw_seed(out->needle_seed, STR("haystack"), recipe->length_tokens);
    out->target_tokens = draw_target(out->haystack_seed, recipe);
    return rc;
}
