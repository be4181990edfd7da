#include "cli/sweep_settings.h"

#include "cli/points.h"
#include "cli/shard.h"
#include "cli/sweep.h"
#include "record/budget.h"
#include "record/json_text.h"
#include "record/plan.h"

#include <jansson.h>

enum {
    CONCURRENCY_MAX = 10000,
    TRIALS_MAX = 10000000,
    REPEATS_MAX = 1000,
    ATTEMPTS_MAX = 100,
    REQUESTS_PER_MINUTE_MAX = 1000000000
};
static const uint64_t tokens_per_minute_max = UINT64_C(1000000000000);

static uint32_t to_ms(uint64_t seconds)
{
    return seconds < UINT32_MAX / 1000 ? (uint32_t)seconds * 1000 : UINT32_MAX;
}

struct sweep_settings sweep_settings_default(void)
{
    const struct client_limits *limits = &client_limits_default;

    return (struct sweep_settings){
        .task = TASK_SETTINGS_DEFAULT,
        .trials = 1,
        .concurrency = 4,
        .confirm_above = "5",
        .batch_poll_s = 60,
        .batch_wait_s = UINT64_MAX,
        .attempts = limits->attempts_max,
        .connect_s = limits->connect_ms / 1000,
        .upload_stall_s = limits->upload_stall_ms / 1000,
        .first_byte_s = limits->first_byte_ms / 1000,
        .idle_s = limits->idle_ms / 1000,
        .request_s = limits->request_ms / 1000,
    };
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
        json_t *value = parts.ok ? json_text_read(parts.tail, JSON_DECODE_ANY, NULL, err) : NULL;

        if (value == NULL && parts.ok && err->code == ERR_MEMORY) {
            return ERR_MEMORY;
        }
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

/* A limit that some shard would get nothing of would stop it. */
static int check_shard(const struct sweep_settings *settings, struct err *err)
{
    struct shard shard = {0};

    if (shard_parse(str_from(settings->shard), &shard, err) != 0) {
        return err_wrap(err, "--shard");
    }
    if ((settings->requests_per_minute != 0 && settings->requests_per_minute < shard.count) ||
        (settings->tokens_per_minute != 0 && settings->tokens_per_minute < shard.count)) {
        return err_set(err, ERR_USAGE, "--rpm and --tpm are for all %u shards together",
                       (unsigned)shard.count);
    }
    return 0;
}

/* A look at some shards alone would decide otherwise than a look at all of them, and answers of a
 * batch come too late to end it. */
static int check_until_decided(const struct sweep_settings *settings,
                               const struct result_plan *plan, struct err *err)
{
    double margin = 0.0;

    if (!settings->until_decided) {
        return settings->margin == NULL
                   ? 0
                   : err_set(err, ERR_USAGE, "--margin goes with --until-decided");
    }
    if (plan->model_count < 2) {
        return err_set(err, ERR_USAGE, "--until-decided compares models: name two or more");
    }
    if (settings->is_batch || settings->shard != NULL) {
        return err_set(err, ERR_USAGE, "--until-decided does not go with %s",
                       settings->is_batch ? "--batch" : "--shard");
    }
    if (settings->margin != NULL && points_parse(str_from(settings->margin), &margin, err) != 0) {
        return err_wrap(err, "--margin");
    }
    return 0;
}

static int check_counts(const struct sweep_settings *settings, struct err *err)
{
    const struct {
        const char *name;
        uint64_t value;
        uint64_t least;
        uint64_t most;
    } counts[] = {
        {"trials", settings->trials, 1, REPEATS_MAX},
        {"concurrency", settings->concurrency, 1, CONCURRENCY_MAX},
        {"max-output-tokens", settings->max_output_tokens, 0, TASK_LENGTH_MAX},
        {"rpm", settings->requests_per_minute, 0, REQUESTS_PER_MINUTE_MAX},
        {"tpm", settings->tokens_per_minute, 0, tokens_per_minute_max},
        {"attempts", settings->attempts, 1, ATTEMPTS_MAX},
    };
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < sizeof counts / sizeof counts[0]; i++) {
        rc = opt_check_range(counts[i].name, counts[i].value, counts[i].least, counts[i].most, err);
    }
    return rc;
}

/* A salt against caches would have to differ between repeats, which are the same bytes. */
static int plan_repeats(const struct sweep_settings *settings, struct result_plan *plan,
                        struct err *err)
{
    if (settings->trials > 1 && plan->cold) {
        return err_set(err, ERR_USAGE,
                       "--trials sends the same bytes again, which a cache may serve: --cold does "
                       "not go with it");
    }
    plan->trials = settings->trials;
    return 0;
}

int sweep_settings_plan(const struct sweep_settings *settings, struct arena *arena,
                        struct result_plan *plan, const struct grader **grader, struct err *err)
{
    int rc = task_plan(&settings->task, "8k:128k", arena, plan, err);

    if (rc == 0) {
        rc = plan_models(&settings->models, arena, plan, err);
    }
    if (rc == 0) {
        rc = check_counts(settings, err);
    }
    if (rc == 0) {
        rc = plan_repeats(settings, plan, err);
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
    if (settings->shard != NULL) {
        rc = check_shard(settings, err);
    }
    if (rc != 0) {
        return rc;
    }
    rc = check_until_decided(settings, plan, err);
    if (rc != 0) {
        return rc;
    }
    if (settings->cancels_batches && !settings->is_batch) {
        return err_set(err, ERR_USAGE, "--batch-cancel goes with --batch");
    }
    if (plan_trial_count(plan) > TRIALS_MAX) {
        return err_set(err, ERR_USAGE, "%zu trials are more than %d", plan_trial_count(plan),
                       TRIALS_MAX);
    }
    return grader_find(plan->grader, grader, err);
}

/* The texts with a NULL after them; NULL when memory is short. */
static const char **terminate(const struct opt_texts *texts, struct arena *arena)
{
    const char **list = arena_alloc(arena, texts->count + 1, sizeof *list);

    for (size_t i = 0; list != NULL && i < texts->count; i++) {
        list[i] = texts->items[i];
    }
    return list;
}

int sweep_settings_open_models(const struct sweep_settings *settings,
                               const struct result_plan *plan, struct arena *arena,
                               struct models *out, struct err *err)
{
    const char **parameters = terminate(&settings->parameters, arena);
    const char **headers = terminate(&settings->headers, arena);
    const struct model_settings model_settings = {
        .base_url = settings->base_url,
        .protocol = settings->protocol,
        .key_file = settings->key_file,
        .key_command = settings->key_command,
        .models_file = settings->models_file,
        .price = settings->price,
        .parameters = parameters,
        .headers = headers,
        .max_output_tokens = (int64_t)settings->max_output_tokens,
        .allows_plain_http = settings->allows_plain_http,
        .caches_haystack = (plan->probes > 1 || plan->trials > 1) && !plan->cold,
        .is_for_planning = settings->is_for_planning,
    };

    if (parameters == NULL || headers == NULL) {
        return err_memory(err);
    }
    return models_open(out, plan->models, plan->model_count, &model_settings, err);
}

int sweep_settings_confirm_above(const struct sweep_settings *settings, int64_t *out,
                                 struct err *err)
{
    if (settings->is_confirmed || settings->max_cost != NULL) {
        *out = CONSENT_NOT_NEEDED;
        return 0;
    }
    return budget_parse(str_from(settings->confirm_above), out, err) == 0
               ? 0
               : err_wrap(err, "--confirm-above");
}

double sweep_settings_margin(const struct sweep_settings *settings)
{
    struct err ignored = {ERR_NONE, ""};
    double margin = 0.0;

    if (settings->margin != NULL) {
        (void)points_parse(str_from(settings->margin), &margin, &ignored);
    }
    return margin;
}

struct client_limits sweep_settings_limits(const struct sweep_settings *settings)
{
    struct client_limits limits = client_limits_default;

    limits.attempts_max = (uint32_t)settings->attempts;
    limits.connect_ms = to_ms(settings->connect_s);
    limits.upload_stall_ms = to_ms(settings->upload_stall_s);
    limits.first_byte_ms = to_ms(settings->first_byte_s);
    limits.idle_ms = to_ms(settings->idle_s);
    limits.request_ms = to_ms(settings->request_s);
    return limits;
}
