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

size_t plan_cell_samples(const struct result_plan *plan, size_t length, size_t needles)
{
    return plan->dataset.cell_samples != NULL
               ? (size_t)plan->dataset.cell_samples[length * plan->needle_count + needles]
               : (size_t)plan->samples;
}

/* Trials of one sample. */
static size_t sample_trials(const struct result_plan *plan)
{
    return depth_count(plan) * probe_count(plan) * plan->model_count;
}

/* Trials of the cells before a cell; with both at their ends, of all. */
static size_t trials_before(const struct result_plan *plan, size_t length, size_t needles)
{
    size_t samples = 0;

    for (size_t l = 0; l <= length && l < plan->length_count; l++) {
        for (size_t n = 0; n < plan->needle_count && (l < length || n < needles); n++) {
            samples += plan_cell_samples(plan, l, n);
        }
    }
    return samples * sample_trials(plan);
}

size_t plan_trial_count(const struct result_plan *plan)
{
    return trials_before(plan, plan->length_count, 0);
}

size_t plan_length_begins(const struct result_plan *plan, size_t length)
{
    return trials_before(plan, length, 0);
}

/* Takes the cell's place off *index, which is then the trial's place in the cell. */
static void find_cell(const struct result_plan *plan, size_t *index, size_t *length,
                      size_t *needles)
{
    for (*length = 0; *length < plan->length_count; ++*length) {
        for (*needles = 0; *needles < plan->needle_count; ++*needles) {
            size_t trials = plan_cell_samples(plan, *length, *needles) * sample_trials(plan);

            if (*index < trials) {
                return;
            }
            *index -= trials;
        }
    }
}

void plan_trial_at(const struct result_plan *plan, size_t index, struct result_trial *out)
{
    size_t rest = index;
    size_t length = 0;
    size_t needles = 0;
    size_t samples = 0;

    find_cell(plan, &rest, &length, &needles);
    samples = plan_cell_samples(plan, length, needles);
    out->task = plan->task;
    out->length_tokens = plan->lengths[length];
    out->needles = plan->needles[needles];
    out->model = plan->models[rest % plan->model_count];
    rest /= plan->model_count;
    out->probe = rest % probe_count(plan);
    rest /= probe_count(plan);
    out->sample = rest % samples;
    rest /= samples;
    out->depth_percent =
        plan->depth_count != 0 ? (int)plan->depths_percent[rest] : CASE_DEPTH_BY_DESIGN;
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
        trial->sample >= plan_cell_samples(plan, length, needles) ||
        trial->probe >= probe_count(plan) || !str_equal(plan->task, trial->task)) {
        return SIZE_MAX;
    }
    return trials_before(plan, length, needles) +
           ((depth * plan_cell_samples(plan, length, needles) + (size_t)trial->sample) *
                probe_count(plan) +
            (size_t)trial->probe) *
               plan->model_count +
           model;
}
