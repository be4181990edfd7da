/* gate: may a case be sent now? The rate limits of its endpoint (endpoint/limiter.h) and the cap on
 * what the sweep may cost (record/budget.h) must both agree, before the first attempt and before
 * each further one.
 */
#ifndef CLI_GATE_H
#define CLI_GATE_H

#include "base/clock.h"
#include "base/err.h"
#include "cli/model.h"
#include "endpoint/limiter.h"
#include "record/budget.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The most that one attempt can cost; PRICE_UNKNOWN without a price. */
int64_t gate_worst_cost(const struct model *model, uint64_t prompt_tokens,
                        const struct price_terms *terms);

struct gate_settings {
    int64_t requests_per_minute; /* per model; 0: as the endpoint's headers say */
    int64_t tokens_per_minute;
    size_t concurrency;
    int64_t cost_cap;                /* pico-dollars, or BUDGET_NO_CAP */
    int64_t spent;                   /* by earlier runs of the same sweep, pico-dollars */
    int64_t possibly_paid;           /* by earlier runs, on requests without a bill, at their … */
    uint64_t possibly_paid_attempts; /* … worst; and how many those are */
    bool is_batch;                   /* the price is that of batches, and rates do not matter */
};

struct gate;

/* Models and clock are borrowed until gate_free. ERR_USAGE when there is a cap and a model whose
 * price is unknown. */
int gate_new(struct gate **out, const struct models *models, const struct gate_settings *settings,
             const struct clock *clock, struct err *err);
void gate_free(struct gate *gate); /* NULL is fine */

enum gate_answer {
    GATE_OPEN,
    GATE_LATER, /* ask again */
    GATE_CLOSED /* the cap is reached: nothing more may start */
};

/* The same for a prompt to model number `model`, as this sweep sends it. */
int64_t gate_attempt_cost(const struct gate *gate, size_t model, uint64_t prompt_tokens);

/* Whether a prompt of so many tokens (ours) may be sent to model number `model`. */
enum gate_answer gate_ask(const struct gate *gate, size_t model, uint64_t prompt_tokens);

/* An exchange in flight; kept by the caller beside it. */
struct gate_ticket {
    size_t model;
    struct limiter_ticket limit;
    int64_t worst_cost; /* of the attempt being made */
};

void gate_start(struct gate *gate, struct gate_ticket *ticket, size_t model,
                uint64_t prompt_tokens);
void gate_report(struct gate *gate, struct gate_ticket *ticket, const struct rate_report *report);

/* An attempt failed: may the next one be made? When not, gate_end follows as if it had been the
 * last. */
bool gate_retry(struct gate *gate, struct gate_ticket *ticket, const struct reply *reply,
                double wait_s);

/* The exchange has ended; `priced` is what its usage costs, or PRICE_UNKNOWN. */
void gate_end(struct gate *gate, struct gate_ticket *ticket, const struct reply *reply,
              int64_t priced);

const struct budget *gate_budget(const struct gate *gate); /* borrowed from gate */

#endif
