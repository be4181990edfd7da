#include "cli/cli.h"

#include "cli/export.h"
#include "cli/output.h"
#include "cli/task.h"
#include "record/plan.h"

#include <string.h>

struct export_settings {
    struct task_settings task;
    const char *format;
    const char *output;
};

static const char *const formats[] = {
    [EXPORT_OPENAI_MRCR] = "openai-mrcr",
    [EXPORT_INSPECT] = "inspect",
    [EXPORT_JSONL] = "jsonl",
    [EXPORT_CSV] = "csv",
    [EXPORT_CSV + 1] = NULL,
};

static const struct opt options[] = {
    {OPT_TEXT, 'f', "format", "NAME",
     "openai-mrcr, inspect, jsonl or csv; of a result jsonl or csv (default: jsonl)",
     offsetof(struct export_settings, format), formats},
    TASK_OPTIONS(struct export_settings),
    OPT(OPT_TEXT, 'o', "output", "FILE", "where it goes (default: standard output)",
        struct export_settings, output),
};

static int write_cases(const struct task *task, const struct result_plan *plan,
                       enum export_format format, FILE *out, struct err *err)
{
    int rc = 0;

    export_case_head(format, out);
    for (size_t i = 0; rc == 0 && i < plan_trial_count(plan); i++) {
        struct test_case *test_case = NULL;

        rc = task_open_planned(task, plan, i, &test_case, err);
        if (rc == 0) {
            rc = export_case(test_case, task->generator->released, format, out, err);
        }
        test_case_free(test_case);
    }
    return rc;
}

static int export_plan(const struct export_settings *settings, enum export_format format, FILE *out,
                       struct err *err)
{
    static const struct str no_model = {"", 0};
    struct str models[] = {no_model};
    struct result_plan plan = {.models = models, .model_count = 1};
    struct arena arena = {0};
    struct task task = {0};
    int rc = task_plan(&settings->task, "8k", &arena, &plan, err);

    if (rc == 0) {
        rc = task_load(&task, &plan, err);
    }
    if (rc == 0) {
        rc = write_cases(&task, &plan, format, out, err);
    }
    task_release(&task);
    arena_release(&arena);
    return rc;
}

static int export_result(const char *path, enum export_format format, FILE *out, struct err *err)
{
    struct result result = {0};
    int rc = 0;

    if (format != EXPORT_JSONL && format != EXPORT_CSV) {
        return err_set(err, ERR_USAGE, "--format %s is for cases; a result goes to jsonl or csv",
                       formats[format]);
    }
    rc = result_load(&result, path, err);
    if (rc == 0) {
        rc = export_trials(&result, format, out, err);
    }
    result_release(&result);
    return rc;
}

static int run(const struct command *self, int argc, char **argv, struct err *err)
{
    struct export_settings settings = {.task = TASK_SETTINGS_DEFAULT, .format = "jsonl"};
    const char *rest[OPT_ARGS_MAX];
    struct opt_args args;
    struct output output = {0};
    size_t format = 0;
    int rc = command_parse(self, argc, argv, &settings, rest, &args, err);

    if (rc != 0) {
        return rc;
    }
    if (args.count > 1) {
        return err_set(err, ERR_USAGE, "one result at a time, not also '%s'", args.items[1]);
    }
    while (strcmp(formats[format], settings.format) != 0) {
        format++;
    }
    rc = args.count == 0 ? output_open(&output, settings.output, err)
                         : output_open_private(&output, settings.output, err);
    if (rc == 0) {
        rc = args.count == 1
                 ? export_result(args.items[0], (enum export_format)format, output.file, err)
                 : export_plan(&settings, (enum export_format)format, output.file, err);
    }
    return output_close(&output, rc, err);
}

extern const struct command cmd_export;
const struct command cmd_export = {
    .name = "export",
    .purpose = "cases and results in the forms that other tools read",
    .usage = "[RESULT.json]",
    .examples = "  haymaker export results/vendors.json --format csv -o trials.csv\n"
                "  haymaker export --format inspect --needles 8 --lengths 512k -o inspect.jsonl\n"
                "  haymaker export --format openai-mrcr --cases cases.jsonl -o rows.jsonl\n",
    .notes = "With RESULT.json: a record for each trial, replies included. Without: the cases\n"
             "that the options choose, which are those of generate, or of a case file.\n"
             "openai-mrcr and csv have exactly that dataset's columns, and import reads both\n"
             "back; inspect is a dataset of Inspect samples (input as chat messages, target,\n"
             "id, metadata); jsonl has the messages as a list.\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .run = run,
};
