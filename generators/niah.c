/* niah: find one planted sentence in real prose.
 *
 * Of the family of generators/planted.h. The needles are invented facts, or the user's.
 *
 *   - The wording of ours is fixed, so that the text alone gives the answer: the question begins
 *     "What is the KEY?", and exactly one sentence of the text is "The KEY is VALUE." (see
 *     generators/invented_facts.h). The reply must contain VALUE.
 *   - With several needles all are facts of the same kind and one of them is asked for; the others
 *     have different places and numbers in them. The user's sentence is planted alone; of a file of
 *     the user's needles (generators/needle_file.h) each sample asks for another one, in a drawn
 *     order, until all were asked for.
 *   - The others divide the rest of the text evenly: needle j of N is at frac(depth + j / N).
 *   - Of K probes, which share a haystack, probe p asks for needle floor(p N / K): K depths that
 *     divide the text evenly.
 */
#include "generators/niah.h"

#include "generators/draw.h"
#include "generators/invented_facts.h"
#include "generators/needle_file.h"
#include "generators/planted.h"

#include "base/random.h"
#include "base/utf8.h"

#include <stdlib.h>

static const struct task_option options[] = {
    {"needle-file", "FILE", "your own needles, JSON lines with needle, question and expect", ""},
    {NULL, NULL, NULL, NULL},
};

static double chance(uint32_t needles)
{
    (void)needles;
    return INVENTED_FACT_CHANCE;
}

static int check_user_text(const char *option, const char *given, struct str *out, struct err *err)
{
    *out = str_trim(str_from(given));
    if (out->len == 0 || out->len > PLANTED_TEXT_BYTES_MAX) {
        return err_set(err, ERR_USAGE, "--%s: needs a text of at most %d bytes", option,
                       PLANTED_TEXT_BYTES_MAX);
    }
    if (utf8_invalid_at(*out) != SIZE_MAX) {
        return err_set(err, ERR_USAGE, "--%s: byte %zu is not UTF-8", option,
                       utf8_invalid_at(*out));
    }
    return 0;
}

/* The user's needles; there are none where ours are planted. */
struct niah_user {
    struct arena arena;
    struct invented_fact *facts; /* of the arena, or their texts borrowed from the settings */
    size_t count;
    uint64_t hash; /* XXH3-64 of a needle file; 0 for none */
};

static void unload(void *own)
{
    struct niah_user *self = own;

    arena_release(&self->arena);
    free(self);
}

static uint64_t hash(const void *own)
{
    return own != NULL ? ((const struct niah_user *)own)->hash : 0;
}

static int load_one(struct niah_user *self, const struct generator_settings *settings,
                    struct err *err)
{
    struct invented_fact *fact = arena_alloc(&self->arena, 1, sizeof *fact);
    int rc = 0;

    if (fact == NULL) {
        return err_memory(err);
    }
    self->facts = fact;
    self->count = 1;

    if (settings->needle == NULL || settings->question == NULL || settings->expect == NULL) {
        return err_set(err, ERR_USAGE, "--needle, --question and --expect go together");
    }
    rc = check_user_text("needle", settings->needle, &fact->sentence, err);
    if (rc == 0) {
        rc = check_user_text("question", settings->question, &fact->question, err);
    }
    return rc != 0 ? rc : check_user_text("expect", settings->expect, &fact->value, err);
}

static int load(void **own, const struct generator *generator,
                const struct generator_settings *settings, const struct prose *prose,
                struct err *err)
{
    struct str file = task_option_text(options, settings->options, "needle-file");
    bool has_one =
        settings->needle != NULL || settings->question != NULL || settings->expect != NULL;
    struct niah_user *self = NULL;
    int rc = 0;

    (void)generator;
    (void)prose;
    if (!has_one && file.len == 0) {
        return 0;
    }
    if (has_one && file.len != 0) {
        return err_set(err, ERR_USAGE, "--needle and --needle-file: one or the other");
    }
    self = calloc(1, sizeof *self);
    if (self == NULL) {
        return err_memory(err);
    }
    rc = has_one
             ? load_one(self, settings, err)
             : needle_file_read(file.p, &self->arena, &self->facts, &self->count, &self->hash, err);
    if (rc != 0) {
        unload(self);
        return rc;
    }
    *own = self;
    return 0;
}

static int check(const void *own, const struct case_recipe *recipe, struct err *err)
{
    const struct niah_user *user = own;

    if (recipe->needles == 0) {
        return err_set(err, ERR_USAGE, "niah needs at least one needle");
    }
    if (user != NULL && user->hash == 0 && recipe->needles != 1) {
        return err_set(err, ERR_USAGE, "--needle plants one sentence: --needles must be 1");
    }
    if (user != NULL && recipe->needles > user->count) {
        return err_set(err, ERR_USAGE, "the needle file has %zu needles: --needles cannot be %u",
                       user->count, recipe->needles);
    }
    if (recipe->needles > INVENTED_FACTS_MAX) {
        return err_set(err, ERR_USAGE, "niah plants at most %d needles, not %u", INVENTED_FACTS_MAX,
                       recipe->needles);
    }
    return generator_check_probes(recipe, err);
}

/* The next `count` of the user's needles in an order that is drawn anew for each turn through all.
 */
static int draw_user(const struct niah_user *user, const struct planted *planted,
                     struct invented_fact *out, struct err *err)
{
    uint32_t all = (uint32_t)user->count;
    uint32_t sample = planted->recipe->sample;
    struct random random = random_stream(planted->seed, STR("needle file"), sample / all);
    uint32_t *order = arena_alloc(planted->arena, all, sizeof *order);

    if (order == NULL) {
        return err_memory(err);
    }
    random_permutation(&random, order, all);
    for (uint32_t i = 0; i < planted->recipe->needles; i++) {
        out[i] = user->facts[order[(sample % all + i) % all]];
    }
    return 0;
}

static int draw(const void *own, struct planted *planted, struct err *err)
{
    const struct niah_user *user = own;
    const struct case_recipe *recipe = planted->recipe;
    double depth = draw_depth(planted->seed, recipe);
    struct invented_fact facts[INVENTED_FACTS_MAX];
    int rc = planted_allocate(planted, recipe->needles, err);

    if (rc == 0 && user != NULL) {
        rc = draw_user(user, planted, facts, err);
    } else if (rc == 0) {
        rc = invented_facts_draw(planted->seed, recipe->sample, recipe->needles, planted->arena,
                                 facts, err);
    }
    for (uint32_t i = 0; rc == 0 && i < recipe->needles; i++) {
        planted->needles[i] = (struct planted_needle){
            .sentence = facts[i].sentence,
            .value = facts[i].value,
            .depth = planted_spread(depth, i, recipe->needles),
            .is_wanted = i == draw_probe(recipe, recipe->probe),
        };
    }
    for (uint32_t probe = 0; rc == 0 && probe < case_probes(recipe); probe++) {
        const struct invented_fact *fact = &facts[draw_probe(recipe, probe)];

        planted->probes[probe] =
            (struct planted_probe){.question = fact->question, .answer = fact->value};
    }
    return rc;
}

static const struct planted_task niah = {
    .load = load,
    .unload = unload,
    .hash = hash,
    .takes_user_needle = true,
    .check = check,
    .draw = draw,
};

const struct generator generator_niah = {
    .name = "niah",
    .purpose = "find a sentence planted in real prose and give its value",
    .grader = "niah",
    .version = "1",
    .released = "2026-11-22",
    .needles_default = 1,
    .options = options,
    .variant = &niah,
    .chance = chance,
    .load = planted_load,
    .unload = planted_unload,
    .corpus_hash = planted_corpus_hash,
    .open = planted_open,
};
