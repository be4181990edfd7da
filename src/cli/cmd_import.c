#include "cli/cli.h"

#include "cli/import.h"
#include "cli/wrap.h"

enum { PURPOSE_COLUMN = 15 };

static const struct opt options[] = {
    OPT(OPT_TEXT, 'o', "output", "FILE", "the case file (default: standard output)",
        struct import_settings, output),
    OPT(OPT_TEXT, 'g', "grader", "NAME", "how replies are marked (default: the dataset's own)",
        struct import_settings, grader),
    OPT(OPT_TEXT, 0, "revision", "NAME",
        "what to call this edition, where its SHA-256 is not a known one's", struct import_settings,
        revision),
    OPT(OPT_TEXT, 0, "download", "DIR",
        "first fetch the pinned revision's files into DIR; goes on where it broke off",
        struct import_settings, folder),
    OPT(OPT_TEXT, 0, "only", "TEXT", "download: files with TEXT in their name, e.g. 8needle",
        struct import_settings, only),
    OPT(OPT_TEXT, 0, "mirror", "URL",
        "download: the same files from another place than the publisher's", struct import_settings,
        mirror),
    OPT(OPT_FLAG, 0, "keep-bad", NULL, "keep rows that fail a check, if they can be sent at all",
        struct import_settings, keeps_bad),
    OPT(OPT_FLAG, 0, "no-answer-prefix", NULL,
        "ruler: leave out the words that the answer should begin with, for reasoning models",
        struct import_settings, leaves_out_answer_prefix),
};

static int run(const struct command *self, int argc, char **argv, struct err *err)
{
    struct import_settings settings = {0};
    const struct dataset *dataset = NULL;
    const char *rest[OPT_ARGS_MAX];
    struct opt_args args;
    struct arena arena = {0};
    int rc = command_parse(self, argc, argv, &settings, rest, &args, err);

    if (rc != 0) {
        return rc;
    }
    if (args.count == 0) {
        return err_set(err, ERR_USAGE, "which dataset? openai-mrcr, gdm-mrcr, graphwalks or ruler");
    }
    rc = dataset_find(str_from(args.items[0]), &dataset, err);
    if (rc != 0) {
        return rc;
    }
    settings.files = args.items + 1;
    settings.file_count = args.count - 1;
    if (settings.folder != NULL && settings.file_count != 0) {
        return err_set(err, ERR_USAGE, "--download chooses the files: '%s' is one too many",
                       args.items[1]);
    }
    if (settings.folder != NULL) {
        rc = import_download(dataset, &settings, &arena, err);
    }
    if (rc == 0) {
        rc = import_run(dataset, &settings, err);
    }
    arena_release(&arena);
    return rc;
}

static void print_datasets(FILE *out)
{
    (void)fputs("Datasets:\n", out);
    for (size_t i = 0; datasets[i] != NULL; i++) {
        int at = fprintf(out, "  %s", datasets[i]->format);

        wrap_print(str_from(datasets[i]->purpose), at > 0 ? (size_t)at : 0, PURPOSE_COLUMN, out);
    }
}

extern const struct command cmd_import;
const struct command cmd_import = {
    .name = "import",
    .purpose = "check the rows of a public dataset and make cases of them",
    .usage = "DATASET [FILE…]",
    .examples = "  haymaker import openai-mrcr 8needle/8needle_*.parquet -o cases.jsonl\n"
                "  haymaker sweep --cases cases.jsonl --model openai/gpt-5.5 --lengths 512k,1m\n"
                "  haymaker import openai-mrcr --download mrcr --only 8needle -o cases.jsonl\n"
                "  haymaker import ruler vt/validation.jsonl -o vt.jsonl\n",
    .notes = "Rows are checked, not trusted: message shape, prefix, answer, ordinal, number\n"
             "of needles, counts, and the bin, recomputed in o200k_base. Each row that fails\n"
             "is named on stderr and kept out. A table says how many rows each bin has.\n"
             "The case file refers to the dataset's files (by path and SHA-256) and copies\n"
             "nothing of them: keep them where they are, or import again.\n"
             "--download sends the token in HF_TOKEN, if there is one, to that host alone.\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .run = run,
    .print_tables = print_datasets,
};
