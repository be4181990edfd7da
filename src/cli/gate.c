#include "cli/gate.h"

#include <stdlib.h>

/* Without an output limit and with a model that nobody knows, an answer is taken to end here. */
static const int64_t output_tokens_assumed = 131072;

/* The dearest tokenizer in use needs a third more tokens than ours for English. */
static const double input_ratio_assumed = 1.35;

struct gate {
    const struct models *models;
    const struct clock *clock;
    struct budget budget;
    struct limiter *limiters; /* one per model */
    bool is_batch;
};

static int check_prices(const struct models *models, struct err *err)
{
    for (size_t i = 0; i < models->count; i++) {
        const struct model *model = &models->models[i];

        if (!model->has_price) {
            return err_set(err, ERR_USAGE,
                           "--max-cost needs a price for %s/%s: give --price in=X,out=Y",
                           model->target.provider->name, model->endpoint.model);
        }
    }
    return 0;
}

int gate_new(struct gate **out, const struct models *models, const struct gate_settings *settings,
             const struct clock *clock, struct err *err)
{
    const struct limiter_settings limits = {
        .requests_per_minute = settings->requests_per_minute,
        .tokens_per_minute = settings->tokens_per_minute,
        .concurrency = settings->concurrency,
    };
    int rc = settings->cost_cap != BUDGET_NO_CAP ? check_prices(models, err) : 0;
    struct gate *gate = NULL;

    if (rc != 0) {
        return rc;
    }
    gate = calloc(1, sizeof *gate);
    if (gate == NULL) {
        return err_memory(err);
    }
    gate->models = models;
    gate->clock = clock;
    gate->limiters = calloc(models->count, sizeof *gate->limiters);
    if (gate->limiters == NULL) {
        gate_free(gate);
        return err_memory(err);
    }
    for (size_t i = 0; i < models->count; i++) {
        limiter_init(&gate->limiters[i], &limits);
    }
    gate->is_batch = settings->is_batch;
    budget_init(&gate->budget, settings->cost_cap, settings->spent);
    gate->budget.possibly_paid = settings->possibly_paid;
    gate->budget.possibly_paid_attempts = settings->possibly_paid_attempts;
    *out = gate;
    return 0;
}

void gate_free(struct gate *gate)
{
    if (gate != NULL) {
        free(gate->limiters);
        free(gate);
    }
}

/* The prompt as the vendor will count it at most. */
static int64_t input_tokens_at_most(const struct model *model, uint64_t prompt_tokens)
{
    double ratio = model->target.tokens_per_o200k;

    return (int64_t)((double)prompt_tokens * (ratio > 0.0 ? ratio : input_ratio_assumed)) + 1;
}

static int64_t output_tokens_at_most(const struct model *model)
{
    const struct catalogue_model *known = model->target.model;

    if (model->endpoint.max_output_tokens > 0) {
        return model->endpoint.max_output_tokens;
    }
    return known != NULL && known->window_output_tokens > 0 ? known->window_output_tokens
                                                            : output_tokens_assumed;
}

int64_t gate_worst_cost(const struct model *model, uint64_t prompt_tokens,
                        const struct price_terms *terms)
{
    return model->has_price
               ? price_cost_at_worst(&model->price, input_tokens_at_most(model, prompt_tokens),
                                     output_tokens_at_most(model), terms)
               : PRICE_UNKNOWN;
}

int64_t gate_attempt_cost(const struct gate *gate, size_t model, uint64_t prompt_tokens)
{
    const struct price_terms terms = {.is_batch = gate->is_batch, .hour_utc = PRICE_HOUR_UNKNOWN};

    return gate_worst_cost(&gate->models->models[model], prompt_tokens, &terms);
}

/* What the rate limits count: the prompt and, where the user set one, the output limit. */
static int64_t limited_tokens(const struct model *model, uint64_t prompt_tokens)
{
    return (int64_t)prompt_tokens + model->endpoint.max_output_tokens;
}

enum gate_answer gate_ask(const struct gate *gate, size_t model, uint64_t prompt_tokens)
{
    const struct model *asked = &gate->models->models[model];

    switch (budget_room(&gate->budget, gate_attempt_cost(gate, model, prompt_tokens))) {
    case BUDGET_REACHED:
    case BUDGET_UNPRICED:
        return GATE_CLOSED;
    case BUDGET_WAITS:
        return GATE_LATER;
    case BUDGET_ADMITS:
        break;
    }
    return gate->is_batch ||
                   limiter_wait_ms(&gate->limiters[model], limited_tokens(asked, prompt_tokens),
                                   clock_ns(gate->clock)) == 0
               ? GATE_OPEN
               : GATE_LATER;
}

void gate_start(struct gate *gate, struct gate_ticket *ticket, size_t model, uint64_t prompt_tokens)
{
    const struct model *asked = &gate->models->models[model];

    ticket->model = model;
    ticket->worst_cost = gate_attempt_cost(gate, model, prompt_tokens);
    budget_commit(&gate->budget, ticket->worst_cost);
    if (!gate->is_batch) {
        limiter_start(&gate->limiters[model], &ticket->limit, limited_tokens(asked, prompt_tokens),
                      clock_ns(gate->clock));
    }
}

void gate_report(struct gate *gate, struct gate_ticket *ticket, const struct rate_report *report)
{
    limiter_report(&gate->limiters[ticket->model], &ticket->limit, report, clock_ns(gate->clock));
}

bool gate_retry(struct gate *gate, struct gate_ticket *ticket, const struct reply *reply,
                double wait_s)
{
    /* The attempt that failed and the next one both count, if the failed one may have been billed.
     */
    int64_t lost = budget_actual_cost(reply, PRICE_UNKNOWN);
    struct budget after = gate->budget;

    budget_settle(&after, ticket->worst_cost, lost);
    if (!budget_admits(&after, ticket->worst_cost)) {
        return false;
    }
    budget_commit(&after, ticket->worst_cost);
    gate->budget = after;
    limiter_retry(&gate->limiters[ticket->model], &ticket->limit, limiter_outcome_of(reply), wait_s,
                  clock_ns(gate->clock));
    return true;
}

void gate_end(struct gate *gate, struct gate_ticket *ticket, const struct reply *reply,
              int64_t priced)
{
    budget_settle(&gate->budget, ticket->worst_cost, budget_actual_cost(reply, priced));
    if (!gate->is_batch) {
        limiter_end(&gate->limiters[ticket->model], &ticket->limit, limiter_outcome_of(reply),
                    clock_ns(gate->clock));
    }
}

const struct budget *gate_budget(const struct gate *gate)
{
    return &gate->budget;
}
