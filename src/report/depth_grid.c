#include "report/depth_grid.h"

#include <math.h>
#include <stdlib.h>

/* Called for each trial that has a place in the grids. */
typedef void (*trial_visit)(struct depth_grids *grids, const struct figures *figures,
                            const struct series *series, const struct result_trial *trial);

static bool has_place(const struct result_trial *trial)
{
    return outcome_counts(trial->outcome) && trial->depth >= 0.0 && trial->depth <= 1.0 &&
           trial->mark.score >= 0.0 && trial->mark.score <= 1.0;
}

static void visit_trials(struct depth_grids *grids, const struct figures *figures,
                         trial_visit visit)
{
    for (size_t i = 0; i < figures->result_count; i++) {
        const struct result *result = &figures->results[i];

        for (size_t j = 0; j < result->trial_count; j++) {
            const struct result_trial *trial = &result->trials[j];
            const struct series *series = NULL;

            if (has_place(trial)) {
                series = figures_series_of(figures, result, trial);
            }
            if (series != NULL) {
                visit(grids, figures, series, trial);
            }
        }
    }
}

/* Notes the trial's planned depth; gives up on planned rows when there is none or too many. */
static void note_depth(struct depth_grids *grids, const struct figures *figures,
                       const struct series *series, const struct result_trial *trial)
{
    struct depth_rows *rows = &grids->rows;

    (void)figures;
    (void)series;
    if (!rows->planned || trial->depth_percent < 0) {
        rows->planned = false;
        return;
    }
    for (size_t i = 0; i < rows->count; i++) {
        if (rows->percents[i] == trial->depth_percent) {
            return;
        }
    }
    if (rows->count == DEPTH_ROWS_MAX) {
        rows->planned = false;
        return;
    }
    rows->percents[rows->count++] = trial->depth_percent;
}

static int compare_ints(const void *a, const void *b)
{
    int left = *(const int *)a;
    int right = *(const int *)b;

    return (left > right) - (left < right);
}

static size_t row_of(const struct depth_rows *rows, const struct result_trial *trial)
{
    const int *found = NULL;

    if (!rows->planned) {
        return (size_t)fmin(floor(trial->depth * DEPTH_TENTHS), DEPTH_TENTHS - 1);
    }
    found = bsearch(&trial->depth_percent, rows->percents, rows->count, sizeof rows->percents[0],
                    compare_ints);
    return found != NULL ? (size_t)(found - rows->percents) : 0;
}

static void add_score(struct depth_grids *grids, const struct figures *figures,
                      const struct series *series, const struct result_trial *trial)
{
    struct depth_grid *grid = &grids->grids[series - figures->series];
    size_t column = figures_length_index(figures, trial->length_tokens);
    size_t row = row_of(&grids->rows, trial);

    if (column < figures->length_count) { /* a trial without a summary has no column */
        struct depth_cell *cell = &grid->cells[row * figures->length_count + column];

        cell->sum += trial->mark.score;
        cell->counted++;
    }
}

static int make_grids(struct depth_grids *grids, const struct figures *figures, struct err *err)
{
    size_t cells = grids->rows.count * figures->length_count;

    grids->grids = arena_alloc(&grids->arena, figures->series_count, sizeof *grids->grids);
    if (grids->grids == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; i < figures->series_count; i++) {
        grids->grids[i] = (struct depth_grid){
            .series = &figures->series[i],
            .cells = arena_alloc(&grids->arena, cells, sizeof(struct depth_cell)),
        };
        if (grids->grids[i].cells == NULL) {
            return err_memory(err);
        }
        grids->count++;
    }
    return 0;
}

static bool is_empty(const struct depth_grids *grids, const struct figures *figures)
{
    for (size_t i = 0; i < grids->count; i++) {
        for (size_t j = 0; j < grids->rows.count * figures->length_count; j++) {
            if (grids->grids[i].cells[j].counted != 0) {
                return false;
            }
        }
    }
    return true;
}

int depth_grids_gather(struct depth_grids *out, const struct figures *figures, struct err *err)
{
    int rc = 0;

    *out = (struct depth_grids){.rows = {.planned = true}};
    visit_trials(out, figures, note_depth);
    if (out->rows.planned) {
        qsort(out->rows.percents, out->rows.count, sizeof out->rows.percents[0], compare_ints);
    } else {
        out->rows.count = DEPTH_TENTHS;
    }
    rc = make_grids(out, figures, err);
    if (rc == 0) {
        visit_trials(out, figures, add_score);
        if (is_empty(out, figures)) {
            rc = err_set(err, ERR_INPUT,
                         "%.*s: no scored trial has a needle depth, so there is no heat map",
                         STR_ARG(figures->results[0].path));
        }
    }
    if (rc != 0) {
        depth_grids_release(out);
    }
    return rc;
}

void depth_grids_release(struct depth_grids *grids)
{
    arena_release(&grids->arena);
    *grids = (struct depth_grids){0};
}

void depth_append_row_name(struct buf *out, const struct depth_rows *rows, size_t row)
{
    if (rows->planned) {
        buf_appendf(out, "%d %%", rows->percents[row]);
    } else {
        buf_appendf(out, "%zu–%zu %%", row * 10, row * 10 + 10);
    }
}
