/* truncation: did the endpoint read all of it?
 *
 * Some servers answer 200 OK on a prompt they have shortened; the only sign is their own count of
 * its tokens. Vendors' tokenizers differ, but the ratio of a vendor's count to ours hardly changes
 * with length. So the usual ratio of a model is learned from its shortest prompts, and a trial far
 * below it was truncated.
 */
#ifndef SCORE_TRUNCATION_H
#define SCORE_TRUNCATION_H

#include "record/result.h"

#include <stddef.h>

/* The vendor's tokens per token of ours; negative when either is unknown. */
double truncation_ratio(const struct result_trial *trial);

/* Turns the outcome of each trial of `model` that was truncated into OUTCOME_TRUNCATED, whatever it
 * scored, and returns how many there are. Trials without an answer keep their outcome. */
size_t truncation_mark(struct result_trial *trials, size_t count, struct str model);

#endif
