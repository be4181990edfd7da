#include "generators/mrcr_v2_fixed.h"

#include "generators/canary.h"
#include "generators/draw.h"

#include "base/random.h"

#include <math.h>
#include <stdlib.h>

/* All in o200k tokens. */
enum {
    ROOM_MIN = 300,         /* room that some turn is sure to fill */
    NEEDLE_TARGET_MIN = 60, /* no writer is asked for less */
    NEEDLE_TARGET_MAX = 4096
};

/* At most this share of the prompt is for needles and answer, as long as they can be shorter. */
static const double needles_share = 0.8;

struct fixed {
    struct test_case *test_case;
    struct mrcr_v2_prompt *prompt;
    const struct tokenizer *tokenizer;
    struct buf *text;
    struct str *needles; /* texts by ordinal */
    uint64_t reply_most; /* tokens of the longest reply of a probe … */
    uint64_t probe_most; /* … and of the longest question and reply */
    struct err *err;
};

static int keep(struct fixed *fixed, struct str *out)
{
    int rc = buf_check(fixed->text, "text", fixed->err);

    if (rc == 0) {
        *out = arena_copy(&fixed->test_case->arena, buf_str(fixed->text));
        rc = out->p == NULL ? err_memory(fixed->err) : 0;
    }
    buf_reset(fixed->text);
    return rc;
}

static int count(struct fixed *fixed, struct str text, uint64_t *sum)
{
    uint64_t tokens = 0;
    int rc = tokenizer_count(fixed->tokenizer, text, &tokens, fixed->err);

    *sum += tokens;
    return rc;
}

static struct mrcr_v2_key wanted_key(const struct fixed *fixed)
{
    const struct mrcr_v2_design *design = &fixed->prompt->design;

    return (struct mrcr_v2_key){design->mrcr.wanted, design->style};
}

static int write_opening(struct fixed *fixed)
{
    struct mrcr_v2_prompt *prompt = fixed->prompt;
    const struct case_recipe *recipe = &fixed->test_case->recipe;

    if (recipe->cold) {
        draw_salt(prompt->design.mrcr.seed, recipe, fixed->text);
    }
    prompt->salt_bytes = fixed->text->len;
    if (recipe->canary) {
        canary_write_fact(CANARY_START, fixed->test_case->key.canary[CANARY_START], fixed->text);
        buf_append(fixed->text, STR("\n\n"));
    }
    mrcr_v2_write_example(prompt->grammar, &prompt->design, fixed->text);
    return keep(fixed, &prompt->opening);
}

static int write_checkpoint(struct fixed *fixed, enum canary_place place, double at)
{
    struct mrcr_v2_standing *out = &fixed->prompt->standing[fixed->prompt->standing_count++];

    buf_append(fixed->text, STR("User: "));
    canary_write_fact(place, fixed->test_case->key.canary[place], fixed->text);
    buf_appendf(fixed->text, " Remember it.\n\nAssistant: Checkpoint %d is noted.\n\n",
                (int)place + 1);
    *out = (struct mrcr_v2_standing){.at = at};
    return keep(fixed, &out->turn);
}

/* --- Where needles stand. --- */

static int compare_places(const void *a, const void *b)
{
    const double *left = a;
    const double *right = b;

    return (*left > *right) - (*left < *right);
}

/* The wanted needles at their depths; those between, drawn, in their order. In 0 … 1. */
static void place_needles(struct fixed *fixed)
{
    const struct mrcr_design *design = &fixed->prompt->design.mrcr;
    struct random random = random_stream(design->haystack_seed, STR("v2 places"), 0);
    double places[MRCR_V2_NEEDLES_MAX];
    uint32_t count = design->recipe.needles;
    uint32_t rank = 0;
    double from = 0.0;

    for (uint32_t first = 0, end = 0; first < count; first = end) {
        double to = 1.0;

        while (end < count && !mrcr_design_is_wanted(design, end)) {
            end++;
        }
        if (end < count) {
            to = fmax(from, mrcr_design_depth(design, rank++));
        }
        for (uint32_t i = first; i < end; i++) {
            places[i] = from + random_unit(&random) * (to - from);
        }
        qsort(places + first, end - first, sizeof *places, compare_places);
        if (end < count) {
            places[end++] = to;
        }
        from = to;
    }
    for (uint32_t i = 0; i < count; i++) {
        fixed->prompt->standing[i].at = places[i];
    }
}

/* --- Needles, questions and answers. --- */

static int write_needle(struct fixed *fixed, uint32_t ordinal, uint32_t target_max)
{
    struct mrcr_v2_prompt *prompt = fixed->prompt;
    struct mrcr_v2_standing *standing = &prompt->standing[ordinal];
    size_t ask = 0;
    int rc = 0;

    mrcr_v2_write_ask(prompt->grammar, wanted_key(fixed), fixed->text);
    ask = fixed->text->len;
    mrcr_v2_write_needle(prompt->grammar, &prompt->design, ordinal, target_max, fixed->text);
    buf_append(fixed->text, STR("\n\n"));
    *standing = (struct mrcr_v2_standing){
        .is_needle = true,
        .is_wanted = ordinal == fixed->test_case->key.wanted,
    };
    rc = keep(fixed, &standing->turn);
    if (rc == 0) {
        fixed->needles[ordinal] =
            str_take(str_skip(standing->turn, ask), standing->turn.len - ask - 2);
    }
    return rc;
}

static int write_probe(struct fixed *fixed, uint32_t probe)
{
    struct mrcr_v2_prompt *prompt = fixed->prompt;
    struct answer_key key = fixed->test_case->key;
    uint32_t ordinal = mrcr_design_ordinal(&prompt->design.mrcr, probe);
    char code[MRCR_V2_HASH_CHARS];
    struct str hash = {code, sizeof code};
    struct str question = {0};
    uint64_t asked = 0;
    uint64_t reply = 0;
    int rc = 0;

    mrcr_v2_draw_hash(&prompt->design, probe, code);
    mrcr_v2_write_question(prompt->grammar, wanted_key(fixed), ordinal, hash, fixed->text);
    if (fixed->test_case->recipe.canary) {
        canary_write_request(fixed->text);
    }
    buf_append(fixed->text, STR("\n\nAssistant:"));
    rc = keep(fixed, &question);
    if (rc == 0) {
        buf_append(fixed->text, hash);
        buf_append(fixed->text, fixed->needles[ordinal]);
        rc = keep(fixed, &key.answer);
    }
    if (rc != 0 || count(fixed, question, &asked) != 0 ||
        canary_count_reply(&key, fixed->tokenizer, &reply, fixed->err) != 0) {
        return (int)fixed->err->code;
    }
    fixed->reply_most = reply > fixed->reply_most ? reply : fixed->reply_most;
    fixed->probe_most = asked + reply > fixed->probe_most ? asked + reply : fixed->probe_most;
    if (probe == fixed->test_case->recipe.probe) {
        key.prefix = str_take(key.answer, MRCR_V2_HASH_CHARS);
        fixed->test_case->key = key;
        fixed->test_case->answer_tokens = reply;
        prompt->question = question;
    }
    return 0;
}

/* Writes everything with needles of at most `target_max`; *sum is the tokens of all of it. */
static int write_all(struct fixed *fixed, uint32_t target_max, uint64_t *sum)
{
    const struct case_recipe *recipe = &fixed->test_case->recipe;
    struct mrcr_v2_prompt *prompt = fixed->prompt;
    int rc = 0;

    *sum = 0;
    fixed->reply_most = 0;
    fixed->probe_most = 0;
    prompt->standing_count = 0;
    for (uint32_t i = 0; rc == 0 && i < recipe->needles; i++) {
        rc = write_needle(fixed, i, target_max);
        prompt->standing_count++;
    }
    for (uint32_t probe = 0; rc == 0 && probe < case_probes(recipe); probe++) {
        rc = write_probe(fixed, probe);
    }
    if (rc == 0 && recipe->canary) {
        rc = write_checkpoint(fixed, CANARY_MIDDLE, 0.5);
    }
    if (rc == 0 && recipe->canary) {
        rc = write_checkpoint(fixed, CANARY_END, (double)INFINITY);
    }
    for (size_t i = 0; rc == 0 && i < prompt->standing_count; i++) {
        rc = count(fixed, prompt->standing[i].turn, &prompt->standing[i].tokens);
        *sum += prompt->standing[i].tokens;
    }
    *sum += fixed->probe_most;
    return rc != 0 ? rc : count(fixed, prompt->opening, sum);
}

static int fit_needles(struct fixed *fixed, uint64_t *room)
{
    const struct case_recipe *recipe = &fixed->test_case->recipe;
    uint64_t *target = &fixed->prompt->design.mrcr.target_tokens;
    double share = needles_share * (double)*target / (recipe->needles + 1.0);
    uint32_t target_max = (uint32_t)fmin(fmax(share, NEEDLE_TARGET_MIN), NEEDLE_TARGET_MAX);
    uint64_t sum = 0;
    int rc = write_all(fixed, target_max, &sum);

    while (rc == 0 && sum + ROOM_MIN > *target && target_max > NEEDLE_TARGET_MIN) {
        target_max = target_max * 4 / 5;
        target_max = target_max > NEEDLE_TARGET_MIN ? target_max : NEEDLE_TARGET_MIN;
        rc = write_all(fixed, target_max, &sum);
    }
    if (rc != 0) {
        return rc;
    }
    if (sum + ROOM_MIN > recipe->length_tokens) {
        return err_set(fixed->err, ERR_USAGE,
                       "%u needles do not fit into %llu tokens; sample %u needs %llu",
                       recipe->needles, (unsigned long long)recipe->length_tokens, recipe->sample,
                       (unsigned long long)sum + ROOM_MIN);
    }
    /* A uniform fill may have drawn less than the least that will do; the bin still has room. */
    *target = sum + ROOM_MIN > *target ? sum + ROOM_MIN : *target;
    *room = *target - sum;
    return 0;
}

/* Turns shares of the prompt into tokens and puts all in the order of the haystack. Needles keep
 * theirs where places are equal, and stand before a checkpoint. */
static void finish_places(struct fixed *fixed)
{
    struct mrcr_v2_standing *standing = fixed->prompt->standing;
    double prompt_tokens = (double)(fixed->prompt->design.mrcr.target_tokens - fixed->reply_most);

    for (size_t i = 0; i < fixed->prompt->standing_count; i++) {
        struct mrcr_v2_standing moved = standing[i];
        size_t to = i;

        moved.at *= prompt_tokens;
        for (; to > 0 && standing[to - 1].at > moved.at; to--) {
            standing[to] = standing[to - 1];
        }
        standing[to] = moved;
    }
}

static int write_fixed(struct fixed *fixed, uint64_t *room)
{
    struct test_case *test_case = fixed->test_case;
    const struct mrcr_design *design = &fixed->prompt->design.mrcr;
    uint32_t needles = test_case->recipe.needles;
    int rc = 0;

    fixed->needles = arena_alloc(&test_case->arena, needles, sizeof *fixed->needles);
    fixed->prompt->standing =
        arena_alloc(&test_case->arena, needles + CANARY_PLACES, sizeof *fixed->prompt->standing);
    if (fixed->needles == NULL || fixed->prompt->standing == NULL) {
        return err_memory(fixed->err);
    }
    test_case->key = (struct answer_key){
        .needles = fixed->needles,
        .needle_count = needles,
        .wanted = mrcr_design_ordinal(design, test_case->recipe.probe),
    };
    if (test_case->recipe.canary) {
        rc = canary_draw(design->seed, test_case->recipe.sample, &test_case->arena,
                         test_case->key.canary, fixed->err);
    }
    if (rc == 0) {
        rc = write_opening(fixed);
    }
    if (rc == 0) {
        rc = fit_needles(fixed, room);
    }
    if (rc == 0) {
        place_needles(fixed);
        finish_places(fixed);
    }
    return rc;
}

int mrcr_v2_fixed_write(struct test_case *test_case, struct mrcr_v2_prompt *prompt,
                        const struct tokenizer *tokenizer, uint64_t *room, struct err *err)
{
    struct buf text;
    struct fixed fixed = {test_case, prompt, tokenizer, &text, NULL, 0, 0, err};
    int rc = 0;

    buf_init(&text, MRCR_V2_TEXT_BYTES_MAX);
    rc = write_fixed(&fixed, room);
    buf_release(&text);
    return rc;
}
