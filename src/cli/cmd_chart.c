#include "cli/cli.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/file_draft.h"
#include "base/units.h"
#include "cli/decide.h"
#include "cli/gold.h"
#include "cli/signals.h"
#include "record/result.h"
#include "report/report.h"

#include <stdlib.h>
#include <unistd.h>

struct chart_settings {
    const char *output;
    const char *kind;
    const char *theme;
    const char *title;
    const char *needles;
    struct opt_texts models;
    uint64_t width_px;
    uint64_t height_px;
    uint64_t replies;
    const char *cases;
    bool quiet;
    struct decide_settings decide;
    bool list;
};

static const char *const themes[] = {"light", "dark", NULL};

#define CHART_OPT(kind, letter, name, placeholder, help, member)                                   \
    OPT(kind, letter, name, placeholder, help, struct chart_settings, member)

static const struct opt options[] = {
    CHART_OPT(OPT_TEXT, 'o', "output", "FILE",
              "what to write; its ending says what: .svg, .png, .html or .json", output),
    CHART_OPT(OPT_TEXT, 0, "kind", "KIND",
              "one of those below (default: all on a page, else the first)", kind),
    CHART_OPT(OPT_TEXTS, 0, "model", "NAME", "only this model; may be given several times", models),
    CHART_OPT(OPT_TEXT, 0, "needles", "LIST", "only these needle counts, like 2,8", needles),
    {OPT_TEXT, 0, "theme", "THEME",
     "light or dark (default: light; a page follows its reader's system)",
     offsetof(struct chart_settings, theme), themes},
    CHART_OPT(OPT_TEXT, 0, "title", "TEXT", "instead of the chart's own title", title),
    CHART_OPT(OPT_COUNT, 0, "width", "PX", "of .svg and .png (default: fitted)", width_px),
    CHART_OPT(OPT_COUNT, 0, "height", "PX", "of .svg and .png (default: fitted)", height_px),
    CHART_OPT(OPT_COUNT, 0, "replies", "N",
              "on a page: trials whose reply and gold answer can be read, the worst of each cell "
              "first (default: 1000; 0 for none)",
              replies),
    CHART_OPT(OPT_TEXT, 0, "cases", "FILE",
              "of results over public data: the case file they are from (default: where they say)",
              cases),
    CHART_OPT(OPT_FLAG, 'q', "quiet", NULL, "no progress on stderr", quiet),
    DECIDE_OPTIONS(struct chart_settings),
    CHART_OPT(OPT_FLAG, 0, "list", NULL, "list the kinds and the question that each answers", list),
};

/* The lists behind a filter. */
struct filter_lists {
    struct str models[OPT_TEXTS_MAX];
    uint64_t needles[UNITS_LIST_MAX];
    size_t needle_count;
};

static int read_filter(const struct chart_settings *settings, struct filter_lists *lists,
                       struct err *err)
{
    for (size_t i = 0; i < settings->models.count; i++) {
        lists->models[i] = str_from(settings->models.items[i]);
    }
    if (settings->needles != NULL &&
        units_parse_numbers(str_from(settings->needles), lists->needles, &lists->needle_count,
                            err) != 0) {
        return err_wrap(err, "--needles");
    }
    return 0;
}

static int find_kind(const char *name, const struct chart **out, struct err *err)
{
    struct buf known;
    int rc = 0;

    *out = name != NULL ? chart_find(str_from(name)) : NULL;
    if (name == NULL || *out != NULL) {
        return 0;
    }
    buf_init(&known, 1024);
    for (size_t i = 0; charts[i] != NULL; i++) {
        buf_appendf(&known, "%s%s", i != 0 ? ", " : "", charts[i]->kind);
    }
    rc = err_set(err, ERR_USAGE, "--kind: '%s' is not one of %.*s", name, STR_ARG(buf_str(&known)));
    buf_release(&known);
    return rc;
}

static int pixels(uint64_t asked)
{
    return asked > REPORT_SIDE_MAX_PX ? REPORT_SIDE_MAX_PX + 1 : (int)asked;
}

static const struct theme *theme_named(const char *name)
{
    if (name == NULL) {
        return NULL;
    }
    return str_equal(str_from(name), STR("dark")) ? &theme_dark : &theme_light;
}

/* Texts for a whole page; a page of one kind of chart has no list of trials. */
static int choose_excerpts(const struct chart_settings *settings, const struct result *results,
                           size_t count, struct report_settings *report, struct excerpts *out,
                           struct err *err)
{
    const volatile sig_atomic_t *interrupted = signals_catch();
    struct progress progress;
    int rc = report_choose_excerpts(results, count, &report->filter, settings->replies, out, err);

    progress_init(&progress, settings->quiet ? NULL : stderr, isatty(STDERR_FILENO) == 1,
                  clock_system());
    if (rc == 0) {
        rc = gold_fill(out, settings->cases, &progress, interrupted, err);
    }
    report->excerpts = out;
    return rc;
}

/* What a page says beside its charts; a picture of one kind needs it only for differences, and for
 * claims. */
static bool needs_decision(const struct chart_settings *settings,
                           const struct report_settings *report, enum report_format format)
{
    return decide_is_asked(&settings->decide) || (report->chart == NULL && format == REPORT_HTML) ||
           report->chart == chart_find(STR("differences"));
}

/* Everything that a chart borrows while it is drawn. */
struct drawing {
    struct filter_lists lists;
    struct report_settings report;
    struct excerpts excerpts;
    struct decided decided;
    struct buf file;
};

static int draw(const struct chart_settings *settings, const struct result *results, size_t count,
                enum report_format format, struct drawing *drawing, struct err *err)
{
    struct report_settings *report = &drawing->report;
    int rc = 0;

    if (needs_decision(settings, report, format)) {
        rc = decide(&drawing->decided, &settings->decide, results, count, &report->filter, err);
        report->decision = &drawing->decided.decision;
    }
    if (rc == 0 && format == REPORT_HTML && report->chart == NULL) {
        rc = choose_excerpts(settings, results, count, report, &drawing->excerpts, err);
    }
    if (rc == 0) {
        rc = report_render(results, count, report, format, &drawing->file, err);
    }
    if (rc == 0) {
        rc = file_make_parent_folders(settings->output, err);
    }
    if (rc == 0) {
        rc = file_replace(settings->output, buf_str(&drawing->file),
                          report_quotes_replies(report) ? FILE_FOR_OWNER : FILE_FOR_ALL, err);
    }
    if (rc == 0) {
        rc = requirements_verdict(drawing->decided.decision.requirement_findings,
                                  drawing->decided.decision.requirement_finding_count, err);
    }
    return rc;
}

static int write_chart(const struct chart_settings *settings, const struct result *results,
                       size_t count, enum report_format format, struct err *err)
{
    struct drawing drawing = {
        .report =
            {
                .theme = theme_named(settings->theme),
                .title = str_from(settings->title),
                .width_px = pixels(settings->width_px),
                .height_px = pixels(settings->height_px),
            },
    };
    int rc = read_filter(settings, &drawing.lists, err);

    buf_init(&drawing.file, REPORT_BYTES_MAX);
    if (rc == 0) {
        rc = find_kind(settings->kind, &drawing.report.chart, err);
    }
    drawing.report.filter =
        (struct figures_filter){drawing.lists.models, settings->models.count, drawing.lists.needles,
                                drawing.lists.needle_count};
    if (rc == 0) {
        rc = draw(settings, results, count, format, &drawing, err);
    }
    buf_release(&drawing.file);
    excerpts_release(&drawing.excerpts);
    decided_release(&drawing.decided);
    return rc;
}

static int chart_results(const struct chart_settings *settings, const struct opt_args *args,
                         struct err *err)
{
    enum report_format format = REPORT_SVG;
    struct result *results = NULL;
    size_t loaded = 0;
    int rc = report_format_of(settings->output, &format, err);

    if (rc != 0) {
        return err_wrap(err, "-o");
    }
    results = calloc(args->count + 1, sizeof *results);
    if (results == NULL) {
        return err_memory(err);
    }
    while (rc == 0 && loaded < args->count) {
        rc = result_load(&results[loaded], args->items[loaded], err);
        loaded += rc == 0 ? 1 : 0;
    }
    if (rc == 0) {
        rc = write_chart(settings, results, loaded, format, err);
    }
    while (loaded != 0) {
        result_release(&results[--loaded]);
    }
    free(results);
    return rc;
}

static void print_kinds(FILE *out)
{
    (void)fputs("Kinds:\n", out);
    for (size_t i = 0; charts[i] != NULL; i++) {
        (void)fprintf(out, "  %-12s%s\n", charts[i]->kind, charts[i]->purpose);
    }
}

static int run(const struct command *self, int argc, char **argv, struct err *err)
{
    struct chart_settings settings = {.replies = EXCERPTS_USUAL};
    const char **rest = calloc((size_t)argc + 1, sizeof *rest);
    struct opt_args args = {NULL, 0};
    int rc = 0;

    if (rest == NULL) {
        return err_memory(err);
    }
    rc = command_parse(self, argc, argv, &settings, rest, &args, err);
    if (rc == 0 && settings.list) {
        print_kinds(stdout);
        goto done;
    }
    if (rc == 0 && args.count == 0) {
        rc = err_set(err, ERR_USAGE, "no result file given");
    }
    if (rc == 0 && settings.output == NULL) {
        rc = err_set(err, ERR_USAGE, "no output given: -o FILE.svg, .png, .html or .json");
    }
    if (rc == 0) {
        rc = chart_results(&settings, &args, err);
    }
done:
    free(rest);
    return rc;
}

extern const struct command cmd_chart;
const struct command cmd_chart = {
    .name = "chart",
    .purpose = "draw results: one page with everything, or single pictures",
    .usage = "RESULT.json [MORE.json…] -o FILE",
    .examples = "  haymaker chart results/demo/RESULT.json -o accuracy.svg\n"
                "  haymaker chart a.json b.json -o both.html\n"
                "  haymaker chart imported.json --cases cases.jsonl -o imported.html\n"
                "  haymaker chart a.json --kind heatmap --needles 8 --theme dark -o depth.png\n"
                "  haymaker chart --list\n",
    .notes = "Several results are shown side by side, each line under its own name; nothing is\n"
             "averaged over them. Beside each reply the page has its gold answer, made again\n"
             "from the recipe, or read from the rows of public data that --cases or the result\n"
             "names, if their SHA-256 are the recorded ones. Whiskers are 95 % intervals of\n"
             "the mean. The page (.html) is one file that works offline; .json is the chart's\n"
             "Apache ECharts options. A page with replies in it is for its owner alone (mode\n"
             "0600); --replies 0 makes one without, for whoever the umask lets read.\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .run = run,
    .print_tables = print_kinds,
};
