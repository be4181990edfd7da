/* RULER's needles: "One of the special magic numbers for KEY is: VALUE." */
#include "generators/ruler_bank.h"

#include "generators/draw.h"

#include "base/random.h"

#include <math.h>

enum {
    NEEDLES_MAX = 8,
    UUID_BYTES = 36,
    LINE_BYTES_MAX = 160,
    TEXT_BYTES_MAX = 1024,
    NUMBER_MIN = 1000000,
    NUMBER_COUNT = 9000000
};

/* Keys and values are numbered: the needles' come first, those of other lines follow. */
struct niah_lines {
    const struct ruler_bank *bank;
    struct permutation keys; /* of word pairs */
    uint64_t seed;
    const struct prose *prose; /* of an essay: from which sentence on */
    uint32_t start;
    uint32_t *block; /* of the prose, read last */
};

static void append_uuid(uint64_t seed, const char *name, uint64_t index, struct buf *out)
{
    struct random random = random_stream(seed, str_from(name), index);
    uint64_t high = random_u64(&random);
    uint64_t low = random_u64(&random);

    /* RFC 9562: version 4, variant 10. */
    high = (high & ~UINT64_C(0xF000)) | UINT64_C(0x4000);
    low = (low & ~(UINT64_C(3) << 62)) | UINT64_C(2) << 62;
    buf_appendf(out, "%08llx-%04llx-%04llx-%04llx-%012llx", (unsigned long long)(high >> 32),
                (unsigned long long)(high >> 16 & 0xFFFF), (unsigned long long)(high & 0xFFFF),
                (unsigned long long)(low >> 48),
                (unsigned long long)(low & UINT64_C(0xFFFFFFFFFFFF)));
}

static void append_key(const struct niah_lines *lines, uint64_t index, struct buf *out)
{
    if (lines->bank->variant->has_uuid_keys) {
        append_uuid(lines->seed, "key", index, out);
    } else {
        word_bank_append_pair(lines->bank->words, permutation_at(&lines->keys, index), out);
    }
}

static void append_value(const struct niah_lines *lines, uint64_t index, struct buf *out)
{
    struct random random = random_stream(lines->seed, STR("number"), index);

    if (lines->bank->variant->has_uuid_values) {
        append_uuid(lines->seed, "value", index, out);
    } else {
        buf_appendf(out, "%llu",
                    NUMBER_MIN + (unsigned long long)random_below(&random, NUMBER_COUNT));
    }
}

static const char *type_name(const struct ruler_variant *variant, bool is_one)
{
    if (variant->has_uuid_values) {
        return is_one ? "uuid" : "uuids";
    }
    return is_one ? "number" : "numbers";
}

static void append_needle(const struct niah_lines *lines, uint64_t key, uint64_t value,
                          struct buf *out)
{
    buf_appendf(out, "One of the special magic %s for ", type_name(lines->bank->variant, false));
    append_key(lines, key, out);
    buf_append(out, STR(" is: "));
    append_value(lines, value, out);
    buf_append_char(out, '.');
}

/* A line of the haystack of needles: another key's. */
static void write_line(const void *self, uint64_t index, uint32_t variant, struct buf *out)
{
    const struct niah_lines *lines = self;
    uint64_t number = NEEDLES_MAX + index;

    if (lines->bank->variant->has_uuid_keys) {
        number += index * (LISTING_VARIANTS - 1) + variant;
    }
    append_needle(lines, number, number, out);
}

/* A sentence, any white space in it one space. */
static void write_sentence(const void *self, uint64_t index, uint32_t variant, struct buf *out)
{
    const struct niah_lines *lines = self;
    uint32_t at = (uint32_t)((lines->start + index) % lines->prose->count);
    struct str rest = prose_text(&lines->prose->sentences[at]);

    (void)variant;
    prose_pass(lines->prose, lines->block, at);
    while (rest.len != 0) {
        size_t word = 0;

        while (word < rest.len && (unsigned char)rest.p[word] > ' ') {
            word++;
        }
        buf_append(out, str_take(rest, word));
        while (word < rest.len && (unsigned char)rest.p[word] <= ' ') {
            word++;
        }
        rest = str_skip(rest, word);
        if (rest.len != 0) {
            buf_append_char(out, ' ');
        }
    }
}

static void choose_haystack(const struct niah_lines *lines, struct listing_design *design)
{
    design->units =
        (struct listing_units){.self = lines, .first = 1, .step = 1, .most = UINT64_MAX};
    design->form.separator = STR("\n");
    switch (lines->bank->variant->haystack) {
    case RULER_NOISE:
        design->units.write = ruler_write_noise;
        design->units.bytes_max = ruler_noise.len;
        design->units.end = LISTING_END_SENTENCE;
        break;
    case RULER_ESSAY:
        design->form.separator = STR(" ");
        design->units.write = write_sentence;
        design->units.most = lines->prose->count;
        design->units.bytes_max = PROSE_SENTENCE_BYTES_MAX;
        design->units.end = LISTING_END_WORD;
        break;
    case RULER_NEEDLES:
        design->units.write = write_line;
        design->units.bytes_max = LINE_BYTES_MAX;
        design->units.end =
            lines->bank->variant->has_uuid_keys ? LISTING_END_VARIANTS : LISTING_END_WHOLE;
        if (!lines->bank->variant->has_uuid_keys) {
            design->units.most = lines->bank->words->pair_count - NEEDLES_MAX;
        }
        break;
    }
}

static int write_head(const struct ruler_variant *variant, bool is_one, struct test_case *test_case,
                      struct str *out, struct err *err)
{
    struct buf text;
    const char *type = type_name(variant, is_one);

    buf_init(&text, TEXT_BYTES_MAX);
    buf_appendf(
        &text,
        "%s special magic %s %s hidden within the following text. Make sure to memorize it. "
        "I will quiz you about the %s afterwards.\n",
        is_one ? "A" : "Some", type, is_one ? "is" : "are", type);
    return listing_case_keep(test_case, &text, out, err);
}

/* "a", or "a, b, c, and d". */
static void append_queries(const struct str *keys, uint32_t count, struct buf *out)
{
    for (uint32_t i = 0; i < count; i++) {
        if (i != 0) {
            buf_append(out, i + 1 == count ? STR(", and ") : STR(", "));
        }
        buf_append(out, keys[i]);
    }
}

static int write_question(const struct ruler_bank *bank, const struct str *keys, uint32_t count,
                          bool is_one, struct test_case *test_case,
                          struct listing_question *question, struct err *err)
{
    const char *type = type_name(bank->variant, is_one);
    struct buf text;
    int rc = 0;

    buf_init(&text, TEXT_BYTES_MAX);
    buf_appendf(&text, "%sWhat %s the special magic %s for ",
                bank->variant->haystack == RULER_ESSAY ? "\n" : "", is_one ? "is" : "are all",
                type);
    append_queries(keys, count, &text);
    buf_append(&text, STR(" mentioned in the provided text?"));
    rc = listing_case_keep(test_case, &text, &question->text, err);
    if (rc != 0) {
        return rc;
    }
    buf_init(&text, TEXT_BYTES_MAX);
    buf_appendf(&text, " The special magic %s for ", type);
    append_queries(keys, count, &text);
    buf_appendf(&text, " mentioned in the provided text %s", is_one ? "is" : "are");
    rc = listing_case_keep(test_case, &text, &question->ending, err);
    question->ending = ruler_ending(bank, question->ending);
    return rc;
}

/* What is planted: needle i is value i of key i / values. */
struct niah_plan {
    struct niah_lines *lines;
    uint32_t *block;
    struct str *keys;
    struct str *values;
    struct listing_plant *plants;
    struct listing_question *questions;
    uint32_t needles;
    bool is_one; /* one value is asked for */
};

static int allocate(struct niah_plan *plan, struct test_case *test_case, struct err *err)
{
    struct arena *arena = &test_case->arena;

    plan->lines = arena_alloc(arena, 1, sizeof *plan->lines);
    plan->block = arena_alloc(arena, 1, sizeof *plan->block);
    plan->keys = arena_alloc(arena, NEEDLES_MAX, sizeof *plan->keys);
    plan->values = arena_alloc(arena, NEEDLES_MAX, sizeof *plan->values);
    plan->plants = arena_alloc(arena, NEEDLES_MAX + CANARY_PLACES, sizeof *plan->plants);
    plan->questions = arena_alloc(arena, case_probes(&test_case->recipe), sizeof *plan->questions);
    if (plan->lines == NULL || plan->block == NULL || plan->keys == NULL || plan->values == NULL ||
        plan->plants == NULL || plan->questions == NULL) {
        return err_memory(err);
    }
    return 0;
}

/* Needle j of N stands at frac(depth + j / N). */
static int write_needles(struct niah_plan *plan, uint64_t seed, struct test_case *test_case,
                         struct err *err)
{
    const struct case_recipe *recipe = &test_case->recipe;
    const struct ruler_variant *variant = plan->lines->bank->variant;
    double depth = draw_depth(seed, recipe);
    struct buf text;
    int rc = 0;

    buf_init(&text, LINE_BYTES_MAX);
    for (uint32_t i = 0; rc == 0 && i < plan->needles; i++) {
        double turn = depth + (double)i / plan->needles;

        append_key(plan->lines, i / variant->values, &text);
        rc = listing_case_keep(test_case, &text, &plan->keys[i / variant->values], err);
        if (rc == 0) {
            append_value(plan->lines, i, &text);
            rc = listing_case_keep(test_case, &text, &plan->values[i], err);
        }
        if (rc == 0) {
            append_needle(plan->lines, i / variant->values, i, &text);
            rc = listing_case_keep(test_case, &text, &plan->plants[i].text, err);
        }
        plan->plants[i].depth = i == 0 ? depth : turn - floor(turn);
        plan->plants[i].is_wanted = !plan->is_one || i == draw_probe(recipe, recipe->probe);
    }
    return rc;
}

/* A question for each probe where one value is asked for, else one for all. */
static int write_questions(struct niah_plan *plan, struct test_case *test_case, struct err *err)
{
    const struct case_recipe *recipe = &test_case->recipe;
    const struct ruler_bank *bank = plan->lines->bank;
    int rc = 0;

    if (!plan->is_one) {
        rc = write_question(bank, plan->keys, bank->variant->queries, false, test_case,
                            &plan->questions[0], err);
        return rc != 0 ? rc
                       : ruler_join(test_case, plan->values, plan->needles, STR(", "),
                                    &plan->questions[0].reply, err);
    }
    for (uint32_t probe = 0; rc == 0 && probe < case_probes(recipe); probe++) {
        uint32_t needle = draw_probe(recipe, probe);

        plan->questions[probe].reply = plan->values[needle];
        rc = write_question(bank, &plan->keys[needle], 1, true, test_case, &plan->questions[probe],
                            err);
    }
    return rc;
}

static void fill_key(const struct niah_plan *plan, struct test_case *test_case)
{
    struct answer_key *key = &test_case->key;
    const struct case_recipe *recipe = &test_case->recipe;

    key->answers = plan->values;
    key->answer_count = plan->needles;
    if (plan->is_one) {
        key->wanted = draw_probe(recipe, recipe->probe);
        key->answers = &plan->values[key->wanted];
        key->answer_count = 1;
        key->needles = plan->values;
        key->needle_count = plan->needles;
    }
}

/* An essay begins with a paragraph, as niah's does. */
static uint32_t draw_start(const struct prose *prose, uint64_t seed)
{
    struct random random = random_stream(seed, STR("start"), 0);
    uint32_t start = (uint32_t)random_below(&random, prose->count);

    while (!prose->sentences[start].opens_paragraph) {
        start = (start + 1) % prose->count;
    }
    return start;
}

int ruler_niah_design(const struct ruler_bank *bank, struct test_case *test_case,
                      struct listing_design *design, struct err *err)
{
    const struct ruler_variant *variant = bank->variant;
    const struct case_recipe *recipe = &test_case->recipe;
    struct niah_plan plan = {
        .needles = variant->keys * variant->values,
        .is_one = variant->queries * variant->values == 1,
    };
    int rc = allocate(&plan, test_case, err);

    if (rc != 0) {
        return rc;
    }
    *plan.lines = (struct niah_lines){
        .bank = bank,
        .seed = draw_seed(design->seed, STR("sample"), recipe->sample),
        .prose = bank->prose,
        .block = plan.block,
        .start = variant->haystack == RULER_ESSAY
                     ? draw_start(bank->prose, listing_case_seed(design->seed, recipe))
                     : 0,
    };
    if (!variant->has_uuid_keys) {
        plan.lines->keys =
            permutation_make(plan.lines->seed, STR("keys"), 0, bank->words->pair_count);
    }
    choose_haystack(plan.lines, design);
    rc = write_head(variant, plan.is_one, test_case, &design->head, err);
    if (rc == 0) {
        rc = write_needles(&plan, design->seed, test_case, err);
    }
    if (rc == 0) {
        rc = write_questions(&plan, test_case, err);
    }
    fill_key(&plan, test_case);
    design->plants = plan.plants;
    design->plant_count = plan.needles;
    design->questions = plan.questions;
    return rc;
}
