/* aggregate: collect or count facts that are scattered over the whole text.
 *
 * Of the family of generators/planted.h: N facts of one kind, each about another person,
 *
 *     The locker number of Amadou from Aalborg is 4417093.
 *
 *   - mode=collect asks for all numbers of the kind, one a line; the reply is marked by precision
 *     and recall (score/grade_set_f1.c). mode=count asks how many there are; then of the N between
 *     half and all are planted, as drawn by sample, so that --needles does not give it away.
 *   - Decoys are facts of other kinds about other persons: they look alike and must be left out.
 *   - Facts and decoys divide the text evenly, in a drawn order: needle j of M is at
 *     frac(depth + j / M). The depth of a case is the mean of its facts'.
 *
 * All of the text is asked for, so neither one depth nor several questions make sense.
 */
#include "generators/aggregate.h"

#include "generators/draw.h"
#include "generators/invented_facts.h"
#include "generators/planted.h"

#include "base/random.h"

#include <stdlib.h>

enum {
    FACTS_MAX = 512,
    DECOYS_MAX = 512,
    ALL_MAX = FACTS_MAX + DECOYS_MAX,
    SENTENCE_BYTES_MAX = 512,
    ANSWER_BYTES_MAX = 16 * FACTS_MAX
};

static const struct task_option options[] = {
    {"mode", "collect|count", "whether all values are asked for, or how many there are", "collect"},
    {"decoys", "0..512", "how many facts of other kinds stand between them", "8"},
    {NULL, NULL, NULL, NULL},
};

/* What a person has a number of. None is part of another. */
static const char *const kinds[] = {
    "locker number",        "library card number", "bicycle permit number",
    "allotment number",     "choir seat number",   "fishing licence number",
    "pilgrim badge number", "raffle number",       "tramway pass number",
    "mooring number",       "workbench number",    "rehearsal room number",
    "telescope number",     "pottery kiln number", "vaccination card number",
    "orchard row number",
};

static const char *const persons[] = {
    "Amadou",  "Beatriz", "Cosima",  "Dragan", "Elif",    "Fergus", "Giulia",  "Hamza",  "Ingrid",
    "Jarek",   "Kamala",  "Lorenzo", "Maelle", "Nikolai", "Oriana", "Paavo",   "Qadira", "Ruben",
    "Sunniva", "Tariq",   "Ursula",  "Vikram", "Wiebke",  "Xenia",  "Yannick", "Zofia",
};

enum { KIND_COUNT = sizeof kinds / sizeof *kinds, PERSON_COUNT = sizeof persons / sizeof *persons };

struct aggregate {
    bool counts;
    uint32_t decoys;
};

/* To list every planted number, decoys and all, takes reading the whole text; nothing but the form
 * of the task gives none of them. The count is one of N / 2 … N. */
static double chance(uint32_t needles)
{
    (void)needles;
    return 0.0;
}

static int load(void **own, const struct generator *generator,
                const struct generator_settings *settings, const struct prose *prose,
                struct err *err)
{
    struct aggregate *self = calloc(1, sizeof *self);

    (void)generator;
    (void)prose;
    if (self == NULL) {
        return err_memory(err);
    }
    self->counts = str_equal(task_option_text(options, settings->options, "mode"), STR("count"));
    self->decoys = (uint32_t)task_option_count(options, settings->options, "decoys");
    *own = self;
    return 0;
}

static int check(const void *own, const struct case_recipe *recipe, struct err *err)
{
    (void)own;
    if (recipe->needles == 0 || recipe->needles > FACTS_MAX) {
        return err_set(err, ERR_USAGE, "aggregate plants 1 to %d facts, not %u (--needles)",
                       FACTS_MAX, recipe->needles);
    }
    if (recipe->depth_percent != CASE_DEPTH_BY_DESIGN) {
        return err_set(err, ERR_USAGE,
                       "--depths: aggregate asks for facts all over the text, not for one depth");
    }
    return generator_check_questions(recipe, 1, err);
}

/* What is drawn for a case. */
struct drawing {
    const struct aggregate *self;
    struct planted *planted;
    uint32_t facts;             /* that are planted */
    uint32_t all;               /* with decoys */
    uint32_t order[KIND_COUNT]; /* the kind asked for is the first */
    uint64_t values[ALL_MAX];
    struct err *err;
};

static uint32_t draw_fact_count(const struct aggregate *self, const struct planted *planted)
{
    struct random random = random_stream(planted->seed, STR("count"), planted->recipe->sample);
    uint32_t most = planted->recipe->needles;
    uint32_t least = (most + 1) / 2;

    return self->counts ? least + (uint32_t)random_below(&random, most - least + 1) : most;
}

static int write_sentence(struct drawing *drawing, const char *kind, uint32_t person,
                          uint64_t value, struct planted_needle *out)
{
    struct arena *arena = drawing->planted->arena;
    const char *place = invented_facts_place(person / PERSON_COUNT);
    struct buf text;
    int rc = 0;

    buf_init(&text, SENTENCE_BYTES_MAX);
    buf_appendf(&text, "%llu", (unsigned long long)value);
    rc = planted_keep(&text, arena, &out->value, drawing->err);
    if (rc == 0) {
        buf_appendf(&text, "The %s of %s from %s is %.*s.", kind, persons[person % PERSON_COUNT],
                    place, STR_ARG(out->value));
        rc = planted_keep(&text, arena, &out->sentence, drawing->err);
    }
    buf_release(&text);
    return rc;
}

static int write_needles(struct drawing *drawing)
{
    const struct case_recipe *recipe = drawing->planted->recipe;
    uint64_t seed = drawing->planted->seed;
    double depth = draw_depth(seed, recipe);
    struct random random = random_stream(seed, STR("standing"), recipe->sample);
    uint32_t people[PERSON_COUNT * INVENTED_FACTS_MAX];
    uint32_t standing[ALL_MAX];
    int rc = 0;

    random_permutation(&random, standing, drawing->all);
    random = random_stream(seed, STR("people"), recipe->sample);
    random_permutation(&random, people, PERSON_COUNT * INVENTED_FACTS_MAX);
    for (uint32_t i = 0; rc == 0 && i < drawing->all; i++) {
        struct planted_needle *needle = &drawing->planted->needles[i];
        uint32_t kind = i < drawing->facts ? 0 : 1 + (i - drawing->facts) % (KIND_COUNT - 1);

        needle->depth = planted_spread(depth, standing[i], drawing->all);
        needle->is_wanted = i < drawing->facts;
        rc = write_sentence(drawing, kinds[drawing->order[kind]], people[i], drawing->values[i],
                            needle);
    }
    return rc;
}

static int write_question(struct drawing *drawing, struct planted_probe *out)
{
    const char *kind = kinds[drawing->order[0]];
    struct buf text;
    int rc = 0;

    buf_init(&text, SENTENCE_BYTES_MAX);
    if (drawing->self->counts) {
        buf_appendf(&text,
                    "Of how many people does the text give the %s? Reply with the number only.",
                    kind);
    } else {
        buf_appendf(&text,
                    "Of several people the text gives the %s. List all of these numbers, each on a "
                    "line of its own, and nothing else.",
                    kind);
    }
    rc = planted_keep(&text, drawing->planted->arena, &out->question, drawing->err);
    buf_release(&text);
    return rc;
}

static int compare_depths(const void *a, const void *b)
{
    const struct planted_needle *left = a;
    const struct planted_needle *right = b;

    return (left->depth > right->depth) - (left->depth < right->depth);
}

/* The values of the facts in the order of the text, one a line. */
static int write_list(struct drawing *drawing, struct planted_probe *out)
{
    const struct planted_needle *needles = drawing->planted->needles;
    struct str *answers = arena_alloc(drawing->planted->arena, drawing->facts, sizeof *answers);
    struct buf text;
    int rc = 0;

    if (answers == NULL) {
        return err_memory(drawing->err);
    }
    buf_init(&text, ANSWER_BYTES_MAX);
    qsort(drawing->planted->needles, drawing->all, sizeof *needles, compare_depths);
    for (uint32_t i = 0; i < drawing->all; i++) {
        if (needles[i].is_wanted) {
            buf_appendf(&text, "%s%.*s", text.len != 0 ? "\n" : "", STR_ARG(needles[i].value));
            answers[out->answer_count++] = needles[i].value;
        }
    }
    out->answers = answers;
    rc = planted_keep(&text, drawing->planted->arena, &out->answer, drawing->err);
    buf_release(&text);
    return rc;
}

static int write_count(struct drawing *drawing, struct planted_probe *out)
{
    struct str *answer = arena_alloc(drawing->planted->arena, 1, sizeof *answer);
    struct buf text;
    int rc = 0;

    if (answer == NULL) {
        return err_memory(drawing->err);
    }
    buf_init(&text, ANSWER_BYTES_MAX);
    buf_appendf(&text, "%u", drawing->facts);
    rc = planted_keep(&text, drawing->planted->arena, answer, drawing->err);
    out->answer = *answer;
    out->answers = answer;
    out->answer_count = 1;
    buf_release(&text);
    return rc;
}

static int draw(const void *own, struct planted *planted, struct err *err)
{
    struct random random = random_stream(planted->seed, STR("kinds"), planted->recipe->sample);
    struct drawing drawing = {.self = own, .planted = planted, .err = err};
    int rc = 0;

    drawing.facts = draw_fact_count(drawing.self, planted);
    drawing.all = drawing.facts + drawing.self->decoys;
    random_permutation(&random, drawing.order, KIND_COUNT);
    invented_facts_draw_values(planted->seed, planted->recipe->sample, drawing.values, drawing.all);
    rc = planted_allocate(planted, drawing.all, err);
    if (rc == 0) {
        rc = write_needles(&drawing);
    }
    if (rc == 0) {
        rc = write_question(&drawing, &planted->probes[0]);
    }
    if (rc != 0) {
        return rc;
    }
    return drawing.self->counts ? write_count(&drawing, &planted->probes[0])
                                : write_list(&drawing, &planted->probes[0]);
}

static const struct planted_task aggregate = {
    .load = load,
    .unload = free,
    .check = check,
    .draw = draw,
};

const struct generator generator_aggregate = {
    .name = "aggregate",
    .purpose = "collect, or count, all facts of one kind that are scattered over the text",
    .grader = "set-f1",
    .version = "1",
    .released = "2026-11-22",
    .needles_default = 32,
    .options = options,
    .variant = &aggregate,
    .chance = chance,
    .load = planted_load,
    .unload = planted_unload,
    .corpus_hash = planted_corpus_hash,
    .open = planted_open,
};
