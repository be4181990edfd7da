#include "generators/mrcr_fill.h"

#include "generators/mrcr_fixed.h"
#include "generators/writer.h"

#include "base/random.h"

#include <math.h>
#include <stdlib.h>

/* All in o200k tokens. */
enum {
    END_ROOM = 1600,      /* where filling ends and choosing begins; longer than any reply */
    END_REPLY = 400,      /* the usual size of a chosen reply */
    END_TOLERANCE = 60,   /* of a chosen reply that is not the last */
    SLACK_MAX = 64,       /* the last reply ends this near, where 0.5 % is more */
    DISTRACTOR_HALF = 190 /* half of a usual ask and reply */
};
enum { END_TRIES_MAX = 4096 };

struct fill {
    struct test_case *test_case;
    struct mrcr_prompt *prompt;
    const struct tokenizer *tokenizer;
    struct token_session *session;
    struct prompt_meter *meter;
    struct fingerprint_state *haystack;
    struct err *err;
    uint64_t pairs;             /* asks with replies so far */
    uint64_t distractor_tokens; /* so far */
    struct mrcr_room at_first;
    uint64_t room; /* tokens left for distractors */
    uint32_t *needle_messages;
    uint64_t wanted_tokens_before;
};

static int count(struct fill *fill, struct str text, uint64_t *sum)
{
    uint64_t tokens = 0;
    int rc = tokenizer_count(fill->tokenizer, text, &tokens, fill->err);

    *sum += tokens;
    return rc;
}

static int compare_places(const void *a, const void *b)
{
    const double *left = a;
    const double *right = b;

    return (*left > *right) - (*left < *right);
}

/* Where the wanted needle number `rank` should stand, `tokens_before` of needles and opening before
 * it; the end of the haystack where there are no more. In tokens of distractors before it. */
static double wanted_place(const struct fill *fill, uint32_t rank, uint64_t tokens_before)
{
    const struct mrcr_design *design = &fill->prompt->design;
    uint64_t prompt_tokens = design->target_tokens - fill->at_first.reply;

    if (rank == case_probes(&design->recipe)) {
        return (double)fill->room;
    }
    return mrcr_design_depth(design, rank) * (double)prompt_tokens - (double)tokens_before;
}

/* Spreads the `count` needles before a wanted one over what is between it and the one before. */
static void spread(double *places, size_t count, double from, double to, struct random *random)
{
    for (size_t i = 0; i < count; i++) {
        places[i] = from + random_unit(random) * (to - from);
    }
    qsort(places, count, sizeof *places, compare_places);
}

/* A wanted needle is where its depth says, as near as the needles before and after it allow; those
 * between are spread at random. */
static int place_needles(struct fill *fill)
{
    struct mrcr_prompt *prompt = fill->prompt;
    struct random random = random_stream(prompt->design.haystack_seed, STR("places"), 0);
    uint64_t before = fill->at_first.opening;
    size_t count = prompt->needle_count;
    double *places = calloc(count, sizeof *places);
    uint32_t rank = 0;
    double from = 0;

    if (places == NULL) {
        return err_memory(fill->err);
    }
    for (size_t first = 0, end = 0; first < count; first = end) {
        double to = 0;

        while (end < count && !mrcr_design_is_wanted(&prompt->design, (uint32_t)end)) {
            before += prompt->ask_tokens + prompt->needles[end++].tokens;
        }
        to = fmin(fmax(wanted_place(fill, rank++, before), from), (double)fill->room);
        spread(places + first, end - first, from, to, &random);
        if (end < count) {
            (void)random_unit(&random); /* each needle has its draw */
            before += prompt->ask_tokens + prompt->needles[end].tokens;
            places[end++] = to;
        }
        from = to;
    }
    for (size_t i = 0; i < count; i++) {
        prompt->needles[i].at = places[i];
    }
    free(places);
    return 0;
}

/* --- The pass. --- */

/* Adds a message whose tokens are known. Without a salt the haystack's fingerprint is that of the
 * prompt so far, so it is not computed twice. */
static void add_known(struct fill *fill, enum prompt_role role, struct str text, uint64_t tokens)
{
    struct prompt_piece piece = {.text = text, .role = role, .opens_message = true};

    if (fill->prompt->salt_bytes != 0) {
        fingerprint_add(fill->haystack, &piece);
    }
    prompt_meter_add_counted(fill->meter, &piece, tokens);
}

static int add_opening(struct fill *fill)
{
    struct prompt_piece piece = {
        .text = fill->prompt->opening, .role = PROMPT_USER, .opens_message = true};
    struct prompt_piece unsalted = piece;

    unsalted.text = str_skip(piece.text, fill->prompt->salt_bytes);
    fingerprint_add(fill->haystack, &unsalted);
    return prompt_meter_add(fill->meter, &piece, fill->err);
}

static int add_question(struct fill *fill)
{
    struct prompt_piece piece = {
        .text = fill->prompt->question, .role = PROMPT_USER, .opens_message = true};

    fill->test_case->haystack = fill->prompt->salt_bytes != 0
                                    ? fingerprint_finish(fill->haystack)
                                    : prompt_meter_fingerprint(fill->meter);
    return prompt_meter_add(fill->meter, &piece, fill->err);
}

static void add_pair(struct fill *fill, struct str ask, struct str reply,
                     struct mrcr_pair_tokens tokens)
{
    add_known(fill, PROMPT_USER, ask, tokens.ask);
    add_known(fill, PROMPT_ASSISTANT, reply, tokens.reply);
    fill->pairs++;
}

static int add_checkpoint(struct fill *fill, const struct mrcr_checkpoint *checkpoint)
{
    struct mrcr_pair_tokens tokens = {0};
    int rc = count(fill, checkpoint->ask, &tokens.ask);

    if (rc == 0) {
        rc = count(fill, checkpoint->reply, &tokens.reply);
    }
    add_pair(fill, checkpoint->ask, checkpoint->reply, tokens);
    return rc;
}

/* Adds the canary's middle where half of the prompt is nearer to here than to the end of the next
 * pair, or `is_last_chance`. */
static int add_middle(struct fill *fill, bool is_last_chance)
{
    struct mrcr_prompt *prompt = fill->prompt;
    uint64_t half = (prompt->design.target_tokens - fill->at_first.reply) / 2;

    if (prompt->middle.ask.len == 0 || prompt->at.checkpoints != 0 ||
        (!is_last_chance && prompt_meter_tokens(fill->meter) + DISTRACTOR_HALF < half)) {
        return 0;
    }
    prompt->middle_distractors = prompt->at.distractors;
    prompt->middle_needles = prompt->at.needles;
    prompt->at.checkpoints++;
    return add_checkpoint(fill, &prompt->middle);
}

static void add_needle(struct fill *fill)
{
    struct mrcr_prompt *prompt = fill->prompt;
    size_t i = prompt->at.needles++;
    struct mrcr_pair_tokens tokens = {prompt->ask_tokens, prompt->needles[i].tokens};

    if (i == fill->test_case->key.wanted) {
        fill->wanted_tokens_before = prompt_meter_tokens(fill->meter);
    }
    prompt->needles[i].distractors = prompt->at.distractors;
    fill->needle_messages[i] = (uint32_t)(2 * fill->pairs + 1);
    add_pair(fill, prompt->ask, prompt->needles[i].reply, tokens);
}

/* Adds the needles whose place is nearer to here than to the end of the next distractor. */
static int add_needles(struct fill *fill, double until)
{
    struct mrcr_prompt *prompt = fill->prompt;
    int rc = 0;

    while (rc == 0 && prompt->at.needles < prompt->needle_count &&
           prompt->needles[prompt->at.needles].at <= until) {
        rc = add_middle(fill, false);
        if (rc == 0) {
            add_needle(fill);
        }
    }
    return rc;
}

/* Adds what stands before the next distractor. */
static int add_standing(struct fill *fill)
{
    int rc = add_needles(fill, (double)fill->distractor_tokens + DISTRACTOR_HALF);

    return rc != 0 ? rc : add_middle(fill, false);
}

/* Adds what stands after the last distractor. */
static int add_remaining(struct fill *fill)
{
    const struct mrcr_checkpoint *closing = &fill->prompt->closing;
    int rc = add_needles(fill, (double)INFINITY);

    if (rc == 0) {
        rc = add_middle(fill, true);
    }
    return rc != 0 || closing->ask.len == 0 ? rc : add_checkpoint(fill, closing);
}

/* Adds the distractor that stands in the prompt's buffers. */
static int add_distractor(struct fill *fill, struct mrcr_pair_tokens tokens)
{
    int rc = buf_check(&fill->prompt->reply_text, "reply", fill->err);

    if (rc != 0) {
        return rc;
    }
    if (tokens.ask + tokens.reply > fill->room) {
        return err_set(fill->err, ERR_LIMIT, "a reply of %llu tokens: writers must stay below %d",
                       (unsigned long long)tokens.reply, END_ROOM);
    }
    add_pair(fill, buf_str(&fill->prompt->ask_text), buf_str(&fill->prompt->reply_text), tokens);
    fill->room -= tokens.ask + tokens.reply;
    fill->distractor_tokens += tokens.ask + tokens.reply;
    fill->prompt->at.distractors++;
    return 0;
}

static int add_distractors(struct fill *fill)
{
    struct mrcr_prompt *prompt = fill->prompt;
    int rc = 0;

    while (rc == 0 && fill->room > END_ROOM) {
        struct mrcr_distractor distractor = {STR("distractor"), prompt->distractor_count,
                                             WRITER_TARGET_BY_FORMAT};

        rc = add_standing(fill);
        if (rc == 0) {
            rc = add_distractor(
                fill, mrcr_write_distractor(prompt->grammar, &prompt->design, &distractor,
                                            fill->session, &prompt->ask_text, &prompt->reply_text));
            prompt->distractor_count++;
        }
    }
    return rc;
}

/* Writes candidates into the prompt's buffers until one has `least` … `most` tokens with its ask.
 */
static int choose_distractor(struct fill *fill, size_t place, uint64_t least, uint64_t most,
                             struct mrcr_pair_tokens *tokens)
{
    struct mrcr_prompt *prompt = fill->prompt;
    struct mrcr_distractor *chosen = &prompt->end[place];
    double middle = (double)(least + most) / 2;

    for (uint64_t i = 0; i < END_TRIES_MAX; i++) {
        struct random random = random_stream(prompt->design.haystack_seed, STR("end target"), i);

        /* Sizes miss their targets by a few percent, so the targets are spread as much. */
        *chosen = (struct mrcr_distractor){
            STR("end"), place * END_TRIES_MAX + i,
            (uint32_t)fmax(1, middle * (0.85 + 0.3 * random_unit(&random)))};
        *tokens = mrcr_write_distractor(prompt->grammar, &prompt->design, chosen, fill->session,
                                        &prompt->ask_text, &prompt->reply_text);
        if (tokens->ask + tokens->reply >= least && tokens->ask + tokens->reply <= most) {
            return 0;
        }
    }
    return err_set(fill->err, ERR_LIMIT, "none of %d replies has %llu to %llu tokens",
                   END_TRIES_MAX, (unsigned long long)least, (unsigned long long)most);
}

/* Fills the last of the room with replies of like size, the last of which ends within the slack. */
static int add_end(struct fill *fill)
{
    uint64_t slack = fill->prompt->design.target_tokens / 200;
    size_t replies = (size_t)((fill->room + END_REPLY / 2) / END_REPLY);
    int rc = 0;

    slack = slack < SLACK_MAX ? slack : SLACK_MAX;
    replies = replies != 0 ? replies : 1;
    fill->prompt->end_count = replies;
    for (size_t i = 0; rc == 0 && i < replies; i++) {
        uint64_t share = fill->room / (replies - i);
        struct mrcr_pair_tokens tokens = {0};

        rc = add_standing(fill);
        if (rc == 0 && i + 1 == replies) {
            rc = choose_distractor(fill, i, fill->room - slack, fill->room, &tokens);
        } else if (rc == 0) {
            rc = choose_distractor(fill, i, share - END_TOLERANCE, share + END_TOLERANCE, &tokens);
        }
        if (rc == 0) {
            rc = add_distractor(fill, tokens);
        }
    }
    return rc != 0 ? rc : add_remaining(fill);
}

static int pass(struct fill *fill)
{
    struct test_case *test_case = fill->test_case;
    int rc = add_opening(fill);

    if (rc == 0) {
        rc = add_distractors(fill);
    }
    if (rc == 0) {
        rc = add_end(fill);
    }
    if (rc == 0) {
        rc = add_question(fill);
    }
    if (rc != 0) {
        return rc;
    }
    prompt_meter_finish(fill->meter, &test_case->measure);
    test_case->depth = (double)fill->wanted_tokens_before / (double)test_case->measure.tokens;
    return 0;
}

static int allocate(struct fill *fill)
{
    struct mrcr_prompt *prompt = fill->prompt;
    struct arena *arena = &fill->test_case->arena;

    prompt->needle_count = fill->test_case->recipe.needles;
    prompt->needles = arena_alloc(arena, prompt->needle_count, sizeof *prompt->needles);
    fill->needle_messages = arena_alloc(arena, prompt->needle_count, sizeof *fill->needle_messages);
    if (prompt->needles == NULL || fill->needle_messages == NULL) {
        return err_memory(fill->err);
    }
    fill->test_case->needle_messages = fill->needle_messages;
    fill->haystack = fingerprint_new();
    if (fill->haystack == NULL) {
        return err_memory(fill->err);
    }
    return prompt_meter_new(&fill->meter, fill->tokenizer, fill->err);
}

static int write_fixed(struct fill *fill)
{
    int rc = mrcr_fixed_write(fill->test_case, fill->prompt, fill->tokenizer, fill->session,
                              &fill->at_first, fill->err);

    fill->room = fill->at_first.distractors;
    return rc;
}

static int finish_key(struct fill *fill)
{
    struct answer_key *key = &fill->test_case->key;
    struct str *texts =
        arena_alloc(&fill->test_case->arena, fill->prompt->needle_count, sizeof *texts);

    if (texts == NULL) {
        return err_memory(fill->err);
    }
    for (size_t i = 0; i < fill->prompt->needle_count; i++) {
        texts[i] = fill->prompt->needles[i].reply;
    }
    key->needles = texts;
    key->needle_count = fill->prompt->needle_count;
    return 0;
}

int mrcr_fill(struct test_case *test_case, struct mrcr_prompt *prompt,
              const struct tokenizer *tokenizer, struct token_session *session, struct err *err)
{
    struct fill fill = {.test_case = test_case,
                        .prompt = prompt,
                        .tokenizer = tokenizer,
                        .session = session,
                        .err = err};
    int (*const steps[])(struct fill *) = {allocate, write_fixed, place_needles, pass, finish_key};
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < sizeof steps / sizeof *steps; i++) {
        rc = steps[i](&fill);
    }
    prompt_meter_free(fill.meter);
    fingerprint_free(fill.haystack);
    prompt_rewind(&prompt->prompt);
    return rc;
}
