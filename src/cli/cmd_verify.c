#include "cli/cli.h"

#include "cli/output.h"
#include "cli/signals.h"
#include "cli/verify.h"

#include <unistd.h>

struct verify_settings {
    const char *cases;
    bool quiet;
};

static const struct opt options[] = {
    OPT(OPT_TEXT, 0, "cases", "FILE", "of results over public data: the case file they are from",
        struct verify_settings, cases),
    OPT(OPT_FLAG, 'q', "quiet", NULL, "no progress on stderr", struct verify_settings, quiet),
};

static void print_verification(const char *path, const struct verification *verification)
{
    if (verification->told.len != 0) {
        output_write(stdout, buf_str(&verification->told));
    }
    if (verification->findings > VERIFY_FINDINGS_MAX) {
        (void)printf("and %zu more differences\n", verification->findings - VERIFY_FINDINGS_MAX);
    }
    (void)printf("%s: %zu prompts made again, %zu trials graded again: ", path,
                 verification->prompts, verification->trials);
    if (verification->findings == 0) {
        (void)fputs("it is what a sweep wrote", stdout);
    } else {
        (void)printf("%zu difference%s", verification->findings,
                     verification->findings == 1 ? "" : "s");
    }
    if (verification->missing != 0) {
        (void)printf(" (%zu trials of its plan are missing)", verification->missing);
    }
    (void)putchar('\n');
}

static int verify_file(const char *path, const char *cases, struct progress *progress,
                       const volatile sig_atomic_t *interrupted, size_t *findings, struct err *err)
{
    struct result result = {0};
    struct verification verification = {0};
    int rc = result_load(&result, path, err);

    if (rc == 0) {
        result.plan.dataset.path = cases;
        rc = verify_result(&result, progress, interrupted, &verification, err);
    }
    if (rc == 0) {
        print_verification(path, &verification);
        *findings += verification.findings;
    }
    verification_release(&verification);
    result_release(&result);
    return rc;
}

static int run(const struct command *self, int argc, char **argv, struct err *err)
{
    struct verify_settings settings = {0};
    const char *rest[OPT_ARGS_MAX];
    struct opt_args args;
    const volatile sig_atomic_t *interrupted = signals_catch();
    size_t findings = 0;
    int rc = command_parse(self, argc, argv, &settings, rest, &args, err);

    if (rc == 0 && args.count == 0) {
        rc = err_set(err, ERR_USAGE, "which RESULT.json?");
    }
    for (size_t i = 0; rc == 0 && i < args.count; i++) {
        struct progress progress;

        progress_init(&progress, settings.quiet ? NULL : stderr, isatty(STDERR_FILENO) == 1,
                      clock_system());
        rc = verify_file(args.items[i], settings.cases, &progress, interrupted, &findings, err);
    }
    if (rc == 0 && findings != 0) {
        rc = err_set(err, ERR_REQUIREMENT, "a result is not what a sweep wrote");
    }
    return rc;
}

extern const struct command cmd_verify;
const struct command cmd_verify = {
    .name = "verify",
    .purpose = "make a result's prompts, marks and summaries again and compare",
    .usage = "RESULT.json…",
    .examples = "  haymaker verify results/vendors.json\n",
    .notes = "Every prompt is made again from its recipe and its fingerprint compared, every\n"
             "reply graded again, every summary computed again. What only the endpoint could\n"
             "know (its token counts, times, refusals) is taken as it stands.\n"
             "\n"
             "Exit codes: 0 it is what a sweep wrote, 1 it is not, 3 nothing can be compared:\n"
             "other versions of the task or its corpus, or no result at all.\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .run = run,
};
