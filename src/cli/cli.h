/* cli: the command line, last of all folders and the only one that prints or exits.
 *
 * A command is a row in table.c and a file cmd_NAME.c that exports `const struct command`. Data
 * goes to stdout, everything else to stderr. Exit codes: 0 done, 1 a stated requirement was not
 * met, 2 usage, 3 bad input file, 4 endpoint refused, 5 incomplete and resumable, 130 interrupted.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "base/err.h"
#include "cli/opt.h"

#include <stddef.h>
#include <stdio.h>

struct command {
    const char *name;
    const char *purpose;  /* one line */
    const char *usage;    /* what follows "haymaker NAME ", e.g. "[FILE…]" */
    const char *examples; /* lines, each "haymaker NAME …" */
    const char *notes;    /* paragraphs for --help, or NULL */
    const struct opt *options;
    size_t option_count;

    /* Parses its own arguments (command_parse) and works. Returns 0 or a negative err_code; the
     * caller prints err->text and turns the code into the exit status. */
    int (*run)(const struct command *self, int argc, char **argv, struct err *err);

    void (*print_tables)(FILE *out); /* the end of --help, from tables the program has; or NULL */
};

extern const struct command *const commands[]; /* NULL-terminated, in the order of the data flow */

/* opt_parse with the command's rows; `rest` as there. */
int command_parse(const struct command *command, int argc, char **argv, void *settings,
                  const char **rest, struct opt_args *args, struct err *err);

int cli_main(int argc, char **argv);

#endif
