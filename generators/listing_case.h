/* listing_case: a whole case whose haystack is a listing.
 *
 * What tasks of this kind have in common beyond the text: salt and checkpoints, the questions of
 * several probes about one haystack, the answer key's size, the exact fill.
 */
#ifndef GENERATORS_LISTING_CASE_H
#define GENERATORS_LISTING_CASE_H

#include "generators/generator.h"
#include "generators/listing.h"

/* One probe's. */
struct listing_question {
    struct str text;   /* what follows the last item; a request for checkpoints goes after it … */
    struct str ending; /* … and this at the very end: the beginning of an answer, or nothing */
    struct str reply;  /* the right answer */
};

/* All texts are borrowed until the case is freed: from its arena or from the bank. */
struct listing_design {
    const struct tokenizer *tokenizer;
    uint64_t seed; /* of the task; samples are told apart by the recipe */
    struct listing_form form;
    struct listing_units units;
    bool is_shuffled;
    struct str head;
    struct listing_plant *plants; /* with room for CANARY_PLACES more */
    size_t plant_count;
    const struct listing_question *questions; /* one for each probe of the recipe */
};

/* A case with its recipe; the task's open fills its arena, then calls listing_case_build and frees
 * it where that fails. NULL when memory is short. */
struct test_case *listing_case_new(const struct case_recipe *recipe);

/* Writes the prompt of `test_case` and measures it. Sets answer, canary and sizes of the key, the
 * rest of which is the task's. */
int listing_case_build(struct test_case *test_case, const struct listing_design *design,
                       struct err *err);

/* A seed of its own for every sample, length and depth, so that no two prompts share a beginning
 * that an endpoint may have cached. */
uint64_t listing_case_seed(uint64_t seed, const struct case_recipe *recipe);

/* Copies a text into the arena and releases it. */
int listing_case_keep(struct test_case *test_case, struct buf *text, struct str *out,
                      struct err *err);

#endif
