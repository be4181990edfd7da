#include "cli/task.h"

#include "base/units.h"
#include "dataset/case_source.h"
#include "record/plan.h"

#include <string.h>

const char *const task_fills[] = {"exact", "uniform", NULL};

enum { OPTION_BYTES_MAX = 8192, SAMPLES_MAX = 100000, NEEDLES_MAX = 100000, LENGTH_MIN = 1024 };

static int copy_list(const uint64_t *values, size_t count, struct arena *arena, uint64_t **out,
                     struct err *err)
{
    *out = arena_alloc(arena, count, sizeof **out);
    if (*out == NULL) {
        return err_memory(err);
    }
    memcpy(*out, values, count * sizeof **out);
    return 0;
}

static int plan_lengths(const char *text, struct arena *arena, struct result_plan *plan,
                        struct err *err)
{
    uint64_t values[UNITS_LIST_MAX];
    int rc = units_parse_lengths(str_from(text), values, &plan->length_count, err);

    if (rc != 0) {
        return err_wrap(err, "--lengths");
    }
    for (size_t i = 0; i < plan->length_count; i++) {
        if (values[i] < LENGTH_MIN || values[i] > TASK_LENGTH_MAX) {
            return err_set(err, ERR_USAGE, "--lengths: %llu is not between 1k and 1024m tokens",
                           (unsigned long long)values[i]);
        }
    }
    return copy_list(values, plan->length_count, arena, &plan->lengths, err);
}

static int plan_needles(const char *text, uint32_t needles_default, struct arena *arena,
                        struct result_plan *plan, struct err *err)
{
    uint64_t values[UNITS_LIST_MAX] = {needles_default};
    int rc = 0;

    plan->needle_count = 1;
    if (text != NULL) {
        rc = units_parse_numbers(str_from(text), values, &plan->needle_count, err);
    }
    if (rc != 0) {
        return err_wrap(err, "--needles");
    }
    for (size_t i = 0; rc == 0 && i < plan->needle_count; i++) {
        rc = opt_check_range("needles", values[i], 1, NEEDLES_MAX, err);
    }
    return rc == 0 ? copy_list(values, plan->needle_count, arena, &plan->needles, err) : rc;
}

static int plan_depths(const char *text, struct arena *arena, struct result_plan *plan,
                       struct err *err)
{
    uint64_t values[UNITS_LIST_MAX];
    int rc = 0;

    plan->depth_count = 0;
    if (text == NULL) {
        return 0;
    }
    rc = units_parse_numbers(str_from(text), values, &plan->depth_count, err);
    if (rc != 0) {
        return err_wrap(err, "--depths");
    }
    for (size_t i = 0; i < plan->depth_count; i++) {
        if (values[i] > 100) {
            return err_set(err, ERR_USAGE, "--depths: %llu is not a percentage",
                           (unsigned long long)values[i]);
        }
    }
    return copy_list(values, plan->depth_count, arena, &plan->depths_percent, err);
}

static int check_texts(const struct task_settings *settings, struct err *err)
{
    const char *const texts[] = {settings->corpus, settings->needle, settings->question,
                                 settings->expect};
    bool any = settings->needle != NULL || settings->question != NULL || settings->expect != NULL;
    bool all = settings->needle != NULL && settings->question != NULL && settings->expect != NULL;

    if (any && !all) {
        return err_set(err, ERR_USAGE, "--needle, --question and --expect go together");
    }
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (texts[i] != NULL && texts[i][0] == '\0') {
            return err_set(err, ERR_USAGE, "--corpus, --needle, --question and --expect: empty");
        }
    }
    return 0;
}

/* --needle-file FILE is short for --task-option needle-file=FILE. */
static int name_needle_file(const char *path, struct arena *arena, const char **out,
                            struct err *err)
{
    struct buf text;
    int rc = 0;

    buf_init(&text, OPTION_BYTES_MAX);
    buf_appendf(&text, "needle-file=%s", path);
    rc = buf_check(&text, "--needle-file", err);
    if (rc == 0) {
        *out = arena_copy(arena, buf_str(&text)).p;
        rc = *out == NULL ? err_memory(err) : 0;
    }
    buf_release(&text);
    return rc;
}

static int plan_options(const struct task_settings *settings, const struct generator *generator,
                        struct arena *arena, struct result_plan *plan, struct err *err)
{
    struct task_options options = {0};
    const char **typed = arena_alloc(arena, settings->options.count + 1, sizeof *typed);
    size_t count = settings->options.count;
    int rc = typed == NULL ? err_memory(err) : 0;

    for (size_t i = 0; rc == 0 && i < count; i++) {
        typed[i] = settings->options.items[i];
    }
    if (rc == 0 && settings->needle_file != NULL) {
        rc = name_needle_file(settings->needle_file, arena, &typed[count++], err);
    }
    if (rc == 0) {
        rc = task_options_read(generator->name, generator->options, typed, count, arena, &options,
                               err);
    }
    if (rc != 0) {
        return rc;
    }
    plan->task_options = arena_alloc(arena, options.count + 1, sizeof *plan->task_options);
    if (plan->task_options == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; i < options.count; i++) {
        plan->task_options[i] = options.items[i];
    }
    plan->task_option_count = options.count;
    return 0;
}

int task_plan(const struct task_settings *settings, const char *lengths_default,
              struct arena *arena, struct result_plan *plan, struct err *err)
{
    const struct generator *generator = NULL;
    uint64_t samples = settings->samples != TASK_SAMPLES_BY_DEFAULT ? settings->samples : 5;
    int rc = 0;

    if (settings->cases != NULL) {
        return task_plan_cases(settings, arena, plan, err);
    }
    rc = generator_find(str_from(settings->task), &generator, err);
    if (rc == 0) {
        rc = check_texts(settings, err);
    }
    if (rc == 0) {
        rc = plan_lengths(settings->lengths != NULL ? settings->lengths : lengths_default, arena,
                          plan, err);
    }
    if (rc == 0) {
        rc = plan_needles(settings->needles, generator->needles_default, arena, plan, err);
    }
    if (rc == 0) {
        rc = plan_depths(settings->depths, arena, plan, err);
    }
    if (rc == 0) {
        rc = plan_options(settings, generator, arena, plan, err);
    }
    if (rc == 0) {
        rc = opt_check_range("samples", samples, 1, SAMPLES_MAX, err);
    }
    if (rc == 0) {
        rc = opt_check_range("probes", settings->probes, 1, NEEDLES_MAX, err);
    }
    if (rc != 0) {
        return rc;
    }
    if (settings->seed > INT64_MAX) {
        return err_set(err, ERR_USAGE, "--seed: must be below 2^63, as JSON numbers are");
    }
    plan->task = str_from(generator->name);
    plan->grader = str_from(generator->grader);
    plan->samples = samples;
    plan->probes = settings->probes;
    plan->cold = settings->cold;
    plan->canary = settings->canary;
    plan->seed = settings->seed;
    plan->fill = strcmp(settings->fill, "uniform") == 0 ? CASE_FILL_UNIFORM : CASE_FILL_EXACT;
    plan->corpus = str_from(settings->corpus != NULL ? settings->corpus : "");
    plan->needle = str_from(settings->needle != NULL ? settings->needle : "");
    plan->question = str_from(settings->question != NULL ? settings->question : "");
    plan->expect = str_from(settings->expect != NULL ? settings->expect : "");
    return 0;
}

static const char *text_or_null(struct str text)
{
    return text.len != 0 ? text.p : NULL;
}

static int find_stored(struct task *task, const struct result_plan *plan, struct err *err)
{
    if (plan->dataset.path == NULL) {
        return err_set(err, ERR_USAGE, "its cases are rows of %.*s: --cases FILE says where",
                       STR_ARG(plan->dataset.name));
    }
    for (size_t i = 0; datasets[i] != NULL; i++) {
        if (str_equal(plan->dataset.name, str_from(datasets[i]->name))) {
            case_source_describe(datasets[i], &task->stored);
            task->generator = &task->stored;
            return 0;
        }
    }
    return err_set(err, ERR_USAGE, "unknown dataset '%.*s'", STR_ARG(plan->dataset.name));
}

int task_load(struct task *task, const struct result_plan *plan, struct err *err)
{
    int rc = plan->dataset.name.len != 0 ? find_stored(task, plan, err)
                                         : generator_find(plan->task, &task->generator, err);

    task->settings = (struct generator_settings){
        .corpus = plan->dataset.path != NULL ? plan->dataset.path : text_or_null(plan->corpus),
        .needle = text_or_null(plan->needle),
        .question = text_or_null(plan->question),
        .expect = text_or_null(plan->expect),
        .options = {plan->task_options, plan->task_option_count},
    };
    if (rc == 0) {
        rc = tokenizer_open(&task->tokenizer, TOKEN_O200K_BASE, err);
    }
    if (rc == 0) {
        rc = task->generator->load(task->generator, &task->bank, &task->settings, task->tokenizer,
                                   err);
    }
    if (rc != 0) {
        task_release(task);
    }
    return rc;
}

void task_release(struct task *task)
{
    if (task->bank != NULL) {
        task->generator->unload(task->bank);
    }
    tokenizer_free(task->tokenizer);
    *task = (struct task){0};
}

int task_open_trial(const struct task *task, const struct result_plan *plan,
                    const struct result_trial *trial, struct test_case **out, struct err *err)
{
    const struct case_recipe recipe = task_recipe(plan, trial);

    return task->generator->open(task->bank, &recipe, out, err);
}

int task_open_planned(const struct task *task, const struct result_plan *plan, size_t index,
                      struct test_case **out, struct err *err)
{
    struct result_trial trial = {0};

    plan_trial_at(plan, index, &trial);
    return task_open_trial(task, plan, &trial, out, err);
}

static int check_case(const struct task *task, const struct result_plan *plan, uint64_t length,
                      uint64_t needles, struct err *err)
{
    struct result_trial trial = {0};
    struct test_case *test_case = NULL;
    int rc = 0;

    plan_trial_at(plan, 0, &trial);
    trial.length_tokens = length;
    trial.needles = needles;
    rc = task_open_trial(task, plan, &trial, &test_case, err);
    test_case_free(test_case);
    return rc;
}

int task_check(const struct task *task, const struct result_plan *plan, struct err *err)
{
    uint64_t shortest = plan->lengths[0];
    uint64_t longest = plan->lengths[0];
    int rc = 0;

    if (plan->dataset.name.len != 0) {
        return 0; /* rows that cannot be cases were left out when they were imported */
    }
    for (size_t i = 1; i < plan->length_count; i++) {
        shortest = plan->lengths[i] < shortest ? plan->lengths[i] : shortest;
        longest = plan->lengths[i] > longest ? plan->lengths[i] : longest;
    }
    for (size_t i = 0; rc == 0 && i < plan->needle_count; i++) {
        rc = check_case(task, plan, shortest, plan->needles[i], err);
    }
    return rc == 0 && longest != shortest ? check_case(task, plan, longest, plan->needles[0], err)
                                          : rc;
}

struct case_recipe task_recipe(const struct result_plan *plan, const struct result_trial *trial)
{
    return (struct case_recipe){
        .task = plan->task,
        .seed = plan->seed,
        .sample = (uint32_t)trial->sample,
        .needles = (uint32_t)trial->needles,
        .length_tokens = trial->length_tokens,
        .fill = plan->fill,
        .depth_percent = trial->depth_percent,
        .probes = (uint32_t)plan->probes,
        .probe = (uint32_t)trial->probe,
        .cold = plan->cold,
        .canary = plan->canary,
    };
}
