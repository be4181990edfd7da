#include "cli/cli.h"
#include "cli/completion.h"
#include "endpoint/catalogue.h"
#include "generators/generator.h"
#include "score/grader.h"
#include "sim/sim.h"

#include <string.h>

struct completion_settings {
    const char *words;
};

static const char *const word_lists[] = {"commands", "models", "tasks", "graders", NULL};

static const struct opt options[] = {
    {OPT_TEXT, 0, "words", "LIST", "print words for a script: commands, models, tasks, graders",
     offsetof(struct completion_settings, words), word_lists},
};

static int print_models(struct err *err)
{
    struct catalogue catalogue = {0};
    int rc = catalogue_open(&catalogue, NULL, err);

    for (size_t i = 0; rc == 0 && i < catalogue.model_count; i++) {
        (void)puts(catalogue.models[i].id);
    }
    for (const struct sim_model *model = sim_models; rc == 0 && model->name != NULL; model++) {
        (void)printf("sim/%s\n", model->name);
    }
    catalogue_release(&catalogue);
    return rc;
}

static int print_words(const char *list, struct err *err)
{
    if (strcmp(list, "models") == 0) {
        return print_models(err);
    }
    if (strcmp(list, "commands") == 0) {
        for (size_t i = 0; commands[i] != NULL; i++) {
            (void)puts(commands[i]->name);
        }
        return 0;
    }
    if (strcmp(list, "tasks") == 0) {
        for (size_t i = 0; generators[i] != NULL; i++) {
            (void)puts(generators[i]->name);
        }
        return 0;
    }
    for (size_t i = 0; graders[i] != NULL; i++) {
        (void)puts(graders[i]->name);
    }
    return 0;
}

static int run(const struct command *self, int argc, char **argv, struct err *err)
{
    static const struct {
        const char *name;
        void (*print)(FILE *out);
    } shells[] = {
        {"bash", completion_print_bash},
        {"zsh", completion_print_zsh},
        {"fish", completion_print_fish},
    };
    struct completion_settings settings = {0};
    const char *rest[OPT_ARGS_MAX];
    struct opt_args args;
    int rc = command_parse(self, argc, argv, &settings, rest, &args, err);

    if (rc != 0) {
        return rc;
    }
    if (settings.words != NULL) {
        return print_words(settings.words, err);
    }
    for (size_t i = 0; args.count == 1 && i < sizeof shells / sizeof shells[0]; i++) {
        if (strcmp(shells[i].name, args.items[0]) == 0) {
            shells[i].print(stdout);
            return 0;
        }
    }
    return err_set(err, ERR_USAGE, "say which shell: bash, zsh or fish");
}

extern const struct command cmd_completion;
const struct command cmd_completion = {
    .name = "completion",
    .purpose = "print a script that completes commands in a shell",
    .usage = "SHELL",
    .examples = "  haymaker completion bash > ~/.haymaker-completion.bash\n"
                "  haymaker completion zsh > ~/.zfunc/_haymaker\n"
                "  haymaker completion fish > ~/.config/fish/completions/haymaker.fish\n"
                "  . <(haymaker completion bash)\n",
    .notes = "A package installs these scripts where the shells look for them. Models, tasks\n"
             "and graders are asked of the program when they are needed, so that your own\n"
             "models.json counts too.\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .run = run,
};
