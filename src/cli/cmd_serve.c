#include "cli/cli.h"

#include "base/buf.h"
#include "base/environment.h"
#include "base/units.h"
#include "cli/wrap.h"
#include "sim/sim.h"
#include "token/token.h"

#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

struct serve_settings {
    uint64_t port;
    uint64_t prefill_rate;
    uint64_t output_rate;
    bool verify_signatures;
};

static const struct opt options[] = {
    OPT(OPT_COUNT, 'p', "port", "N", "port to listen on; default: any free one",
        struct serve_settings, port),
    OPT(OPT_COUNT, 0, "prefill-rate", "N",
        "read prompts at N tokens per second; default: each model's own", struct serve_settings,
        prefill_rate),
    OPT(OPT_COUNT, 0, "output-rate", "N",
        "write answers at N tokens per second; default: each model's own", struct serve_settings,
        output_rate),
    OPT(OPT_FLAG, 0, "verify-signatures", NULL,
        "check AWS signatures against AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
        struct serve_settings, verify_signatures),
};

enum { NAME_WIDTH = 22 };

static void print_row(FILE *out, const char *name, const char *purpose)
{
    int column = fprintf(out, "  %s", name);

    wrap_print(str_from(purpose), (size_t)column, NAME_WIDTH, out);
}

static void print_tables(FILE *out)
{
    const char *name = NULL;
    const char *purpose = NULL;

    (void)fputs("Models (named in the request; 1M = 2^20):\n", out);
    for (const struct sim_model *model = sim_models; model->name != NULL; model++) {
        print_row(out, model->name, model->purpose);
    }
    (void)fputs("\nFaults (MODEL+FAULT, MODEL+FAULT=N, MODEL+FAULT+FAULT; from 429 to 401, N is\n"
                "how many attempts of each prompt fail before one is answered, 0 for all of\n"
                "them: 1 unless given, but 0 for the three that no waiting helps):\n",
                out);
    for (size_t i = 0; sim_fault_describe(i, &name, &purpose); i++) {
        print_row(out, name, purpose);
    }
}

static int say_served(uint64_t served, struct err *err)
{
    struct buf count;
    int rc = 0;

    buf_init(&count, 64);
    units_append_count(&count, served);
    rc = buf_check(&count, "the count", err);
    if (rc == 0) {
        (void)fprintf(stderr, "haymaker serve: %.*s requests served\n", STR_ARG(buf_str(&count)));
    }
    buf_release(&count);
    return rc;
}

static int serve(const struct sim_settings *settings, const sigset_t *ends, struct err *err)
{
    struct sim *sim = NULL;
    int received = 0;
    int rc = sim_start(&sim, settings, err);

    if (rc != 0) {
        return rc;
    }
    if (printf("listening on http://127.0.0.1:%u\n", (unsigned)sim_port(sim)) < 0 ||
        fflush(stdout) != 0) {
        (void)sim_stop(sim);
        return err_set(err, ERR_SYSTEM, "cannot write to standard output");
    }
    rc = sigwait(ends, &received);
    assert(rc == 0); /* the set is ours and valid: POSIX knows no other error */
    return say_served(sim_stop(sim), err);
}

static int parse(const struct command *self, int argc, char **argv, struct sim_settings *out,
                 struct err *err)
{
    struct serve_settings settings = {0};
    const char **rest = calloc((size_t)argc + 1, sizeof *rest);
    const char *access_key = environment_get("AWS_ACCESS_KEY_ID");
    const char *secret_key = environment_get("AWS_SECRET_ACCESS_KEY");
    struct opt_args args;
    int rc = 0;

    if (rest == NULL) {
        return err_memory(err);
    }
    rc = command_parse(self, argc, argv, &settings, rest, &args, err);
    if (rc == 0 && args.count != 0) {
        rc = err_set(err, ERR_USAGE, "unexpected argument '%s'", args.items[0]);
    }
    if (rc == 0 && settings.port > UINT16_MAX) {
        rc = err_set(err, ERR_USAGE, "--port: %llu is above %d", (unsigned long long)settings.port,
                     UINT16_MAX);
    }
    if (rc == 0 && settings.verify_signatures && (access_key == NULL || secret_key == NULL)) {
        rc = err_set(err, ERR_USAGE,
                     "--verify-signatures needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
    }
    free(rest);
    *out = (struct sim_settings){.port = (uint16_t)settings.port,
                                 .prefill_rate = (double)settings.prefill_rate,
                                 .output_rate = (double)settings.output_rate,
                                 .aws_access_key = settings.verify_signatures ? access_key : NULL,
                                 .aws_secret_key = secret_key};
    return rc;
}

static int run(const struct command *self, int argc, char **argv, struct err *err)
{
    struct sim_settings settings;
    struct tokenizer *tokenizer = NULL;
    sigset_t ends;
    int rc = parse(self, argc, argv, &settings, err);

    if (rc == 0) {
        rc = tokenizer_open(&tokenizer, TOKEN_O200K_BASE, err);
    }
    if (rc != 0) {
        return rc;
    }
    settings.tokenizer = tokenizer;
    /* Blocked before the server's threads begin, which inherit it: only sigwait gets them. Ctrl-C
     * is how a server is meant to end, so that is no failure. */
    (void)sigemptyset(&ends);
    (void)sigaddset(&ends, SIGINT);
    (void)sigaddset(&ends, SIGTERM);
    rc = pthread_sigmask(SIG_BLOCK, &ends, NULL) != 0
             ? err_set(err, ERR_SYSTEM, "cannot block signals")
             : serve(&settings, &ends, err);
    tokenizer_free(tokenizer);
    return rc;
}

const struct command cmd_serve = {
    .name = "serve",
    .purpose = "run the loopback endpoint with its simulated models",
    .usage = "",
    .examples = "  haymaker serve --port 8080\n"
                "  haymaker sweep --model compatible/decay --base-url http://127.0.0.1:8080/v1\n"
                "  haymaker serve --prefill-rate 20000 --output-rate 80  # like a real model\n"
                "  haymaker sweep --model sim/perfect+503=2+cut --lengths 8k\n",
    .notes = "Speaks OpenAI's Chat Completions and Responses (also at Azure's addresses),\n"
             "Anthropic's Messages (also at Vertex's), Google's generateContent (Gemini API\n"
             "and Vertex), Bedrock's Converse and Invoke, the vendors' token counting, model\n"
             "lists and batches (over at the third look); on 127.0.0.1 only. Any key is\n"
             "accepted; signatures to Bedrock must be well-formed, and right with\n"
             "--verify-signatures. The question is solved from the posted text alone. Token\n"
             "counts are estimates (bytes / 4.9). Ends on Ctrl-C or SIGTERM with exit\n"
             "status 0.\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .run = run,
    .print_tables = print_tables,
};
