/* updates: a fact is stated several times, each time with another value; which one holds?
 *
 * Of the family of generators/planted.h: N statements of one fact in the order of time.
 *
 *   - The first is "The KEY is VALUE.", the others are "The KEY is now VALUE.", so that the text
 *     alone gives the answer. KEY is one of those of generators/invented_facts.h.
 *   - Asked for is the latest value, or with the option `statement` that of the k-th statement.
 *   - As many `others` are facts of the same kind about other places, stated as often.
 *   - The wanted statement stands at the sample's depth, those before and after it evenly between
 *     there and the ends of the text. The others' own wanted statements divide the text evenly.
 *   - Of K probes, which share a haystack, each asks for another fact.
 *
 * Every value of the case is in the key, so a reply with one that no longer holds is told from one
 * that has none.
 */
#include "generators/updates.h"

#include "generators/draw.h"
#include "generators/invented_facts.h"
#include "generators/planted.h"

#include <stdlib.h>

enum { STATEMENTS_MAX = 64, OTHERS_MAX = 31, SENTENCE_BYTES_MAX = 512 };

static const struct task_option options[] = {
    {"statement", "0..64",
     "which statement of the fact is asked for, 1 for the first; 0 is the latest", "0"},
    {"others", "0..31", "how many other facts of the same kind are stated as often", "1"},
    {NULL, NULL, NULL, NULL},
};

struct updates {
    uint32_t statement; /* from 1; 0 for the latest */
    uint32_t facts;     /* the first probe's and the others */
};

/* A reader that gives any value stated of the fact. */
static double chance(uint32_t needles)
{
    return 1.0 / needles;
}

static int load(void **own, const struct generator *generator,
                const struct generator_settings *settings, const struct prose *prose,
                struct err *err)
{
    struct updates *self = calloc(1, sizeof *self);

    (void)generator;
    (void)prose;
    if (self == NULL) {
        return err_memory(err);
    }
    self->statement = (uint32_t)task_option_count(options, settings->options, "statement");
    self->facts = 1 + (uint32_t)task_option_count(options, settings->options, "others");
    *own = self;
    return 0;
}

static int check(const void *own, const struct case_recipe *recipe, struct err *err)
{
    const struct updates *self = own;

    if (recipe->needles < 2 || recipe->needles > STATEMENTS_MAX) {
        return err_set(err, ERR_USAGE, "updates states a fact 2 to %d times, not %u (--needles)",
                       STATEMENTS_MAX, recipe->needles);
    }
    if (self->statement > recipe->needles) {
        return err_set(err, ERR_USAGE, "statement=%u: there are %u statements (--needles)",
                       self->statement, recipe->needles);
    }
    if (case_probes(recipe) > self->facts) {
        return err_set(err, ERR_USAGE,
                       "--probes: %u questions about one haystack need others=%u or more",
                       case_probes(recipe), case_probes(recipe) - 1);
    }
    return generator_check_questions(recipe, self->facts, err);
}

static uint32_t wanted_statement(const struct updates *self, const struct case_recipe *recipe)
{
    return self->statement != 0 ? self->statement - 1 : recipe->needles - 1;
}

/* Where statement `index` of `count` stands when the one of `wanted` stands at `depth`. */
static double statement_depth(double depth, uint32_t index, uint32_t wanted, uint32_t count)
{
    if (index < wanted) {
        return depth * (index + 0.5) / wanted;
    }
    if (index > wanted) {
        return depth + (1.0 - depth) * (index - wanted - 0.5) / (count - wanted - 1);
    }
    return depth;
}

static int write_statement(struct planted *planted, const struct invented_fact *fact,
                           uint32_t index, uint64_t value, struct planted_needle *out,
                           struct err *err)
{
    struct buf text;
    int rc = 0;

    buf_init(&text, SENTENCE_BYTES_MAX);
    buf_appendf(&text, "%llu", (unsigned long long)value);
    rc = planted_keep(&text, planted->arena, &out->value, err);
    if (rc == 0) {
        buf_appendf(&text, "The %.*s is %s%.*s.", STR_ARG(fact->key), index != 0 ? "now " : "",
                    STR_ARG(out->value));
        rc = planted_keep(&text, planted->arena, &out->sentence, err);
    }
    buf_release(&text);
    return rc;
}

static const char *ordinal_suffix(uint32_t number)
{
    static const char *const suffixes[] = {"th", "st", "nd", "rd"};

    return number % 10 > 3 || number / 10 % 10 == 1 ? "th" : suffixes[number % 10];
}

static int write_question(struct planted *planted, const struct updates *self,
                          const struct invented_fact *fact, struct str *out, struct err *err)
{
    struct buf text;
    int rc = 0;

    buf_init(&text, SENTENCE_BYTES_MAX);
    buf_appendf(&text, "What is the %.*s according to the ", STR_ARG(fact->key));
    if (self->statement == 0) {
        buf_append(&text, STR("latest statement"));
    } else {
        buf_appendf(&text, "%u%s statement of it", self->statement,
                    ordinal_suffix(self->statement));
    }
    buf_append(&text, STR(" in the text? Reply with the number only."));
    rc = planted_keep(&text, planted->arena, out, err);
    buf_release(&text);
    return rc;
}

static int draw(const void *own, struct planted *planted, struct err *err)
{
    const struct updates *self = own;
    const struct case_recipe *recipe = planted->recipe;
    const uint32_t count = recipe->needles;
    const uint32_t wanted = wanted_statement(self, recipe);
    double first_depth = draw_depth(planted->seed, recipe);
    struct invented_fact facts[1 + OTHERS_MAX];
    uint64_t values[(1 + OTHERS_MAX) * STATEMENTS_MAX];
    int rc = planted_allocate(planted, (size_t)self->facts * count, err);

    if (rc == 0) {
        rc = invented_facts_draw(planted->seed, recipe->sample, self->facts, planted->arena, facts,
                                 err);
    }
    invented_facts_draw_values(planted->seed, recipe->sample, values, (size_t)self->facts * count);
    for (uint32_t i = 0; rc == 0 && i < self->facts * count; i++) {
        struct planted_needle *needle = &planted->needles[i];
        uint32_t fact = i / count;
        double depth = planted_spread(first_depth, fact, self->facts);

        needle->depth = statement_depth(depth, i % count, wanted, count);
        needle->is_wanted = fact == recipe->probe && i % count == wanted;
        rc = write_statement(planted, &facts[fact], i % count, values[i], needle, err);
    }
    for (uint32_t probe = 0; rc == 0 && probe < case_probes(recipe); probe++) {
        planted->probes[probe].answer = planted->needles[(size_t)probe * count + wanted].value;
        rc = write_question(planted, self, &facts[probe], &planted->probes[probe].question, err);
    }
    return rc;
}

static const struct planted_task updates = {
    .load = load,
    .unload = free,
    .check = check,
    .draw = draw,
};

const struct generator generator_updates = {
    .name = "updates",
    .purpose = "give the value that holds of a fact whose value was changed again and again",
    .grader = "niah",
    .version = "1",
    .released = "2026-11-22",
    .needles_default = 4,
    .options = options,
    .variant = &updates,
    .chance = chance,
    .load = planted_load,
    .unload = planted_unload,
    .corpus_hash = planted_corpus_hash,
    .open = planted_open,
};
