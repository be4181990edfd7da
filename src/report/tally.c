#include "report/tally.h"

#include "stats/quantile.h"

#include <math.h>

/* Trials by cell: those of cell c are trials[starts[c]] up to trials[starts[c + 1]]. */
struct sorted_trials {
    const struct result_trial **trials;
    size_t *starts;
};

typedef double (*trial_number)(const struct result_trial *trial); /* NaN: has none */

static double seconds(double ms)
{
    return ms >= 0.0 ? ms / 1e3 : (double)NAN;
}

static double first_text_of(const struct result_trial *trial)
{
    return outcome_counts(trial->outcome) ? seconds(trial->first_text_ms) : (double)NAN;
}

static double end_of(const struct result_trial *trial)
{
    bool answered = outcome_counts(trial->outcome) && trial->outcome != OUTCOME_TOO_LONG;

    return answered ? seconds(trial->end_ms) : (double)NAN;
}

static double output_tokens_of(const struct result_trial *trial)
{
    return trial->output_tokens >= 0 ? (double)trial->output_tokens : (double)NAN;
}

static bool is_scored(const struct result_trial *trial)
{
    return outcome_counts(trial->outcome) && trial->mark.score >= 0.0 && trial->mark.score <= 1.0;
}

/* SIZE_MAX when the trial is not shown. */
static size_t cell_of(const struct figures *figures, const struct result *result,
                      const struct result_trial *trial)
{
    const struct series *series = figures_series_of(figures, result, trial);
    size_t length = series != NULL ? figures_length_index(figures, trial->length_tokens) : SIZE_MAX;

    return length != SIZE_MAX ? (size_t)(series - figures->series) * figures->length_count + length
                              : SIZE_MAX;
}

static void count_cells(const struct figures *figures, size_t *counts)
{
    for (size_t i = 0; i < figures->result_count; i++) {
        for (size_t j = 0; j < figures->results[i].trial_count; j++) {
            size_t cell = cell_of(figures, &figures->results[i], &figures->results[i].trials[j]);

            if (cell != SIZE_MAX) {
                counts[cell]++;
            }
        }
    }
}

/* Counts become starts shifted by one, and filling moves each start to its place. */
static void fill_cells(const struct figures *figures, struct sorted_trials *sorted)
{
    for (size_t i = 0; i < figures->result_count; i++) {
        for (size_t j = 0; j < figures->results[i].trial_count; j++) {
            const struct result_trial *trial = &figures->results[i].trials[j];
            size_t cell = cell_of(figures, &figures->results[i], trial);

            if (cell != SIZE_MAX) {
                sorted->trials[sorted->starts[cell + 1]++] = trial;
            }
        }
    }
}

static int sort_trials(struct sorted_trials *out, const struct figures *figures,
                       struct arena *arena, struct err *err)
{
    size_t cells = figures->series_count * figures->length_count;
    size_t total = 0;

    out->starts = arena_alloc(arena, cells + 2, sizeof *out->starts);
    if (out->starts == NULL) {
        return err_memory(err);
    }
    count_cells(figures, out->starts + 2);
    for (size_t i = 0; i < cells; i++) {
        size_t count = out->starts[i + 2];

        out->starts[i + 1] = total;
        total += count;
    }
    out->starts[cells + 1] = total;
    out->trials = arena_alloc(arena, total + 1, sizeof(const struct result_trial *));
    if (out->trials == NULL) {
        return err_memory(err);
    }
    fill_cells(figures, out);
    return 0;
}

static struct spread spread_of(const struct result_trial *const *trials, size_t count,
                               trial_number number, double *scratch)
{
    struct spread spread = {.count = 0};

    for (size_t i = 0; i < count; i++) {
        double value = number(trials[i]);

        if (!isnan(value)) {
            scratch[spread.count++] = value;
        }
    }
    stats_sort(scratch, spread.count);
    spread.median = stats_quantile(scratch, spread.count, 0.5);
    spread.p95 = stats_quantile(scratch, spread.count, 0.95);
    return spread;
}

static struct tally tally_of(const struct result_trial *const *trials, size_t count,
                             double *scratch)
{
    struct tally tally = {
        .first_text_s = spread_of(trials, count, first_text_of, scratch),
        .end_s = spread_of(trials, count, end_of, scratch),
        .output_tokens = spread_of(trials, count, output_tokens_of, scratch),
    };

    for (size_t i = 0; i < count; i++) {
        if (trials[i]->cost_picodollars >= 0) {
            tally.priced++;
            tally.cost_dollars += (double)trials[i]->cost_picodollars / 1e12;
        }
        if (is_scored(trials[i])) {
            tally.counted++;
            tally.score_sum += trials[i]->mark.score;
        }
    }
    return tally;
}

int tallies_gather(struct tallies *out, const struct figures *figures, struct err *err)
{
    size_t cells = figures->series_count * figures->length_count;
    struct sorted_trials sorted = {0};
    double *scratch = NULL;
    int rc = 0;

    *out = (struct tallies){0};
    rc = sort_trials(&sorted, figures, &out->arena, err);
    if (rc != 0) {
        goto failed;
    }
    out->tallies = arena_alloc(&out->arena, cells, sizeof *out->tallies);
    scratch = arena_alloc(&out->arena, sorted.starts[cells] + 1, sizeof *scratch);
    if (out->tallies == NULL || scratch == NULL) {
        rc = err_memory(err);
        goto failed;
    }
    for (size_t i = 0; i < cells; i++) {
        out->tallies[i] = tally_of(&sorted.trials[sorted.starts[i]],
                                   sorted.starts[i + 1] - sorted.starts[i], scratch);
    }
    return 0;
failed:
    tallies_release(out);
    return rc;
}

void tallies_release(struct tallies *tallies)
{
    arena_release(&tallies->arena);
    *tallies = (struct tallies){0};
}
