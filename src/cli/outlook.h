/* outlook: what some of a sweep's trials are expected to cost, told at once and so only roughly
 * (estimate_roughly).
 */
#ifndef CLI_OUTLOOK_H
#define CLI_OUTLOOK_H

#include "base/err.h"
#include "cli/model.h"
#include "cli/task.h"
#include "record/result.h"

#include <stdbool.h>
#include <stdint.h>

struct outlook_settings {
    const struct task *task;
    const struct result_plan *plan;
    const struct models *models;
    const bool *counted; /* which trials, by plan index */
    bool is_batch;
};

struct outlook {
    uint64_t trials;
    int64_t cost;       /* pico-dollars; PRICE_UNKNOWN when a model's price is */
    int64_t worst_cost; /* likewise: nothing cached, every answer as long as allowed */
};

int outlook_make(const struct outlook_settings *settings, struct outlook *out, struct err *err);

#endif
