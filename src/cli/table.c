/* Every command, in the order of the data flow; `haymaker help` prints it so. */
#include "cli/cli.h"

extern const struct command command_grade;

const struct command *const commands[] = {
    &command_grade,
    NULL,
};
