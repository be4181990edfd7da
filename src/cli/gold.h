/* gold: the gold answers of trials, made again from their recipes.
 *
 * A result holds no prompts and no gold answers: both follow from its plan. Each case is generated
 * again and its fingerprint compared with the trial's, so a gold answer is only ever the one that
 * the trial was really asked for.
 */
#ifndef CLI_GOLD_H
#define CLI_GOLD_H

#include "base/err.h"
#include "report/excerpt.h"

/* Fills in the gold of every excerpt, or why it could not be made; only lack of memory is an error
 * of the whole. A case of a million tokens takes about a tenth of a second. */
int gold_fill(struct excerpts *excerpts, struct err *err);

#endif
