#include "generators/listing_case.h"

#include "generators/canary.h"
#include "generators/draw.h"

#include <stdlib.h>

enum { CHECKPOINT_BYTES_MAX = 64, REQUEST_BYTES_MAX = 512 };

struct building {
    struct test_case *test_case;
    const struct listing_design *design;
    struct listing_plant *plants;
    size_t plant_count;
    struct str salt;
    struct str tail;         /* of this probe */
    struct str longest_tail; /* of the probe with the longest tail and reply … */
    uint64_t longest_reply;  /* … and the tokens of that reply */
    size_t tail_bytes_max;
    struct err *err;
};

struct test_case *listing_case_new(const struct case_recipe *recipe)
{
    struct test_case *test_case = calloc(1, sizeof *test_case);

    if (test_case != NULL) {
        test_case->recipe = *recipe;
    }
    return test_case;
}

uint64_t listing_case_seed(uint64_t seed, const struct case_recipe *recipe)
{
    return draw_seed(draw_seed(draw_seed(seed, STR("sample"), recipe->sample), STR("length"),
                               recipe->length_tokens),
                     STR("depth"), (uint64_t)recipe->depth_percent + 1);
}

int listing_case_keep(struct test_case *test_case, struct buf *text, struct str *out,
                      struct err *err)
{
    int rc = buf_check(text, "text", err);

    if (rc == 0) {
        *out = arena_copy(&test_case->arena, buf_str(text));
        rc = out->p == NULL ? err_memory(err) : 0;
    }
    buf_release(text);
    return rc;
}

static int draw_checkpoints(struct building *building)
{
    struct test_case *test_case = building->test_case;
    int rc = 0;

    if (!test_case->recipe.canary) {
        return 0;
    }
    rc = canary_draw(building->design->seed, test_case->recipe.sample, &test_case->arena,
                     test_case->key.canary, building->err);
    for (int i = 0; rc == 0 && i < CANARY_PLACES; i++) {
        struct listing_plant *plant = &building->plants[building->plant_count++];
        struct buf text;

        *plant =
            (struct listing_plant){.depth = (double)i / (CANARY_PLACES - 1), .is_checkpoint = true};
        buf_init(&text, CHECKPOINT_BYTES_MAX);
        canary_write_fact((enum canary_place)i, test_case->key.canary[i], &text);
        rc = listing_case_keep(test_case, &text, &plant->text, building->err);
    }
    return rc;
}

static int write_tail(struct building *building, const struct listing_question *question,
                      struct str *out)
{
    struct buf text;

    buf_init(&text, question->text.len + question->ending.len + REQUEST_BYTES_MAX);
    buf_append(&text, question->text);
    if (building->test_case->recipe.canary) {
        canary_write_request(&text);
    }
    buf_append(&text, question->ending);
    return listing_case_keep(building->test_case, &text, out, building->err);
}

/* Writes this probe's tail and finds the longest one of all probes. */
static int write_tails(struct building *building)
{
    struct test_case *test_case = building->test_case;
    const struct tokenizer *tokenizer = building->design->tokenizer;
    uint64_t most = 0;

    for (uint32_t probe = 0; probe < case_probes(&test_case->recipe); probe++) {
        struct answer_key key = test_case->key;
        struct str tail = {0};
        uint64_t asked = 0;
        uint64_t reply = 0;

        key.answer = building->design->questions[probe].reply;
        if (write_tail(building, &building->design->questions[probe], &tail) != 0 ||
            tokenizer_count(tokenizer, tail, &asked, building->err) != 0 ||
            canary_count_reply(&key, tokenizer, &reply, building->err) != 0) {
            return (int)building->err->code;
        }
        if (probe == test_case->recipe.probe) {
            building->tail = tail;
            test_case->key.answer = key.answer;
            test_case->answer_tokens = reply;
        }
        if (asked + reply > most) {
            most = asked + reply;
            building->longest_tail = tail;
            building->longest_reply = reply;
        }
        building->tail_bytes_max =
            tail.len > building->tail_bytes_max ? tail.len : building->tail_bytes_max;
    }
    return 0;
}

static int write_salt(struct building *building)
{
    struct buf text;

    if (!building->test_case->recipe.cold) {
        return 0;
    }
    buf_init(&text, DRAW_SALT_BYTES);
    draw_salt(building->design->seed, &building->test_case->recipe, &text);
    return listing_case_keep(building->test_case, &text, &building->salt, building->err);
}

/* The haystack is filled for the longest question, so that it is the same for all probes. */
static int fill(struct building *building, struct listing *listing)
{
    struct test_case *test_case = building->test_case;
    const struct tokenizer *tokenizer = building->design->tokenizer;
    uint64_t target = draw_target(listing_case_seed(building->design->seed, &test_case->recipe),
                                  &test_case->recipe);
    struct listing_measure measure = {.depth = -1.0};
    int rc = 0;

    target -= building->longest_reply < target ? building->longest_reply : target;
    listing->tail = building->longest_tail;
    rc = listing_fill(listing, target, building->longest_reply, tokenizer, &measure, building->err);
    if (rc == 0 && !str_equal(building->tail, building->longest_tail)) {
        listing->tail = building->tail;
        rc = listing_measure(listing, tokenizer, &measure, building->err);
    }
    listing->tail = building->tail;
    test_case->measure = measure.prompt;
    test_case->haystack = measure.haystack;
    test_case->depth = measure.depth;
    return rc;
}

int listing_case_build(struct test_case *test_case, const struct listing_design *design,
                       struct err *err)
{
    struct building building = {
        .test_case = test_case,
        .design = design,
        .plants = design->plants,
        .plant_count = design->plant_count,
        .err = err,
    };
    struct listing *listing = NULL;
    int rc = draw_checkpoints(&building);

    if (rc == 0) {
        rc = write_tails(&building);
    }
    if (rc == 0) {
        rc = write_salt(&building);
    }
    if (rc == 0) {
        rc = listing_new(&listing, &design->form, &design->units, building.plants,
                         building.plant_count,
                         building.salt.len + design->head.len + building.tail_bytes_max, err);
    }
    if (rc != 0) {
        return rc;
    }
    test_case->prompt = &listing->prompt;
    listing->salt = building.salt;
    listing->head = design->head;
    listing->is_shuffled = design->is_shuffled;
    listing->order_seed = listing_case_seed(design->seed, &test_case->recipe);
    return fill(&building, listing);
}
