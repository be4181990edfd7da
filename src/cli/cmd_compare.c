#include "cli/cli.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/units.h"
#include "cli/compare_report.h"
#include "cli/output.h"
#include "generators/generator.h"
#include "record/result.h"
#include "report/claims.h"
#include "report/comparison.h"
#include "report/requirement.h"

#include <math.h>
#include <stdlib.h>

struct compare_settings {
    const char *output;
    const char *needles;
    const char *baseline;
    const char *threshold;
    const char *claims_file;
    const char *require_file;
    struct opt_texts models;
    struct opt_texts claims_as;
    struct opt_texts require;
    uint64_t seed;
    bool drift;
    bool claims;
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
    COMPARE_OPT(OPT_FLAG, 0, "claims", NULL, "hold what vendors publish against what was measured",
                claims),
    COMPARE_OPT(OPT_TEXTS, 0, "claims-as", "MODEL=NAME",
                "hold the claims about NAME (as in gpt-5.5) against MODEL; implies --claims",
                claims_as),
    COMPARE_OPT(OPT_TEXT, 0, "claims-file", "FILE",
                "claims of your own, in the form of share/haymaker/claims.json; implies --claims",
                claims_file),
    COMPARE_OPT(OPT_TEXTS, 0, "require", "TEXT",
                "a requirement like 'mrcr 8 needles 512k >= 70'; may be given several times",
                require),
    COMPARE_OPT(OPT_TEXT, 0, "require-file", "FILE", "requirements, one a line", require_file),
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
    struct comparison comparison;
    struct claims claims;
    struct claim_alias aliases[OPT_TEXTS_MAX];
    struct requirement *requirements; /* room for REQUIREMENTS_MAX */
    size_t requirement_count;
    struct buf require_text; /* the file's, which requirements are borrowed from */
    struct arena arena;      /* holds findings */
    struct compare_report report;
};

static double chance_of(struct str task, uint64_t needles)
{
    for (size_t i = 0; generators[i] != NULL; i++) {
        if (str_equal(str_from(generators[i]->name), task) && needles <= UINT32_MAX) {
            return generators[i]->chance((uint32_t)needles);
        }
    }
    return (double)NAN;
}

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
        .threshold = 0.7,
        .chance = chance_of,
        .filter = {run->models, settings->models.count, run->needles, needle_count},
        .only_drift = settings->drift,
        .baseline = str_from(settings->baseline),
    };
    return read_threshold(settings->threshold, &run->settings.threshold, err);
}

static int read_requirements(const struct compare_settings *settings, struct compare_run *run,
                             struct err *err)
{
    int rc = 0;

    run->requirements = calloc(REQUIREMENTS_MAX, sizeof *run->requirements);
    if (run->requirements == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; i < settings->require.count; i++) {
        rc = requirement_parse(str_from(settings->require.items[i]),
                               &run->requirements[run->requirement_count], err);
        if (rc != 0) {
            return rc;
        }
        run->requirement_count++;
    }
    if (settings->require_file == NULL) {
        return 0;
    }
    rc = file_read(settings->require_file, &run->require_text, err);
    if (rc == 0) {
        rc = requirements_parse_lines(buf_str(&run->require_text), run->requirements,
                                      &run->requirement_count, err);
        rc = rc != 0 ? err_wrap(err, "%s", settings->require_file) : 0;
    }
    return rc;
}

static int judge_requirements(struct compare_run *run, struct err *err)
{
    struct requirement_finding *findings = NULL;
    int rc = 0;

    if (run->requirement_count == 0) {
        return 0;
    }
    rc = requirements_judge(run->requirements, run->requirement_count, &run->comparison,
                            &run->arena, &findings, &run->report.requirement_finding_count, err);
    run->report.requirements = run->requirements;
    run->report.requirement_findings = findings;
    return rc;
}

static int judge_claims(const struct compare_settings *settings, struct compare_run *run,
                        struct err *err)
{
    struct claim_finding *findings = NULL;
    int rc = 0;

    if (!settings->claims && settings->claims_file == NULL && settings->claims_as.count == 0) {
        return 0;
    }
    for (size_t i = 0; i < settings->claims_as.count; i++) {
        struct str_pair parts = str_cut(str_from(settings->claims_as.items[i]), '=');

        if (!parts.ok || parts.head.len == 0 || parts.tail.len == 0) {
            return err_set(err, ERR_USAGE, "--claims-as: '%s' is not MODEL=NAME",
                           settings->claims_as.items[i]);
        }
        run->aliases[i] = (struct claim_alias){parts.head, parts.tail};
    }
    rc = claims_load(&run->claims, settings->claims_file, err);
    if (rc == 0) {
        rc = claims_judge(&run->claims, &run->comparison, run->aliases, settings->claims_as.count,
                          &run->arena, &findings, &run->report.claim_finding_count, err);
    }
    run->report.claims = &run->claims;
    run->report.claim_findings = findings;
    return rc;
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

static int write_report(const struct compare_settings *settings, const struct compare_run *run,
                        struct err *err)
{
    struct output output;
    struct buf text;
    int rc = 0;

    buf_init(&text, COMPARE_BYTES_MAX);
    if (settings->json) {
        rc = compare_append_json(&run->report, &text, err);
    } else if (settings->csv) {
        rc = compare_append_csv(&run->report, &text, err);
    } else if (settings->markdown) {
        rc = compare_append_markdown(&run->report, &text, err);
    } else {
        rc = compare_append_text(&run->report, &text, err);
    }
    if (rc == 0) {
        rc = output_open(&output, settings->output, err);
    }
    if (rc == 0) {
        (void)fwrite(text.p, 1, text.len, output.file);
        rc = output_close(&output, 0, err);
    }
    buf_release(&text);
    return rc;
}

static int compare(const struct compare_settings *settings, const struct opt_args *args,
                   struct compare_run *run, struct err *err)
{
    int rc = read_settings(settings, run, err);

    if (rc == 0) {
        rc = read_requirements(settings, run, err);
    }
    if (rc == 0) {
        rc = load_results(args, run, err);
    }
    if (rc == 0) {
        rc = comparison_build(&run->comparison, run->results, run->result_count, &run->settings,
                              err);
    }
    if (rc != 0) {
        return rc;
    }
    run->report.comparison = &run->comparison;
    rc = judge_requirements(run, err);
    if (rc == 0) {
        rc = judge_claims(settings, run, err);
    }
    if (rc == 0) {
        rc = write_report(settings, run, err);
    }
    if (rc == 0) {
        rc = requirements_verdict(run->report.requirement_findings,
                                  run->report.requirement_finding_count, err);
    }
    return rc;
}

static void release(struct compare_run *run)
{
    comparison_release(&run->comparison);
    claims_release(&run->claims);
    arena_release(&run->arena);
    buf_release(&run->require_text);
    free(run->requirements);
    while (run->result_count != 0) {
        result_release(&run->results[--run->result_count]);
    }
    free(run->results);
}

enum { REQUIRE_BYTES_MAX = 1024 * 1024 };

static int run(const struct command *self, int argc, char **argv, struct err *err)
{
    struct compare_settings settings = {.seed = 1};
    const char **rest = calloc((size_t)argc + 1, sizeof *rest);
    struct compare_run *state = calloc(1, sizeof *state);
    struct opt_args args = {NULL, 0};
    int rc = 0;

    if (rest == NULL || state == NULL) {
        rc = err_memory(err);
        goto done;
    }
    buf_init(&state->require_text, REQUIRE_BYTES_MAX);
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
             "A requirement is [MODEL:] TASK [N needles] WHERE >= PERCENT, where WHERE is a\n"
             "length, overall, auc@128k or auc@1m; or 'effective >= 256k'. It has passed when\n"
             "the lower 95 % bound reaches the number and failed when the upper one does not.\n"
             "One that is undecided or was not measured does not count as met. Exit status: 1\n"
             "when one has failed, else 5 when one is undecided, else 0.\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .run = run,
};
