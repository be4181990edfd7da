#include "cli/cli.h"

#include "cli/compare_report.h"
#include "cli/decide.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/signals.h"
#include "cli/sweep.h"
#include "cli/sweep_batch.h"

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

static void print_resume(const struct session *session, const char *besides, int argc, char **argv)
{
    (void)fprintf(stderr, "What was answered is kept%s. To go on:\n  haymaker sweep", besides);
    for (int i = 0; i < argc; i++) {
        print_shell_word(argv[i], stderr);
    }
    (void)fputc('\n', stderr);
    if (session->unknown_count != 0) {
        (void)fprintf(stderr, "with --retry-unknown for %zu trial%s that may be paid for twice\n",
                      session->unknown_count, session->unknown_count == 1 ? "" : "s");
    }
}

static const char *what_besides(const struct sweep_settings *settings, int code)
{
    if (settings->is_batch) {
        return ", batches go on without us";
    }
    return code == ERR_INTERRUPTED ? ", what was in flight is sent again" : "";
}

static int send_trials(const struct sweep *sweep, const struct session *session,
                       const struct sweep_settings *settings, struct err *err)
{
    const struct sweep_batch_settings batch = {
        .past = &session->past,
        .stem = session->stem.p,
        .poll_s = settings->batch_poll_s,
        .wait_s = settings->batch_wait_s,
        .tokens_max = settings->batch_tokens,
        .cancels = settings->cancels_batches,
        .retries_unknown = settings->retries_unknown,
    };

    return settings->is_batch ? sweep_batch_run(sweep, &batch, err) : sweep_run(sweep, err);
}

/* Prints how the requirements came out; what the sweep itself ended with goes first. */
static int judge(const struct session *session, const struct sweep_settings *settings, int code,
                 struct err *err)
{
    static const struct figures_filter everything = {0};
    struct decided decided = {0};
    struct err problem = {ERR_NONE, ""};
    struct buf text;
    int rc = 0;

    if (!decide_is_asked(&settings->decide) || session->result.cell_count == 0) {
        return code;
    }
    buf_init(&text, COMPARE_BYTES_MAX);
    rc = decide(&decided, &settings->decide, &session->result, 1, &everything, &problem);
    if (rc == 0) {
        rc = compare_append_requirements(&decided.decision, &text, &problem);
    }
    if (rc == 0) {
        output_write(stdout, buf_str(&text));
        rc = requirements_verdict(decided.decision.requirement_findings,
                                  decided.decision.requirement_finding_count, &problem);
    }
    buf_release(&text);
    decided_release(&decided);
    if (code == 0 && rc != 0) {
        *err = problem;
    }
    return code != 0 ? code : rc;
}

static int run(const struct command *self, int argc, char **argv, struct err *err)
{
    struct sweep_settings settings = sweep_settings_default();
    struct client_limits limits;
    int64_t confirm_above = CONSENT_NOT_NEEDED;
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
    rc = sweep_settings_confirm_above(&settings, &confirm_above, err);
    if (rc != 0) {
        return rc;
    }
    limits = sweep_settings_limits(&settings);
    rc = decide_check(&settings.decide, err);
    if (rc != 0) {
        return rc;
    }
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
            .concurrency = session_concurrency(&session, &settings),
            .interrupted = interrupted,
            .result = &session.result,
            .slots = &session.slots,
            .holds = session.holds,
            .stopping = session.stopping,
            .confirm_above = confirm_above,
            .is_batch = settings.is_batch,
            .journal = session.journal,
            .progress = &progress,
            .gate = session.gate,
        };

        rc = session_finish(&session, send_trials(&sweep, &session, &settings, err), err);
        if (rc == ERR_SYSTEM) {
            rc = ERR_INCOMPLETE; /* the disk failed on the way: what the journal has is not lost */
        }
        if (rc == ERR_INTERRUPTED || rc == ERR_INCOMPLETE || rc == ERR_ENDPOINT) {
            print_resume(&session, what_besides(&settings, rc), argc, argv);
        }
        rc = judge(&session, &settings, rc, err);
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
                "      --depths 0:100:10 --samples 1\n"
                "  haymaker sweep --shard 1/3 --model sim/decay -o part-1.json\n"
                "  haymaker sweep --model openai/gpt-5.5,anthropic/claude-opus-4-7 \\\n"
                "      --lengths 512k --samples 60 --until-decided --margin 3pp\n"
                "  haymaker sweep --model openai/gpt-5.5 --lengths 128k --trials 5\n"
                "  haymaker sweep --batch --model openai/gpt-5.5,anthropic/claude-opus-4-7 \\\n"
                "      --lengths 512k,1m -o results/overnight.json\n",
    .notes = "Every answer is kept in a journal beside the result as soon as it is there. The\n"
             "same command run again goes on where it stopped: after Ctrl-C, a crash, a full\n"
             "disk, or endpoint errors. Keys come from OPENAI_API_KEY (openai/…),\n"
             "COMPATIBLE_API_KEY (compatible/…, optional) or --key-file. sim/… models are\n"
             "simulated: they run inside this program, over real HTTP on 127.0.0.1.\n"
             "\n"
             "A request is in the journal before its first byte leaves. After a kill or a\n"
             "power cut the next run therefore knows which requests may have been answered\n"
             "and billed with nobody there: it says how many and what they cost at most, and\n"
             "sends them again only with --retry-unknown; batches that a vendor no longer\n"
             "knows are told and sent again in the same way. Ctrl-C cancels what is in flight;\n"
             "that may be billed too, counts in --max-cost, and is sent again by the same\n"
             "command.\n"
             "\n"
             "--require judges the result as haymaker compare does: exit status 1 when a\n"
             "requirement has failed, 5 when one is undecided.\n"
             "\n"
             "--batch writes the prompts to files beside the result, hands them to OpenAI,\n"
             "Anthropic or Gemini as batches, and collects the answers when they have ended.\n"
             "Nothing needs to wait for that: Ctrl-C or --batch-wait leaves the batches\n"
             "running, and the same command finds them in the journal, days later if need be.\n"
             "\n"
             "Before anything is sent to real models, what is left is estimated (haymaker plan\n"
             "says it exactly). Above --confirm-above it asks on the terminal; without one it\n"
             "refuses, unless --yes or --max-cost was given.\n"
             "\n"
             "--until-decided asks sample by sample, and ends a length (with each number of\n"
             "needles) once every pair of models is told apart, or is within --margin. It\n"
             "looks after every sample and is still wrong at most one time in twenty, over all\n"
             "that it shows. Trials on their way are kept; the rest is not sent.\n"
             "\n"
             "--trials K sends each prompt K times, one after another, so that a vendor's\n"
             "cache may serve the later ones. The table says how alike the answers score:\n"
             "the spread within a prompt, and the share of the variance that is between\n"
             "prompts (ICC). More trials of a prompt tell nothing of other prompts: in every\n"
             "interval and verdict they are one observation. --samples makes those narrower.\n"
             "\n"
             "Exit codes: 0 every trial answered, 2 usage, 3 bad input, 4 endpoint refused,\n"
             "5 some trials without an answer, 130 interrupted.\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .run = run,
    .print_tables = task_print_names,
};
