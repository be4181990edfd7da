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

int generator_check_limits(const struct generator_limits *limits, const struct case_recipe *recipe,
                           struct err *err)
{
    if (recipe->needles != limits->needles) {
        return err_set(err, ERR_USAGE, "--needles: %s has %u by its design, not %u", limits->task,
                       limits->needles, recipe->needles);
    }
    if (case_probes(recipe) > limits->probes) {
        return err_set(err, ERR_USAGE, "--probes: %s has %u question%s to a haystack, not %u",
                       limits->task, limits->probes, limits->probes == 1 ? "" : "s",
                       case_probes(recipe));
    }
    if (recipe->probe >= case_probes(recipe)) {
        return err_set(err, ERR_USAGE, "probe %u of %u", recipe->probe + 1, case_probes(recipe));
    }
    if (recipe->depth_percent != CASE_DEPTH_BY_DESIGN && !limits->takes_depth) {
        return err_set(err, ERR_USAGE, "--depths: %s has no single needle to place", limits->task);
    }
    if (recipe->depth_percent != CASE_DEPTH_BY_DESIGN && case_probes(recipe) > 1) {
        return err_set(err, ERR_USAGE,
                       "--probes asks for several needles, --depths places one: not together");
    }
    if (recipe->canary && !limits->takes_canary) {
        return err_set(err, ERR_USAGE, "--canary: the list of %s has no place for checkpoints",
                       limits->task);
    }
    return 0;
}

int generator_check_settings(const struct generator *generator,
                             const struct generator_settings *settings, bool takes_corpus,
                             struct err *err)
{
    if (settings->needle != NULL || settings->question != NULL || settings->expect != NULL) {
        return err_set(err, ERR_USAGE, "--needle, --question and --expect are for niah, not %s",
                       generator->name);
    }
    if (settings->corpus != NULL && !takes_corpus) {
        return err_set(err, ERR_USAGE, "--corpus: the haystack of %s is no prose", generator->name);
    }
    return 0;
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
