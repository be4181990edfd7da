#include "report/figures.h"

#include "report/labels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool passes(const struct figures_filter *filter, struct str model, uint64_t needles)
{
    bool model_ok = filter->model_count == 0;
    bool needles_ok = filter->needle_count == 0;

    for (size_t i = 0; i < filter->model_count && !model_ok; i++) {
        model_ok = str_equal(filter->models[i], model);
    }
    for (size_t i = 0; i < filter->needle_count && !needles_ok; i++) {
        needles_ok = filter->needles[i] == needles;
    }
    return model_ok && needles_ok;
}

static struct series *find_series(const struct figures *figures, const struct result *result,
                                  struct str model, struct str task, uint64_t needles)
{
    for (size_t i = 0; i < figures->series_count; i++) {
        struct series *series = &figures->series[i];

        if (series->result == result && series->needles == needles &&
            str_equal(series->model, model) && str_equal(series->task, task)) {
            return series;
        }
    }
    return NULL;
}

/* NULL with *err filled when there is no room. */
static struct series *add_series(struct figures *figures, const struct result *result,
                                 const struct result_cell *cell, struct err *err)
{
    struct series *series = &figures->series[figures->series_count];

    if (figures->series_count == FIGURES_SERIES_MAX) {
        (void)err_set(err, ERR_LIMIT,
                      "more than %d lines in one chart: narrow them down with --model or --needles",
                      FIGURES_SERIES_MAX);
        return NULL;
    }
    *series = (struct series){
        .result = result,
        .model = cell->model,
        .task = cell->task,
        .needles = cell->needles,
        .simulated = model_is_simulated(cell->model),
        .cells = arena_alloc(&figures->arena, result->cell_count, sizeof(struct result_cell *)),
    };
    if (series->cells == NULL) {
        (void)err_memory(err);
        return NULL;
    }
    figures->series_count++;
    return series;
}

static bool is_score(double value)
{
    return isnan(value) || (value >= 0.0 && value <= 1.0);
}

static int check_cell(const struct result *result, const struct result_cell *cell, struct err *err)
{
    size_t index = (size_t)(cell - result->cells);

    if (cell->length_tokens == 0) {
        return err_set(err, ERR_INPUT, "%.*s: summaries[%zu]: length is 0", STR_ARG(result->path),
                       index);
    }
    if (!is_score(cell->mean) || !is_score(cell->low) || !is_score(cell->high)) {
        return err_set(err, ERR_INPUT, "%.*s: summaries[%zu]: a score is not from 0 to 1",
                       STR_ARG(result->path), index);
    }
    return 0;
}

static int gather_result(struct figures *figures, const struct result *result,
                         const struct figures_filter *filter, struct err *err)
{
    for (size_t i = 0; i < result->cell_count; i++) {
        const struct result_cell *cell = &result->cells[i];
        struct series *series = NULL;
        int rc = check_cell(result, cell, err);

        if (rc != 0) {
            return rc;
        }
        if (!passes(filter, cell->model, cell->needles)) {
            continue;
        }
        series = find_series(figures, result, cell->model, cell->task, cell->needles);
        if (series == NULL) {
            series = add_series(figures, result, cell, err);
        }
        if (series == NULL) {
            return (int)err->code;
        }
        series->cells[series->cell_count++] = cell;
    }
    return 0;
}

static int compare_cells(const void *a, const void *b)
{
    const struct result_cell *left = *(const struct result_cell *const *)a;
    const struct result_cell *right = *(const struct result_cell *const *)b;

    return (left->length_tokens > right->length_tokens) -
           (left->length_tokens < right->length_tokens);
}

static int compare_lengths(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a;
    uint64_t right = *(const uint64_t *)b;

    return (left > right) - (left < right);
}

static int compare_texts(struct str a, struct str b)
{
    size_t shorter = a.len < b.len ? a.len : b.len;
    int order = shorter != 0 ? memcmp(a.p, b.p, shorter) : 0;

    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static int compare_series(const void *a, const void *b)
{
    const struct series *left = a;
    const struct series *right = b;
    int order = (left->model_index > right->model_index) - (left->model_index < right->model_index);

    if (order == 0) {
        order = compare_texts(left->task, right->task);
    }
    if (order == 0) {
        order = (left->needles > right->needles) - (left->needles < right->needles);
    }
    return order != 0 ? order : (left->result > right->result) - (left->result < right->result);
}

static void number_models(struct figures *figures)
{
    for (size_t i = 0; i < figures->series_count; i++) {
        size_t first = 0;

        while (!str_equal(figures->series[first].model, figures->series[i].model)) {
            first++;
        }
        figures->series[i].model_index =
            first == i ? figures->model_count++ : figures->series[first].model_index;
    }
}

bool figures_in_several_results(const struct figures *figures, const struct series *series)
{
    for (size_t i = 0; i < figures->series_count; i++) {
        const struct series *other = &figures->series[i];

        if (other->result != series->result && other->needles == series->needles &&
            str_equal(other->model, series->model) && str_equal(other->task, series->task)) {
            return true;
        }
    }
    return false;
}

static bool is_same_variant(const struct figures *figures, const struct series *a,
                            const struct series *b)
{
    return a->needles == b->needles && str_equal(a->task, b->task) &&
           (a->result == b->result ||
            (!figures_in_several_results(figures, a) && !figures_in_several_results(figures, b)));
}

static void number_variants(struct figures *figures)
{
    size_t count = 0;

    for (size_t i = 0; i < figures->series_count; i++) {
        size_t first = 0;

        while (!is_same_variant(figures, &figures->series[first], &figures->series[i])) {
            first++;
        }
        figures->series[i].variant_index =
            first == i ? count++ : figures->series[first].variant_index;
    }
}

static int list_lengths(struct figures *figures, struct err *err)
{
    size_t cells = 0;
    size_t kept = 0;

    for (size_t i = 0; i < figures->series_count; i++) {
        cells += figures->series[i].cell_count;
    }
    figures->lengths = arena_alloc(&figures->arena, cells + 1, sizeof *figures->lengths);
    if (figures->lengths == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; i < figures->series_count; i++) {
        struct series *series = &figures->series[i];

        qsort(series->cells, series->cell_count, sizeof(const struct result_cell *), compare_cells);
        for (size_t j = 0; j < series->cell_count; j++) {
            figures->lengths[figures->length_count++] = series->cells[j]->length_tokens;
        }
    }
    qsort(figures->lengths, figures->length_count, sizeof *figures->lengths, compare_lengths);
    for (size_t i = 0; i < figures->length_count; i++) {
        if (i == 0 || figures->lengths[i] != figures->lengths[kept - 1]) {
            figures->lengths[kept++] = figures->lengths[i];
        }
    }
    figures->length_count = kept;
    return 0;
}

static void count_trials(struct figures *figures)
{
    figures->counted_min = UINT64_MAX;
    for (size_t i = 0; i < figures->series_count; i++) {
        const struct series *series = &figures->series[i];

        figures->simulated_count += series->simulated ? 1 : 0;
        for (size_t j = 0; j < series->cell_count; j++) {
            uint64_t counted = series->cells[j]->counted;

            if (counted != 0 && !isnan(series->cells[j]->mean)) {
                figures->counted_min =
                    counted < figures->counted_min ? counted : figures->counted_min;
                figures->counted_max =
                    counted > figures->counted_max ? counted : figures->counted_max;
            }
        }
    }
}

static int check_anything_to_show(const struct figures *figures,
                                  const struct figures_filter *filter, struct err *err)
{
    struct str path = figures->result_count != 0 ? figures->results[0].path : STR("");

    if (figures->series_count == 0 && (filter->model_count != 0 || filter->needle_count != 0)) {
        return err_set(err, ERR_INPUT, "%.*s: no summary matches --model and --needles",
                       STR_ARG(path));
    }
    if (figures->counted_max == 0) {
        return err_set(err, ERR_INPUT,
                       "%.*s: no trial has been scored, so there is nothing to chart",
                       STR_ARG(path));
    }
    return 0;
}

int figures_gather(struct figures *out, const struct result *results, size_t result_count,
                   const struct figures_filter *filter, struct err *err)
{
    int rc = 0;

    *out = (struct figures){.results = results, .result_count = result_count};
    out->series = arena_alloc(&out->arena, FIGURES_SERIES_MAX, sizeof *out->series);
    if (out->series == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; rc == 0 && i < result_count; i++) {
        rc = gather_result(out, &results[i], filter, err);
    }
    if (rc != 0) {
        goto failed;
    }
    number_models(out);
    qsort(out->series, out->series_count, sizeof *out->series, compare_series);
    number_variants(out);
    count_trials(out);
    rc = list_lengths(out, err);
    if (rc == 0) {
        rc = labels_write(out, err);
    }
    if (rc == 0) {
        rc = check_anything_to_show(out, filter, err);
    }
    if (rc == 0) {
        return 0;
    }
failed:
    figures_release(out);
    return rc;
}

void figures_release(struct figures *figures)
{
    arena_release(&figures->arena);
    *figures = (struct figures){0};
}

const struct series *figures_series_of(const struct figures *figures, const struct result *result,
                                       const struct result_trial *trial)
{
    return find_series(figures, result, trial->model, trial->task, trial->needles);
}

size_t figures_length_index(const struct figures *figures, uint64_t length_tokens)
{
    const uint64_t *found = bsearch(&length_tokens, figures->lengths, figures->length_count,
                                    sizeof *figures->lengths, compare_lengths);

    return found != NULL ? (size_t)(found - figures->lengths) : SIZE_MAX;
}
