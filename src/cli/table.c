/* Every command, in the order of the data flow; `haymaker help` prints it so. */
#include "cli/cli.h"

extern const struct command cmd_chart;
extern const struct command cmd_compare;
extern const struct command cmd_completion;
extern const struct command cmd_count;
extern const struct command cmd_generate;
extern const struct command cmd_grade;
extern const struct command cmd_man;
extern const struct command cmd_models;
extern const struct command cmd_serve;
extern const struct command cmd_sweep;

const struct command *const commands[] = {
    &cmd_sweep,  &cmd_generate, &cmd_count,      &cmd_grade, &cmd_compare, &cmd_chart,
    &cmd_models, &cmd_serve,    &cmd_completion, &cmd_man,   NULL,
};
