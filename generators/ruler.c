#include "generators/ruler.h"

#include "generators/draw.h"
#include "generators/prose_image.h"
#include "generators/qa_set.h"
#include "generators/ruler_bank.h"

#include <stdlib.h>

const struct str ruler_noise = STR_INIT("The grass is green. The sky is blue. The sun is yellow. "
                                        "Here we go. There and back again.");

void ruler_write_noise(const void *self, uint64_t index, uint32_t variant, struct buf *out)
{
    (void)self;
    (void)index;
    (void)variant;
    buf_append(out, ruler_noise);
}

struct str ruler_ending(const struct ruler_bank *bank, struct str prefix)
{
    return bank->has_answer_prefix ? prefix : STR("");
}

int ruler_join(struct test_case *test_case, const struct str *texts, size_t count,
               struct str separator, struct str *out, struct err *err)
{
    struct buf text;
    size_t bytes = 1;

    for (size_t i = 0; i < count; i++) {
        bytes += texts[i].len + separator.len;
    }
    buf_init(&text, bytes);
    for (size_t i = 0; i < count; i++) {
        buf_append(&text, i != 0 ? separator : STR(""));
        buf_append(&text, texts[i]);
    }
    return listing_case_keep(test_case, &text, out, err);
}

/* What a reader scores that names words of the right form: nothing of note. The values of niah are
 * one of nine million numbers; for qa see the README. */
static double chance(uint32_t needles)
{
    (void)needles;
    return 0.0;
}

static void unload(void *bank)
{
    struct ruler_bank *self = bank;

    if (self != NULL) {
        prose_free(self->prose);
        word_bank_free(self->words);
        qa_set_free(self->qa);
        free(self);
    }
}

static bool is_qa(const struct ruler_variant *variant)
{
    return variant->design == ruler_qa_design;
}

static int load_texts(struct ruler_bank *self, const struct generator_settings *settings,
                      struct err *err)
{
    const struct ruler_variant *variant = self->variant;
    struct str data = task_option_text(self->generator->options, settings->options, "data");
    bool needs_words = variant->design == ruler_cwe_design ||
                       (variant->design == ruler_niah_design && !variant->has_uuid_keys);
    int rc = 0;

    if (is_qa(variant)) {
        if (data.len == 0) {
            return err_set(err, ERR_USAGE,
                           "%s needs --task-option data=FILE: the JSON of %s, which has a licence "
                           "of its own",
                           self->generator->name,
                           variant->is_hotpot ? "HotpotQA (dev, distractor)" : "SQuAD 2.0 (dev)");
        }
        return qa_set_load(&self->qa, data.p, variant->is_hotpot ? QA_HOTPOT : QA_SQUAD, err);
    }
    if (variant->haystack == RULER_ESSAY) {
        rc = prose_open(&self->prose, settings->corpus, self->tokenizer, err);
    }
    return rc == 0 && needs_words ? word_bank_load(&self->words, err) : rc;
}

static int load(const struct generator *generator, void **bank,
                const struct generator_settings *settings, const struct tokenizer *tokenizer,
                struct err *err)
{
    const struct ruler_variant *variant = generator->variant;
    struct ruler_bank *self = NULL;
    int rc = generator_check_settings(generator, settings, variant->haystack == RULER_ESSAY, err);

    if (rc != 0) {
        return rc;
    }
    self = calloc(1, sizeof *self);
    if (self == NULL) {
        return err_memory(err);
    }
    self->generator = generator;
    self->variant = variant;
    self->tokenizer = tokenizer;
    self->has_answer_prefix =
        task_option_is_yes(generator->options, settings->options, "answer-prefix");
    rc = load_texts(self, settings, err);
    if (rc != 0) {
        unload(self);
        return rc;
    }
    *bank = self;
    return 0;
}

static uint64_t corpus_hash(const void *bank)
{
    const struct ruler_bank *self = bank;
    uint64_t hash = 0;

    hash ^= self->prose != NULL ? self->prose->hash : 0;
    hash ^= self->words != NULL ? self->words->hash : 0;
    return hash ^ (self->qa != NULL ? qa_set_hash(self->qa) : 0);
}

static int open_case(const void *bank, const struct case_recipe *recipe, struct test_case **out,
                     struct err *err)
{
    const struct ruler_bank *self = bank;
    struct generator_limits limits = self->variant->limits;
    struct listing_design design = {
        .tokenizer = self->tokenizer,
        .seed = draw_seed(recipe->seed, str_from(self->generator->name), 0),
    };
    struct test_case *test_case = NULL;
    int rc = 0;

    limits.task = self->generator->name;
    rc = generator_check_limits(&limits, recipe, err);
    if (rc != 0) {
        return rc;
    }
    test_case = listing_case_new(recipe);
    if (test_case == NULL) {
        return err_memory(err);
    }
    rc = self->variant->design(self, test_case, &design, err);
    if (rc == 0) {
        rc = listing_case_build(test_case, &design, err);
    }
    if (rc != 0) {
        test_case_free(test_case);
        return rc;
    }
    *out = test_case;
    return 0;
}

static const struct ruler_variant variants[RULER_TASKS] = {
    [RULER_NIAH_SINGLE_1] = {.design = ruler_niah_design,
                             .haystack = RULER_NOISE,
                             .keys = 1,
                             .values = 1,
                             .queries = 1,
                             .limits = {NULL, 1, 1, true, true}},
    [RULER_NIAH_SINGLE_2] = {.design = ruler_niah_design,
                             .haystack = RULER_ESSAY,
                             .keys = 1,
                             .values = 1,
                             .queries = 1,
                             .limits = {NULL, 1, 1, true, true}},
    [RULER_NIAH_SINGLE_3] = {.design = ruler_niah_design,
                             .haystack = RULER_ESSAY,
                             .has_uuid_values = true,
                             .keys = 1,
                             .values = 1,
                             .queries = 1,
                             .limits = {NULL, 1, 1, true, true}},
    [RULER_NIAH_MULTIKEY_1] = {.design = ruler_niah_design,
                               .haystack = RULER_ESSAY,
                               .keys = 4,
                               .values = 1,
                               .queries = 1,
                               .limits = {NULL, 4, 4, true, true}},
    [RULER_NIAH_MULTIKEY_2] = {.design = ruler_niah_design,
                               .haystack = RULER_NEEDLES,
                               .keys = 1,
                               .values = 1,
                               .queries = 1,
                               .limits = {NULL, 1, 1, true, true}},
    [RULER_NIAH_MULTIKEY_3] = {.design = ruler_niah_design,
                               .haystack = RULER_NEEDLES,
                               .has_uuid_keys = true,
                               .has_uuid_values = true,
                               .keys = 1,
                               .values = 1,
                               .queries = 1,
                               .limits = {NULL, 1, 1, true, true}},
    [RULER_NIAH_MULTIVALUE] = {.design = ruler_niah_design,
                               .haystack = RULER_ESSAY,
                               .keys = 1,
                               .values = 4,
                               .queries = 1,
                               .limits = {NULL, 4, 1, false, true}},
    [RULER_NIAH_MULTIQUERY] = {.design = ruler_niah_design,
                               .haystack = RULER_ESSAY,
                               .keys = 4,
                               .values = 1,
                               .queries = 4,
                               .limits = {NULL, 4, 1, false, true}},
    [RULER_VT] = {.design = ruler_vt_design, .limits = {NULL, 5, 1, false, true}},
    [RULER_CWE] = {.design = ruler_cwe_design, .limits = {NULL, 10, 1, false, false}},
    [RULER_FWE] = {.design = ruler_fwe_design, .limits = {NULL, 3, 1, false, false}},
    [RULER_QA_1] = {.design = ruler_qa_design, .limits = {NULL, 1, 1, true, true}},
    [RULER_QA_2] = {.design = ruler_qa_design,
                    .is_hotpot = true,
                    .limits = {NULL, 1, 1, false, true}},
};

static const struct task_option options[] = {
    {"answer-prefix", "yes|no", "end the prompt with the beginning of the answer, as RULER does",
     "yes"},
    {NULL, NULL, NULL, NULL},
};

static const struct task_option qa_options[] = {
    {"data", "FILE", "the questions and documents, JSON as published", ""},
    {"answer-prefix", "yes|no", "end the prompt with the beginning of the answer, as RULER does",
     "yes"},
    {NULL, NULL, NULL, NULL},
};

#define RULER(task, task_name, task_purpose, task_grader, task_needles, task_options)              \
    [(task)] = {                                                                                   \
        .name = (task_name),                                                                       \
        .purpose = (task_purpose),                                                                 \
        .grader = (task_grader),                                                                   \
        .version = "1",                                                                            \
        .released = "2026-11-22",                                                                  \
        .needles_default = (task_needles),                                                         \
        .options = (task_options),                                                                 \
        .variant = &variants[task],                                                                \
        .chance = chance,                                                                          \
        .load = load,                                                                              \
        .unload = unload,                                                                          \
        .corpus_hash = corpus_hash,                                                                \
        .open = open_case,                                                                         \
    }

const struct generator ruler_generators[RULER_TASKS] = {
    RULER(RULER_NIAH_SINGLE_1, "ruler/niah_single_1", "RULER: a key's number in repeated noise",
          "ruler-all", 1, options),
    RULER(RULER_NIAH_SINGLE_2, "ruler/niah_single_2", "RULER: a key's number in essays",
          "ruler-all", 1, options),
    RULER(RULER_NIAH_SINGLE_3, "ruler/niah_single_3", "RULER: a key's UUID in essays", "ruler-all",
          1, options),
    RULER(RULER_NIAH_MULTIKEY_1, "ruler/niah_multikey_1",
          "RULER: one of four keys' numbers in essays", "ruler-all", 4, options),
    RULER(RULER_NIAH_MULTIKEY_2, "ruler/niah_multikey_2",
          "RULER: a key's number among nothing but such lines", "ruler-all", 1, options),
    RULER(RULER_NIAH_MULTIKEY_3, "ruler/niah_multikey_3",
          "RULER: a UUID's UUID among nothing but such lines", "ruler-all", 1, options),
    RULER(RULER_NIAH_MULTIVALUE, "ruler/niah_multivalue",
          "RULER: all four numbers of one key in essays", "ruler-all", 4, options),
    RULER(RULER_NIAH_MULTIQUERY, "ruler/niah_multiquery",
          "RULER: the numbers of four keys in essays", "ruler-all", 4, options),
    RULER(RULER_VT, "ruler/vt",
          "RULER: the five variables of a chain of assignments in repeated noise", "ruler-all", 5,
          options),
    RULER(RULER_CWE, "ruler/cwe", "RULER: the ten words that are in a list thirty times, not three",
          "ruler-all", 10, options),
    RULER(RULER_FWE, "ruler/fwe", "RULER: the three most frequent made-up words, by Zipf's law",
          "ruler-all", 3, options),
    RULER(RULER_QA_1, "ruler/qa_1",
          "RULER: a question about one of many documents (SQuAD, your file)", "ruler-part", 1,
          qa_options),
    RULER(RULER_QA_2, "ruler/qa_2",
          "RULER: a question about two of many documents (HotpotQA, your file)", "ruler-part", 1,
          qa_options),
};
