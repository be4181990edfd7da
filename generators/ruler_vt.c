/* RULER's variable tracking: a chain of five assignments among lines of noise, and a worked example
 * before it. The variables and values of example and task differ.
 */
#include "generators/ruler_bank.h"

#include "generators/draw.h"

#include "base/random.h"

#include <stdlib.h>

enum {
    VARIABLES = 5,
    NAME_BYTES = 5,
    EXAMPLE_NAME_BYTES = 3,
    EXAMPLE_NOISE = 12, /* lines, as many as RULER's 500 tokens hold */
    VALUE_MIN = 10000,
    VALUE_COUNT = 89999,
    LINE_BYTES_MAX = 64,
    TEXT_BYTES_MAX = 8192
};

static const char instructions[] = "Memorize and track the chain(s) of variable assignment hidden "
                                   "in the following text.\n\n";

struct chain {
    char names[VARIABLES][NAME_BYTES + 1];
    unsigned value;
};

static bool is_new(const struct chain *chain, int count)
{
    struct str name = str_from(chain->names[count]);

    for (int i = 0; i < count; i++) {
        if (str_equal(name, str_from(chain->names[i]))) {
            return false;
        }
    }
    return !str_equal(name, STR("VAR"));
}

static void draw_chain(uint64_t seed, const char *stream, int name_bytes, struct chain *out)
{
    struct random random = random_stream(seed, str_from(stream), 0);

    *out = (struct chain){.value = VALUE_MIN + (unsigned)random_below(&random, VALUE_COUNT)};
    for (int i = 0; i < VARIABLES; i++) {
        do {
            for (int j = 0; j < name_bytes; j++) {
                out->names[i][j] = (char)('A' + random_below(&random, 26));
            }
        } while (!is_new(out, i));
    }
}

/* "VAR A = 12345", then "VAR B = VAR A " with a space at its end. */
static void append_assignment(const struct chain *chain, int index, struct buf *out)
{
    if (index == 0) {
        buf_appendf(out, "VAR %s = %u", chain->names[0], chain->value);
    } else {
        buf_appendf(out, "VAR %s = VAR %s ", chain->names[index], chain->names[index - 1]);
    }
}

static void append_question(const struct chain *chain, struct buf *out)
{
    buf_appendf(out,
                "Question: Find all variables that are assigned the value %u in the text above.",
                chain->value);
}

static void append_prefix(const struct chain *chain, struct buf *out)
{
    buf_appendf(out,
                " Answer: According to the chain(s) of variable assignment in the text above, %d "
                "variables are assigned the value %u, they are: ",
                VARIABLES, chain->value);
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;

    return left < right ? -1 : left > right;
}

/* Where the assignments stand, in their order. */
static void draw_depths(uint64_t seed, const char *stream, double out[VARIABLES])
{
    struct random random = random_stream(seed, str_from(stream), 0);

    for (int i = 0; i < VARIABLES; i++) {
        out[i] = random_unit(&random);
    }
    qsort(out, VARIABLES, sizeof *out, compare);
}

static void append_example(uint64_t seed, const struct chain *chain, struct buf *out)
{
    double depths[VARIABLES];
    int next = 0;

    draw_depths(seed, "example depths", depths);
    buf_append(out, str_from(instructions));
    for (int i = 0; i <= EXAMPLE_NOISE; i++) {
        for (; next < VARIABLES && (i == EXAMPLE_NOISE || depths[next] * EXAMPLE_NOISE < i);
             next++) {
            append_assignment(chain, next, out);
            buf_append_char(out, '\n');
        }
        if (i < EXAMPLE_NOISE) {
            buf_append(out, ruler_noise);
            buf_append_char(out, '\n');
        }
    }
    append_question(chain, out);
    append_prefix(chain, out);
    for (int i = 0; i < VARIABLES; i++) {
        buf_appendf(out, " %s", chain->names[i]);
    }
    buf_append(out, STR("\n\n"));
}

static int write_head(uint64_t seed, const struct chain *chain, struct test_case *test_case,
                      struct str *out, struct err *err)
{
    struct chain example;
    struct buf text;

    draw_chain(seed, "example", EXAMPLE_NAME_BYTES, &example);
    if (example.value == chain->value) {
        example.value = example.value != VALUE_MIN ? VALUE_MIN : VALUE_MIN + 1;
    }
    buf_init(&text, TEXT_BYTES_MAX);
    append_example(seed, &example, &text);
    buf_append(&text, str_from(instructions));
    return listing_case_keep(test_case, &text, out, err);
}

static int write_plants(uint64_t seed, const struct chain *chain, struct test_case *test_case,
                        struct listing_plant *plants, struct err *err)
{
    double depths[VARIABLES];
    struct buf text;
    int rc = 0;

    draw_depths(seed, "depths", depths);
    buf_init(&text, LINE_BYTES_MAX);
    for (int i = 0; rc == 0 && i < VARIABLES; i++) {
        append_assignment(chain, i, &text);
        plants[i].depth = depths[i];
        plants[i].is_wanted = true;
        rc = listing_case_keep(test_case, &text, &plants[i].text, err);
    }
    return rc;
}

static int write_question(const struct ruler_bank *bank, const struct chain *chain,
                          struct test_case *test_case, struct listing_question *question,
                          struct err *err)
{
    struct str *names = arena_alloc(&test_case->arena, VARIABLES, sizeof *names);
    struct buf text;
    int rc = 0;

    if (names == NULL) {
        return err_memory(err);
    }
    for (int i = 0; i < VARIABLES; i++) {
        names[i] = arena_copy(&test_case->arena, str_from(chain->names[i]));
        if (names[i].p == NULL) {
            return err_memory(err);
        }
    }
    test_case->key.answers = names;
    test_case->key.answer_count = VARIABLES;
    buf_init(&text, TEXT_BYTES_MAX);
    append_question(chain, &text);
    rc = listing_case_keep(test_case, &text, &question->text, err);
    if (rc == 0) {
        append_prefix(chain, &text);
        rc = listing_case_keep(test_case, &text, &question->ending, err);
        question->ending = ruler_ending(bank, question->ending);
    }
    return rc != 0 ? rc : ruler_join(test_case, names, VARIABLES, STR(" "), &question->reply, err);
}

int ruler_vt_design(const struct ruler_bank *bank, struct test_case *test_case,
                    struct listing_design *design, struct err *err)
{
    struct listing_plant *plants =
        arena_alloc(&test_case->arena, VARIABLES + CANARY_PLACES, sizeof *plants);
    struct listing_question *question = arena_alloc(&test_case->arena, 1, sizeof *question);
    uint64_t seed = draw_seed(design->seed, STR("sample"), test_case->recipe.sample);
    struct chain chain;
    int rc = 0;

    if (plants == NULL || question == NULL) {
        return err_memory(err);
    }
    draw_chain(seed, "chain", NAME_BYTES, &chain);
    design->form.separator = STR("\n");
    design->units = (struct listing_units){.write = ruler_write_noise,
                                           .first = 1,
                                           .step = 1,
                                           .most = UINT64_MAX,
                                           .bytes_max = ruler_noise.len,
                                           .end = LISTING_END_SENTENCE};
    design->plants = plants;
    design->plant_count = VARIABLES;
    design->questions = question;
    rc = write_head(seed, &chain, test_case, &design->head, err);
    if (rc == 0) {
        rc = write_plants(seed, &chain, test_case, plants, err);
    }
    return rc != 0 ? rc : write_question(bank, &chain, test_case, question, err);
}
