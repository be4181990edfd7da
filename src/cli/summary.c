#include "cli/summary.h"

#include "base/buf.h"
#include "base/units.h"
#include "base/utf8.h"
#include "record/plan.h"
#include "stats/interval.h"
#include "stats/quantile.h"

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
    double *first_text_ms;
    size_t score_count;
    size_t first_text_count;
};

static bool belongs(const struct result_cell *cell, const struct result_trial *trial)
{
    return trial->needles == cell->needles && trial->length_tokens == cell->length_tokens &&
           str_equal(trial->model, cell->model);
}

static void add_to_cell(struct result_cell *cell, const struct result_trial *trial,
                        struct cell_values *values)
{
    cell->ended++;
    cell->outcomes[trial->outcome]++;
    if (outcome_counts(trial->outcome)) {
        cell->counted++;
        values->scores[values->score_count++] = trial->mark.score;
    }
    if (trial->first_text_ms >= 0.0) {
        values->first_text_ms[values->first_text_count++] = trial->first_text_ms;
    }
}

static int finish_cell(struct result_cell *cell, struct cell_values *values, uint64_t seed,
                       struct err *err)
{
    struct stats_interval interval = {(double)NAN, (double)NAN, (double)NAN};
    int rc = 0;

    if (values->score_count != 0) {
        rc = stats_mean_interval(values->scores, values->score_count, seed, &interval, err);
    }
    cell->mean = interval.mean;
    cell->low = interval.low;
    cell->high = interval.high;
    stats_sort(values->first_text_ms, values->first_text_count);
    cell->median_first_text_ms = stats_median(values->first_text_ms, values->first_text_count);
    return rc;
}

static int build_cell(struct result *result, struct result_cell *cell, struct cell_values *values,
                      struct err *err)
{
    values->score_count = 0;
    values->first_text_count = 0;
    for (size_t i = 0; i < result->trial_count; i++) {
        if (belongs(cell, &result->trials[i])) {
            add_to_cell(cell, &result->trials[i], values);
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
                struct result_cell *cell = &result->cells[result->cell_count++];

                *cell = (struct result_cell){
                    .model = plan->models[m],
                    .task = plan->task,
                    .needles = plan->needles[n],
                    .length_tokens = plan->lengths[l],
                    .planned = plan->samples * depths,
                };
                rc = build_cell(result, cell, values, err);
            }
        }
    }
    return rc;
}

int summary_build(struct result *result, const struct trial_slots *slots, struct err *err)
{
    const struct result_plan *plan = &result->plan;
    struct cell_values values = {0};
    int rc = collect_trials(result, slots, err);

    if (rc != 0) {
        return rc;
    }
    result->cell_count = 0;
    result->cells =
        arena_alloc(&result->arena, plan->model_count * plan->needle_count * plan->length_count,
                    sizeof *result->cells);
    values.scores = calloc(result->trial_count + 1, sizeof *values.scores);
    values.first_text_ms = calloc(result->trial_count + 1, sizeof *values.first_text_ms);
    if (result->cells == NULL || values.scores == NULL || values.first_text_ms == NULL) {
        rc = err_memory(err);
    } else {
        rc = build_cells(result, &values, err);
    }
    free(values.scores);
    free(values.first_text_ms);
    return rc;
}

static void append_percent(struct buf *out, double share)
{
    if (isnan(share)) {
        buf_append(out, STR("     -"));
    } else {
        buf_appendf(out, "%6.1f", 100.0 * share);
    }
}

/* Pads what was appended since `start` to `width` columns: on the left for numbers. */
static void pad_left(struct buf *out, size_t start, size_t width)
{
    char text[64];
    size_t len = out->len - start;

    if (len >= width || len >= sizeof text) {
        return;
    }
    memcpy(text, out->p + start, len);
    out->len = start;
    for (size_t i = len; i < width; i++) {
        buf_append_char(out, ' ');
    }
    buf_append(out, (struct str){text, len});
}

static void append_outcomes(struct buf *out, const struct result_cell *cell)
{
    const char *separator = "  ";

    for (int i = 0; i < OUTCOME_COUNT; i++) {
        if (i != OUTCOME_SCORED && cell->outcomes[i] != 0) {
            buf_appendf(out, "%s%llu %s", separator, (unsigned long long)cell->outcomes[i],
                        outcome_name((enum outcome)i));
            separator = ", ";
        }
    }
    if (cell->ended < cell->planned) {
        buf_appendf(out, "%s%llu not answered", separator,
                    (unsigned long long)(cell->planned - cell->ended));
    }
}

static void append_cell(struct buf *out, const struct result_cell *cell)
{
    size_t start = 0;

    buf_appendf(out, "%8llu  ", (unsigned long long)cell->needles);
    start = out->len;
    units_append_length(out, cell->length_tokens);
    pad_left(out, start, 7);
    buf_appendf(out, "%5llu  ", (unsigned long long)cell->counted);
    append_percent(out, cell->mean);
    if (isnan(cell->low)) {
        buf_append(out, STR("  [     -,      -]"));
    } else {
        buf_append(out, STR("  ["));
        append_percent(out, cell->low);
        buf_append(out, STR(", "));
        append_percent(out, cell->high);
        buf_append_char(out, ']');
    }
    start = out->len;
    if (isnan(cell->median_first_text_ms)) {
        buf_append_char(out, '-');
    } else {
        units_append_duration(out, cell->median_first_text_ms / 1e3);
    }
    pad_left(out, start, 10);
    append_outcomes(out, cell);
    buf_append_char(out, '\n');
}

void summary_print(const struct result *result, FILE *out)
{
    struct str model = {0};
    struct buf text;

    buf_init(&text, 16U << 20);
    for (size_t i = 0; i < result->cell_count; i++) {
        const struct result_cell *cell = &result->cells[i];

        if (i == 0 || !str_equal(cell->model, model)) {
            model = cell->model;
            buf_append(&text, i == 0 ? STR("") : STR("\n"));
            utf8_append_printable(&text, model);
            buf_appendf(&text, "%s, %.*s: mean score in %%\n",
                        model_is_simulated(model) ? " (simulated)" : "", STR_ARG(cell->task));
            buf_append(&text, STR(" needles   length    n    mean   95 % interval     median TTFT"
                                  "  other outcomes\n"));
        }
        append_cell(&text, cell);
    }
    (void)fwrite(text.p, 1, text.len, out);
    buf_release(&text);
}
