#include "cli/outlook.h"

#include "cli/estimate.h"

int outlook_make(const struct outlook_settings *settings, struct outlook *out, struct err *err)
{
    const struct estimate_settings how = {
        .task = settings->task,
        .plan = settings->plan,
        .models = settings->models,
        .is_batch = settings->is_batch,
        .counted = settings->counted,
    };
    struct estimate estimate = {0};
    struct estimate_sums sums = {0};
    struct arena arena = {0};
    int rc = estimate_roughly(&how, &arena, &estimate, err);

    for (size_t i = 0; rc == 0 && i < estimate.cell_count; i++) {
        estimate_add(&sums, &estimate.cells[i].sums);
    }
    *out = (struct outlook){sums.trials, sums.cost, sums.worst_cost};
    arena_release(&arena);
    return rc;
}
