/* absent: the fact that is asked for may not be in the text, though others like it are.
 *
 * Of the family of generators/planted.h. The needles are N facts of the same kind about different
 * places (generators/invented_facts.h).
 *
 *   - Half of the questions (option `absent`: so many percent) ask for a place of which the text
 *     says nothing; the right reply is NOT STATED. The others ask for one of the N. Question
 *     sample x K + probe of all K probes is of the one sort or the other, in every block of so many
 *     questions in exactly this proportion, in a drawn order.
 *   - Every question ends "Reply with the number only, or with NOT STATED if the text does not give
 *     it." Nothing else in the prompt differs between the two sorts.
 *   - So always to say NOT STATED scores the share of absent facts, a half, and to give any number
 *     that comes near at most as much as there are present ones.
 *   - Needle j of N is at frac(depth + j / N); of K probes, probe p asks for needle floor(p N / K)
 * or, where that is the task, for a place of its own. The depth of an absent fact's case is that of
 *     the needle which would have been asked for.
 */
#include "generators/absent.h"

#include "generators/draw.h"
#include "generators/invented_facts.h"
#include "generators/planted.h"

#include <stdlib.h>

enum { PERCENT = 100, QUESTION_BYTES_MAX = 512 };

static const struct task_option options[] = {
    {"absent", "0..100", "how many percent of the questions ask for what is not there", "50"},
    {NULL, NULL, NULL, NULL},
};

struct absent {
    uint32_t percent;
    uint32_t block; /* questions in which the proportion is exact */
};

/* Always to say that the text does not give it; by default half of the questions. */
static double chance(uint32_t needles)
{
    (void)needles;
    return 0.5;
}

static uint32_t common_divisor(uint32_t a, uint32_t b)
{
    while (b != 0) {
        uint32_t rest = a % b;

        a = b;
        b = rest;
    }
    return a;
}

static int load(void **own, const struct generator *generator,
                const struct generator_settings *settings, const struct prose *prose,
                struct err *err)
{
    struct absent *self = calloc(1, sizeof *self);

    (void)generator;
    (void)prose;
    if (self == NULL) {
        return err_memory(err);
    }
    self->percent = (uint32_t)task_option_count(options, settings->options, "absent");
    self->block = PERCENT / common_divisor(PERCENT, self->percent);
    *own = self;
    return 0;
}

static int check(const void *own, const struct case_recipe *recipe, struct err *err)
{
    (void)own;
    if (recipe->needles == 0) {
        return err_set(err, ERR_USAGE, "absent needs at least one needle, as what comes near");
    }
    if (recipe->needles + case_probes(recipe) > INVENTED_FACTS_MAX) {
        return err_set(err, ERR_USAGE, "absent has at most %d needles and probes together, not %u",
                       INVENTED_FACTS_MAX, recipe->needles + case_probes(recipe));
    }
    return generator_check_probes(recipe, err);
}

static int draw_is_absent(const struct absent *self, const struct planted *planted, uint32_t probe,
                          bool *out, struct err *err)
{
    uint32_t question = planted->recipe->sample * case_probes(planted->recipe) + probe;
    uint32_t place = 0;
    int rc = draw_in_blocks(planted->seed, STR("absent"), question, self->block, &place, err);

    *out = place * PERCENT < self->percent * self->block;
    return rc;
}

static int draw_probe_of(const struct absent *self, struct planted *planted,
                         const struct invented_fact *facts, const struct str *values,
                         uint32_t probe, struct err *err)
{
    const struct case_recipe *recipe = planted->recipe;
    uint32_t near = draw_probe(recipe, probe);
    const struct invented_fact *asked = &facts[near];
    struct planted_probe *out = &planted->probes[probe];
    struct buf text;
    bool is_absent = false;
    int rc = draw_is_absent(self, planted, probe, &is_absent, err);

    if (rc != 0) {
        return rc;
    }
    out->answers = values;
    out->answer_count = recipe->needles;
    out->answer = asked->value;
    if (is_absent) {
        asked = &facts[recipe->needles + probe];
        out->answer = STR("NOT STATED");
    }
    if (probe == recipe->probe) {
        planted->needles[near].is_wanted = !is_absent;
        planted->needles[near].is_decoy = is_absent;
    }
    buf_init(&text, QUESTION_BYTES_MAX);
    buf_appendf(&text,
                "What is the %.*s? Reply with the number only, or with NOT STATED if the text does "
                "not give it.",
                STR_ARG(asked->key));
    rc = planted_keep(&text, planted->arena, &out->question, err);
    buf_release(&text);
    return rc;
}

static int draw(const void *own, struct planted *planted, struct err *err)
{
    const struct case_recipe *recipe = planted->recipe;
    double depth = draw_depth(planted->seed, recipe);
    struct invented_fact facts[INVENTED_FACTS_MAX];
    struct str *values = arena_alloc(planted->arena, recipe->needles, sizeof *values);
    int rc = planted_allocate(planted, recipe->needles, err);

    if (values == NULL) {
        return err_memory(err);
    }
    if (rc == 0) {
        rc = invented_facts_draw(planted->seed, recipe->sample,
                                 recipe->needles + case_probes(recipe), planted->arena, facts, err);
    }
    for (uint32_t i = 0; rc == 0 && i < recipe->needles; i++) {
        planted->needles[i] = (struct planted_needle){
            .sentence = facts[i].sentence,
            .value = facts[i].value,
            .depth = planted_spread(depth, i, recipe->needles),
        };
        values[i] = facts[i].value;
    }
    for (uint32_t probe = 0; rc == 0 && probe < case_probes(recipe); probe++) {
        rc = draw_probe_of(own, planted, facts, values, probe, err);
    }
    return rc;
}

static const struct planted_task absent = {
    .load = load,
    .unload = free,
    .check = check,
    .draw = draw,
};

const struct generator generator_absent = {
    .name = "absent",
    .purpose =
        "say that a fact is not in the text, where others like it are, and give it where it is",
    .grader = "abstain",
    .version = "1",
    .released = "2026-11-22",
    .needles_default = 4,
    .options = options,
    .variant = &absent,
    .chance = chance,
    .load = planted_load,
    .unload = planted_unload,
    .corpus_hash = planted_corpus_hash,
    .open = planted_open,
};
