#include "cli/session.h"

#include "cli/decisions.h"
#include "cli/sent_batches.h"
#include "cli/stopping.h"
#include "cli/summary.h"
#include "cli/sweep_batch.h"
#include "record/plan.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_BYTES_MAX = 4096 };

/* results/TASK-MODEL.json with what a file name should not have replaced. */
static int output_path(const struct sweep_settings *settings, const struct result_plan *plan,
                       const struct shard *shard, struct buf *out, struct err *err)
{
    if (settings->output != NULL) {
        buf_append(out, str_from(settings->output));
    } else {
        size_t start = sizeof "results/" - 1;

        buf_appendf(out, "results/%.*s-", STR_ARG(plan->task));
        buf_append(out, plan->models[0]);
        if (plan->model_count > 1) {
            buf_appendf(out, "-and-%zu-more", plan->model_count - 1);
        }
        for (size_t i = start; i < out->len; i++) {
            if (strchr("/:\\ ", out->p[i]) != NULL) {
                out->p[i] = '-';
            }
        }
        if (shard->count > 1) {
            buf_appendf(out, ".shard-%u-of-%u", (unsigned)shard->number, (unsigned)shard->count);
        }
        buf_append(out, STR(".json"));
    }
    return buf_check(out, "path", err);
}

static int paths_beside(struct session *session, struct err *err)
{
    struct str output = buf_str(&session->output);

    buf_append(&session->stem,
               str_ends(output, STR(".json")) ? str_take(output, output.len - 5) : output);
    buf_append(&session->journal_file, buf_str(&session->stem));
    buf_append(&session->journal_file, STR(".journal.jsonl"));
    return buf_check(&session->journal_file, "path", err);
}

static int describe_sweep(struct result *result, const struct task *task, struct err *err)
{
    char created[CLOCK_STAMP_MAX];
    char hash[17];

    clock_stamp(clock_system(), created);
    (void)snprintf(hash, sizeof hash, "%016llx",
                   (unsigned long long)task->generator->corpus_hash(task->bank));
    result->program_version = STR(HAYMAKER_VERSION);
    result->case_file = str_from(result->plan.dataset.path);
    result->created = arena_copy(&result->arena, str_from(created));
    result->generator_version = str_from(task->generator->version);
    result->corpus_hash = arena_copy(&result->arena, str_from(hash));
    for (size_t i = 0; i < result->plan.model_count; i++) {
        result->simulated = result->simulated || model_is_simulated(result->plan.models[i]);
    }
    return result->created.p != NULL && result->corpus_hash.p != NULL ? 0 : err_memory(err);
}

void session_release(struct session *session)
{
    journal_close(session->journal);
    gate_free(session->gate);
    stopping_free(session->stopping);
    models_release(&session->models);
    task_release(&session->task);
    trial_slots_release(&session->slots);
    free(session->holds);
    buf_release(&session->output);
    buf_release(&session->journal_file);
    buf_release(&session->stem);
    result_release(&session->result);
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

/* Requests that an earlier run has begun and never ended: the answer may have been on its way when
 * it was killed. Whether they are sent again is not ours to decide where it costs money. */
static void hold_unknown(struct session *session, const struct sweep_settings *settings)
{
    const struct trial_slots *slots = &session->slots;
    struct journal_past *past = &session->past;
    int64_t worst_cost = 0;
    size_t count = 0;

    for (size_t i = 0; i < slots->count; i++) {
        const struct journal_attempt *attempt = &slots->attempts[i];

        if (!attempt->is_open) {
            continue;
        }
        past->possibly_paid_attempts++;
        past->possibly_paid =
            price_add(past->possibly_paid, attempt->worst_cost > 0 ? attempt->worst_cost : 0);
        if (!model_is_simulated(session->result.plan.models[i % session->models.count])) {
            worst_cost = price_add(worst_cost, attempt->worst_cost);
            session->holds[i] = settings->retries_unknown ? TRIAL_FREE : TRIAL_UNKNOWN;
            session->unknown_count += settings->retries_unknown ? 0 : 1;
            count++;
        }
    }
    if (count != 0) {
        struct buf text;

        buf_init(&text, 1024);
        buf_appendf(&text,
                    "%zu request%s of an earlier run began and it is not known how %s ended: an "
                    "answer may have been paid for",
                    count, count == 1 ? "" : "s", count == 1 ? "it" : "they");
        if (worst_cost > 0) {
            buf_append(&text, STR(" (at most "));
            price_append_cost(&text, worst_cost);
            buf_append_char(&text, ')');
        }
        (void)fprintf(stderr, "%.*s. %s\n", STR_ARG(buf_str(&text)),
                      settings->retries_unknown ? "Sending again."
                                                : "Not sent again without --retry-unknown.");
        buf_release(&text);
    }
}

static int hold_other_shards(struct session *session, struct err *err)
{
    uint16_t *split = shard_split(&session->result.plan, session->shard.count);

    for (size_t i = 0; split != NULL && i < session->slots.count; i++) {
        if (split[i] != session->shard.number) {
            session->holds[i] = TRIAL_ELSEWHERE;
        }
    }
    free(split);
    return split != NULL ? 0 : err_memory(err);
}

static int open_holds(struct session *session, const struct sweep_settings *settings,
                      struct err *err)
{
    size_t waiting = sent_batches_waiting(&session->past);

    session->holds = calloc(session->slots.count + 1, sizeof *session->holds);
    if (session->holds == NULL) {
        return err_memory(err);
    }
    if (!settings->is_batch && waiting != 0) {
        return err_set(err, ERR_USAGE,
                       "--batch collects %zu batch%s of this sweep, still with the vendors",
                       waiting, waiting == 1 ? "" : "es");
    }
    hold_unknown(session, settings);
    return hold_other_shards(session, err);
}

size_t session_concurrency(const struct session *session, const struct sweep_settings *settings)
{
    uint64_t part = shard_part(&session->shard, settings->concurrency);

    return part != 0 ? (size_t)part : 1;
}

/* What earlier runs of this sweep have paid counts against its cap. */
static int open_gate(struct session *session, const struct sweep_settings *settings,
                     struct err *err)
{
    struct gate_settings gate = {
        .requests_per_minute = (int64_t)shard_part(&session->shard, settings->requests_per_minute),
        .tokens_per_minute = (int64_t)shard_part(&session->shard, settings->tokens_per_minute),
        .concurrency = session_concurrency(session, settings),
        .cost_cap = BUDGET_NO_CAP,
        .is_batch = settings->is_batch,
        .spent = session->past.spent,
        .possibly_paid = session->past.possibly_paid,
        .possibly_paid_attempts = session->past.possibly_paid_attempts,
    };

    if (settings->max_cost != NULL) {
        int rc = budget_parse(str_from(settings->max_cost), &gate.cost_cap, err);

        if (rc != 0) {
            return err_wrap(err, "--max-cost");
        }
        gate.cost_cap = (int64_t)shard_part(&session->shard, (uint64_t)gate.cost_cap);
    }
    return gate_new(&session->gate, &session->models, &gate, clock_system(), err);
}

/* What no answer will ever tell the price of. */
static void print_possibly_paid(const struct session *session)
{
    const struct budget *budget = session->gate != NULL ? gate_budget(session->gate) : NULL;
    struct buf text;

    if (budget == NULL || budget->possibly_paid <= 0) {
        return;
    }
    buf_init(&text, 64);
    price_append_cost(&text, budget->possibly_paid);
    (void)fprintf(stderr,
                  "%llu request%s ended without an answer and may be billed all the same: at most "
                  "%.*s, which --max-cost counts\n",
                  (unsigned long long)budget->possibly_paid_attempts,
                  budget->possibly_paid_attempts == 1 ? "" : "s", STR_ARG(buf_str(&text)));
    buf_release(&text);
}

static int open_stopping(struct session *session, const struct sweep_settings *settings,
                         struct err *err)
{
    const struct stopping_settings stopping = {
        .plan = &session->result.plan,
        .slots = &session->slots,
        .holds = session->holds,
        .margin = sweep_settings_margin(settings),
    };

    return settings->until_decided ? stopping_new(&session->stopping, &stopping, err) : 0;
}

static int record_decisions(struct session *session, struct err *err)
{
    const struct decisions_settings settings = {
        .stopping = session->stopping,
        .slots = &session->slots,
        .holds = session->holds,
        .task = &session->task,
        .models = &session->models,
    };

    return session->stopping != NULL ? decisions_record(&settings, &session->result, err) : 0;
}

static int open_shard(struct session *session, const struct sweep_settings *settings,
                      struct err *err)
{
    session->shard = (struct shard){1, 1};
    if (settings->shard == NULL) {
        return 0;
    }
    session->result.shard = str_from(settings->shard);
    return shard_parse(str_from(settings->shard), &session->shard, err) == 0
               ? 0
               : err_wrap(err, "--shard");
}

/* Cheap checks first: a wrong flag must not cost the wait for a corpus. */
int session_open(struct session *session, const struct sweep_settings *settings, struct err *err)
{
    struct result_plan *plan = &session->result.plan;
    int rc = 0;

    buf_init(&session->output, PATH_BYTES_MAX);
    buf_init(&session->journal_file, PATH_BYTES_MAX);
    buf_init(&session->stem, PATH_BYTES_MAX);
    rc = open_shard(session, settings, err);
    if (rc != 0) {
        return rc;
    }
    rc = sweep_settings_plan(settings, &session->result.arena, plan, &session->grader, err);
    if (rc == 0) {
        rc = output_path(settings, plan, &session->shard, &session->output, err);
    }
    if (rc == 0) {
        rc = paths_beside(session, err);
    }
    if (rc == 0) {
        rc = sweep_settings_open_models(settings, plan, &session->result.arena, &session->models,
                                        err);
    }
    if (rc == 0 && settings->is_batch) {
        rc = sweep_batch_check(&session->models, plan, err);
    }
    if (rc == 0) {
        rc = describe_endpoints(session, err);
    }
    if (rc == 0) {
        rc = task_load(&session->task, plan, err);
    }
    if (rc == 0) {
        rc = task_check(&session->task, plan, err);
    }
    if (rc == 0) {
        rc = describe_sweep(&session->result, &session->task, err);
    }
    if (rc == 0) {
        rc = trial_slots_init(&session->slots, plan, err);
    }
    if (rc == 0) {
        rc = journal_open(&session->journal, session->journal_file.p, &session->result,
                          &session->slots, &session->past, err);
    }
    if (rc == 0) {
        rc = open_holds(session, settings, err);
    }
    if (rc == 0) {
        rc = open_stopping(session, settings, err);
    }
    return rc != 0 ? rc : open_gate(session, settings, err);
}

int session_finish(struct session *session, int code, struct err *err)
{
    struct err problem = {ERR_NONE, ""};
    int rc = summary_build(&session->result, &session->slots, session->stopping != NULL, &problem);

    if (rc == 0 && session->result.trial_count == 0) {
        print_possibly_paid(session);
        return code; /* nothing to keep */
    }
    if (rc == 0) {
        rc = record_decisions(session, &problem);
    }
    if (rc == 0) {
        rc = result_save(&session->result, session->output.p, &problem);
        summary_print(&session->result, stdout);
        decisions_print(&session->result, stdout);
        (void)fflush(stdout);
    }
    print_possibly_paid(session);
    if (rc == 0) {
        (void)fprintf(stderr, "result: %s\n", session->output.p);
    } else if (code == 0) {
        *err = problem;
    } else {
        (void)fprintf(stderr, "no new result: %s\n", problem.text);
    }
    return code != 0 ? code : rc;
}
