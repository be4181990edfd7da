/* Every command, in the order of the data flow; `haymaker help` prints it so. */
#include "cli/cli.h"

const struct command *const commands[] = {
    NULL,
};
