#include "record/plan.h"

/* A plan without depths has one: the task's own design. */
static size_t depth_count(const struct result_plan *plan)
{
    return plan->depth_count != 0 ? plan->depth_count : 1;
}

static size_t probe_count(const struct result_plan *plan)
{
    return plan->probes != 0 ? (size_t)plan->probes : 1;
}

size_t plan_trial_count(const struct result_plan *plan)
{
    return plan->length_count * plan->needle_count * depth_count(plan) * (size_t)plan->samples *
           probe_count(plan) * plan->model_count;
}

void plan_trial_at(const struct result_plan *plan, size_t index, struct result_trial *out)
{
    size_t samples = (size_t)plan->samples;
    size_t rest = index;

    out->task = plan->task;
    out->model = plan->models[rest % plan->model_count];
    rest /= plan->model_count;
    out->probe = rest % probe_count(plan);
    rest /= probe_count(plan);
    out->sample = rest % samples;
    rest /= samples;
    out->depth_percent = plan->depth_count != 0
                             ? (int)plan->depths_percent[rest % plan->depth_count]
                             : CASE_DEPTH_BY_DESIGN;
    rest /= depth_count(plan);
    out->needles = plan->needles[rest % plan->needle_count];
    rest /= plan->needle_count;
    out->length_tokens = plan->lengths[rest];
}

static size_t find_count(const uint64_t *list, size_t count, uint64_t value)
{
    size_t i = 0;

    while (i < count && list[i] != value) {
        i++;
    }
    return i;
}

size_t plan_trial_index(const struct result_plan *plan, const struct result_trial *trial)
{
    size_t length = find_count(plan->lengths, plan->length_count, trial->length_tokens);
    size_t needles = find_count(plan->needles, plan->needle_count, trial->needles);
    size_t depth = 0;
    size_t model = 0;

    while (model < plan->model_count && !str_equal(plan->models[model], trial->model)) {
        model++;
    }
    if (plan->depth_count != 0) {
        depth = trial->depth_percent < 0 ? plan->depth_count
                                         : find_count(plan->depths_percent, plan->depth_count,
                                                      (uint64_t)trial->depth_percent);
    } else if (trial->depth_percent != CASE_DEPTH_BY_DESIGN) {
        return SIZE_MAX;
    }
    if (length == plan->length_count || needles == plan->needle_count ||
        depth == depth_count(plan) || model == plan->model_count ||
        trial->sample >= plan->samples || trial->probe >= probe_count(plan) ||
        !str_equal(plan->task, trial->task)) {
        return SIZE_MAX;
    }
    return ((((length * plan->needle_count + needles) * depth_count(plan) + depth) *
                 (size_t)plan->samples +
             (size_t)trial->sample) *
                probe_count(plan) +
            (size_t)trial->probe) *
               plan->model_count +
           model;
}
