#include "cli/summary.h"

#include "cli/shard.h"
#include "record/identity.h"
#include "record/plan.h"
#include "record/price.h"
#include "score/truncation.h"
#include "stats/interval.h"
#include "stats/quantile.h"
#include "stats/repeat.h"

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

/* Room for the values of one cell, reused from cell to cell. */
struct cell_values {
    double *scores;
    double *answered_scores;
    uint64_t *clusters; /* of scores: which haystack each is about (probes share one) */
    uint64_t *answered_clusters;
    uint64_t *prompts; /* of scores: which prompt each answers */
    double *first_text_ms;
    size_t score_count;
    size_t answered_count;
    size_t first_text_count;
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
        values->clusters[values->score_count] = trial_cluster(trial);
        values->prompts[values->score_count] =
            plan_trial_index(plan, trial) / plan_prompt_trials(plan);
        values->scores[values->score_count++] = trial->mark.score;
    }
    if (outcome_is_answer(trial->outcome)) {
        cell->answered++;
        values->answered_clusters[values->answered_count] = trial_cluster(trial);
        values->answered_scores[values->answered_count++] = trial->mark.score;
    }
    if (trial->first_text_ms >= 0.0) {
        values->first_text_ms[values->first_text_count++] = trial->first_text_ms;
    }
}

static int find_interval(const double *values, const uint64_t *clusters, size_t count,
                         uint64_t seed, struct stats_interval *out, struct err *err)
{
    *out = (struct stats_interval){(double)NAN, (double)NAN, (double)NAN};
    return count != 0 ? stats_clustered_interval(values, clusters, count, seed, out, err) : 0;
}

static int find_repeats(const struct cell_values *values, struct result_repeats *out,
                        struct err *err)
{
    struct stats_repeatability found = {0};
    int rc = stats_repeatability(values->scores, values->prompts, values->score_count, &found, err);

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
    int rc =
        find_interval(values->scores, values->clusters, values->score_count, seed, &delivered, err);

    if (rc == 0) {
        rc = find_interval(values->answered_scores, values->answered_clusters,
                           values->answered_count, seed, &answered, err);
    }
    if (rc == 0) {
        rc = find_repeats(values, &cell->repeats, err);
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
    values->score_count = 0;
    values->answered_count = 0;
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

int summary_build(struct result *result, const struct trial_slots *slots, struct err *err)
{
    const struct result_plan *plan = &result->plan;
    struct cell_values values = {0};
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
    values.scores = calloc(result->trial_count + 1, sizeof *values.scores);
    values.answered_scores = calloc(result->trial_count + 1, sizeof *values.answered_scores);
    values.clusters = calloc(result->trial_count + 1, sizeof *values.clusters);
    values.answered_clusters = calloc(result->trial_count + 1, sizeof *values.answered_clusters);
    values.prompts = calloc(result->trial_count + 1, sizeof *values.prompts);
    values.first_text_ms = calloc(result->trial_count + 1, sizeof *values.first_text_ms);
    if (result->cells == NULL || values.scores == NULL || values.answered_scores == NULL ||
        values.clusters == NULL || values.answered_clusters == NULL || values.prompts == NULL ||
        values.first_text_ms == NULL) {
        rc = err_memory(err);
    } else {
        rc = build_cells(result, &values, err);
    }
    if (rc == 0 && result->shard.len != 0) {
        rc = plan_shard(result, err);
    }
    free(values.scores);
    free(values.answered_scores);
    free(values.clusters);
    free(values.answered_clusters);
    free(values.prompts);
    free(values.first_text_ms);
    return rc;
}
