/* Every command, in the order of the data flow; `haymaker help` prints it so. */
#include "cli/cli.h"

extern const struct command cmd_generate;
extern const struct command cmd_count;

const struct command *const commands[] = {
    &cmd_generate,
    &cmd_count,
    NULL,
};
