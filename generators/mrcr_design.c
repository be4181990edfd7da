#include "generators/mrcr_design.h"

#include "generators/draw.h"

#include "base/random.h"

#include <math.h>

/* At least this many digits and letters are in a prefix, so that no word of a reply is one. */
enum { PREFIX_DIGITS_MIN = 2, PREFIX_LETTERS_MIN = 2 };

void mrcr_draw_code(uint64_t seed, uint64_t index, char *out, int chars)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    struct random random = random_stream(seed, STR("prefix"), index);
    int digits = 0;

    do {
        digits = 0;
        for (int i = 0; i < chars; i++) {
            out[i] = alphabet[random_below(&random, sizeof alphabet - 1)];
            digits += out[i] >= '0' && out[i] <= '9' ? 1 : 0;
        }
    } while (digits < PREFIX_DIGITS_MIN || chars - digits < PREFIX_LETTERS_MIN);
}

void mrcr_draw_prefix(uint64_t seed, uint64_t index, char out[MRCR_PREFIX_CHARS])
{
    mrcr_draw_code(seed, index, out, MRCR_PREFIX_CHARS);
}

uint32_t mrcr_design_ordinal(const struct mrcr_design *design, uint32_t probe)
{
    return (design->first_ordinal + draw_probe(&design->recipe, probe)) % design->recipe.needles;
}

/* The first probe has the prefix of an only one. */
void mrcr_design_prefix(const struct mrcr_design *design, uint32_t probe,
                        char out[MRCR_PREFIX_CHARS])
{
    if (probe == 0) {
        mrcr_draw_prefix(design->seed, design->recipe.sample, out);
    } else {
        mrcr_draw_prefix(draw_seed(design->seed, STR("probes"), design->recipe.sample), probe, out);
    }
}

bool mrcr_design_is_wanted(const struct mrcr_design *design, uint32_t ordinal)
{
    uint64_t needles = design->recipe.needles;
    uint64_t further = (ordinal + needles - design->first_ordinal) % needles;
    uint64_t probes = case_probes(&design->recipe);
    uint64_t probe = (further * probes + needles - 1) / needles; /* the first one that far */

    return probe < probes && draw_probe(&design->recipe, (uint32_t)probe) == further;
}

double mrcr_design_depth(const struct mrcr_design *design, uint32_t rank)
{
    uint32_t probes = case_probes(&design->recipe);
    double turn = design->first_depth * probes;

    return probes == 1 ? design->first_depth : (turn - floor(turn) + rank) / probes;
}

int mrcr_design_draw(struct mrcr_design *out, const struct case_recipe *recipe,
                     const struct grammar *grammar, struct err *err)
{
    uint64_t seed = draw_seed(recipe->seed, STR("mrcr"), recipe->needles);
    struct random topics = random_stream(seed, STR("topic"), recipe->sample);
    uint32_t format = 0;
    int rc = draw_in_blocks(seed, STR("format"), recipe->sample, (uint32_t)grammar->format_count,
                            &format, err);

    *out = (struct mrcr_design){.recipe = *recipe, .seed = seed};
    if (rc == 0) {
        rc = draw_in_blocks(seed, STR("ordinal"), recipe->sample, recipe->needles,
                            &out->first_ordinal, err);
    }
    out->wanted.format = format;
    out->wanted.topic = random_below(&topics, grammar->topic_count);
    out->first_depth = draw_depth(seed, recipe);
    out->needle_seed = draw_seed(seed, STR("needles"), recipe->sample);
    out->haystack_seed = draw_seed(out->needle_seed, STR("haystack"), recipe->length_tokens);
    out->target_tokens = draw_target(out->haystack_seed, recipe);
    return rc;
}
