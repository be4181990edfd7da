#include "cli/cli.h"

#include "cli/estimate.h"
#include "cli/plan_print.h"
#include "cli/points.h"
#include "cli/shard.h"
#include "cli/signals.h"
#include "cli/sweep_settings.h"
#include "record/plan.h"

#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

struct plan_settings {
    struct sweep_settings sweep; /* first: its rows are shared */
    const char *detect;
    const char *calibrate;
    uint64_t output_tokens;
    bool is_json;
};

static const struct opt options[] = {
    SWEEP_OPTIONS,
    OPT(OPT_TEXT, 0, "detect", "DIFFERENCE",
        "e.g. 5pp: the samples that find such a difference at 80 %, and their price",
        struct plan_settings, detect),
    OPT(OPT_TEXT, 0, "calibrate", "FILE",
        "an earlier result: how its models count tokens, how much they write, how fast they are",
        struct plan_settings, calibrate),
    OPT(OPT_COUNT, 0, "expect-output", "N",
        "tokens of an answer, reasoning included (default: as long as the right one)",
        struct plan_settings, output_tokens),
    OPT(OPT_FLAG, 0, "json", NULL, "the plan as JSON", struct plan_settings, is_json),
};

/* All that is opened on the way. */
struct planning {
    struct result result; /* its plan and arena */
    struct result calibration;
    struct models models;
    struct task task;
    struct progress progress;
    struct estimate estimate;
};

static int open_planning(struct planning *planning, const struct plan_settings *settings,
                         struct err *err)
{
    const struct grader *grader = NULL;
    struct result_plan *plan = &planning->result.plan;
    struct arena *arena = &planning->result.arena;
    int rc = sweep_settings_plan(&settings->sweep, arena, plan, &grader, err);

    if (rc == 0) {
        rc = sweep_settings_open_models(&settings->sweep, plan, arena, &planning->models, err);
    }
    if (rc == 0 && settings->calibrate != NULL) {
        rc = result_load(&planning->calibration, settings->calibrate, err);
    }
    if (rc == 0) {
        rc = task_load(&planning->task, plan, err);
    }
    return rc == 0 ? task_check(&planning->task, plan, err) : rc;
}

/* Which trials are of the shard, by plan index; in the arena. */
static int list_shard(struct planning *planning, const struct plan_settings *settings, bool **out,
                      struct err *err)
{
    const struct result_plan *plan = &planning->result.plan;
    size_t count = plan_trial_count(plan);
    struct shard shard = {0};
    uint16_t *split = NULL;
    int rc = shard_parse(str_from(settings->sweep.shard), &shard, err);

    if (rc != 0) {
        return err_wrap(err, "--shard");
    }
    *out = arena_alloc(&planning->result.arena, count + 1, sizeof **out);
    split = shard_split(plan, shard.count);
    if (*out == NULL || split == NULL) {
        rc = err_memory(err);
    }
    for (size_t i = 0; rc == 0 && i < count; i++) {
        (*out)[i] = split[i] == shard.number;
    }
    free(split);
    return rc;
}

static int make_estimate(struct planning *planning, const struct plan_settings *settings,
                         const volatile sig_atomic_t *interrupted, struct err *err)
{
    bool *counted = NULL;
    int rc = settings->sweep.shard != NULL ? list_shard(planning, settings, &counted, err) : 0;
    const struct estimate_settings how = {
        .task = &planning->task,
        .plan = &planning->result.plan,
        .models = &planning->models,
        .calibration = settings->calibrate != NULL ? &planning->calibration : NULL,
        .output_tokens = settings->output_tokens,
        .is_batch = settings->sweep.is_batch,
        .counted = counted,
        .progress = &planning->progress,
        .interrupted = interrupted,
    };

    return rc == 0 ? estimate_make(&how, &planning->result.arena, &planning->estimate, err) : rc;
}

static int run(const struct command *self, int argc, char **argv, struct err *err)
{
    struct plan_settings settings = {.sweep = sweep_settings_default()};
    const char *rest[OPT_ARGS_MAX];
    struct opt_args args;
    struct planning planning = {0};
    const volatile sig_atomic_t *interrupted = signals_catch();
    double detect = 0.0;
    int rc = command_parse(self, argc, argv, &settings, rest, &args, err);

    if (rc == 0 && args.count != 0) {
        rc = err_set(err, ERR_USAGE, "unexpected argument '%s'", args.items[0]);
    }
    if (rc == 0 && settings.detect != NULL &&
        points_parse(str_from(settings.detect), &detect, err) != 0) {
        rc = err_wrap(err, "--detect");
    }
    if (rc == 0) {
        rc = opt_check_range("expect-output", settings.output_tokens, 0, TASK_LENGTH_MAX, err);
    }
    if (rc != 0) {
        return rc;
    }
    settings.sweep.is_for_planning = true;
    progress_init(&planning.progress, settings.sweep.quiet ? NULL : stderr,
                  isatty(STDERR_FILENO) == 1, clock_system());
    rc = open_planning(&planning, &settings, err);
    if (rc == 0) {
        rc = make_estimate(&planning, &settings, interrupted, err);
    }
    if (rc == 0) {
        const struct plan_print print = {
            .plan = &planning.result.plan,
            .models = &planning.models,
            .estimate = &planning.estimate,
            .concurrency = settings.sweep.concurrency,
            .requests_per_minute = settings.sweep.requests_per_minute,
            .tokens_per_minute = settings.sweep.tokens_per_minute,
            .detect = detect,
            .shard = settings.sweep.shard,
            .is_batch = settings.sweep.is_batch,
        };

        rc = settings.is_json ? plan_print_json(&print, stdout, err)
                              : plan_print_text(&print, stdout, err);
    }
    task_release(&planning.task);
    models_release(&planning.models);
    result_release(&planning.calibration);
    result_release(&planning.result);
    return rc;
}

extern const struct command cmd_plan;
const struct command cmd_plan = {
    .name = "plan",
    .purpose = "what a sweep would send, cost, take and decide; sends nothing",
    .usage = "",
    .examples = "  haymaker plan --model openai/gpt-5.5,anthropic/claude-opus-4-7 \\\n"
                "      --needles 8 --lengths 256k,512k,900k --samples 20\n"
                "  haymaker plan --model openai/gpt-5.5,google/gemini-3.1-pro-preview \\\n"
                "      --lengths 512k --detect 5pp\n"
                "  haymaker plan --model openai/gpt-5.5 --calibrate results/small.json --json\n",
    .notes = "Takes the options of `haymaker sweep`; no key is needed. Our tokens are counted\n"
             "exactly, by opening every case; the vendor's are expected from the catalogue's\n"
             "ratio, or from an earlier result. \"price\" is what answers as long as the right\n"
             "ones would cost: reasoning comes on top, so calibrate with a small sweep of a\n"
             "reasoning model, or say --expect-output. \"worst\" is what --max-cost reserves:\n"
             "nothing cached, every answer as long as the limit allows.\n"
             "\n"
             "--trials K counts each prompt K times, the later ones as served by a cache where\n"
             "the vendor has one. It makes no difference smaller that can be found.\n"
             "\n"
             "--batch prices batches; --shard counts only that part of the sweep.\n"
             "\n"
             "\"detects\" is the smallest difference between two of the models that so many\n"
             "samples find four times in five, both asked the same questions: of a cell, with\n"
             "a correction for how many cells there are, and of all cells together. It assumes\n"
             "a mean of 75 % and the scatter that MRCR's scores have.\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .run = run,
};
