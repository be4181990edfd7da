#include "cli/session.h"

#include "cli/summary.h"
#include "record/plan.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_BYTES_MAX = 4096 };

/* results/TASK-MODEL.json with what a file name should not have replaced. */
static int output_path(const struct sweep_settings *settings, const struct result_plan *plan,
                       struct buf *out, struct err *err)
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

void session_release(struct session *session)
{
    journal_close(session->journal);
    gate_free(session->gate);
    models_release(&session->models);
    task_release(&session->task);
    free(session->slots.trials);
    free(session->slots.ended);
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
int session_open(struct session *session, const struct sweep_settings *settings, struct err *err)
{
    struct result_plan *plan = &session->result.plan;
    int rc = 0;

    buf_init(&session->output, PATH_BYTES_MAX);
    buf_init(&session->journal_file, PATH_BYTES_MAX);
    rc = sweep_settings_plan(settings, &session->result.arena, plan, &session->grader, err);
    if (rc == 0) {
        rc = output_path(settings, plan, &session->output, err);
    }
    if (rc == 0) {
        journal_path(buf_str(&session->output), &session->journal_file);
        rc = buf_check(&session->journal_file, "path", err);
    }
    if (rc == 0) {
        rc = sweep_settings_open_models(settings, plan, &session->result.arena, &session->models,
                                        err);
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
        rc = open_slots(&session->slots, plan, err);
    }
    if (rc == 0) {
        rc = journal_open(&session->journal, session->journal_file.p, &session->result,
                          &session->slots, err);
    }
    return rc != 0 ? rc : open_gate(session, settings, err);
}

int session_finish(struct session *session, int code, struct err *err)
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
