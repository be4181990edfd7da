#include "cli/cli.h"

#include "base/buf.h"
#include "base/units.h"
#include "cli/compare_report.h"
#include "cli/decide.h"
#include "cli/output.h"
#include "record/result.h"

#include <stdlib.h>

struct compare_settings {
    const char *output;
    const char *needles;
    const char *baseline;
    const char *threshold;
    struct opt_texts models;
    uint64_t seed;
    bool drift;
    struct decide_settings decide;
    bool json;
    bool markdown;
    bool csv;
};

#define COMPARE_OPT(kind, letter, name, placeholder, help, member)                                 \
    OPT(kind, letter, name, placeholder, help, struct compare_settings, member)

static const struct opt options[] = {
    COMPARE_OPT(OPT_TEXT, 'o', "output", "FILE", "write there (default: standard output)", output),
    COMPARE_OPT(OPT_TEXTS, 0, "model", "NAME", "only this model; may be given several times",
                models),
    COMPARE_OPT(OPT_TEXT, 0, "needles", "LIST", "only these needle counts, like 2,8", needles),
    COMPARE_OPT(OPT_TEXT, 0, "baseline", "MODEL",
                "compare the others with this one only, not with one another", baseline),
    COMPARE_OPT(OPT_FLAG, 0, "drift", NULL,
                "compare only a model with itself: earlier and later results", drift),
    COMPARE_OPT(OPT_TEXT, 0, "threshold", "PERCENT",
                "the score that a length has to hold (default: 70)", threshold),
    DECIDE_OPTIONS(struct compare_settings),
    COMPARE_OPT(OPT_COUNT, 0, "seed", "N", "of the resampling (default: 1)", seed),
    COMPARE_OPT(OPT_FLAG, 0, "json", NULL, "every number, as one JSON object", json),
    COMPARE_OPT(OPT_FLAG, 0, "markdown", NULL, "the tables as Markdown", markdown),
    COMPARE_OPT(OPT_FLAG, 0, "csv", NULL, "the comparisons as CSV", csv),
};

/* Everything that a run holds. */
struct compare_run {
    struct result *results;
    size_t result_count;
    struct str models[OPT_TEXTS_MAX];
    uint64_t needles[UNITS_LIST_MAX];
    struct comparison_settings settings;
    struct decided decided;
};

static int read_threshold(const char *text, double *out, struct err *err)
{
    enum { DECIMALS = 4 };
    static const double scale = 1e4;
    uint64_t value = 0;

    if (text != NULL) {
        if (units_parse_decimal(str_from(text), DECIMALS, 100 * (uint64_t)scale, &value, err) !=
            0) {
            return err_wrap(err, "--threshold");
        }
        *out = (double)value / scale / 100.0;
    }
    return 0;
}

static int read_settings(const struct compare_settings *settings, struct compare_run *run,
                         struct err *err)
{
    size_t needle_count = 0;

    for (size_t i = 0; i < settings->models.count; i++) {
        run->models[i] = str_from(settings->models.items[i]);
    }
    if (settings->needles != NULL &&
        units_parse_numbers(str_from(settings->needles), run->needles, &needle_count, err) != 0) {
        return err_wrap(err, "--needles");
    }
    run->settings = (struct comparison_settings){
        .seed = settings->seed,
        .threshold = DECIDE_THRESHOLD,
        .filter = {run->models, settings->models.count, run->needles, needle_count},
        .only_drift = settings->drift,
        .baseline = str_from(settings->baseline),
    };
    return read_threshold(settings->threshold, &run->settings.threshold, err);
}

static int load_results(const struct opt_args *args, struct compare_run *run, struct err *err)
{
    int rc = 0;

    run->results = calloc(args->count + 1, sizeof *run->results);
    if (run->results == NULL) {
        return err_memory(err);
    }
    while (rc == 0 && run->result_count < args->count) {
        rc = result_load(&run->results[run->result_count], args->items[run->result_count], err);
        run->result_count += rc == 0 ? 1 : 0;
    }
    return rc;
}

static int append_report(const struct compare_settings *settings, const struct decision *decision,
                         struct buf *out, struct err *err)
{
    if (settings->json) {
        return compare_append_json(decision, out, err);
    }
    if (settings->csv) {
        return compare_append_csv(decision, out, err);
    }
    return settings->markdown ? compare_append_markdown(decision, out, err)
                              : compare_append_text(decision, out, err);
}

static int write_report(const struct compare_settings *settings, const struct decision *decision,
                        struct err *err)
{
    struct output output;
    struct buf text;
    int rc = 0;

    buf_init(&text, COMPARE_BYTES_MAX);
    rc = append_report(settings, decision, &text, err);
    if (rc == 0) {
        rc = output_open(&output, settings->output, err);
    }
    if (rc == 0) {
        output_write(output.file, buf_str(&text));
        rc = output_close(&output, 0, err);
    }
    buf_release(&text);
    return rc;
}

static int compare(const struct compare_settings *settings, const struct opt_args *args,
                   struct compare_run *run, struct err *err)
{
    const struct decision *decision = &run->decided.decision;
    int rc = read_settings(settings, run, err);

    if (rc == 0) {
        rc = decide_check(&settings->decide, err);
    }
    if (rc == 0) {
        rc = load_results(args, run, err);
    }
    if (rc == 0) {
        rc = decide_by(&run->decided, &settings->decide, run->results, run->result_count,
                       &run->settings, err);
    }
    if (rc == 0 && decision->comparison == NULL) {
        rc = err_set(err, ERR_LIMIT, "too many models or needle counts; see --model, --needles");
    }
    if (rc == 0) {
        rc = write_report(settings, decision, err);
    }
    if (rc == 0) {
        rc = requirements_verdict(decision->requirement_findings,
                                  decision->requirement_finding_count, err);
    }
    return rc;
}

static void release(struct compare_run *run)
{
    decided_release(&run->decided);
    while (run->result_count != 0) {
        result_release(&run->results[--run->result_count]);
    }
    free(run->results);
}

static int run(const struct command *self, int argc, char **argv, struct err *err)
{
    struct compare_settings settings = {.seed = DECIDE_SEED};
    const char **rest = calloc((size_t)argc + 1, sizeof *rest);
    struct compare_run *state = calloc(1, sizeof *state);
    struct opt_args args = {NULL, 0};
    int rc = 0;

    if (rest == NULL || state == NULL) {
        rc = err_memory(err);
        goto done;
    }
    rc = command_parse(self, argc, argv, &settings, rest, &args, err);
    if (rc == 0 && args.count == 0) {
        rc = err_set(err, ERR_USAGE, "no result file given");
    }
    if (rc == 0 && settings.json + settings.markdown + settings.csv > 1) {
        rc = err_set(err, ERR_USAGE, "--json, --markdown and --csv exclude one another");
    }
    if (rc == 0) {
        rc = compare(&settings, &args, state, err);
    }
    release(state);
done:
    free(rest);
    free(state);
    return rc;
}

extern const struct command cmd_compare;
const struct command cmd_compare = {
    .name = "compare",
    .purpose = "say which differences are real, and at what price",
    .usage = "RESULT.json [MORE.json…]",
    .examples = "  haymaker compare results/vendors.json\n"
                "  haymaker compare march.json june.json --drift\n"
                "  haymaker compare results/vendors.json --claims --needles 8\n"
                "  haymaker compare a.json b.json --require 'mrcr 8 needles 512k >= 70'\n",
    .notes = "Models of one file or several are compared on the prompts that both were sent,\n"
             "byte for byte; what does not pair is counted and explained. Each line has the\n"
             "mean difference, its 95 % interval, p after Holm's correction for all lines, and\n"
             "a verdict: one is better, or a tie at this sample size (the interval says how\n"
             "much better one may still be), or not enough data to decide anything. Ranks\n"
             "count the models that are better over all lengths, so that ties share a rank.\n"
             "\n"
             "holds 70 % to: the length up to which the score stays there, from what is shown\n"
             "(the lower bounds) to what is possible (the upper ones). falls to 50 % at: by a\n"
             "logistic curve through all lengths. AUC as on contextarena.ai.\n"
             "\n"
             "A sweep with --until-decided has samples enough to decide and no more, so usual\n"
             "intervals would be wrong: its lines and scores have those of a confidence\n"
             "sequence, which holds whenever one stops, and say so.\n"
             "\n"
             "A requirement is [MODEL:] TASK [N needles] WHERE >= PERCENT, where WHERE is a\n"
             "length, overall, auc@128k or auc@1m; or 'effective >= 256k'. It has passed when\n"
             "the lower 95 % bound reaches the number and failed when the upper one does not.\n"
             "One that is undecided or was not measured does not count as met. Exit status: 1\n"
             "when one has failed, else 5 when one is undecided, else 0.\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .run = run,
};
