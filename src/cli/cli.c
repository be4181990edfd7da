#include "cli/cli.h"

#include "base/buf.h"
#include "base/utf8.h"
#include "cli/output.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

int command_parse(const struct command *command, int argc, char **argv, void *settings,
                  const char **rest, struct opt_args *args, struct err *err)
{
    return opt_parse(command->options, command->option_count, argc, argv, settings, rest, args,
                     err);
}

static int exit_status(int code)
{
    switch ((enum err_code)code) {
    case ERR_NONE:
        return 0;
    case ERR_REQUIREMENT:
        return 1;
    case ERR_USAGE:
        return 2;
    case ERR_INPUT:
    case ERR_LIMIT:
    case ERR_MEMORY:
    case ERR_SYSTEM:
        return 3;
    case ERR_ENDPOINT:
        return 4;
    case ERR_INCOMPLETE:
        return 5;
    case ERR_INTERRUPTED:
        return 130;
    }
    return 3;
}

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; commands[i] != NULL; i++) {
        if (strcmp(commands[i]->name, name) == 0) {
            return commands[i];
        }
    }
    return NULL;
}

static void print_overview(FILE *out)
{
    (void)fputs("haymaker: which model endpoint can really use a million-token context?\n\n"
                "Usage: haymaker COMMAND [OPTION…]\n\nCommands, in the order of the data:\n",
                out);
    for (size_t i = 0; commands[i] != NULL; i++) {
        (void)fprintf(out, "  %-10s %s\n", commands[i]->name, commands[i]->purpose);
    }
    (void)fputs("\nTry it without any key:\n"
                "  haymaker sweep --model sim/decay --lengths 8k:128k -o results/try.json\n"
                "  haymaker chart results/try.json -o try.html\n"
                "\nMore: haymaker help COMMAND\n",
                out);
}

static void print_command_help(const struct command *command)
{
    (void)printf("haymaker %s: %s\n\nUsage: haymaker %s [OPTION…] %s\n\nExamples:\n%s",
                 command->name, command->purpose, command->name, command->usage, command->examples);
    if (command->option_count != 0) {
        (void)puts("\nOptions:");
        opt_print_help(command->options, command->option_count, stdout);
    }
    if (command->notes != NULL) {
        (void)printf("\n%s", command->notes);
    }
    if (command->print_tables != NULL) {
        (void)putchar('\n');
        command->print_tables(stdout);
    }
}

/* The smallest number of single-letter edits between two short words (Levenshtein). */
static size_t edit_distance(const char *a, const char *b)
{
    enum { WORD_MAX = 32 };
    size_t row[WORD_MAX + 1];
    size_t a_len = strlen(a);
    size_t b_len = strlen(b);

    if (a_len > WORD_MAX || b_len > WORD_MAX) {
        return WORD_MAX;
    }
    for (size_t j = 0; j <= b_len; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= a_len; i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            size_t best = diagonal + (a[i - 1] == b[j - 1] ? 0U : 1U);

            diagonal = row[j];
            if (row[j] + 1 < best) {
                best = row[j] + 1;
            }
            if (row[j - 1] + 1 < best) {
                best = row[j - 1] + 1;
            }
            row[j] = best;
        }
    }
    return row[b_len];
}

static int unknown_command(const char *name)
{
    const char *nearest = NULL;
    size_t nearest_distance = 3; /* further away it is no typing error */

    for (size_t i = 0; commands[i] != NULL; i++) {
        size_t distance = edit_distance(name, commands[i]->name);

        if (distance < nearest_distance) {
            nearest = commands[i]->name;
            nearest_distance = distance;
        }
    }
    (void)fprintf(stderr, "haymaker: there is no command '%s'\n", name);
    if (nearest != NULL) {
        (void)fprintf(stderr, "Did you mean 'haymaker %s'?\n", nearest);
    } else {
        (void)fputs("Try 'haymaker help'.\n", stderr);
    }
    return exit_status(ERR_USAGE);
}

static bool asks_for_help(int argc, char **argv)
{
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "-h") == 0 || strcmp(argv[i], "--help") == 0) {
            return true;
        }
    }
    return false;
}

static int help_on(const char *name)
{
    const struct command *command = find_command(name);

    if (command == NULL) {
        return unknown_command(name);
    }
    print_command_help(command);
    return 0;
}

/* What was written to stdout is data: a full disk must not pass for success. */
static int close_stdout(int status)
{
    struct err err;

    if (output_is_written(stdout)) {
        return status;
    }
    if (errno == 0) {
        (void)fputs("haymaker: cannot write to standard output\n", stderr);
    } else if (errno != EPIPE) {
        (void)err_system(&err, "cannot write to standard output");
        (void)fprintf(stderr, "haymaker: %s\n", err.text);
    }
    return status != 0 ? status : exit_status(ERR_SYSTEM);
}

static int run_command(const struct command *command, int argc, char **argv)
{
    struct err err = {ERR_NONE, ""};
    int rc = command->run(command, argc, argv, &err);

    if (rc != 0 && err.text[0] != '\0') {
        struct buf text;

        /* An error may quote a stranger's file or a server's words. */
        buf_init(&text, sizeof err.text * 3);
        utf8_append_printable(&text, str_from(err.text));
        (void)fflush(stdout);
        (void)fprintf(stderr, "haymaker %s: %.*s\n", command->name, STR_ARG(buf_str(&text)));
        buf_release(&text);
        if (rc == ERR_USAGE) {
            (void)fprintf(stderr, "Try 'haymaker help %s'.\n", command->name);
        }
    }
    return exit_status(rc);
}

int cli_main(int argc, char **argv)
{
    const struct command *command = NULL;

    /* A limit on the size of files is an error of the write like any other. */
    (void)signal(SIGXFSZ, SIG_IGN);
    if (argc < 2) {
        print_overview(stderr);
        return exit_status(ERR_USAGE);
    }
    if (strcmp(argv[1], "--version") == 0) {
        (void)puts("haymaker " HAYMAKER_VERSION);
        return close_stdout(0);
    }
    if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0 ||
        strcmp(argv[1], "-h") == 0) {
        if (argc > 2) {
            return close_stdout(help_on(argv[2]));
        }
        print_overview(stdout);
        return close_stdout(0);
    }
    command = find_command(argv[1]);
    if (command == NULL) {
        return unknown_command(argv[1]);
    }
    if (asks_for_help(argc - 2, argv + 2)) {
        print_command_help(command);
        return close_stdout(0);
    }
    return close_stdout(run_command(command, argc - 2, argv + 2));
}
