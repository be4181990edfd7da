#include "cli/cli.h"

#include "cli/count_batch.h"
#include "cli/count_part.h"
#include "cli/output.h"
#include "token/token.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>

static const char *const encoding_names[] = {"o200k_base", "o200k_harmony", "cl100k_base", NULL};

static const struct opt count_options[] = {
    {OPT_TEXT, 'e', "encoding", "NAME",
     "o200k_base (default), o200k_harmony, which counts the same, or cl100k_base",
     offsetof(struct count_settings, encoding), encoding_names},
    OPT(OPT_TEXT, 'j', "jsonl", "FIELD", "count this field of each line of JSONL",
        struct count_settings, field),
    OPT(OPT_FLAG, 'm', "messages", NULL,
        "with --jsonl: the field holds a list of messages, count their contents",
        struct count_settings, messages),
    OPT(OPT_FLAG, 'i', "ids", NULL, "print the token ids instead of how many there are",
        struct count_settings, ids),
    OPT(OPT_COUNT, 0, "threads", "N", "count on N processors (default: all)", struct count_settings,
        threads),
};

/* What was printed so far. */
struct printer {
    const struct count_settings *settings;
    uint64_t tokens; /* of the current file */
    uint64_t total;
    bool has_ids; /* some of the current text are printed, and more may follow on the line */
};

static void print_output(const struct count_part *part)
{
    output_write(stdout, buf_str(&part->output));
}

static void print_ids(struct printer *printer, const struct count_part *part)
{
    if (part->output.len != 0) {
        if (printer->has_ids) {
            (void)putchar(' ');
        }
        print_output(part);
        printer->has_ids = true;
    }
    if (part->is_last) {
        (void)putchar('\n');
        printer->has_ids = false;
    }
}

static void print_count(struct printer *printer, const struct count_part *part)
{
    printer->tokens += part->tokens;
    if (!part->is_last) {
        return;
    }
    (void)printf("%" PRIu64, printer->tokens);
    if (part->is_named) {
        (void)printf("\t%s", part->path);
    }
    (void)putchar('\n');
    printer->tokens = 0;
}

/* A count_print_function; the context is the printer. */
static int print_part(void *context, const struct count_part *part, struct err *err)
{
    struct printer *printer = context;

    (void)err;
    printer->total += part->tokens;
    if (printer->settings->field != NULL) {
        if (part->output.len != 0) {
            print_output(part);
        }
    } else if (part->err.code != ERR_NONE) {
        return 0; /* half a text has no count */
    } else if (printer->settings->ids) {
        print_ids(printer, part);
    } else {
        print_count(printer, part);
    }
    return 0;
}

static int count_files(const struct count_settings *settings, const struct tokenizer *tokenizer,
                       const struct opt_args *files, struct err *err)
{
    struct printer printer = {.settings = settings};
    struct count_batch *batch = NULL;
    int rc = count_batch_new(&batch, settings, tokenizer, print_part, &printer, err);

    if (rc == 0 && files->count == 0) {
        rc = count_batch_add(batch, "-", false, err);
    }
    for (size_t i = 0; rc == 0 && i < files->count; i++) {
        rc = count_batch_add(batch, files->items[i], true, err);
    }
    if (rc == 0) {
        rc = count_batch_finish(batch, err);
    }
    if (rc == 0 && files->count > 1 && !settings->ids) {
        (void)printf("%" PRIu64 "\ttotal\n", printer.total);
    }
    count_batch_free(batch);
    return rc;
}

static int run(const struct command *self, int argc, char **argv, struct err *err)
{
    struct count_settings settings = {.encoding = encoding_names[0]};
    const char **rest = calloc((size_t)argc + 1, sizeof *rest);
    struct opt_args files = {0};
    enum token_encoding encoding = TOKEN_O200K_BASE;
    struct tokenizer *tokenizer = NULL;
    int rc = 0;

    if (rest == NULL) {
        rc = err_memory(err);
        goto done;
    }
    rc = command_parse(self, argc, argv, &settings, rest, &files, err);
    if (rc == 0 && settings.messages && settings.field == NULL) {
        rc = err_set(err, ERR_USAGE, "--messages needs --jsonl FIELD");
    }
    if (rc == 0) {
        rc = token_encoding_from_name(str_from(settings.encoding), &encoding, err);
    }
    if (rc == 0) {
        rc = tokenizer_open(&tokenizer, encoding, err);
    }
    if (rc == 0) {
        json_object_seed(0); /* before there are threads */
        rc = count_files(&settings, tokenizer, &files, err);
    }
done:
    tokenizer_free(tokenizer);
    free(rest);
    return rc;
}

const struct command cmd_count = {
    .name = "count",
    .purpose = "exact token counts of files or standard input",
    .usage = "[FILE…]",
    .examples = "  haymaker count book.txt notes.txt\n"
                "  git diff | haymaker count --encoding cl100k_base\n"
                "  haymaker count --jsonl prompt --messages cases.jsonl\n"
                "  haymaker count --ids --jsonl text corpus.jsonl\n",
    .notes = "Prints a count, a tab and the name for each file, then a total if there are\n"
             "several; for standard input alone just the count. With --jsonl there is one\n"
             "count for each line that is not blank, and FILE:LINE beside it. With --ids the\n"
             "ids take the place of count and name.\n"
             "\n"
             "Counts are those of OpenAI's tiktoken. Special tokens in the text are counted\n"
             "as the characters they are. A byte that is not valid UTF-8 counts as a symbol.\n"
             "\n"
             "Files are counted on all processors, large ones in parts that add up exactly.\n"
             "\n"
             "--messages sums over the contents of the messages and adds nothing for roles or\n"
             "separators, which differ between endpoints. The field is a list of messages or,\n"
             "as in openai/mrcr's \"prompt\", such a list as JSON text.\n",
    .options = count_options,
    .option_count = sizeof count_options / sizeof count_options[0],
    .run = run,
};
