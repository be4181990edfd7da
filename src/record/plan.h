/* plan: the trials of a plan in their order.
 *
 * Order: lengths outermost as listed (users list the short ones first, so a sweep shows something
 * early), then needle counts, depths, samples, the probes of a sample's haystack, the repeats of a
 * prompt, and models innermost, so that every model has answered the same case before the next one
 * comes.
 */
#ifndef RECORD_PLAN_H
#define RECORD_PLAN_H

#include "record/result.h"

/* Samples of a (length, needles) cell, by their places in the plan's lists. Public data has as many
 * as there are rows. */
size_t plan_cell_samples(const struct result_plan *plan, size_t length, size_t needles);

size_t plan_trial_count(const struct result_plan *plan);

/* Trials that follow one another: those of one prompt (its repeats by each model), and those of one
 * haystack (its probes, too). */
size_t plan_prompt_trials(const struct result_plan *plan);
size_t plan_haystack_trials(const struct result_plan *plan);

/* Verdicts on the plan's models: a pair in each cell that has samples, and over all lengths of a
 * needle count where it has several. */
size_t plan_verdict_count(const struct result_plan *plan);

/* The place of the first trial of a length, by its place in the plan's list; where all trials end
 * for length_count. */
size_t plan_length_begins(const struct result_plan *plan, size_t length);

/* Where a trial stands: places in the plan's lists, and its sample, probe and repeat. */
struct plan_place {
    size_t length;
    size_t needles;
    size_t depth; /* 0 in a plan without depths */
    size_t sample;
    size_t probe;
    size_t repeat;
    size_t model;
};

struct plan_place plan_place_of(const struct result_plan *plan, size_t index);

/* The inverse. */
size_t plan_place_index(const struct result_plan *plan, const struct plan_place *place);

/* Sets what identifies trial `index` (< plan_trial_count): model, task, needles, length, depth as
 * planned, sample, probe, repeat. The rest of *out is left alone. Texts are borrowed from the plan.
 */
void plan_trial_at(const struct result_plan *plan, size_t index, struct result_trial *out);

/* The place of a trial in the plan, or SIZE_MAX when the plan has no such trial. */
size_t plan_trial_index(const struct result_plan *plan, const struct result_trial *trial);

#endif
