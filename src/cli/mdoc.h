/* mdoc: manual pages out of the command table, in mdoc(7), which man-db and mandoc both read.
 *
 * The text is what --help says: the same rows, examples and notes, so that the two cannot differ.
 */
#ifndef CLI_MDOC_H
#define CLI_MDOC_H

#include "cli/cli.h"

#include <stdio.h>

void mdoc_print_program(FILE *out);                                /* haymaker(1) */
void mdoc_print_command(const struct command *command, FILE *out); /* haymaker-NAME(1) */

#endif
