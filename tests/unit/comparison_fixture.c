#include "comparison_fixture.h"

#include "base/buf.h"
#include "record/price.h"

#include <check.h>
#include <math.h>

static struct str fingerprint(struct result *result, uint64_t seed, size_t length, uint64_t sample)
{
    struct buf text;
    struct str copy;

    buf_init(&text, 64);
    buf_appendf(&text, "%04llx%04zx%08llx%016d", (unsigned long long)seed, length,
                (unsigned long long)sample, 0);
    copy = arena_copy(&result->arena, buf_str(&text));
    buf_release(&text);
    ck_assert_ptr_nonnull(copy.p);
    return copy;
}

static void add_trials(struct result *result, const struct scored_result *recipe, size_t model,
                       size_t length)
{
    struct result_cell *cell = &result->cells[result->cell_count++];
    double sum = 0.0;

    for (uint64_t sample = 0; sample < recipe->samples; sample++) {
        struct str identity = fingerprint(result, recipe->seed, length, sample);
        double score = recipe->score(model, length, sample);

        sum += score;
        result->trials[result->trial_count++] = (struct result_trial){
            .model = str_from(recipe->models[model]),
            .task = STR("mrcr"),
            .needles = 8,
            .length_tokens = (uint64_t)8192 << length,
            .sample = sample,
            .depth_percent = CASE_DEPTH_BY_DESIGN,
            .depth = ((double)sample + 0.5) / (double)recipe->samples,
            .fingerprint = identity,
            .haystack = identity,
            .outcome = OUTCOME_SCORED,
            .mark = {.score = score, .prefix_found = true},
            .output_tokens = model == 0 ? 100 : 28,
            .cost_picodollars = PRICE_DOLLAR / 100,
            .first_reasoning_ms = -1,
            .first_text_ms = 1000,
            .end_ms = 2000,
        };
    }
    sum /= (double)recipe->samples;
    *cell = (struct result_cell){
        .model = str_from(recipe->models[model]),
        .task = STR("mrcr"),
        .needles = 8,
        .length_tokens = (uint64_t)8192 << length,
        .planned = recipe->samples,
        .ended = recipe->samples,
        .counted = recipe->samples,
        .mean = sum,
        .low = fmax(0.0, sum - 0.05),
        .high = fmin(1.0, sum + 0.05),
    };
}

struct result scored_result_make(const struct scored_result *recipe)
{
    size_t cells = recipe->model_count * recipe->lengths;
    struct result result = {
        .path = str_from(recipe->path),
        .created = str_from(recipe->created),
        .plan = {.task = STR("mrcr"), .grader = STR("openai-mrcr"), .seed = recipe->seed},
    };

    result.cells = arena_alloc(&result.arena, cells, sizeof *result.cells);
    result.trials =
        arena_alloc(&result.arena, cells * (size_t)recipe->samples, sizeof *result.trials);
    result.plan.models =
        arena_alloc(&result.arena, recipe->model_count, sizeof *result.plan.models);
    ck_assert_ptr_nonnull(result.cells);
    ck_assert_ptr_nonnull(result.trials);
    ck_assert_ptr_nonnull(result.plan.models);
    for (size_t m = 0; m < recipe->model_count; m++) {
        result.plan.models[result.plan.model_count++] = str_from(recipe->models[m]);
    }
    for (size_t l = 0; l < recipe->lengths; l++) {
        for (size_t m = 0; m < recipe->model_count; m++) {
            add_trials(&result, recipe, m, l);
        }
    }
    return result;
}
