/* mrcr-v2: multi-round co-reference resolution in the form of Google DeepMind's MRCR v2
 * (google-deepmind/eval_hub, eval_hub/mrcr_v2).
 *
 * As mrcr, but: the whole transcript is one user message with "User:" and "Assistant:" in it; a
 * text is known by format, topic and style; ordinals are words; the prefix is a hash of 12
 * characters; several questions about one transcript are its probes (--probes). The texts are our
 * writers' (generators/mrcr_v2_text.h). How samples are spread is stated in mrcr_design.h.
 *
 * Of the original: prompts are counted by o200k_base, with the answer, not by Gemini's tokenizer
 * without it; the words of the worked example's frame are ours but for its first two lines.
 */
#include "generators/mrcr_v2.h"

#include "generators/mrcr.h"
#include "generators/mrcr_v2_fixed.h"
#include "generators/mrcr_v2_prompt.h"
#include "generators/writer.h"

#include "base/random.h"

#include <math.h>
#include <stdlib.h>

/* All in o200k tokens. */
enum {
    END_ROOM = 1600,    /* where filling ends and choosing begins; longer than any turn */
    END_TURN = 450,     /* the usual size of a chosen turn */
    END_TOLERANCE = 60, /* of a chosen turn that is not the last */
    STYLE_TOKENS = 50,  /* about what ask and style add to a text */
    SLACK_MAX = 64,     /* the last turn ends this near, where 0.5 % is more */
    TURN_HALF = 215,    /* half of a usual turn */
    END_TRIES_MAX = 4096
};

struct filling {
    struct test_case *test_case;
    struct mrcr_v2_prompt *prompt;
    const struct tokenizer *tokenizer;
    struct prompt_meter *meter;
    struct fingerprint_state *haystack;
    uint64_t room; /* tokens left for turns */
    uint64_t wanted_tokens_before;
    struct err *err;
};

static int add(struct filling *filling, struct str text, size_t salt_bytes, bool opens)
{
    struct prompt_piece piece = {.text = text, .role = PROMPT_USER, .opens_message = opens};
    int rc = prompt_meter_add(filling->meter, &piece, filling->err);

    piece.text = str_skip(text, salt_bytes);
    fingerprint_add(filling->haystack, &piece);
    return rc;
}

/* Adds what should stand nearer to here than to the end of the next turn. */
static int add_standing(struct filling *filling, double until)
{
    struct mrcr_v2_prompt *prompt = filling->prompt;
    int rc = 0;

    while (rc == 0 && prompt->at.standing < prompt->standing_count &&
           prompt->standing[prompt->at.standing].at <= until) {
        struct mrcr_v2_standing *standing = &prompt->standing[prompt->at.standing++];
        uint64_t before = prompt_meter_tokens(filling->meter);

        standing->before = prompt->at.turns;
        if (standing->is_wanted) {
            filling->wanted_tokens_before = before;
        }
        rc = add(filling, standing->turn, 0, false);
        until += (double)(prompt_meter_tokens(filling->meter) - before);
    }
    return rc;
}

static int add_standing_here(struct filling *filling)
{
    return add_standing(filling, (double)prompt_meter_tokens(filling->meter) + TURN_HALF);
}

/* Writes a turn into the prompt's buffer and counts it. */
static int write_turn(struct filling *filling, const struct mrcr_v2_turn *turn, uint64_t *tokens)
{
    struct mrcr_v2_prompt *prompt = filling->prompt;
    int rc = 0;

    buf_reset(&prompt->text);
    mrcr_v2_write_turn(prompt->grammar, &prompt->design, turn, &prompt->text);
    rc = buf_check(&prompt->text, "turn", filling->err);
    return rc != 0
               ? rc
               : tokenizer_count(filling->tokenizer, buf_str(&prompt->text), tokens, filling->err);
}

/* Adds the turn that stands in the prompt's buffer. */
static int add_turn(struct filling *filling, uint64_t tokens)
{
    if (tokens > filling->room) {
        return err_set(filling->err, ERR_LIMIT, "a turn of %llu tokens: writers must stay below %d",
                       (unsigned long long)tokens, END_ROOM);
    }
    filling->room -= tokens;
    filling->prompt->at.turns++;
    return add(filling, buf_str(&filling->prompt->text), 0, false);
}

static int add_turns(struct filling *filling)
{
    struct mrcr_v2_prompt *prompt = filling->prompt;
    int rc = 0;

    while (rc == 0 && filling->room > END_ROOM) {
        struct mrcr_v2_turn turn = {STR("v2 turn"), prompt->turn_count, WRITER_TARGET_BY_FORMAT};
        uint64_t tokens = 0;

        rc = add_standing_here(filling);
        if (rc == 0) {
            rc = write_turn(filling, &turn, &tokens);
        }
        if (rc == 0) {
            rc = add_turn(filling, tokens);
            prompt->turn_count++;
        }
    }
    return rc;
}

/* Writes candidates into the prompt's buffer until one has `least` … `most` tokens. */
static int choose_turn(struct filling *filling, size_t place, uint64_t least, uint64_t most,
                       uint64_t *tokens)
{
    struct mrcr_v2_prompt *prompt = filling->prompt;
    struct mrcr_v2_turn *chosen = &prompt->end[place];
    double middle = (double)(least + most) / 2 - STYLE_TOKENS;

    for (uint64_t i = 0; i < END_TRIES_MAX; i++) {
        struct random random =
            random_stream(prompt->design.mrcr.haystack_seed, STR("v2 end target"), i);
        int rc = 0;

        /* Sizes miss their targets by a few percent, so the targets are spread as much. */
        *chosen =
            (struct mrcr_v2_turn){STR("v2 end"), place * END_TRIES_MAX + i,
                                  (uint32_t)fmax(1, middle * (0.8 + 0.4 * random_unit(&random)))};
        rc = write_turn(filling, chosen, tokens);
        if (rc != 0 || (*tokens >= least && *tokens <= most)) {
            return rc;
        }
    }
    return err_set(filling->err, ERR_LIMIT, "none of %d turns has %llu to %llu tokens",
                   END_TRIES_MAX, (unsigned long long)least, (unsigned long long)most);
}

/* Fills the last of the room with turns of like size, the last of which ends within the slack. */
static int add_end(struct filling *filling)
{
    uint64_t slack = filling->prompt->design.mrcr.target_tokens / 200;
    size_t turns = (size_t)((filling->room + END_TURN / 2) / END_TURN);
    int rc = 0;

    slack = slack < SLACK_MAX ? slack : SLACK_MAX;
    turns = turns != 0 ? turns : 1;
    filling->prompt->end_count = turns;
    for (size_t i = 0; rc == 0 && i < turns; i++) {
        uint64_t share = filling->room / (turns - i);
        uint64_t tokens = 0;

        rc = add_standing_here(filling);
        if (rc == 0 && i + 1 == turns) {
            rc = choose_turn(filling, i, filling->room - slack, filling->room, &tokens);
        } else if (rc == 0) {
            rc = choose_turn(filling, i, share - END_TOLERANCE, share + END_TOLERANCE, &tokens);
        }
        if (rc == 0) {
            rc = add_turn(filling, tokens);
        }
    }
    return rc != 0 ? rc : add_standing(filling, (double)INFINITY);
}

static int pass(struct filling *filling)
{
    struct test_case *test_case = filling->test_case;
    struct prompt_piece question = {.text = filling->prompt->question, .role = PROMPT_USER};
    int rc = add(filling, filling->prompt->opening, filling->prompt->salt_bytes, true);

    if (rc == 0) {
        rc = add_turns(filling);
    }
    if (rc == 0) {
        rc = add_end(filling);
    }
    if (rc != 0) {
        return rc;
    }
    test_case->haystack = fingerprint_finish(filling->haystack);
    rc = prompt_meter_add(filling->meter, &question, filling->err);
    prompt_meter_finish(filling->meter, &test_case->measure);
    test_case->depth = (double)filling->wanted_tokens_before / (double)test_case->measure.tokens;
    return rc;
}

static int fill(struct filling *filling)
{
    int rc = mrcr_v2_fixed_write(filling->test_case, filling->prompt, filling->tokenizer,
                                 &filling->room, filling->err);

    if (rc == 0) {
        rc = prompt_meter_new(&filling->meter, filling->tokenizer, filling->err);
    }
    if (rc == 0) {
        filling->haystack = fingerprint_new();
        rc = filling->haystack == NULL ? err_memory(filling->err) : pass(filling);
    }
    prompt_meter_free(filling->meter);
    fingerprint_free(filling->haystack);
    prompt_rewind(&filling->prompt->prompt);
    return rc;
}

static int check(const struct case_recipe *recipe, struct err *err)
{
    if (recipe->needles == 0 || recipe->needles > MRCR_V2_NEEDLES_MAX) {
        return err_set(err, ERR_USAGE, "mrcr-v2 counts needles in words: 1 to %d, not %u",
                       MRCR_V2_NEEDLES_MAX, recipe->needles);
    }
    return generator_check_probes(recipe, err);
}

static int open_case(const void *bank, const struct case_recipe *recipe, struct test_case **out,
                     struct err *err)
{
    struct mrcr_v2_design design;
    struct filling filling = {.tokenizer = mrcr_bank_tokenizer(bank), .err = err};
    int rc = check(recipe, err);

    if (rc == 0) {
        rc = mrcr_v2_design_draw(&design, recipe, mrcr_bank_grammar(bank), err);
    }
    if (rc != 0) {
        return rc;
    }
    filling.test_case = calloc(1, sizeof *filling.test_case);
    if (filling.test_case == NULL) {
        return err_memory(err);
    }
    filling.test_case->recipe = *recipe;
    rc = mrcr_v2_prompt_new(&filling.prompt, mrcr_bank_grammar(bank), &design, err);
    if (rc == 0) {
        filling.test_case->prompt = &filling.prompt->prompt;
        rc = fill(&filling);
    }
    if (rc != 0) {
        test_case_free(filling.test_case);
        return rc;
    }
    *out = filling.test_case;
    return 0;
}

const struct generator generator_mrcr_v2 = {
    .name = "mrcr-v2",
    .purpose =
        "the same in Google DeepMind's form: one flat transcript, keys with a style, ordinals "
        "in words, a hash of 12 characters",
    .grader = "gdm-mrcr",
    .version = "2",
    .released = "2026-11-22",
    .needles_default = 8,
    .chance = mrcr_chance,
    .load = mrcr_bank_load,
    .unload = mrcr_bank_unload,
    .corpus_hash = mrcr_bank_hash,
    .open = open_case,
};
