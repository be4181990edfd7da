#include "generators/planted.h"

#include "generators/prose_image.h"

#include "generators/canary.h"
#include "generators/draw.h"
#include "generators/planted_fill.h"

#include "base/random.h"

#include <math.h>
#include <stdlib.h>

enum { CHECKPOINT_BYTES_MAX = 64, REQUEST_BYTES_MAX = 512 };

struct planted_bank {
    const struct generator *generator;
    const struct planted_task *task;
    struct prose *prose;
    const struct tokenizer *tokenizer; /* borrowed */
    void *own;                         /* the task's; NULL for nothing */
};

void planted_unload(void *bank)
{
    struct planted_bank *self = bank;

    if (self == NULL) {
        return;
    }
    if (self->own != NULL) {
        self->task->unload(self->own);
    }
    prose_free(self->prose);
    free(self);
}

/* Another file of the task's gives another hash; a task without one has the prose's. */
uint64_t planted_corpus_hash(const void *bank)
{
    const struct planted_bank *self = bank;

    return self->prose->hash ^ (self->task->hash != NULL ? self->task->hash(self->own) : 0);
}

int planted_load(const struct generator *generator, void **bank,
                 const struct generator_settings *settings, const struct tokenizer *tokenizer,
                 struct err *err)
{
    struct planted_bank *self = calloc(1, sizeof *self);
    int rc = 0;

    if (self == NULL) {
        return err_memory(err);
    }
    self->generator = generator;
    self->task = generator->variant;
    self->tokenizer = tokenizer;
    if (!self->task->takes_user_needle) {
        rc = generator_check_settings(generator, settings, true, err);
    }
    if (rc == 0) {
        rc = prose_open(&self->prose, settings->corpus, self->tokenizer, err);
    }
    if (rc == 0 && self->task->load != NULL) {
        rc = self->task->load(&self->own, generator, settings, self->prose, err);
    }
    if (rc != 0) {
        planted_unload(self);
        return rc;
    }
    *bank = self;
    return 0;
}

/* --- For the tasks. --- */

int planted_allocate(struct planted *planted, size_t needles, struct err *err)
{
    planted->needle_count = needles;
    planted->needles =
        arena_alloc(planted->arena, needles + CANARY_PLACES, sizeof *planted->needles);
    return planted->needles == NULL ? err_memory(err) : 0;
}

double planted_spread(double depth, size_t index, size_t count)
{
    double turn = depth + (double)index / (double)count;

    return index == 0 ? depth : turn - floor(turn);
}

int planted_keep(struct buf *text, struct arena *arena, struct str *out, struct err *err)
{
    int rc = buf_check(text, "text", err);

    if (rc == 0) {
        *out = arena_copy(arena, buf_str(text));
        rc = out->p == NULL ? err_memory(err) : 0;
    }
    buf_reset(text);
    return rc;
}

/* --- One case. --- */

/* A case while it is built. */
struct building {
    const struct planted_bank *bank;
    struct test_case *test_case;
    struct planted planted;
    struct str question;         /* of this probe, with the canary's request if any */
    struct str longest_question; /* of the probe with the longest question and reply … */
    uint64_t longest_reply;      /* … and the tokens of that reply */
    size_t question_bytes_max;
    struct err *err;
};

/* Copies the text and releases the buffer. */
static int keep(struct building *building, struct buf *text, struct str *out)
{
    int rc = planted_keep(text, &building->test_case->arena, out, building->err);

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
    rc = canary_draw(building->planted.seed, test_case->recipe.sample, &test_case->arena,
                     test_case->key.canary, building->err);
    for (int i = 0; rc == 0 && i < CANARY_PLACES; i++) {
        struct planted_needle *needle =
            &building->planted.needles[building->planted.needle_count++];
        struct buf text;

        *needle = (struct planted_needle){.depth = (double)i / (CANARY_PLACES - 1),
                                          .is_checkpoint = true};
        buf_init(&text, CHECKPOINT_BYTES_MAX);
        canary_write_fact((enum canary_place)i, test_case->key.canary[i], &text);
        rc = keep(building, &text, &needle->sentence);
    }
    return rc;
}

/* At equal depths the first checkpoint stands before all needles, the others after. */
static int standing(const struct planted_needle *needle)
{
    return !needle->is_checkpoint ? 0 : needle->depth > 0 ? 1 : -1;
}

static int compare_depths(const void *a, const void *b)
{
    const struct planted_needle *left = a;
    const struct planted_needle *right = b;
    int apart = standing(left) - standing(right);

    if (left->depth < right->depth) {
        return -1;
    }
    if (left->depth > right->depth) {
        return 1;
    }
    return apart != 0 ? apart : (left->drawn > right->drawn) - (left->drawn < right->drawn);
}

static int draw(struct building *building)
{
    struct planted *planted = &building->planted;
    int rc = 0;

    planted->probes =
        arena_alloc(planted->arena, case_probes(planted->recipe), sizeof *planted->probes);
    if (planted->probes == NULL) {
        return err_memory(building->err);
    }
    rc = building->bank->task->draw(building->bank->own, planted, building->err);
    if (rc == 0) {
        rc = draw_checkpoints(building);
    }
    for (size_t i = 0; rc == 0 && i < planted->needle_count; i++) {
        planted->needles[i].drawn = (uint32_t)i;
    }
    if (rc == 0) {
        qsort(planted->needles, planted->needle_count, sizeof *planted->needles, compare_depths);
    }
    return rc;
}

static int fill_key(struct building *building)
{
    const struct planted *planted = &building->planted;
    const struct planted_probe *probe = &planted->probes[planted->recipe->probe];
    struct answer_key *key = &building->test_case->key;
    struct str *values = arena_alloc(planted->arena, planted->needle_count, sizeof *values);
    bool is_found = false;

    if (values == NULL) {
        return err_memory(building->err);
    }
    for (size_t i = 0; i < planted->needle_count; i++) {
        if (planted->needles[i].value.len == 0) {
            continue;
        }
        if (planted->needles[i].is_wanted && !is_found) {
            key->wanted = key->needle_count;
            is_found = true;
        }
        values[key->needle_count++] = planted->needles[i].value;
    }
    if (!is_found) {
        key->wanted = key->needle_count;
    }
    key->answer = probe->answer;
    key->answers = probe->answers;
    key->answer_count = probe->answer_count;
    key->needles = values;
    return 0;
}

static int write_question(struct building *building, struct str asked, struct str *out)
{
    const size_t bytes_max = asked.len + REQUEST_BYTES_MAX;
    struct buf text;

    *out = asked;
    if (!building->test_case->recipe.canary) {
        return 0;
    }
    buf_init(&text, bytes_max);
    buf_append(&text, asked);
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
        const struct planted_probe *drawn = &building->planted.probes[probe];
        struct answer_key key = test_case->key;
        struct str question = {0};
        uint64_t asked = 0;
        uint64_t reply = 0;

        key.answer = drawn->answer;
        if (write_question(building, drawn->question, &question) != 0 ||
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
    draw_salt(building->planted.seed, &building->test_case->recipe, &text);
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

/* Where the wanted needle begins, in tokens of the whole prompt; of several their mean. */
static int set_depth(const struct building *building, const struct planted_prompt *prompt)
{
    const struct tokenizer *tokenizer = building->bank->tokenizer;
    uint64_t before = 0;
    double sum = 0.0;
    size_t wanted = 0;
    uint32_t boundary = 0;
    int rc = tokenizer_count(tokenizer, prompt->salt, &before, building->err);

    for (size_t i = 0; rc == 0 && i < prompt->needle_count; i++) {
        const struct planted_needle *needle = &prompt->needles[i];
        uint64_t tokens = 0;

        for (; boundary < needle->boundary; boundary++) {
            before += (int64_t)boundary != prompt->skipped
                          ? planted_prompt_sentence(prompt, boundary)->tokens
                          : 0;
        }
        if (needle->is_wanted || needle->is_decoy) {
            sum += (double)before;
            wanted++;
        }
        rc = tokenizer_count(tokenizer, needle->sentence, &tokens, building->err);
        before += tokens;
    }
    if (rc == 0 && wanted != 0) {
        building->test_case->depth =
            sum / (double)wanted / (double)building->test_case->measure.tokens;
    }
    return rc;
}

/* The last piece before the question waits for it: both are counted together. */
static int add_to_meter(struct prompt_meter *meter, const struct planted_prompt *prompt,
                        const struct prompt_piece *piece, struct err *err)
{
    if (prompt->at.is_question) {
        return 0;
    }
    if (!prompt->at.is_run) {
        return prompt_meter_add(meter, piece, err);
    }
    prompt_meter_add_sized(meter, piece, &prompt->at.run);
    return 0;
}

/* Measures the prompt and its haystack in one pass. Without a salt both begin alike, so that only
 * the end, which has the question, is hashed twice. */
static int measure(const struct building *building, struct planted_prompt *prompt)
{
    struct test_case *test_case = building->test_case;
    struct fingerprint_state *haystack = fingerprint_new();
    struct prompt_meter *meter = NULL;
    struct prompt_piece piece;
    bool last_opens = false;
    int rc = haystack == NULL ? err_memory(building->err)
                              : prompt_meter_new(&meter, building->bank->tokenizer, building->err);

    prompt_rewind(&prompt->prompt);
    while (rc == 0 && (rc = prompt_next(&prompt->prompt, &piece, building->err)) > 0) {
        struct prompt_piece whole = piece;

        if (piece.opens_question) {
            whole.text = buf_str(&prompt->piece);
            whole.opens_message = last_opens;
        }
        last_opens = piece.opens_message;
        if (prompt->salt.len != 0) {
            piece.text = planted_prompt_haystack(prompt, &piece);
            fingerprint_add(haystack, &piece);
        } else if (prompt->at.is_question) {
            prompt_meter_copy_fingerprint(meter, haystack);
            fingerprint_add(haystack, &piece);
        }
        rc = add_to_meter(meter, prompt, &whole, building->err);
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
static int fill(const struct building *building, struct planted_prompt *prompt)
{
    const struct case_recipe *recipe = &building->test_case->recipe;
    uint64_t window_seed =
        draw_seed(draw_seed(draw_seed(building->planted.seed, STR("sample"), recipe->sample),
                            STR("length"), recipe->length_tokens),
                  STR("depth"), (uint64_t)recipe->depth_percent + 1);
    uint64_t target = draw_target(window_seed, recipe);
    int rc = 0;

    target -= building->longest_reply < target ? building->longest_reply : target;
    prompt->start = draw_start(prompt->prose, window_seed);
    prompt->question = building->longest_question;
    rc = planted_fill(prompt, building->planted.needles, target, building->longest_reply,
                      building->bank->tokenizer, building->err);
    prompt->question = building->question;
    return rc;
}

static int build(struct building *building)
{
    struct planted_prompt *prompt = NULL;
    int rc = draw(building);

    if (rc == 0) {
        rc = fill_key(building);
    }
    if (rc == 0) {
        rc = write_questions(building);
    }
    if (rc == 0) {
        rc = planted_prompt_new(&prompt, building->bank->prose, building->planted.needles,
                                building->planted.needle_count, building->question_bytes_max,
                                building->err);
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

int planted_open(const void *bank, const struct case_recipe *recipe, struct test_case **out,
                 struct err *err)
{
    const struct planted_bank *self = bank;
    struct building building = {.bank = self, .err = err};
    struct test_case *test_case = NULL;
    int rc = self->task->check(self->own, recipe, err);

    if (rc != 0) {
        return rc;
    }
    test_case = calloc(1, sizeof *test_case);
    if (test_case == NULL) {
        return err_memory(err);
    }
    test_case->recipe = *recipe;
    building.test_case = test_case;
    building.planted = (struct planted){
        .recipe = &test_case->recipe,
        .arena = &test_case->arena,
        .seed = draw_seed(recipe->seed, str_from(self->generator->name), recipe->needles),
    };
    rc = build(&building);
    if (rc != 0) {
        test_case_free(test_case);
        return rc;
    }
    *out = test_case;
    return 0;
}
