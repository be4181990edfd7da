#include "cli/cli.h"

#include "base/buf.h"
#include "base/file.h"
#include "cli/model.h"
#include "cli/summary.h"
#include "cli/sweep.h"
#include "cli/task.h"
#include "record/plan.h"

#include <jansson.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CONCURRENCY_MAX = 10000, TRIALS_MAX = 10000000 };

struct sweep_settings {
    struct task_settings task;
    struct opt_texts models;
    const char *grader;
    const char *output;
    uint64_t concurrency;
    const char *base_url;
    const char *protocol;
    const char *key_file;
    const char *key_command;
    const char *models_file;
    const char *price;
    uint64_t max_output_tokens;
    struct opt_texts parameters;
    struct opt_texts headers;
    bool allows_plain_http;
    const char *max_cost;
    uint64_t requests_per_minute;
    uint64_t tokens_per_minute;
    uint64_t attempts;
    uint64_t connect_s;
    uint64_t upload_stall_s;
    uint64_t first_byte_s;
    uint64_t idle_s;
    bool quiet;
};

static const struct opt options[] = {
    OPT(OPT_TEXTS, 'm', "model", "PROVIDER/MODEL",
        "what is tested; may be repeated, or a comma list (default: sim/perfect)",
        struct sweep_settings, models),
    TASK_OPTIONS(struct sweep_settings),
    OPT(OPT_TEXT, 'g', "grader", "NAME", "how replies are marked (default: the task's own)",
        struct sweep_settings, grader),
    OPT(OPT_COUNT, 'c', "concurrency", "N", "requests in flight at most (default: 4)",
        struct sweep_settings, concurrency),
    OPT(OPT_TEXT, 'o', "output", "FILE", "the result (default: results/TASK-MODEL.json)",
        struct sweep_settings, output),
    OPT(OPT_TEXT, 0, "base-url", "URL", "where the endpoint is, e.g. http://127.0.0.1:8000/v1",
        struct sweep_settings, base_url),
    OPT(OPT_TEXT, 0, "protocol", "NAME",
        "openai-chat, openai-responses, anthropic-messages, gemini … (default: the catalogue's)",
        struct sweep_settings, protocol),
    OPT(OPT_TEXT, 0, "key-file", "FILE", "read the key from here, not from the environment",
        struct sweep_settings, key_file),
    OPT(OPT_TEXT, 0, "key-command", "COMMAND", "run this and take its first line as the key",
        struct sweep_settings, key_command),
    OPT(OPT_TEXT, 0, "models-file", "FILE", "your own entries over the catalogue's",
        struct sweep_settings, models_file),
    OPT(OPT_TEXT, 0, "price", "in=X,out=Y", "dollars per million tokens, over the catalogue's",
        struct sweep_settings, price),
    OPT(OPT_COUNT, 0, "max-output-tokens", "N", "limit of a reply (default: not sent)",
        struct sweep_settings, max_output_tokens),
    OPT(OPT_TEXTS, 0, "param", "NAME=JSON",
        "any request parameter, e.g. reasoning_effort=\"low\"; may be repeated",
        struct sweep_settings, parameters),
    OPT(OPT_TEXTS, 0, "header", "NAME: VALUE", "any request header; may be repeated",
        struct sweep_settings, headers),
    OPT(OPT_FLAG, 0, "insecure-http", NULL, "allow plain http to other machines than this one",
        struct sweep_settings, allows_plain_http),
    OPT(OPT_TEXT, 0, "max-cost", "USD",
        "start nothing that could take the sweep over this, at its worst case",
        struct sweep_settings, max_cost),
    OPT(OPT_COUNT, 0, "rpm", "N", "requests per minute and model (default: as its headers say)",
        struct sweep_settings, requests_per_minute),
    OPT(OPT_COUNT, 0, "tpm", "N", "tokens per minute and model (default: as its headers say)",
        struct sweep_settings, tokens_per_minute),
    OPT(OPT_COUNT, 0, "attempts", "N", "requests per trial, retries included (default: 6)",
        struct sweep_settings, attempts),
    OPT(OPT_COUNT, 0, "connect-timeout", "S", "until connected (default: 30)",
        struct sweep_settings, connect_s),
    OPT(OPT_COUNT, 0, "upload-timeout", "S", "without a byte of the prompt taken (default: 60)",
        struct sweep_settings, upload_stall_s),
    OPT(OPT_COUNT, 0, "first-byte-timeout", "S",
        "of silence after the upload, while the model reads and thinks (default: 1800)",
        struct sweep_settings, first_byte_s),
    OPT(OPT_COUNT, 0, "idle-timeout", "S",
        "between two bytes of the answer; pings count (default: 1800)", struct sweep_settings,
        idle_s),
    OPT(OPT_FLAG, 'q', "quiet", NULL, "no progress on stderr", struct sweep_settings, quiet),
};

/* The only state a signal handler may touch. */
static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal_number)
{
    if (interrupted != 0) {
        _exit(128 + signal_number); /* asked twice: the journal is whole at any moment */
    }
    interrupted = 1;
}

static void catch_signals(void)
{
    struct sigaction action;

    memset(&action, 0, sizeof action);
    action.sa_handler = on_interrupt;
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGHUP, &action, NULL);
    action.sa_handler = SIG_IGN;
    (void)sigaction(SIGPIPE, &action, NULL);
}

static int add_model(struct str name, struct result_plan *plan, struct err *err)
{
    for (size_t i = 0; i < plan->model_count; i++) {
        if (str_equal(plan->models[i], name)) {
            return err_set(err, ERR_USAGE, "--model: '%.*s' is named twice", STR_ARG(name));
        }
    }
    if (plan->model_count == OPT_TEXTS_MAX) {
        return err_set(err, ERR_USAGE, "--model: more than %d models", OPT_TEXTS_MAX);
    }
    plan->models[plan->model_count++] = name;
    return 0;
}

static int plan_models(const struct opt_texts *texts, struct arena *arena, struct result_plan *plan,
                       struct err *err)
{
    int rc = 0;

    plan->models = arena_alloc(arena, OPT_TEXTS_MAX, sizeof *plan->models);
    if (plan->models == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; rc == 0 && i < texts->count; i++) {
        struct str_pair rest = {.tail = str_from(texts->items[i]), .ok = true};

        while (rc == 0 && rest.ok) {
            rest = str_cut(rest.tail, ',');
            rc = add_model(rest.head, plan, err);
        }
    }
    return rc == 0 && plan->model_count == 0 ? add_model(STR("sim/perfect"), plan, err) : rc;
}

static int plan_parameters(const struct opt_texts *texts, struct arena *arena,
                           struct result_plan *plan, struct err *err)
{
    plan->parameters = arena_alloc(arena, texts->count + 1, sizeof *plan->parameters);
    if (plan->parameters == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; i < texts->count; i++) {
        struct str_pair parts = str_cut(str_from(texts->items[i]), '=');
        json_t *value =
            parts.ok ? json_loadb(parts.tail.p, parts.tail.len, JSON_DECODE_ANY, NULL) : NULL;

        if (value == NULL || parts.head.len == 0) {
            return err_set(err, ERR_USAGE,
                           "--param '%s' is not NAME=JSON (a text needs its quotes: "
                           "effort='\"low\"')",
                           texts->items[i]);
        }
        json_decref(value);
        plan->parameters[plan->parameter_count++] = str_from(texts->items[i]);
    }
    return 0;
}

static int make_plan(const struct sweep_settings *settings, struct arena *arena,
                     struct result_plan *plan, const struct grader **grader, struct err *err)
{
    int rc = task_plan(&settings->task, "8k:128k", arena, plan, err);

    if (rc == 0) {
        rc = plan_models(&settings->models, arena, plan, err);
    }
    if (rc == 0) {
        rc = plan_parameters(&settings->parameters, arena, plan, err);
    }
    if (rc != 0) {
        return rc;
    }
    plan->base_url = str_from(settings->base_url != NULL ? settings->base_url : "");
    plan->max_output_tokens = (int64_t)settings->max_output_tokens;
    if (settings->grader != NULL) {
        plan->grader = str_from(settings->grader);
    }
    if (settings->concurrency == 0 || settings->concurrency > CONCURRENCY_MAX) {
        return err_set(err, ERR_USAGE, "--concurrency: %llu is not between 1 and %d",
                       (unsigned long long)settings->concurrency, CONCURRENCY_MAX);
    }
    if (plan_trial_count(plan) > TRIALS_MAX) {
        return err_set(err, ERR_USAGE, "%zu trials are more than %d", plan_trial_count(plan),
                       TRIALS_MAX);
    }
    return grader_find(plan->grader, grader, err);
}

/* results/TASK-MODEL.json with what a file name should not have replaced. */
static int output_path(const struct sweep_settings *settings, const struct result_plan *plan,
                       struct buf *out, struct err *err)
{
    if (settings->output != NULL) {
        buf_append(out, str_from(settings->output));
    } else {
        size_t start = 0;

        buf_appendf(out, "results/%.*s-", STR_ARG(plan->task));
        start = out->len;
        buf_append(out, plan->models[0]);
        if (plan->model_count > 1) {
            buf_appendf(out, "-and-%zu-more", plan->model_count - 1);
        }
        for (size_t i = start; i < out->len; i++) {
            if (strchr("/:\\ ", out->p[i]) != NULL) {
                out->p[i] = '-';
            }
        }
        buf_append(out, STR(".json"));
    }
    return buf_check(out, "path", err);
}

static void journal_path(struct str output, struct buf *out)
{
    buf_append(out, str_ends(output, STR(".json")) ? str_take(output, output.len - 5) : output);
    buf_append(out, STR(".journal.jsonl"));
}

static int describe_sweep(struct result *result, const struct task *task, struct err *err)
{
    char created[CLOCK_STAMP_MAX];
    char hash[17];

    clock_stamp(clock_system(), created);
    (void)snprintf(hash, sizeof hash, "%016llx",
                   (unsigned long long)task->generator->corpus_hash(task->bank));
    result->program_version = STR(HAYMAKER_VERSION);
    result->created = arena_copy(&result->arena, str_from(created));
    result->generator_version = str_from(task->generator->version);
    result->corpus_hash = arena_copy(&result->arena, str_from(hash));
    for (size_t i = 0; i < result->plan.model_count; i++) {
        result->simulated = result->simulated || model_is_simulated(result->plan.models[i]);
    }
    return result->created.p != NULL && result->corpus_hash.p != NULL ? 0 : err_memory(err);
}

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

/* Everything a run needs, so that one function releases it. */
struct session {
    struct result result;
    struct trial_slots slots;
    struct task task;
    struct models models;
    struct journal *journal;
    struct gate *gate;
    struct buf output;
    struct buf journal_file;
    const char **parameters; /* NULL-terminated, for the endpoints; headers likewise */
    const char **headers;
};

static void session_release(struct session *session)
{
    journal_close(session->journal);
    gate_free(session->gate);
    models_release(&session->models);
    task_release(&session->task);
    free(session->slots.trials);
    free(session->slots.ended);
    free(session->parameters);
    free(session->headers);
    buf_release(&session->output);
    buf_release(&session->journal_file);
    result_release(&session->result);
}

static int open_slots(struct trial_slots *slots, const struct result_plan *plan, struct err *err)
{
    slots->count = plan_trial_count(plan);
    slots->trials = calloc(slots->count, sizeof *slots->trials);
    slots->ended = calloc(slots->count, sizeof *slots->ended);
    return slots->trials != NULL && slots->ended != NULL ? 0 : err_memory(err);
}

/* The texts with a NULL after them; NULL when memory is short. */
static const char **terminate(const struct opt_texts *texts)
{
    const char **list = calloc(texts->count + 1, sizeof *list);

    for (size_t i = 0; list != NULL && i < texts->count; i++) {
        list[i] = texts->items[i];
    }
    return list;
}

static int open_models(struct session *session, const struct sweep_settings *settings,
                       struct err *err)
{
    struct model_settings model_settings = {
        .base_url = settings->base_url,
        .protocol = settings->protocol,
        .key_file = settings->key_file,
        .key_command = settings->key_command,
        .models_file = settings->models_file,
        .price = settings->price,
        .max_output_tokens = (int64_t)settings->max_output_tokens,
        .allows_plain_http = settings->allows_plain_http,
    };

    session->parameters = terminate(&settings->parameters);
    session->headers = terminate(&settings->headers);
    if (session->parameters == NULL || session->headers == NULL) {
        return err_memory(err);
    }
    model_settings.parameters = session->parameters;
    model_settings.headers = session->headers;
    return models_open(&session->models, session->result.plan.models,
                       session->result.plan.model_count, &model_settings, err);
}

/* The result says where each model was asked and at which price. */
static int describe_endpoints(struct session *session, struct err *err)
{
    struct result *result = &session->result;

    result->endpoints =
        arena_alloc(&result->arena, session->models.count, sizeof *result->endpoints);
    if (result->endpoints == NULL) {
        return err_memory(err);
    }
    result->endpoint_count = session->models.count;
    for (size_t i = 0; i < session->models.count; i++) {
        const struct model *model = &session->models.models[i];
        bool is_simulated = model_is_simulated(result->plan.models[i]);
        struct price_rates rates = model->price.rates;

        result->endpoints[i] = (struct result_endpoint){
            .model = result->plan.models[i],
            .protocol = str_from(model->endpoint.protocol),
            /* The loopback endpoint's port changes from run to run and says nothing. */
            .base_url = is_simulated ? STR("loopback") : str_from(model->endpoint.base_url),
            .input_dollars =
                model->has_price ? (double)rates.input / (double)PRICE_RATE_DOLLAR : (double)NAN,
            .output_dollars =
                model->has_price ? (double)rates.output / (double)PRICE_RATE_DOLLAR : (double)NAN,
            .price_as_of = str_from(model->price_as_of),
            .price_source = str_from(model->price_source),
        };
    }
    return 0;
}

/* What earlier runs of this sweep have paid counts against its cap. */
static int open_gate(struct session *session, const struct sweep_settings *settings,
                     struct err *err)
{
    struct gate_settings gate = {
        .requests_per_minute = (int64_t)settings->requests_per_minute,
        .tokens_per_minute = (int64_t)settings->tokens_per_minute,
        .concurrency = (size_t)settings->concurrency,
        .cost_cap = BUDGET_NO_CAP,
    };

    if (settings->max_cost != NULL) {
        int rc = budget_parse(str_from(settings->max_cost), &gate.cost_cap, err);

        if (rc != 0) {
            return err_wrap(err, "--max-cost");
        }
    }
    for (size_t i = 0; i < session->slots.count; i++) {
        if (session->slots.ended[i] && session->slots.trials[i].cost_picodollars > 0) {
            gate.spent = price_add(gate.spent, session->slots.trials[i].cost_picodollars);
        }
    }
    return gate_new(&session->gate, &session->models, &gate, clock_system(), err);
}

/* Cheap checks first: a wrong flag must not cost the wait for a corpus. */
static int session_open(struct session *session, const struct sweep_settings *settings,
                        const struct grader **grader, struct err *err)
{
    struct result_plan *plan = &session->result.plan;
    int rc = make_plan(settings, &session->result.arena, plan, grader, err);

    if (rc == 0) {
        rc = output_path(settings, plan, &session->output, err);
    }
    if (rc == 0) {
        journal_path(buf_str(&session->output), &session->journal_file);
        rc = buf_check(&session->journal_file, "path", err);
    }
    if (rc == 0) {
        rc = open_models(session, settings, err);
    }
    if (rc == 0) {
        rc = describe_endpoints(session, err);
    }
    if (rc == 0) {
        rc = task_load(&session->task, &session->result.plan, err);
    }
    if (rc == 0) {
        rc = task_check(&session->task, plan, err);
    }
    if (rc == 0) {
        rc = describe_sweep(&session->result, &session->task, err);
    }
    if (rc == 0) {
        rc = open_slots(&session->slots, plan, err);
    }
    if (rc == 0) {
        rc = journal_open(&session->journal, session->journal_file.p, &session->result,
                          &session->slots, err);
    }
    return rc != 0 ? rc : open_gate(session, settings, err);
}

/* The result is written whatever happened, so that nothing answered is lost. */
static int session_finish(struct session *session, int code, struct err *err)
{
    struct err problem = {ERR_NONE, ""};
    int rc = summary_build(&session->result, &session->slots, &problem);

    if (rc == 0 && session->result.trial_count == 0) {
        return code; /* nothing to keep */
    }
    if (rc == 0) {
        rc = result_save(&session->result, session->output.p, &problem);
    }
    if (rc == 0) {
        summary_print(&session->result, stdout);
        (void)fflush(stdout);
        (void)fprintf(stderr, "result: %s\n", session->output.p);
    } else if (code == 0) {
        *err = problem;
    }
    return code != 0 ? code : rc;
}

static uint32_t to_ms(uint64_t seconds)
{
    return seconds < UINT32_MAX / 1000 ? (uint32_t)seconds * 1000 : UINT32_MAX;
}

static struct sweep_settings default_settings(void)
{
    const struct client_limits *limits = &client_limits_default;

    return (struct sweep_settings){
        .task = TASK_SETTINGS_DEFAULT,
        .concurrency = 4,
        .attempts = limits->attempts_max,
        .connect_s = limits->connect_ms / 1000,
        .upload_stall_s = limits->upload_stall_ms / 1000,
        .first_byte_s = limits->first_byte_ms / 1000,
        .idle_s = limits->idle_ms / 1000,
    };
}

static struct client_limits limits_of(const struct sweep_settings *settings)
{
    struct client_limits limits = client_limits_default;

    limits.attempts_max = settings->attempts < 100 ? (uint32_t)settings->attempts : 100;
    limits.connect_ms = to_ms(settings->connect_s);
    limits.upload_stall_ms = to_ms(settings->upload_stall_s);
    limits.first_byte_ms = to_ms(settings->first_byte_s);
    limits.idle_ms = to_ms(settings->idle_s);
    return limits;
}

static int run(const struct command *self, int argc, char **argv, struct err *err)
{
    struct sweep_settings settings = default_settings();
    struct client_limits limits;
    const char *rest[OPT_ARGS_MAX];
    struct opt_args args;
    struct session session = {0};
    const struct grader *grader = NULL;
    struct progress progress;
    int rc = command_parse(self, argc, argv, &settings, rest, &args, err);

    if (rc != 0) {
        return rc;
    }
    if (args.count != 0) {
        return err_set(err, ERR_USAGE, "unexpected argument '%s'", args.items[0]);
    }
    limits = limits_of(&settings);
    buf_init(&session.output, 4096);
    buf_init(&session.journal_file, 4096);
    catch_signals();
    progress_init(&progress, settings.quiet ? NULL : stderr, isatty(STDERR_FILENO) == 1,
                  clock_system());
    rc = session_open(&session, &settings, &grader, err);
    if (rc == 0) {
        const struct sweep sweep = {
            .task = &session.task,
            .grader = grader,
            .models = &session.models,
            .clock = clock_system(),
            .limits = &limits,
            .concurrency = (size_t)settings.concurrency,
            .interrupted = &interrupted,
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
