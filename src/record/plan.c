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

static size_t repeat_count(const struct result_plan *plan)
{
    return plan->trials != 0 ? (size_t)plan->trials : 1;
}

size_t plan_prompt_trials(const struct result_plan *plan)
{
    return repeat_count(plan) * plan->model_count;
}

size_t plan_haystack_trials(const struct result_plan *plan)
{
    return probe_count(plan) * plan_prompt_trials(plan);
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
    return depth_count(plan) * plan_haystack_trials(plan);
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

size_t plan_verdict_count(const struct result_plan *plan)
{
    size_t pairs = plan->model_count * (plan->model_count - 1) / 2;
    size_t rows = 0;

    for (size_t n = 0; n < plan->needle_count; n++) {
        size_t lengths = 0;

        for (size_t l = 0; l < plan->length_count; l++) {
            lengths += plan_cell_samples(plan, l, n) != 0 ? 1 : 0;
        }
        rows += lengths + (lengths > 1 ? 1 : 0);
    }
    return rows * pairs;
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

struct plan_place plan_place_of(const struct result_plan *plan, size_t index)
{
    struct plan_place place = {0};
    size_t rest = index;
    size_t samples = 0;

    find_cell(plan, &rest, &place.length, &place.needles);
    samples = plan_cell_samples(plan, place.length, place.needles);
    place.model = rest % plan->model_count;
    rest /= plan->model_count;
    place.repeat = rest % repeat_count(plan);
    rest /= repeat_count(plan);
    place.probe = rest % probe_count(plan);
    rest /= probe_count(plan);
    place.sample = rest % samples;
    place.depth = rest / samples;
    return place;
}

size_t plan_place_index(const struct result_plan *plan, const struct plan_place *place)
{
    size_t samples = plan_cell_samples(plan, place->length, place->needles);
    size_t haystack = place->depth * samples + place->sample;
    size_t prompt = haystack * probe_count(plan) + place->probe;

    return trials_before(plan, place->length, place->needles) + prompt * plan_prompt_trials(plan) +
           place->repeat * plan->model_count + place->model;
}

void plan_trial_at(const struct result_plan *plan, size_t index, struct result_trial *out)
{
    struct plan_place place = plan_place_of(plan, index);

    out->task = plan->task;
    out->length_tokens = plan->lengths[place.length];
    out->needles = plan->needles[place.needles];
    out->model = plan->models[place.model];
    out->probe = place.probe;
    out->repeat = place.repeat;
    out->sample = place.sample;
    out->depth_percent =
        plan->depth_count != 0 ? (int)plan->depths_percent[place.depth] : CASE_DEPTH_BY_DESIGN;
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
    struct plan_place place = {
        .length = find_count(plan->lengths, plan->length_count, trial->length_tokens),
        .needles = find_count(plan->needles, plan->needle_count, trial->needles),
        .sample = (size_t)trial->sample,
        .probe = (size_t)trial->probe,
        .repeat = (size_t)trial->repeat,
    };

    while (place.model < plan->model_count && !str_equal(plan->models[place.model], trial->model)) {
        place.model++;
    }
    if (plan->depth_count != 0) {
        place.depth = trial->depth_percent < 0 ? plan->depth_count
                                               : find_count(plan->depths_percent, plan->depth_count,
                                                            (uint64_t)trial->depth_percent);
    } else if (trial->depth_percent != CASE_DEPTH_BY_DESIGN) {
        return SIZE_MAX;
    }
    if (place.length == plan->length_count || place.needles == plan->needle_count ||
        place.depth == depth_count(plan) || place.model == plan->model_count ||
        trial->sample >= plan_cell_samples(plan, place.length, place.needles) ||
        trial->probe >= probe_count(plan) || trial->repeat >= repeat_count(plan) ||
        !str_equal(plan->task, trial->task)) {
        return SIZE_MAX;
    }
    return plan_place_index(plan, &place);
}
