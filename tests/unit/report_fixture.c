#include "report_fixture.h"

#include "record/price.h"
#include "record/reply.h"

#include <check.h>

static void add_cell(struct result *result, const struct fixture *fixture, struct str model,
                     uint64_t needles, uint64_t length, double mean)
{
    struct result_cell *cell = &result->cells[result->cell_count++];

    *cell = (struct result_cell){
        .model = model,
        .task = STR("mrcr"),
        .needles = needles,
        .length_tokens = length,
        .planned = fixture->samples,
        .ended = fixture->samples,
        .counted = fixture->samples,
        .mean = mean,
        .low = mean / 2,
        .high = (1 + mean) / 2,
        .outcomes = {[OUTCOME_SCORED] = fixture->samples},
    };
    for (uint64_t sample = 0; sample < fixture->samples; sample++) {
        result->trials[result->trial_count++] = (struct result_trial){
            .model = model,
            .task = STR("mrcr"),
            .needles = needles,
            .length_tokens = length,
            .sample = sample,
            .depth_percent = CASE_DEPTH_BY_DESIGN,
            .depth = (double)sample / (double)fixture->samples,
            .outcome = OUTCOME_SCORED,
            .mark = {.score = mean, .prefix_found = true},
            .output_tokens = REPLY_TOKENS_UNKNOWN,
            .cost_picodollars = PRICE_UNKNOWN,
            .first_text_ms = -1,
            .end_ms = -1,
        };
    }
}

struct result fixture_result(const struct fixture *fixture)
{
    size_t cells = fixture->model_count * fixture->needle_count * fixture->length_count;
    struct result result = {
        .path = str_from(fixture->path),
        .program_version = STR("0.1.0"),
        .created = STR("2026-11-22T14:04:18Z"),
        .plan = {.task = STR("mrcr"), .grader = STR("openai-mrcr"), .seed = 7},
    };

    result.cells = arena_alloc(&result.arena, cells, sizeof *result.cells);
    result.trials = arena_alloc(&result.arena, cells * fixture->samples, sizeof *result.trials);
    ck_assert_ptr_nonnull(result.cells);
    ck_assert_ptr_nonnull(result.trials);
    for (size_t l = 0; l < fixture->length_count; l++) {
        for (size_t n = 0; n < fixture->needle_count; n++) {
            for (size_t m = 0; m < fixture->model_count; m++) {
                double mean = 1.0 / (double)(1 + m) - 0.05 * (double)l;

                add_cell(&result, fixture, str_from(fixture->models[m]), fixture->needles[n],
                         fixture->lengths[l], mean > 0 ? mean : 0);
            }
        }
    }
    return result;
}

struct result fixture_demo(void)
{
    static const char *const models[] = {"sim/perfect", "sim/decay"};
    static const uint64_t needles[] = {2, 4, 8};
    static const uint64_t lengths[] = {8192, 16384, 32768, 65536, 131072, 262144, 524288, 1048576};
    struct fixture fixture = {models, 2, needles, 3, lengths, 8, 5, "results/demo/RESULT.json"};

    return fixture_result(&fixture);
}
