/* latent: find a sentence that shares no word with the question.
 *
 * Of the family of generators/planted.h. A needle says of a person something that names a cue, the
 * question asks for the person by what the cue stands for:
 *
 *     Solveig Kestrelmoor practises every evening on a koto.
 *     Which person plays a Japanese zither?                       one hop
 *     Which person plays something to pluck from the country of Mount Fuji?     two hops
 *
 * No content word of the sentence is in the question, not even one with the same stem, so the text
 * cannot be searched for it. The associations are our own (corpora/latent,
 * generators/latent_bank.h).
 *
 *   - The N needles of a case are of N families, about N persons; one of them is asked for. Option
 *     `hops`: how many steps of knowledge there are from cue to question.
 *   - Option `distractors`: so many other sentences of each needle's family, about other persons
 * and other cues, so that who does the same kind of thing is no answer.
 *   - Needle j of N is at frac(depth + j / N), its distractors between there and the next.
 *
 * A reader that only sees which sentences do not belong into the text, and answers with any
 * needle's person, is right once in N times: that is the chance level, without distractors.
 */
#include "generators/latent.h"

#include "generators/draw.h"
#include "generators/latent_bank.h"
#include "generators/planted.h"

#include "base/random.h"

#include <stdlib.h>

enum { FAMILIES_MAX = 64, ROWS_MAX = 256, SENTENCE_BYTES_MAX = 1024 };

static const struct task_option options[] = {
    {"hops", "1..2", "steps of common knowledge between needle and question", "1"},
    {"distractors", "0..5", "sentences of each needle's kind about other persons and things", "0"},
    {NULL, NULL, NULL, NULL},
};

struct latent {
    struct latent_bank *bank;
    uint32_t hops;
    uint32_t distractors;
    uint32_t families[FAMILIES_MAX]; /* those with rows enough */
    uint32_t family_count;
};

static double chance(uint32_t needles)
{
    return 1.0 / needles;
}

static void unload(void *own)
{
    struct latent *self = own;

    latent_bank_free(self->bank);
    free(self);
}

static uint64_t hash(const void *own)
{
    return ((const struct latent *)own)->bank->hash;
}

static bool can_ask(const struct latent *self, const struct latent_row *row)
{
    return row->targets[self->hops - 1].len != 0;
}

static void choose_families(struct latent *self)
{
    for (uint32_t f = 0; f < self->bank->family_count && self->family_count < FAMILIES_MAX; f++) {
        const struct latent_family *family = &self->bank->families[f];
        bool is_askable = false;

        for (uint32_t r = 0; r < family->usable_count; r++) {
            is_askable = is_askable || can_ask(self, &family->rows[r]);
        }
        if (is_askable && family->usable_count > self->distractors &&
            family->usable_count <= ROWS_MAX) {
            self->families[self->family_count++] = f;
        }
    }
}

static int load(void **own, const struct generator *generator,
                const struct generator_settings *settings, const struct prose *prose,
                struct err *err)
{
    struct latent *self = calloc(1, sizeof *self);
    int rc = 0;

    (void)generator;
    if (self == NULL) {
        return err_memory(err);
    }
    self->hops = (uint32_t)task_option_count(options, settings->options, "hops");
    self->distractors = (uint32_t)task_option_count(options, settings->options, "distractors");
    rc = latent_bank_load(&self->bank, prose, err);
    if (rc == 0) {
        choose_families(self);
    }
    if (rc == 0 && (self->family_count == 0 || self->bank->surname_count == 0)) {
        rc = err_set(err, ERR_INPUT, "the corpus speaks of everything that latent would plant");
    }
    if (rc != 0) {
        unload(self);
        return rc;
    }
    *own = self;
    return 0;
}

static int check(const void *own, const struct case_recipe *recipe, struct err *err)
{
    const struct latent *self = own;

    if (recipe->needles == 0 || recipe->needles > self->family_count) {
        return err_set(err, ERR_USAGE, "latent plants 1 to %u needles, each of a kind, not %u",
                       self->family_count, recipe->needles);
    }
    return generator_check_probes(recipe, err);
}

/* Appends `frame` with what stands in braces replaced. */
static void write_frame(struct str frame, struct str name, struct str thing, struct buf *out)
{
    while (frame.len != 0) {
        struct str_pair before = str_cut(frame, '{');
        struct str_pair hole = str_cut(before.tail, '}');

        buf_append(out, before.head);
        if (before.ok) {
            buf_append(out, str_equal(hole.head, STR("name")) ? name : thing);
        }
        frame = hole.tail;
    }
}

/* What is drawn for a case. */
struct drawing {
    const struct latent *self;
    struct planted *planted;
    struct random random; /* of rows */
    uint32_t *given;      /* orders of the names */
    uint32_t *surnames;
    struct err *err;
};

/* Person `index` of the case. All differ: who shares a given name has another surname. */
static void write_name(const struct drawing *drawing, uint32_t index, struct buf *out)
{
    const struct latent_bank *bank = drawing->self->bank;
    uint32_t given = index % bank->given_count;
    uint32_t surname = (given + index / bank->given_count) % bank->surname_count;

    buf_append(out, bank->given[drawing->given[given]]);
    buf_append_char(out, ' ');
    buf_append(out, bank->surnames[drawing->surnames[surname]]);
}

static int write_needle(const struct drawing *drawing, const struct latent_family *family,
                        const struct latent_row *row, uint32_t person, struct planted_needle *out)
{
    struct buf text;
    int rc = 0;

    buf_init(&text, SENTENCE_BYTES_MAX);
    write_name(drawing, person, &text);
    rc = planted_keep(&text, drawing->planted->arena, &out->value, drawing->err);
    if (rc == 0) {
        write_frame(family->needle, out->value, row->cue, &text);
        rc = planted_keep(&text, drawing->planted->arena, &out->sentence, drawing->err);
    }
    buf_release(&text);
    return rc;
}

static int write_question(const struct drawing *drawing, const struct latent_family *family,
                          const struct latent_row *row, struct str *out)
{
    struct buf text;
    int rc = 0;

    buf_init(&text, SENTENCE_BYTES_MAX);
    write_frame(family->question, (struct str){0}, row->targets[drawing->self->hops - 1], &text);
    buf_append(&text, STR(" Reply with the full name only."));
    rc = planted_keep(&text, drawing->planted->arena, out, drawing->err);
    buf_release(&text);
    return rc;
}

/* The rows of a family in a drawn order, the first of which can be asked for. */
static void draw_rows(struct drawing *drawing, const struct latent_family *family, uint32_t *order)
{
    uint32_t first = 0;
    uint32_t row = 0;

    random_permutation(&drawing->random, order, family->usable_count);
    while (!can_ask(drawing->self, &family->rows[order[first]])) {
        first++;
    }
    row = order[first];
    order[first] = order[0];
    order[0] = row;
}

/* Needle `index` and its distractors; its question for the probes that ask it. */
static int draw_group(struct drawing *drawing, const struct latent_family *family, uint32_t index)
{
    const struct case_recipe *recipe = drawing->planted->recipe;
    const uint32_t size = 1 + drawing->self->distractors;
    double depth = draw_depth(drawing->planted->seed, recipe);
    uint32_t order[ROWS_MAX];
    int rc = 0;

    draw_rows(drawing, family, order);
    for (uint32_t i = 0; rc == 0 && i < size; i++) {
        uint32_t place = index * size + i;
        struct planted_needle *needle = &drawing->planted->needles[place];

        needle->depth = planted_spread(depth, place, (size_t)recipe->needles * size);
        needle->is_wanted = i == 0 && index == draw_probe(recipe, recipe->probe);
        rc = write_needle(drawing, family, &family->rows[order[i]], place, needle);
    }
    for (uint32_t probe = 0; rc == 0 && probe < case_probes(recipe); probe++) {
        struct planted_probe *out = &drawing->planted->probes[probe];

        if (draw_probe(recipe, probe) == index) {
            out->answer = drawing->planted->needles[(size_t)index * size].value;
            rc = write_question(drawing, family, &family->rows[order[0]], &out->question);
        }
    }
    return rc;
}

static int draw_names(struct drawing *drawing)
{
    const struct latent_bank *bank = drawing->self->bank;
    struct planted *planted = drawing->planted;
    struct random random = random_stream(planted->seed, STR("names"), planted->recipe->sample);

    drawing->given = arena_alloc(planted->arena, bank->given_count, sizeof *drawing->given);
    drawing->surnames = arena_alloc(planted->arena, bank->surname_count, sizeof *drawing->surnames);
    if (drawing->given == NULL || drawing->surnames == NULL) {
        return err_memory(drawing->err);
    }
    random_permutation(&random, drawing->given, bank->given_count);
    random_permutation(&random, drawing->surnames, bank->surname_count);
    return 0;
}

static int draw(const void *own, struct planted *planted, struct err *err)
{
    const struct latent *self = own;
    const struct case_recipe *recipe = planted->recipe;
    struct drawing drawing = {
        .self = self,
        .planted = planted,
        .random = random_stream(planted->seed, STR("rows"), recipe->sample),
        .err = err,
    };
    uint32_t first = 0;
    int rc = draw_in_blocks(planted->seed, STR("family"), recipe->sample, self->family_count,
                            &first, err);

    if (rc == 0) {
        rc = planted_allocate(planted, (size_t)recipe->needles * (1 + self->distractors), err);
    }
    if (rc == 0) {
        rc = draw_names(&drawing);
    }
    for (uint32_t i = 0; rc == 0 && i < recipe->needles; i++) {
        uint32_t family = self->families[(first + i) % self->family_count];

        rc = draw_group(&drawing, &self->bank->families[family], i);
    }
    return rc;
}

static const struct planted_task latent = {
    .load = load,
    .unload = unload,
    .hash = hash,
    .check = check,
    .draw = draw,
};

const struct generator generator_latent = {
    .name = "latent",
    .purpose = "find a person by what is known of the world: no word of the sentence is in the "
               "question",
    .grader = "niah",
    .version = "1",
    .released = "2026-11-22",
    .needles_default = 4,
    .options = options,
    .variant = &latent,
    .chance = chance,
    .load = planted_load,
    .unload = planted_unload,
    .corpus_hash = planted_corpus_hash,
    .open = planted_open,
};
