#include "cli/cli.h"

#include "cli/session.h"
#include "cli/signals.h"
#include "cli/sweep.h"

#include <string.h>
#include <unistd.h>

static const struct opt options[] = {SWEEP_OPTIONS};

static void print_shell_word(const char *word, FILE *out)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-./:,=@%+";

    if (word[0] != '\0' && strspn(word, plain) == strlen(word)) {
        (void)fprintf(out, " %s", word);
        return;
    }
    (void)fputs(" '", out);
    for (; *word != '\0'; word++) {
        if (*word == '\'') {
            (void)fputs("'\\''", out);
        } else {
            (void)fputc(*word, out);
        }
    }
    (void)fputc('\'', out);
}

static void print_resume(int argc, char **argv)
{
    (void)fputs("What was answered is kept. To go on:\n  haymaker sweep", stderr);
    for (int i = 0; i < argc; i++) {
        print_shell_word(argv[i], stderr);
    }
    (void)fputc('\n', stderr);
}

static int run(const struct command *self, int argc, char **argv, struct err *err)
{
    struct sweep_settings settings = sweep_settings_default();
    struct client_limits limits;
    const char *rest[OPT_ARGS_MAX];
    struct opt_args args;
    struct session session = {0};
    struct progress progress;
    const volatile sig_atomic_t *interrupted = signals_catch();
    int rc = command_parse(self, argc, argv, &settings, rest, &args, err);

    if (rc != 0) {
        return rc;
    }
    if (args.count != 0) {
        return err_set(err, ERR_USAGE, "unexpected argument '%s'", args.items[0]);
    }
    limits = sweep_settings_limits(&settings);
    progress_init(&progress, settings.quiet ? NULL : stderr, isatty(STDERR_FILENO) == 1,
                  clock_system());
    rc = session_open(&session, &settings, err);
    if (rc == 0) {
        const struct sweep sweep = {
            .task = &session.task,
            .grader = session.grader,
            .models = &session.models,
            .clock = clock_system(),
            .limits = &limits,
            .concurrency = (size_t)settings.concurrency,
            .interrupted = interrupted,
            .result = &session.result,
            .slots = &session.slots,
            .journal = session.journal,
            .progress = &progress,
            .gate = session.gate,
        };

        rc = session_finish(&session, sweep_run(&sweep, err), err);
        if (rc == ERR_INTERRUPTED || rc == ERR_INCOMPLETE || rc == ERR_ENDPOINT) {
            print_resume(argc, argv);
        }
    }
    session_release(&session);
    return rc;
}

const struct command cmd_sweep = {
    .name = "sweep",
    .purpose = "the main job: generate, send, score, write RESULT.json; resumes",
    .usage = "",
    .examples = "  haymaker sweep --model sim/decay --lengths 8k:1m -o results/try.json\n"
                "  haymaker sweep --model openai/gpt-5.5 --needles 8 --lengths 512k,1m \\\n"
                "      --samples 20 --concurrency 2 -o results/gpt-5.5.json\n"
                "  haymaker sweep --model compatible/my-model \\\n"
                "      --base-url http://127.0.0.1:8000/v1 --task niah --lengths 8k:128k \\\n"
                "      --depths 0:100:10 --samples 1\n",
    .notes = "Every answer is kept in a journal beside the result as soon as it is there. The\n"
             "same command run again goes on where it stopped: after Ctrl-C, a crash, or\n"
             "endpoint errors. Keys come from OPENAI_API_KEY (openai/…), COMPATIBLE_API_KEY\n"
             "(compatible/…, optional) or --key-file. sim/… models are simulated: they run\n"
             "inside this program, over real HTTP on 127.0.0.1.\n"
             "\n"
             "Exit codes: 0 every trial answered, 2 usage, 3 bad input, 4 endpoint refused,\n"
             "5 some trials without an answer, 130 interrupted.\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .run = run,
    .print_tables = task_print_names,
};
