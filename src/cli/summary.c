#include "cli/summary.h"

#include "cli/shard.h"
#include "record/identity.h"
#include "record/plan.h"
#include "record/price.h"
#include "score/truncation.h"
#include "stats/interval.h"
#include "stats/quantile.h"
#include "stats/repeat.h"
#include "stats/watched.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int collect_trials(struct result *result, const struct trial_slots *slots, struct err *err)
{
    result->trials = arena_alloc(&result->arena, slots->count + 1, sizeof *result->trials);
    if (result->trials == NULL) {
        return err_memory(err);
    }
    result->trial_count = 0;
    for (size_t i = 0; i < slots->count; i++) {
        if (slots->ended[i]) {
            result->trials[result->trial_count++] = slots->trials[i];
        }
    }
    return 0;
}

/* Scores and what they share. */
struct cell_scores {
    double *values;
    uint64_t *clusters; /* which haystack each is about (probes share one) */
    uint64_t *samples;
    uint64_t *prompts; /* which prompt each answers */
    size_t count;
};

/* Room for the values of one cell, reused from cell to cell. */
struct cell_values {
    struct cell_scores delivered;
    struct cell_scores answered;
    double *first_text_ms;
    size_t first_text_count;
    bool is_watched;
};

static bool belongs(const struct result_cell *cell, const struct result_trial *trial)
{
    return trial->needles == cell->needles && trial->length_tokens == cell->length_tokens &&
           str_equal(trial->model, cell->model);
}

/* Only an answer can lack a code: a refusal says nothing of what was read. */
static uint64_t is_missing(const struct result_trial *trial, enum canary_state state)
{
    return (outcome_is_answer(trial->outcome) || trial->outcome == OUTCOME_TRUNCATED) &&
                   state == CANARY_MISSING
               ? 1
               : 0;
}

static void add_score(const struct result_plan *plan, const struct result_trial *trial,
                      struct cell_scores *scores)
{
    scores->clusters[scores->count] = trial_cluster(trial);
    scores->samples[scores->count] = trial->sample;
    scores->prompts[scores->count] = plan_trial_index(plan, trial) / plan_prompt_trials(plan);
    scores->values[scores->count++] = trial->mark.score;
}

static void add_to_cell(const struct result_plan *plan, struct result_cell *cell,
                        const struct result_trial *trial, struct cell_values *values)
{
    cell->ended++;
    cell->outcomes[trial->outcome]++;
    cell->cached_tokens += trial->cached_tokens > 0 ? trial->cached_tokens : 0;
    cell->cost_picodollars = price_add(cell->cost_picodollars, trial->cost_picodollars);
    cell->cache_saved_picodollars =
        price_add(cell->cache_saved_picodollars, trial->cache_saved_picodollars);
    cell->canary_missing[CANARY_START] += is_missing(trial, trial->mark.canary_start);
    cell->canary_missing[CANARY_MIDDLE] += is_missing(trial, trial->mark.canary_middle);
    cell->canary_missing[CANARY_END] += is_missing(trial, trial->mark.canary_end);
    if (outcome_counts(trial->outcome)) {
        cell->counted++;
        add_score(plan, trial, &values->delivered);
    }
    if (outcome_is_answer(trial->outcome)) {
        cell->answered++;
        add_score(plan, trial, &values->answered);
    }
    if (trial->first_text_ms >= 0.0) {
        values->first_text_ms[values->first_text_count++] = trial->first_text_ms;
    }
}

static int find_interval(const struct cell_scores *scores, bool is_watched, uint64_t seed,
                         struct stats_interval *out, struct err *err)
{
    if (scores->count == 0) {
        *out = (struct stats_interval){(double)NAN, (double)NAN, (double)NAN};
        return 0;
    }
    return is_watched
               ? stats_watched_interval(scores->values, scores->samples, scores->count, out, err)
               : stats_clustered_interval(scores->values, scores->clusters, scores->count, seed,
                                          out, err);
}

static int find_repeats(const struct cell_scores *scores, struct result_repeats *out,
                        struct err *err)
{
    struct stats_repeatability found = {0};
    int rc = stats_repeatability(scores->values, scores->prompts, scores->count, &found, err);

    *out = (struct result_repeats){0};
    if (rc == 0 && found.questions != 0) {
        *out = (struct result_repeats){
            .prompts = found.questions,
            .trials = found.trials,
            .same_share = found.same_share,
            .within_sd = found.within_sd,
            .intraclass = found.intraclass,
        };
    }
    return rc;
}

static int finish_cell(struct result_cell *cell, struct cell_values *values, uint64_t seed,
                       struct err *err)
{
    struct stats_interval delivered;
    struct stats_interval answered;
    int rc = find_interval(&values->delivered, values->is_watched, seed, &delivered, err);

    if (rc == 0) {
        rc = find_interval(&values->answered, values->is_watched, seed, &answered, err);
    }
    if (rc == 0) {
        rc = find_repeats(&values->delivered, &cell->repeats, err);
    }
    if (rc != 0) {
        return rc;
    }
    cell->mean = delivered.mean;
    cell->low = delivered.low;
    cell->high = delivered.high;
    cell->answered_mean = answered.mean;
    cell->answered_low = answered.low;
    cell->answered_high = answered.high;
    stats_sort(values->first_text_ms, values->first_text_count);
    cell->median_first_text_ms = stats_median(values->first_text_ms, values->first_text_count);
    return 0;
}

static int build_cell(struct result *result, struct result_cell *cell, struct cell_values *values,
                      struct err *err)
{
    values->delivered.count = 0;
    values->answered.count = 0;
    values->first_text_count = 0;
    for (size_t i = 0; i < result->trial_count; i++) {
        if (belongs(cell, &result->trials[i])) {
            add_to_cell(&result->plan, cell, &result->trials[i], values);
        }
    }
    return finish_cell(cell, values, result->plan.seed, err);
}

static int build_cells(struct result *result, struct cell_values *values, struct err *err)
{
    const struct result_plan *plan = &result->plan;
    size_t depths = plan->depth_count != 0 ? plan->depth_count : 1;
    int rc = 0;

    for (size_t m = 0; rc == 0 && m < plan->model_count; m++) {
        for (size_t n = 0; rc == 0 && n < plan->needle_count; n++) {
            for (size_t l = 0; rc == 0 && l < plan->length_count; l++) {
                size_t samples = plan_cell_samples(plan, l, n);
                struct result_cell *cell = &result->cells[result->cell_count];

                if (samples == 0) {
                    continue; /* public data has not every combination */
                }
                result->cell_count++;
                *cell = (struct result_cell){
                    .model = plan->models[m],
                    .task = plan->task,
                    .needles = plan->needles[n],
                    .length_tokens = plan->lengths[l],
                    .planned = samples * depths * plan_haystack_trials(plan) / plan->model_count,
                };
                rc = build_cell(result, cell, values, err);
            }
        }
    }
    return rc;
}

/* Of a shard, only its own trials are planned. */
static int plan_shard(struct result *result, struct err *err)
{
    struct shard shard = {0};
    struct result_trial trial = {0};
    uint16_t *split = NULL;

    if (shard_parse(result->shard, &shard, err) != 0) {
        return err->code;
    }
    split = shard_split(&result->plan, shard.count);
    if (split == NULL) {
        return err_memory(err);
    }
    for (size_t c = 0; c < result->cell_count; c++) {
        struct result_cell *cell = &result->cells[c];

        cell->planned = 0;
        for (size_t i = 0; i < plan_trial_count(&result->plan); i++) {
            plan_trial_at(&result->plan, i, &trial);
            cell->planned += split[i] == shard.number && belongs(cell, &trial) ? 1 : 0;
        }
    }
    free(split);
    return 0;
}

static bool make_scores(struct cell_scores *out, size_t count)
{
    out->values = calloc(count + 1, sizeof *out->values);
    out->clusters = calloc(count + 1, sizeof *out->clusters);
    out->samples = calloc(count + 1, sizeof *out->samples);
    out->prompts = calloc(count + 1, sizeof *out->prompts);
    return out->values != NULL && out->clusters != NULL && out->samples != NULL &&
           out->prompts != NULL;
}

static void free_scores(struct cell_scores *scores)
{
    free(scores->values);
    free(scores->clusters);
    free(scores->samples);
    free(scores->prompts);
}

int summary_build(struct result *result, const struct trial_slots *slots, bool is_watched,
                  struct err *err)
{
    const struct result_plan *plan = &result->plan;
    struct cell_values values = {.is_watched = is_watched};
    int rc = collect_trials(result, slots, err);

    if (rc != 0) {
        return rc;
    }
    /* A model's usual ratio is learned from all its trials, so shards wait until they are merged.
     */
    for (size_t i = 0; result->shard.len == 0 && i < plan->model_count; i++) {
        (void)truncation_mark(result->trials, result->trial_count, plan->models[i]);
    }
    result->cell_count = 0;
    result->cells =
        arena_alloc(&result->arena, plan->model_count * plan->needle_count * plan->length_count,
                    sizeof *result->cells);
    values.first_text_ms = calloc(result->trial_count + 1, sizeof *values.first_text_ms);
    if (!make_scores(&values.delivered, result->trial_count) ||
        !make_scores(&values.answered, result->trial_count) || result->cells == NULL ||
        values.first_text_ms == NULL) {
        rc = err_memory(err);
    } else {
        rc = build_cells(result, &values, err);
    }
    if (rc == 0 && result->shard.len != 0) {
        rc = plan_shard(result, err);
    }
    free_scores(&values.delivered);
    free_scores(&values.answered);
    free(values.first_text_ms);
    return rc;
}
