#include "generators/generator.h"

#include "base/buf.h"

#include <stdlib.h>

void test_case_free(struct test_case *test_case)
{
    if (test_case == NULL) {
        return;
    }
    prompt_free(test_case->prompt);
    arena_release(&test_case->arena);
    free(test_case);
}

static int check_set_depth(const struct case_recipe *recipe, struct err *err)
{
    uint32_t probes = case_probes(recipe);

    if (recipe->probe >= probes) {
        return err_set(err, ERR_USAGE, "probe %u of %u", recipe->probe + 1, probes);
    }
    if (probes > 1 && recipe->depth_percent != CASE_DEPTH_BY_DESIGN) {
        return err_set(err, ERR_USAGE,
                       "--probes asks for several needles, --depths places one: not together");
    }
    return 0;
}

int generator_check_probes(const struct case_recipe *recipe, struct err *err)
{
    uint32_t probes = case_probes(recipe);

    if (probes > recipe->needles) {
        return err_set(err, ERR_USAGE,
                       "--probes: %u questions about one haystack need as many needles, not %u",
                       probes, recipe->needles);
    }
    return check_set_depth(recipe, err);
}

int generator_check_questions(const struct case_recipe *recipe, uint32_t questions, struct err *err)
{
    uint32_t probes = case_probes(recipe);

    if (probes > questions) {
        return err_set(err, ERR_USAGE,
                       "--probes: %.*s can ask %u question%s about one haystack, not %u",
                       STR_ARG(recipe->task), questions, questions == 1 ? "" : "s", probes);
    }
    return check_set_depth(recipe, err);
}

int generator_find(struct str name, const struct generator **out, struct err *err)
{
    struct buf known;
    int rc = 0;

    buf_init(&known, 1024);
    for (size_t i = 0; generators[i] != NULL; i++) {
        if (str_equal(name, str_from(generators[i]->name))) {
            *out = generators[i];
            buf_release(&known);
            return 0;
        }
        buf_appendf(&known, "%s%s", i != 0 ? ", " : "", generators[i]->name);
    }
    rc = err_set(err, ERR_USAGE, "unknown task '%.*s'; known: %.*s", STR_ARG(name),
                 STR_ARG(buf_str(&known)));
    buf_release(&known);
    return rc;
}
