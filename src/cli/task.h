/* task: the options that say which cases are made, shared by every command that makes some. */
#ifndef CLI_TASK_H
#define CLI_TASK_H

#include "base/arena.h"
#include "base/err.h"
#include "cli/opt.h"
#include "generators/generator.h"
#include "record/result.h"
#include "token/token.h"

struct task_settings {
    const char *task;
    const char *needles; /* lists as in base/units.h */
    const char *lengths;
    const char *depths;
    uint64_t samples;
    uint64_t seed;
    uint64_t probes;
    bool cold;
    bool canary;
    const char *fill;
    const char *corpus;
    const char *needle_file;
    const char *needle;
    const char *question;
    const char *expect;
    struct opt_texts options;
    const char *cases; /* a case file, in place of a task */
};

enum { TASK_LENGTH_MAX = 1 << 30 }; /* tokens of a prompt or an answer */

/* 5, or all that a case file has. */
#define TASK_SAMPLES_BY_DEFAULT UINT64_MAX

#define TASK_SETTINGS_DEFAULT                                                                      \
    {                                                                                              \
        .task = "mrcr", .samples = TASK_SAMPLES_BY_DEFAULT, .seed = 1, .probes = 1,                \
        .fill = "exact"                                                                            \
    }

extern const char *const task_fills[]; /* NULL-terminated */

/* The rows of these options, for a settings struct with a `struct task_settings task` member. */
#define TASK_OPTIONS(type)                                                                         \
    OPT(OPT_TEXT, 't', "task", "TASK",                                                             \
        "what is measured; `haymaker generate --list` explains each (default: mrcr)", type,        \
        task.task),                                                                                \
        OPT(OPT_TEXTS, 0, "task-option", "NAME=VALUE",                                             \
            "what only this task lets you choose: see --list; may be repeated", type,              \
            task.options),                                                                         \
        OPT(OPT_TEXT, 'n', "needles", "LIST", "needle counts, e.g. 2,4,8 (default: the task's)",   \
            type, task.needles),                                                                   \
        OPT(OPT_TEXT, 'l', "lengths", "LIST",                                                      \
            "tokens of prompt and answer, e.g. 8k:1m, which doubles, or 8k,512k (1k = 1,024)",     \
            type, task.lengths),                                                                   \
        OPT(OPT_TEXT, 0, "length", "LIST", "the same as --lengths", type, task.lengths),           \
        OPT(OPT_TEXT, 0, "cases", "FILE",                                                          \
            "take the cases from here (haymaker import), not from a task", type, task.cases),      \
        OPT(OPT_COUNT, 's', "samples", "N", "cases per cell (default: 5; with --cases: all)",      \
            type, task.samples),                                                                   \
        OPT(OPT_COUNT, 0, "seed", "N", "same seed, same bytes (default: 1)", type, task.seed),     \
        OPT(OPT_COUNT, 0, "probes", "K",                                                           \
            "ask for K needles of each haystack, one after another, so that caches help "          \
            "(default: 1)",                                                                        \
            type, task.probes),                                                                    \
        OPT(OPT_FLAG, 0, "cold", NULL, "salt each prompt's first line, so that no cache helps",    \
            type, task.cold),                                                                      \
        OPT(OPT_FLAG, 0, "canary", NULL,                                                           \
            "mark start, middle and end and ask for the marks, which shows what was cut off",      \
            type, task.canary),                                                                    \
        {OPT_TEXT,                                                                                 \
         0,                                                                                        \
         "fill",                                                                                   \
         "HOW",                                                                                    \
         "exact: within 0.5 % below the length; uniform: over the upper half (default: exact)",    \
         offsetof(type, task.fill),                                                                \
         task_fills},                                                                              \
        OPT(OPT_TEXT, 0, "depths", "LIST",                                                         \
            "plant the wanted needle at these percents, e.g. 0:100:10 (default: the task spreads " \
            "depths over samples)",                                                                \
            type, task.depths),                                                                    \
        OPT(OPT_TEXT, 0, "corpus", "DIR",                                                          \
            "your own UTF-8 text files, for tasks with prose (default: State of the Union "        \
            "addresses)",                                                                          \
            type, task.corpus),                                                                    \
        OPT(OPT_TEXT, 0, "needle-file", "FILE",                                                    \
            "niah: your needles, JSON lines with needle, question and expect", type,               \
            task.needle_file),                                                                     \
        OPT(OPT_TEXT, 0, "needle", "TEXT", "niah: the sentence to plant", type, task.needle),      \
        OPT(OPT_TEXT, 0, "question", "TEXT", "niah: the question", type, task.question),           \
        OPT(OPT_TEXT, 0, "expect", "TEXT", "niah: what the reply must contain", type, task.expect)

/* A task with what its cases share, loaded. A zeroed one may be released. */
struct task {
    const struct generator *generator;
    struct generator stored;     /* `generator` is this one when the cases are from a file */
    struct tokenizer *tokenizer; /* o200k_base */
    struct generator_settings settings;
    void *bank;
};

/* Checks the settings and fills the case part of `plan` (lists allocated in `arena`, texts borrowed
 * from the settings). `lengths_default` is used when none were given. */
int task_plan(const struct task_settings *settings, const char *lengths_default,
              struct arena *arena, struct result_plan *plan, struct err *err);

/* The same for settings with a case file (--cases), whose cells are chosen by needles and lengths.
 */
int task_plan_cases(const struct task_settings *settings, struct arena *arena,
                    struct result_plan *plan, struct err *err);

/* Opens the tokenizer and loads the generator's bank. The plan is borrowed until task_release, and
 * the task stays where it is until then. */
int task_load(struct task *task, const struct result_plan *plan, struct err *err);
void task_release(struct task *task);

/* Opens the shortest case of each needle count and the longest of the first, so that a plan that
 * cannot be made (needles that do not fit, a corpus that is too small) fails before anything is
 * sent. Later samples may still need a little more room than the first. */
int task_check(const struct task *task, const struct result_plan *plan, struct err *err);

/* "Tasks: mrcr, niah, …" for --help, and for --list each task with all there is to say of it. */
void task_print_names(FILE *out);
void task_print_list(FILE *out);

/* The recipe of a planned trial. */
struct case_recipe task_recipe(const struct result_plan *plan, const struct result_trial *trial);

/* Opens the case of a trial, or of the trial at an index of the plan; *out is freed with
 * test_case_free. */
int task_open_trial(const struct task *task, const struct result_plan *plan,
                    const struct result_trial *trial, struct test_case **out, struct err *err);
int task_open_planned(const struct task *task, const struct result_plan *plan, size_t index,
                      struct test_case **out, struct err *err);

#endif
