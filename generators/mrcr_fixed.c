#include "generators/mrcr_fixed.h"

#include "generators/canary.h"
#include "generators/draw.h"

#include <stdlib.h>

#include <xxhash.h>

/* All in o200k tokens. */
enum {
    BRIEF_BELOW = 8192,     /* shorter prompts get one worked example instead of two */
    ROOM_MIN = 300,         /* room that some reply is sure to fill */
    NEEDLE_TARGET_MIN = 60, /* no writer is asked for less */
    NEEDLE_TARGET_MAX = 4096
};

/* At most this share of the prompt is for needles and answer, as long as they can be shorter. */
static const double needles_share = 0.8;

struct fixed {
    struct test_case *test_case;
    struct mrcr_prompt *prompt;
    const struct tokenizer *tokenizer;
    struct token_session *session;
    struct mrcr_room *room;
    struct err *err;
};

static int count(struct fixed *fixed, struct str text, uint64_t *sum)
{
    uint64_t tokens = 0;
    int rc = tokenizer_count(fixed->tokenizer, text, &tokens, fixed->err);

    *sum += tokens;
    return rc;
}

static int keep(struct fixed *fixed, struct buf *text, struct str *out)
{
    int rc = buf_check(text, "text", fixed->err);

    if (rc != 0) {
        return rc;
    }
    *out = arena_copy(&fixed->test_case->arena, buf_str(text));
    return out->p == NULL ? err_memory(fixed->err) : 0;
}

/* --- Opening, ask and checkpoints. --- */

static int write_opening(struct fixed *fixed, bool is_brief)
{
    struct mrcr_prompt *prompt = fixed->prompt;
    const struct case_recipe *recipe = &fixed->test_case->recipe;
    struct buf *text = &prompt->reply_text;

    buf_reset(text);
    if (recipe->cold) {
        draw_salt(prompt->design.seed, recipe, text);
    }
    prompt->salt_bytes = text->len;
    if (recipe->canary) {
        canary_write_fact(CANARY_START, fixed->test_case->key.canary[CANARY_START], text);
        buf_append(text, STR("\n\n"));
    }
    mrcr_write_examples(prompt->grammar, &prompt->design, is_brief, text);
    return keep(fixed, text, &prompt->opening);
}

static int write_checkpoint(struct fixed *fixed, enum canary_place place,
                            struct mrcr_checkpoint *out)
{
    struct buf *text = &fixed->prompt->ask_text;
    int rc = 0;

    buf_reset(text);
    canary_write_fact(place, fixed->test_case->key.canary[place], text);
    buf_append(text, STR(" Remember it."));
    rc = keep(fixed, text, &out->ask);
    if (rc == 0) {
        buf_reset(text);
        buf_appendf(text, "Checkpoint %d is noted.", (int)place + 1);
        rc = keep(fixed, text, &out->reply);
    }
    return rc;
}

static int write_canary(struct fixed *fixed)
{
    struct mrcr_prompt *prompt = fixed->prompt;
    const struct case_recipe *recipe = &fixed->test_case->recipe;
    int rc = 0;

    if (!recipe->canary) {
        return 0;
    }
    rc = canary_draw(prompt->design.seed, recipe->sample, &fixed->test_case->arena,
                     fixed->test_case->key.canary, fixed->err);
    if (rc == 0) {
        rc = write_checkpoint(fixed, CANARY_MIDDLE, &prompt->middle);
    }
    return rc != 0 ? rc : write_checkpoint(fixed, CANARY_END, &prompt->closing);
}

static int write_beginning(struct fixed *fixed)
{
    struct mrcr_prompt *prompt = fixed->prompt;
    int rc = 0;

    buf_reset(&prompt->ask_text);
    prompt->ask_tokens = mrcr_write_ask(prompt->grammar, prompt->design.wanted, &prompt->ask_text);
    rc = keep(fixed, &prompt->ask_text, &prompt->ask);
    if (rc == 0) {
        rc = write_canary(fixed);
    }
    return rc != 0 ? rc
                   : write_opening(fixed, fixed->test_case->recipe.length_tokens < BRIEF_BELOW);
}

/* --- Question and answer. --- */

/* Writes what probe `probe` asks, and the right answer, into the prompt's buffers. */
static void write_probe(struct mrcr_prompt *prompt, uint32_t probe)
{
    char text[MRCR_PREFIX_CHARS];
    struct str prefix = {text, sizeof text};
    uint32_t ordinal = mrcr_design_ordinal(&prompt->design, probe);

    mrcr_design_prefix(&prompt->design, probe, text);
    buf_reset(&prompt->ask_text);
    mrcr_write_question(prompt->grammar, prompt->design.wanted, ordinal, prefix, &prompt->ask_text);
    if (prompt->design.recipe.canary) {
        canary_write_request(&prompt->ask_text);
    }
    buf_reset(&prompt->reply_text);
    buf_append(&prompt->reply_text, prefix);
    buf_append(&prompt->reply_text, prompt->needles[ordinal].reply);
}

/* Keeps what write_probe wrote as this case's. */
static int keep_probe(struct fixed *fixed, uint64_t answer_tokens)
{
    struct mrcr_prompt *prompt = fixed->prompt;
    struct answer_key *key = &fixed->test_case->key;
    int rc = keep(fixed, &prompt->ask_text, &prompt->question);

    if (rc == 0) {
        rc = keep(fixed, &prompt->reply_text, &key->answer);
    }
    key->prefix = str_take(key->answer, MRCR_PREFIX_CHARS);
    key->wanted = mrcr_design_ordinal(&prompt->design, fixed->test_case->recipe.probe);
    fixed->test_case->answer_tokens = answer_tokens;
    return rc;
}

/* Sets *most to the tokens of the longest question and reply, and keeps this case's own. */
static int write_probes(struct fixed *fixed, uint64_t *most)
{
    const struct case_recipe *recipe = &fixed->test_case->recipe;
    struct mrcr_prompt *prompt = fixed->prompt;
    int rc = 0;

    *most = 0;
    fixed->room->reply = 0;
    for (uint32_t probe = 0; rc == 0 && probe < case_probes(recipe); probe++) {
        struct answer_key key = fixed->test_case->key;
        uint64_t reply = 0;
        uint64_t both = 0;

        write_probe(prompt, probe);
        key.answer = buf_str(&prompt->reply_text);
        rc = canary_count_reply(&key, fixed->tokenizer, &reply, fixed->err);
        if (rc == 0) {
            both = reply;
            rc = count(fixed, buf_str(&prompt->ask_text), &both);
        }
        if (rc == 0 && probe == recipe->probe) {
            rc = keep_probe(fixed, reply);
        }
        *most = both > *most ? both : *most;
        fixed->room->reply = reply > fixed->room->reply ? reply : fixed->room->reply;
    }
    return rc;
}

/* --- Needles, and how all of it fits. --- */

static int count_opening(struct fixed *fixed, uint64_t *sum)
{
    int rc = 0;

    fixed->room->opening = 0;
    rc = count(fixed, fixed->prompt->opening, &fixed->room->opening);
    *sum += fixed->room->opening;
    return rc;
}

static int count_checkpoints(struct fixed *fixed, uint64_t *sum)
{
    const struct mrcr_prompt *prompt = fixed->prompt;
    const struct str texts[] = {prompt->middle.ask, prompt->middle.reply, prompt->closing.ask,
                                prompt->closing.reply};
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < sizeof texts / sizeof *texts; i++) {
        rc = count(fixed, texts[i], sum);
    }
    return rc;
}

static int write_needle(struct fixed *fixed, uint32_t index, uint32_t target_max)
{
    struct mrcr_prompt *prompt = fixed->prompt;
    struct mrcr_needle *needle = &prompt->needles[index];

    buf_reset(&prompt->reply_text);
    needle->tokens = mrcr_write_needle(prompt->grammar, &prompt->design, index, target_max,
                                       fixed->session, &prompt->reply_text);
    return keep(fixed, &prompt->reply_text, &needle->reply);
}

/* Writes all needles with targets of at most `target_max` and sets *sum to the tokens of all that
 * is not a distractor. */
static int write_needles(struct fixed *fixed, uint32_t target_max, uint64_t *sum)
{
    int rc = 0;

    *sum = 0;
    for (size_t i = 0; rc == 0 && i < fixed->prompt->needle_count; i++) {
        rc = write_needle(fixed, (uint32_t)i, target_max);
        *sum += fixed->prompt->ask_tokens + fixed->prompt->needles[i].tokens;
    }
    if (rc == 0) {
        uint64_t probe = 0;

        rc = write_probes(fixed, &probe);
        *sum += probe;
    }
    if (rc == 0) {
        rc = count_opening(fixed, sum);
    }
    return rc != 0 ? rc : count_checkpoints(fixed, sum);
}

static int compare_hashes(const void *a, const void *b)
{
    const uint64_t *left = a;
    const uint64_t *right = b;

    return (*left > *right) - (*left < *right);
}

/* A question for the 2nd of two equal texts would have two right answers. */
static int check_needles_differ(struct fixed *fixed)
{
    size_t n = fixed->prompt->needle_count;
    uint64_t *hashes = calloc(n, sizeof *hashes);
    int rc = 0;

    if (hashes == NULL) {
        return err_memory(fixed->err);
    }
    for (size_t i = 0; i < n; i++) {
        hashes[i] =
            XXH3_64bits(fixed->prompt->needles[i].reply.p, fixed->prompt->needles[i].reply.len);
    }
    qsort(hashes, n, sizeof *hashes, compare_hashes);
    for (size_t i = 1; rc == 0 && i < n; i++) {
        if (hashes[i] == hashes[i - 1]) {
            rc = err_set(fixed->err, ERR_INPUT,
                         "two of %zu needles came out equal: the writers' corpus is too small", n);
        }
    }
    free(hashes);
    return rc;
}

/* The least that would do: needles as short as can be, and the examples of that length. */
static int refuse(struct fixed *fixed, uint64_t sum)
{
    int rc = 0;

    if (fixed->test_case->recipe.length_tokens < BRIEF_BELOW && sum + ROOM_MIN >= BRIEF_BELOW) {
        sum -= fixed->room->opening;
        rc = write_opening(fixed, false);
        if (rc == 0) {
            rc = count_opening(fixed, &sum);
        }
    }
    return rc != 0 ? rc
                   : err_set(fixed->err, ERR_USAGE,
                             "%zu needles do not fit into %llu tokens; sample %u needs %llu",
                             fixed->prompt->needle_count,
                             (unsigned long long)fixed->test_case->recipe.length_tokens,
                             fixed->test_case->recipe.sample, (unsigned long long)sum + ROOM_MIN);
}

/* Needles are as long as their writers like where there is room, else as short as need be. */
static int fit_needles(struct fixed *fixed)
{
    uint64_t target = fixed->prompt->design.target_tokens;
    double share = needles_share * (double)target / (double)(fixed->prompt->needle_count + 1);
    uint32_t target_max = share < NEEDLE_TARGET_MAX ? (uint32_t)share : NEEDLE_TARGET_MAX;
    uint64_t sum = 0;
    int rc = 0;

    for (;;) {
        if (target_max < NEEDLE_TARGET_MIN) {
            target_max = NEEDLE_TARGET_MIN;
        }
        rc = write_needles(fixed, target_max, &sum);
        if (rc != 0) {
            return rc;
        }
        if (sum + ROOM_MIN <= target) {
            fixed->room->distractors = target - sum;
            return check_needles_differ(fixed);
        }
        if (target_max == NEEDLE_TARGET_MIN) {
            break;
        }
        target_max = target_max * 4 / 5;
    }
    /* A uniform fill may have drawn less than the least that will do; the bin still has room. */
    if (sum + ROOM_MIN > fixed->test_case->recipe.length_tokens) {
        return refuse(fixed, sum);
    }
    fixed->prompt->design.target_tokens = sum + ROOM_MIN;
    fixed->room->distractors = ROOM_MIN;
    return check_needles_differ(fixed);
}

int mrcr_fixed_write(struct test_case *test_case, struct mrcr_prompt *prompt,
                     const struct tokenizer *tokenizer, struct token_session *session,
                     struct mrcr_room *out, struct err *err)
{
    struct fixed fixed = {test_case, prompt, tokenizer, session, out, err};
    int rc = write_beginning(&fixed);

    return rc != 0 ? rc : fit_needles(&fixed);
}
