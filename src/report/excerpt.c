#include "report/excerpt.h"

#include <math.h>
#include <stdlib.h>

/* A trial that could be shown. */
struct candidate {
    struct excerpt excerpt;
    size_t cell;
    size_t rank; /* in its cell, the worst first */
    double score;
};

/* Trials without a score of their own come before those that scored 0. */
static double score_of(const struct result_trial *trial)
{
    if (!outcome_counts(trial->outcome)) {
        return -2.0;
    }
    return outcome_is_answer(trial->outcome) && !isnan(trial->mark.score) ? trial->mark.score
                                                                          : -1.0;
}

static int compare_sizes(size_t a, size_t b)
{
    return (a > b) - (a < b);
}

static int compare_places(const struct excerpt *a, const struct excerpt *b)
{
    int order = (a->result > b->result) - (a->result < b->result);

    return order != 0 ? order : compare_sizes(a->trial_index, b->trial_index);
}

static int compare_in_cells(const void *a, const void *b)
{
    const struct candidate *left = a;
    const struct candidate *right = b;
    int order = compare_sizes(left->cell, right->cell);

    if (order == 0) {
        order = (left->score > right->score) - (left->score < right->score);
    }
    return order != 0 ? order : compare_places(&left->excerpt, &right->excerpt);
}

static int compare_ranks(const void *a, const void *b)
{
    const struct candidate *left = a;
    const struct candidate *right = b;
    int order = compare_sizes(left->rank, right->rank);

    return order != 0 ? order : compare_sizes(left->cell, right->cell);
}

static int compare_excerpts(const void *a, const void *b)
{
    return compare_places(a, b);
}

static size_t list_candidates(struct candidate *out, const struct figures *figures)
{
    size_t count = 0;

    for (size_t i = 0; i < figures->result_count; i++) {
        const struct result *result = &figures->results[i];

        for (size_t j = 0; j < result->trial_count; j++) {
            const struct result_trial *trial = &result->trials[j];
            const struct series *series = figures_series_of(figures, result, trial);
            size_t length = figures_length_index(figures, trial->length_tokens);

            if (series != NULL && length != SIZE_MAX) {
                out[count++] = (struct candidate){
                    .excerpt = {.result = result, .trial_index = j},
                    .cell = (size_t)(series - figures->series) * figures->length_count + length,
                    .score = score_of(trial),
                };
            }
        }
    }
    return count;
}

static void rank_candidates(struct candidate *candidates, size_t count)
{
    qsort(candidates, count, sizeof *candidates, compare_in_cells);
    for (size_t i = 1; i < count; i++) {
        if (candidates[i].cell == candidates[i - 1].cell) {
            candidates[i].rank = candidates[i - 1].rank + 1;
        }
    }
    qsort(candidates, count, sizeof *candidates, compare_ranks);
}

int excerpts_choose(struct excerpts *out, const struct figures *figures, size_t most,
                    struct err *err)
{
    struct candidate *candidates = NULL;
    size_t trials = 0;

    *out = (struct excerpts){0};
    for (size_t i = 0; i < figures->result_count; i++) {
        trials += figures->results[i].trial_count;
    }
    candidates = calloc(trials + 1, sizeof *candidates);
    if (candidates == NULL) {
        return err_memory(err);
    }
    out->trial_count = list_candidates(candidates, figures);
    rank_candidates(candidates, out->trial_count);
    out->count = out->trial_count < most ? out->trial_count : most;
    out->items = arena_alloc(&out->arena, out->count + 1, sizeof *out->items);
    if (out->items == NULL) {
        free(candidates);
        excerpts_release(out);
        return err_memory(err);
    }
    for (size_t i = 0; i < out->count; i++) {
        out->items[i] = candidates[i].excerpt;
    }
    free(candidates);
    qsort(out->items, out->count, sizeof *out->items, compare_excerpts);
    return 0;
}

void excerpts_release(struct excerpts *excerpts)
{
    arena_release(&excerpts->arena);
    *excerpts = (struct excerpts){0};
}

const struct excerpt *excerpts_find(const struct excerpts *excerpts, const struct result *result,
                                    size_t trial_index)
{
    struct excerpt wanted = {.result = result, .trial_index = trial_index};

    return excerpts->count != 0 ? bsearch(&wanted, excerpts->items, excerpts->count,
                                          sizeof *excerpts->items, compare_excerpts)
                                : NULL;
}
