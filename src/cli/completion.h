/* completion: what a shell may offer after `haymaker`, out of the command table.
 *
 * Words that change from day to day (models of the catalogue, tasks, graders) are not written into
 * the script: it asks the program for them (`haymaker completion --words models`).
 */
#ifndef CLI_COMPLETION_H
#define CLI_COMPLETION_H

#include "cli/cli.h"

#include <stdio.h>

/* What the value of an option, or an argument, is. */
enum completion_kind {
    COMPLETION_NONE,    /* a flag: no value */
    COMPLETION_TEXT,    /* nothing to offer */
    COMPLETION_CHOICES, /* the row's own words */
    COMPLETION_FILES,
    COMPLETION_FOLDERS,
    COMPLETION_MODELS,
    COMPLETION_TASKS,
    COMPLETION_GRADERS,
    COMPLETION_COMMANDS
};

enum completion_kind completion_of_option(const struct opt *row);
enum completion_kind completion_of_arguments(const struct command *command);

/* The argument of `completion --words` for a kind that the program lists, or NULL. */
const char *completion_words(enum completion_kind kind);

void completion_print_bash(FILE *out);
void completion_print_zsh(FILE *out);
void completion_print_fish(FILE *out);

#endif
