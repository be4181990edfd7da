#include "generators/mrcr.h"

#include "generators/grammar.h"
#include "generators/mrcr_design.h"
#include "generators/mrcr_fill.h"
#include "generators/mrcr_prompt.h"

#include "base/file.h"

#include <stdatomic.h>
#include <stdlib.h>

enum { PATH_BYTES_MAX = 8192, SESSION_BYTES = 256 * 1024 };

/* What cases leave to each other: the session they count with remembers what it has counted. Only
 * one of those who open cases at the same time has it; the others begin with a new one. */
struct heirloom {
    _Atomic(struct token_session *) session; /* NULL while somebody has it */
};

struct mrcr_bank {
    struct grammar *grammar;
    const struct tokenizer *tokenizer; /* borrowed */
    struct heirloom *heirloom;
};

static int take_session(const struct mrcr_bank *self, struct token_session **out, struct err *err)
{
    *out = atomic_exchange(&self->heirloom->session, NULL);
    return *out != NULL ? 0 : token_session_new(out, self->tokenizer, SESSION_BYTES, err);
}

static void leave_session(const struct mrcr_bank *self, struct token_session *session)
{
    token_session_free(atomic_exchange(&self->heirloom->session, session));
}

/* Two replies of our writers to the same ask are this much alike by difflib's ratio (the median
 * that script/bench-naturalness prints). */
static const double likeness_of_needles = 0.02;

/* A reader that gives any of the needles is right once in N times, and else as right as two needles
 * are alike. */
double mrcr_chance(uint32_t needles)
{
    return 1.0 / needles + (1.0 - 1.0 / needles) * likeness_of_needles;
}

void mrcr_bank_unload(void *bank)
{
    struct mrcr_bank *self = bank;

    if (self != NULL) {
        if (self->heirloom != NULL) {
            leave_session(self, NULL);
        }
        free(self->heirloom);
        grammar_free(self->grammar);
        free(self);
    }
}

/* The built-in writers were counted when the program was built. */
static int count_tokens(struct mrcr_bank *self, struct err *err)
{
    struct buf counts;
    struct err no_counts;
    bool is_found = false;
    int rc = 0;

    buf_init(&counts, PATH_BYTES_MAX);
    is_found = file_data_path("corpora/writers.counts", &counts, &no_counts) == 0;
    rc = grammar_count_tokens(self->grammar, is_found ? counts.p : NULL, self->tokenizer, err);
    buf_release(&counts);
    return rc;
}

static int load_grammar(struct mrcr_bank *self, const char *corpus, struct err *err)
{
    struct buf path;
    int rc = 0;

    buf_init(&path, PATH_BYTES_MAX);
    if (corpus != NULL) {
        buf_append(&path, str_from(corpus));
        rc = buf_check(&path, "corpus path", err);
    } else {
        rc = file_data_path("corpora/writers", &path, err);
    }
    if (rc == 0) {
        rc = grammar_load(&self->grammar, path.p, NULL, err);
    }
    if (rc == 0) {
        rc = count_tokens(self, err);
    }
    if (rc == 0 && (self->grammar->format_count < 2 || self->grammar->topic_count < 2)) {
        rc = err_set(err, ERR_INPUT, "%s: mrcr needs at least two formats and two topics", path.p);
    }
    buf_release(&path);
    return rc;
}

int mrcr_bank_load(const struct generator *generator, void **bank,
                   const struct generator_settings *settings, const struct tokenizer *tokenizer,
                   struct err *err)
{
    struct mrcr_bank *self = calloc(1, sizeof *self);
    int rc = 0;

    if (self == NULL) {
        return err_memory(err);
    }
    self->tokenizer = tokenizer;
    self->heirloom = calloc(1, sizeof *self->heirloom);
    rc = self->heirloom == NULL ? err_memory(err)
                                : generator_check_settings(generator, settings, true, err);
    if (rc == 0) {
        rc = load_grammar(self, settings->corpus, err);
    }
    if (rc != 0) {
        mrcr_bank_unload(self);
        return rc;
    }
    *bank = self;
    return 0;
}

uint64_t mrcr_bank_hash(const void *bank)
{
    return ((const struct mrcr_bank *)bank)->grammar->hash;
}

const struct grammar *mrcr_bank_grammar(const void *bank)
{
    return ((const struct mrcr_bank *)bank)->grammar;
}

const struct tokenizer *mrcr_bank_tokenizer(const void *bank)
{
    return ((const struct mrcr_bank *)bank)->tokenizer;
}

static int open_case(const void *bank, const struct case_recipe *recipe, struct test_case **out,
                     struct err *err)
{
    const struct mrcr_bank *self = bank;
    struct mrcr_design design;
    struct mrcr_prompt *prompt = NULL;
    struct test_case *test_case = NULL;
    struct token_session *session = NULL;
    int rc = 0;

    if (recipe->needles == 0) {
        return err_set(err, ERR_USAGE, "mrcr needs at least one needle");
    }
    rc = generator_check_probes(recipe, err);
    if (rc == 0) {
        rc = mrcr_design_draw(&design, recipe, self->grammar, err);
    }
    if (rc != 0) {
        return rc;
    }
    test_case = calloc(1, sizeof *test_case);
    if (test_case == NULL) {
        return err_memory(err);
    }
    test_case->recipe = *recipe;
    rc = mrcr_prompt_new(&prompt, self->grammar, &design, err);
    if (rc == 0) {
        test_case->prompt = &prompt->prompt;
        rc = take_session(self, &session, err);
    }
    if (rc == 0) {
        rc = mrcr_fill(test_case, prompt, self->tokenizer, session, err);
        leave_session(self, session);
    }
    if (rc != 0) {
        test_case_free(test_case);
        return rc;
    }
    *out = test_case;
    return 0;
}

const struct generator generator_mrcr = {
    .name = "mrcr",
    .purpose = "give back the i-th of N replies to the same ask, word for word (openai/mrcr)",
    .grader = "openai-mrcr",
    .version = "2",
    .released = "2026-11-22",
    .needles_default = 8,
    .chance = mrcr_chance,
    .load = mrcr_bank_load,
    .unload = mrcr_bank_unload,
    .corpus_hash = mrcr_bank_hash,
    .open = open_case,
};
