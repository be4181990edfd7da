/* stopping: when the cells of a sweep are decided, so that no more needs to be sent for them.
 *
 * A cell is a length and a number of needles; it is decided when every pair of models in it is: one
 * is better, or, where a margin is given, both are within it of each other. Each pair is watched by
 * a confidence sequence (stats/sequence.h), which one may look at after every sample; alpha is
 * divided over all pairs of all cells, and those over all lengths that a comparison will show
 * (plan_verdict_count), so that one of them is called wrongly with a probability of at most
 * STOPPING_ERROR_RATE, and a comparison comes to the same verdicts.
 *
 * An observation is a sample: the mean difference over its depths, probes and repeats, which share
 * a haystack or its filler. Samples are taken in their order, and one waits for all its trials, so
 * that the same answers decide alike in whatever order they came, and again when a run is resumed.
 * What has ended without an answer of the model (a timeout, an endpoint error) is left out.
 */
#ifndef CLI_STOPPING_H
#define CLI_STOPPING_H

#include "base/arena.h"
#include "base/err.h"
#include "cli/hold.h"
#include "record/journal.h"
#include "record/result.h"

#include <stdbool.h>
#include <stddef.h>

#define STOPPING_ERROR_RATE 0.05

struct stopping_settings {
    const struct result_plan *plan;  /* with two models or more; borrowed, as what follows */
    const struct trial_slots *slots; /* what has ended */
    const enum trial_hold *holds;    /* what will not come in this run; by plan index */
    double margin;                   /* of scores, 0 … 1; 0: none */
};

struct stopping;

/* Has looked at nothing yet. */
int stopping_new(struct stopping **out, const struct stopping_settings *settings, struct err *err);
void stopping_free(struct stopping *stopping); /* NULL is fine */

/* Takes the samples that have become whole in the cell of trial `index`. Whether that decided it;
 * false also when it had been decided before. */
bool stopping_look(struct stopping *stopping, size_t index);

/* Forgets what was seen of cells that are not decided, because trials were opened again. */
void stopping_rewind(struct stopping *stopping);

/* Whether the cell of trial `index` is decided. */
bool stopping_is_decided(const struct stopping *stopping, size_t index);

/* The record: what each pair of each cell came to; allocated in `arena`. What was saved is left
 * at none. */
int stopping_describe(const struct stopping *stopping, struct arena *arena,
                      struct result_stopping **out, struct err *err);

#endif
