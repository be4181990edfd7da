#include "cli/cli.h"
#include "cli/mdoc.h"

#include <string.h>

static int run(const struct command *self, int argc, char **argv, struct err *err)
{
    const char *rest[OPT_ARGS_MAX];
    struct opt_args args;
    int rc = command_parse(self, argc, argv, NULL, rest, &args, err);

    if (rc != 0) {
        return rc;
    }
    if (args.count == 0) {
        mdoc_print_program(stdout);
        return 0;
    }
    if (args.count > 1) {
        return err_set(err, ERR_USAGE, "one COMMAND at most");
    }
    for (size_t i = 0; commands[i] != NULL; i++) {
        if (strcmp(commands[i]->name, args.items[0]) == 0) {
            mdoc_print_command(commands[i], stdout);
            return 0;
        }
    }
    return err_set(err, ERR_USAGE, "there is no command '%s'", args.items[0]);
}

extern const struct command cmd_man;
const struct command cmd_man = {
    .name = "man",
    .purpose = "print a manual page, of the program or of a command",
    .usage = "[COMMAND]",
    .examples = "  haymaker man sweep | man -l -\n"
                "  haymaker man > haymaker.1\n",
    .notes = "The pages are installed with the program (man haymaker-sweep); they say what\n"
             "--help says. The form is mdoc(7).\n",
    .run = run,
};
