/* Every command, in the order of the data flow; `haymaker help` prints it so. */
#include "cli/cli.h"

extern const struct command cmd_chart;
extern const struct command cmd_compare;
extern const struct command cmd_completion;
extern const struct command cmd_count;
extern const struct command cmd_export;
extern const struct command cmd_generate;
extern const struct command cmd_grade;
extern const struct command cmd_import;
extern const struct command cmd_man;
extern const struct command cmd_merge;
extern const struct command cmd_models;
extern const struct command cmd_plan;
extern const struct command cmd_serve;
extern const struct command cmd_sweep;
extern const struct command cmd_verify;

const struct command *const commands[] = {
    &cmd_sweep, &cmd_plan,       &cmd_generate, &cmd_import, &cmd_count,  &cmd_grade,
    &cmd_merge, &cmd_compare,    &cmd_chart,    &cmd_export, &cmd_verify, &cmd_models,
    &cmd_serve, &cmd_completion, &cmd_man,      NULL,
};
