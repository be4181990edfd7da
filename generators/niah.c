/* niah: find one planted sentence in real prose.
 *
 * One user message: a window of prose with needles between its sentences, and the question as the
 * last paragraph. The needles are invented facts, or the user's sentence.
 *
 *   - The wording of ours is fixed, so that the text alone gives the answer: the question begins
 *     "What is the KEY?", and exactly one sentence of the text is "The KEY is VALUE." (see
 *     generators/niah_facts.h). The reply must contain VALUE.
 *   - With several needles all are facts of the same kind and one of them is asked for; the others
 *     have different places and numbers in them. The user's sentence is planted alone.
 *   - The wanted needle stands at the sentence boundary nearest to its depth, in tokens of prose:
 *     0 % is before the first sentence, 100 % after the last. The others divide the rest of the
 *     text evenly: needle j of N is at frac(depth + j / N).
 *   - Kind, places, numbers and depth depend on (seed, needles, sample), so that a sample asks for
 *     the same at every length. The window begins at a paragraph drawn from length and depth, too:
 *     no two prompts share a beginning that an endpoint may have cached.
 *   - The corpus is the State of the Union addresses (`sotu`), or a folder of the user's. It is
 *     never repeated: a window goes around the corpus once at most.
 */
#include "generators/niah.h"

#include "generators/draw.h"
#include "generators/niah_facts.h"
#include "generators/niah_fill.h"
#include "generators/niah_prompt.h"
#include "generators/prose.h"

#include "base/file.h"
#include "base/random.h"
#include "base/utf8.h"

#include <math.h>
#include <stdlib.h>

enum { PATH_BYTES_MAX = 8192, USER_TEXT_BYTES_MAX = 64 * 1024 };

struct niah_bank {
    struct prose *prose;
    const struct tokenizer *tokenizer; /* borrowed */
    struct niah_fact user;             /* borrowed from the settings; empty for our own facts */
};

static double chance(uint32_t needles)
{
    (void)needles;
    return NIAH_FACT_CHANCE;
}

static void unload(void *bank)
{
    struct niah_bank *self = bank;

    if (self != NULL) {
        prose_free(self->prose);
        free(self);
    }
}

static uint64_t corpus_hash(const void *bank)
{
    return ((const struct niah_bank *)bank)->prose->hash;
}

static int check_user_text(const char *option, const char *given, struct str *out, struct err *err)
{
    *out = str_trim(str_from(given));
    if (out->len == 0 || out->len > USER_TEXT_BYTES_MAX) {
        return err_set(err, ERR_USAGE, "--%s: needs a text of at most %d bytes", option,
                       USER_TEXT_BYTES_MAX);
    }
    if (utf8_invalid_at(*out) != SIZE_MAX) {
        return err_set(err, ERR_USAGE, "--%s: byte %zu is not UTF-8", option,
                       utf8_invalid_at(*out));
    }
    return 0;
}

static int load_user_texts(struct niah_bank *self, const struct generator_settings *settings,
                           struct err *err)
{
    int rc = 0;

    if (settings->needle == NULL && settings->question == NULL && settings->expect == NULL) {
        return 0;
    }
    if (settings->needle == NULL || settings->question == NULL || settings->expect == NULL) {
        return err_set(err, ERR_USAGE, "--needle, --question and --expect go together");
    }
    rc = check_user_text("needle", settings->needle, &self->user.sentence, err);
    if (rc == 0) {
        rc = check_user_text("question", settings->question, &self->user.question, err);
    }
    return rc != 0 ? rc : check_user_text("expect", settings->expect, &self->user.value, err);
}

static int load_prose(struct niah_bank *self, const char *corpus, struct err *err)
{
    struct buf path;
    int rc = 0;

    if (corpus != NULL && !str_equal(str_from(corpus), STR("sotu"))) {
        return prose_load(&self->prose, corpus, self->tokenizer, err);
    }
    buf_init(&path, PATH_BYTES_MAX);
    rc = file_data_path("corpora/sotu", &path, err);
    if (rc == 0) {
        rc = prose_load(&self->prose, path.p, self->tokenizer, err);
    }
    buf_release(&path);
    return rc;
}

static int load(void **bank, const struct generator_settings *settings,
                const struct tokenizer *tokenizer, struct err *err)
{
    struct niah_bank *self = calloc(1, sizeof *self);
    int rc = 0;

    if (self == NULL) {
        return err_memory(err);
    }
    self->tokenizer = tokenizer;
    rc = load_user_texts(self, settings, err);
    if (rc == 0) {
        rc = load_prose(self, settings->corpus, err);
    }
    if (rc != 0) {
        unload(self);
        return rc;
    }
    *bank = self;
    return 0;
}

static int check_needles(const struct niah_bank *self, uint32_t needles, struct err *err)
{
    if (needles == 0) {
        return err_set(err, ERR_USAGE, "niah needs at least one needle");
    }
    if (self->user.sentence.len != 0 && needles != 1) {
        return err_set(err, ERR_USAGE, "--needle plants one sentence: --needles must be 1");
    }
    if (needles > NIAH_FACTS_MAX) {
        return err_set(err, ERR_USAGE, "niah plants at most %d needles, not %u", NIAH_FACTS_MAX,
                       needles);
    }
    return 0;
}

static int compare_depths(const void *a, const void *b)
{
    double left = ((const struct niah_needle *)a)->depth;
    double right = ((const struct niah_needle *)b)->depth;

    return left < right ? -1 : left > right ? 1 : 0;
}

/* Draws the facts and their depths. Fact 0 is the wanted one. */
static int draw_needles(const struct niah_bank *self, uint64_t seed, struct test_case *test_case,
                        struct niah_needle *needles, struct str *question, struct err *err)
{
    const struct case_recipe *recipe = &test_case->recipe;
    struct niah_fact facts[NIAH_FACTS_MAX];
    double depth = draw_depth(seed, recipe);
    int rc = 0;

    if (self->user.sentence.len != 0) {
        facts[0] = self->user;
    } else {
        rc = niah_facts_draw(seed, recipe->sample, recipe->needles, &test_case->arena, facts, err);
    }
    for (uint32_t i = 0; rc == 0 && i < recipe->needles; i++) {
        double turn = depth + (double)i / recipe->needles;

        needles[i] = (struct niah_needle){
            .sentence = facts[i].sentence,
            .value = facts[i].value,
            .depth = i == 0 ? depth : turn - floor(turn),
            .is_wanted = i == 0,
        };
    }
    if (rc == 0) {
        *question = facts[0].question;
        qsort(needles, recipe->needles, sizeof *needles, compare_depths);
    }
    return rc;
}

static int fill_key(struct test_case *test_case, const struct niah_needle *needles, struct err *err)
{
    uint32_t count = test_case->recipe.needles;
    struct str *values = arena_alloc(&test_case->arena, count, sizeof *values);

    if (values == NULL) {
        return err_memory(err);
    }
    for (uint32_t i = 0; i < count; i++) {
        values[i] = needles[i].value;
        if (needles[i].is_wanted) {
            test_case->key.wanted = i;
        }
    }
    test_case->key.answer = values[test_case->key.wanted];
    test_case->key.needles = values;
    test_case->key.needle_count = count;
    return 0;
}

/* A window begins with a paragraph; the first sentence of the corpus does. */
static uint32_t draw_start(const struct prose *prose, uint64_t seed)
{
    struct random random = random_stream(seed, STR("start"), 0);
    uint32_t start = (uint32_t)random_below(&random, prose->count);

    while (!prose->sentences[start].opens_paragraph) {
        start = (start + 1) % prose->count;
    }
    return start;
}

/* Where the wanted needle begins, in tokens of the whole prompt. */
static double wanted_depth(const struct test_case *test_case, const struct niah_prompt *prompt,
                           const struct tokenizer *tokenizer, struct err *err)
{
    const struct niah_needle *wanted = &prompt->needles[test_case->key.wanted];
    uint64_t before = 0;

    for (uint32_t i = 0; i < wanted->boundary; i++) {
        before += (int64_t)i != prompt->skipped ? niah_prompt_sentence(prompt, i)->tokens : 0;
    }
    for (size_t i = 0; i < test_case->key.wanted; i++) {
        uint64_t tokens = 0;

        if (tokenizer_count(tokenizer, prompt->needles[i].sentence, &tokens, err) != 0) {
            return -1.0;
        }
        before += tokens;
    }
    return (double)before / (double)test_case->measure.tokens;
}

static int build(const struct niah_bank *self, struct test_case *test_case, struct err *err)
{
    const struct case_recipe *recipe = &test_case->recipe;
    uint64_t seed = draw_seed(recipe->seed, STR("niah"), recipe->needles);
    uint64_t window_seed = draw_seed(draw_seed(draw_seed(seed, STR("sample"), recipe->sample),
                                               STR("length"), recipe->length_tokens),
                                     STR("depth"), (uint64_t)recipe->depth_percent + 1);
    uint64_t target = draw_target(window_seed, recipe);
    struct niah_needle *needles = arena_alloc(&test_case->arena, recipe->needles, sizeof *needles);
    struct niah_prompt *prompt = NULL;
    struct str question = {0};
    int rc = 0;

    if (needles == NULL) {
        return err_memory(err);
    }
    rc = draw_needles(self, seed, test_case, needles, &question, err);
    if (rc == 0) {
        rc = fill_key(test_case, needles, err);
    }
    if (rc == 0) {
        rc =
            tokenizer_count(self->tokenizer, test_case->key.answer, &test_case->answer_tokens, err);
    }
    if (rc == 0) {
        rc = niah_prompt_new(&prompt, self->prose, needles, recipe->needles, question, err);
    }
    if (rc != 0) {
        return rc;
    }
    test_case->prompt = &prompt->prompt;
    prompt->start = draw_start(self->prose, window_seed);
    target -= test_case->answer_tokens < target ? test_case->answer_tokens : target;
    rc = niah_fill(prompt, needles, target, test_case->answer_tokens, self->tokenizer, err);
    if (rc == 0) {
        rc = prompt_measure(test_case->prompt, self->tokenizer, &test_case->measure, err);
    }
    if (rc == 0) {
        test_case->depth = wanted_depth(test_case, prompt, self->tokenizer, err);
        rc = test_case->depth < 0.0 ? (int)err->code : 0;
    }
    return rc;
}

static int open_case(const void *bank, const struct case_recipe *recipe, struct test_case **out,
                     struct err *err)
{
    const struct niah_bank *self = bank;
    struct test_case *test_case = NULL;
    int rc = check_needles(self, recipe->needles, err);

    if (rc != 0) {
        return rc;
    }
    test_case = calloc(1, sizeof *test_case);
    if (test_case == NULL) {
        return err_memory(err);
    }
    test_case->recipe = *recipe;
    rc = build(self, test_case, err);
    if (rc != 0) {
        test_case_free(test_case);
        return rc;
    }
    *out = test_case;
    return 0;
}

const struct generator generator_niah = {
    .name = "niah",
    .purpose = "find a sentence planted in real prose and give its value",
    .grader = "niah",
    .version = "1",
    .released = "2026-11-22",
    .needles_default = 1,
    .chance = chance,
    .load = load,
    .unload = unload,
    .corpus_hash = corpus_hash,
    .open = open_case,
};
