#include "generators/mrcr_fill.h"

#include "generators/writer.h"

#include "base/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

/* All in o200k tokens. */
enum {
    BRIEF_BELOW = 8192,     /* shorter prompts get one worked example instead of two */
    ROOM_MIN = 300,         /* room that some reply is sure to fill */
    END_ROOM = 1600,        /* where filling ends and choosing begins; longer than any reply */
    END_REPLY = 400,        /* the usual size of a chosen reply */
    END_TOLERANCE = 60,     /* of a chosen reply that is not the last */
    SLACK_MAX = 64,         /* the last reply ends this near, where 0.5 % is more */
    DISTRACTOR_HALF = 190,  /* half of a usual ask and reply */
    NEEDLE_TARGET_MIN = 60, /* no writer is asked for less */
    NEEDLE_TARGET_MAX = 4096
};
enum { END_TRIES_MAX = 4096, DUPLICATE_REPLY = 1 };

/* At most this share of the prompt is for needles and answer, as long as they can be shorter. */
static const double needles_share = 0.8;

struct fill {
    struct test_case *test_case;
    struct mrcr_prompt *prompt;
    const struct tokenizer *tokenizer;
    struct prompt_meter *meter;
    struct err *err;
    uint64_t pairs;             /* asks with replies so far */
    uint64_t distractor_tokens; /* so far */
    uint64_t room;              /* tokens left for distractors */
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

static int keep(struct fill *fill, struct buf *text, struct str *out)
{
    int rc = buf_check(text, "text", fill->err);

    if (rc != 0) {
        return rc;
    }
    *out = arena_copy(&fill->test_case->arena, buf_str(text));
    return out->p == NULL ? err_memory(fill->err) : 0;
}

/* --- The texts that do not depend on how the rest is filled. --- */

static int write_examples(struct fill *fill, bool is_brief)
{
    struct mrcr_prompt *prompt = fill->prompt;

    buf_reset(&prompt->reply_text);
    mrcr_write_examples(prompt->grammar, &prompt->design, is_brief, &prompt->reply_text);
    return keep(fill, &prompt->reply_text, &prompt->examples);
}

static int write_first_examples(struct fill *fill)
{
    return write_examples(fill, fill->test_case->recipe.length_tokens < BRIEF_BELOW);
}

static int write_question(struct fill *fill)
{
    struct mrcr_prompt *prompt = fill->prompt;
    struct str prefix = {prompt->design.prefix, MRCR_PREFIX_CHARS};
    int rc = 0;

    buf_reset(&prompt->ask_text);
    mrcr_write_ask(prompt->grammar, prompt->design.wanted, &prompt->ask_text);
    rc = keep(fill, &prompt->ask_text, &prompt->ask);
    if (rc != 0) {
        return rc;
    }
    buf_reset(&prompt->ask_text);
    mrcr_write_question(prompt->grammar, prompt->design.wanted, prompt->design.ordinal, prefix,
                        &prompt->ask_text);
    return keep(fill, &prompt->ask_text, &prompt->question);
}

/* --- Needles. --- */

static int write_answer(struct fill *fill)
{
    struct mrcr_prompt *prompt = fill->prompt;
    struct answer_key *key = &fill->test_case->key;
    int rc = 0;

    buf_reset(&prompt->reply_text);
    buf_append(&prompt->reply_text, (struct str){prompt->design.prefix, MRCR_PREFIX_CHARS});
    buf_append(&prompt->reply_text, prompt->needles[prompt->design.ordinal].reply);
    rc = keep(fill, &prompt->reply_text, &key->answer);
    if (rc != 0) {
        return rc;
    }
    key->prefix = str_take(key->answer, MRCR_PREFIX_CHARS);
    key->wanted = prompt->design.ordinal;
    fill->test_case->answer_tokens = 0;
    return count(fill, key->answer, &fill->test_case->answer_tokens);
}

/* Writes all needles with targets of at most `target_max` and sets *fixed to the tokens of all that
 * is not a distractor. */
static int write_needles(struct fill *fill, uint32_t target_max, uint64_t *fixed)
{
    struct mrcr_prompt *prompt = fill->prompt;
    int rc = 0;

    *fixed = 0;
    for (size_t i = 0; rc == 0 && i < prompt->needle_count; i++) {
        struct mrcr_needle *needle = &prompt->needles[i];

        buf_reset(&prompt->reply_text);
        mrcr_write_needle(prompt->grammar, &prompt->design, (uint32_t)i, target_max,
                          &prompt->reply_text);
        rc = keep(fill, &prompt->reply_text, &needle->reply);
        needle->tokens = 0;
        if (rc == 0) {
            rc = count(fill, prompt->ask, &needle->tokens);
        }
        if (rc == 0) {
            rc = count(fill, needle->reply, &needle->tokens);
        }
        *fixed += needle->tokens;
    }
    if (rc == 0) {
        rc = write_answer(fill);
    }
    *fixed += fill->test_case->answer_tokens;
    if (rc == 0) {
        rc = count(fill, prompt->examples, fixed);
    }
    return rc != 0 ? rc : count(fill, prompt->question, fixed);
}

static int compare_hashes(const void *a, const void *b)
{
    const uint64_t *left = a;
    const uint64_t *right = b;

    return (*left > *right) - (*left < *right);
}

/* A question for the 2nd of two equal texts would have two right answers. */
static int check_needles_differ(struct fill *fill)
{
    size_t n = fill->prompt->needle_count;
    uint64_t *hashes = calloc(n, sizeof *hashes);
    int rc = 0;

    if (hashes == NULL) {
        return err_memory(fill->err);
    }
    for (size_t i = 0; i < n; i++) {
        hashes[i] =
            XXH3_64bits(fill->prompt->needles[i].reply.p, fill->prompt->needles[i].reply.len);
    }
    qsort(hashes, n, sizeof *hashes, compare_hashes);
    for (size_t i = 1; rc == 0 && i < n; i++) {
        if (hashes[i] == hashes[i - 1]) {
            rc = err_set(fill->err, ERR_INPUT,
                         "two of %zu needles came out equal: the writers' corpus is too small", n);
        }
    }
    free(hashes);
    return rc;
}

/* The least that would do: needles as short as can be, and the examples of that length. */
static int refuse(struct fill *fill, uint64_t fixed)
{
    int rc = 0;

    if (fill->test_case->recipe.length_tokens < BRIEF_BELOW && fixed + ROOM_MIN >= BRIEF_BELOW) {
        uint64_t brief = 0;

        rc = count(fill, fill->prompt->examples, &brief);
        if (rc == 0) {
            rc = write_examples(fill, false);
        }
        if (rc == 0) {
            rc = count(fill, fill->prompt->examples, &fixed);
        }
        fixed -= brief;
    }
    return rc != 0 ? rc
                   : err_set(fill->err, ERR_USAGE,
                             "%zu needles do not fit into %llu tokens; sample %u needs %llu",
                             fill->prompt->needle_count,
                             (unsigned long long)fill->test_case->recipe.length_tokens,
                             fill->test_case->recipe.sample, (unsigned long long)fixed + ROOM_MIN);
}

/* Needles are as long as their writers like where there is room, else as short as need be. */
static int fit_needles(struct fill *fill)
{
    uint64_t target = fill->prompt->design.target_tokens;
    double share = needles_share * (double)target / (double)(fill->prompt->needle_count + 1);
    uint32_t target_max = share < NEEDLE_TARGET_MAX ? (uint32_t)share : NEEDLE_TARGET_MAX;
    uint64_t fixed = 0;
    int rc = 0;

    for (;;) {
        if (target_max < NEEDLE_TARGET_MIN) {
            target_max = NEEDLE_TARGET_MIN;
        }
        rc = write_needles(fill, target_max, &fixed);
        if (rc != 0) {
            return rc;
        }
        if (fixed + ROOM_MIN <= target) {
            fill->room = target - fixed;
            return check_needles_differ(fill);
        }
        if (target_max == NEEDLE_TARGET_MIN) {
            break;
        }
        target_max = target_max * 4 / 5;
    }
    /* A uniform fill may have drawn less than the least that will do; the bin still has room. */
    if (fixed + ROOM_MIN > fill->test_case->recipe.length_tokens) {
        return refuse(fill, fixed);
    }
    fill->prompt->design.target_tokens = fixed + ROOM_MIN;
    fill->room = ROOM_MIN;
    return check_needles_differ(fill);
}

static int compare_places(const void *a, const void *b)
{
    const double *left = a;
    const double *right = b;

    return (*left > *right) - (*left < *right);
}

/* Places are counted in tokens of distractors: the wanted needle is where its depth says, as near
 * as the needles before and after it allow; those before and after it are spread at random. */
static int place_needles(struct fill *fill)
{
    struct mrcr_prompt *prompt = fill->prompt;
    size_t wanted = prompt->design.ordinal;
    struct random random = random_stream(prompt->design.haystack_seed, STR("places"), 0);
    uint64_t prompt_tokens = prompt->design.target_tokens - fill->test_case->answer_tokens;
    uint64_t before = 0;
    double at = 0;
    double *places = calloc(prompt->needle_count, sizeof *places);
    int rc = places == NULL ? err_memory(fill->err) : count(fill, prompt->examples, &before);

    if (rc != 0) {
        goto done;
    }
    for (size_t i = 0; i < wanted; i++) {
        before += prompt->needles[i].tokens;
    }
    at = prompt->design.depth * (double)prompt_tokens - (double)before;
    at = fmin(fmax(at, 0), (double)fill->room);
    for (size_t i = 0; i < prompt->needle_count; i++) {
        double unit = random_unit(&random);

        places[i] = i == wanted  ? at
                    : i < wanted ? unit * at
                                 : at + unit * ((double)fill->room - at);
    }
    qsort(places, wanted, sizeof *places, compare_places);
    qsort(places + wanted + 1, prompt->needle_count - wanted - 1, sizeof *places, compare_places);
    for (size_t i = 0; i < prompt->needle_count; i++) {
        prompt->needles[i].at = places[i];
    }
done:
    free(places);
    return rc;
}

/* --- The pass. --- */

static int add(struct fill *fill, enum prompt_role role, struct str text)
{
    struct prompt_piece piece = {text, role, true};

    return prompt_meter_add(fill->meter, &piece, fill->err);
}

static int add_pair(struct fill *fill, struct str ask, struct str reply)
{
    int rc = add(fill, PROMPT_USER, ask);

    fill->pairs++;
    return rc != 0 ? rc : add(fill, PROMPT_ASSISTANT, reply);
}

/* Adds the needles whose place is nearer to here than to the end of the next distractor. */
static int add_needles(struct fill *fill, double until)
{
    struct mrcr_prompt *prompt = fill->prompt;
    int rc = 0;

    while (rc == 0 && prompt->at.needles < prompt->needle_count &&
           prompt->needles[prompt->at.needles].at <= until) {
        size_t i = prompt->at.needles++;

        if (i == prompt->design.ordinal) {
            fill->wanted_tokens_before = prompt_meter_tokens(fill->meter);
        }
        prompt->needles[i].distractors = prompt->at.distractors;
        fill->needle_messages[i] = (uint32_t)(2 * fill->pairs + 1);
        rc = add_pair(fill, prompt->ask, prompt->needles[i].reply);
    }
    return rc;
}

/* Adds the distractor that stands in the prompt's buffers. */
static int add_distractor(struct fill *fill)
{
    uint64_t before = prompt_meter_tokens(fill->meter);
    uint64_t tokens = 0;
    int rc = buf_check(&fill->prompt->reply_text, "reply", fill->err);

    if (rc == 0) {
        rc = add_pair(fill, buf_str(&fill->prompt->ask_text), buf_str(&fill->prompt->reply_text));
    }
    if (rc != 0) {
        return rc;
    }
    tokens = prompt_meter_tokens(fill->meter) - before;
    if (tokens > fill->room) {
        return err_set(fill->err, ERR_LIMIT, "a reply of %llu tokens: writers must stay below %d",
                       (unsigned long long)tokens, END_ROOM);
    }
    fill->room -= tokens;
    fill->distractor_tokens += tokens;
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

        rc = add_needles(fill, (double)fill->distractor_tokens + DISTRACTOR_HALF);
        if (rc == 0) {
            mrcr_write_distractor(prompt->grammar, &prompt->design, &distractor, &prompt->ask_text,
                                  &prompt->reply_text);
            rc = add_distractor(fill);
            prompt->distractor_count++;
        }
    }
    return rc;
}

/* Writes candidates into the prompt's buffers until one has `least` … `most` tokens with its ask.
 */
static int choose_distractor(struct fill *fill, size_t place, uint64_t least, uint64_t most)
{
    struct mrcr_prompt *prompt = fill->prompt;
    struct mrcr_distractor *chosen = &prompt->end[place];
    double middle = (double)(least + most) / 2;

    for (uint64_t i = 0; i < END_TRIES_MAX; i++) {
        struct random random = random_stream(prompt->design.haystack_seed, STR("end target"), i);
        uint64_t tokens = 0;
        int rc = 0;

        /* Sizes miss their targets by a few percent, so the targets are spread as much. */
        *chosen = (struct mrcr_distractor){
            STR("end"), place * END_TRIES_MAX + i,
            (uint32_t)fmax(1, middle * (0.85 + 0.3 * random_unit(&random)))};
        mrcr_write_distractor(prompt->grammar, &prompt->design, chosen, &prompt->ask_text,
                              &prompt->reply_text);
        rc = count(fill, buf_str(&prompt->ask_text), &tokens);
        if (rc == 0) {
            rc = count(fill, buf_str(&prompt->reply_text), &tokens);
        }
        if (rc != 0) {
            return rc;
        }
        if (tokens >= least && tokens <= most) {
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

        rc = add_needles(fill, (double)fill->distractor_tokens + DISTRACTOR_HALF);
        if (rc == 0 && i + 1 == replies) {
            rc = choose_distractor(fill, i, fill->room - slack, fill->room);
        } else if (rc == 0) {
            rc = choose_distractor(fill, i, share - END_TOLERANCE, share + END_TOLERANCE);
        }
        if (rc == 0) {
            rc = add_distractor(fill);
        }
    }
    return rc != 0 ? rc : add_needles(fill, INFINITY);
}

static int pass(struct fill *fill)
{
    struct test_case *test_case = fill->test_case;
    int rc = add(fill, PROMPT_USER, fill->prompt->examples);

    if (rc == 0) {
        rc = add_distractors(fill);
    }
    if (rc == 0) {
        rc = add_end(fill);
    }
    if (rc == 0) {
        rc = add(fill, PROMPT_USER, fill->prompt->question);
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
    return prompt_meter_new(&fill->meter, fill->tokenizer, fill->err);
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
              const struct tokenizer *tokenizer, struct err *err)
{
    struct fill fill = {
        .test_case = test_case, .prompt = prompt, .tokenizer = tokenizer, .err = err};
    int (*const steps[])(struct fill *) = {allocate,    write_question, write_first_examples,
                                           fit_needles, place_needles,  pass,
                                           finish_key};
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < sizeof steps / sizeof *steps; i++) {
        rc = steps[i](&fill);
    }
    prompt_meter_free(fill.meter);
    prompt_rewind(&prompt->prompt);
    return rc;
}
