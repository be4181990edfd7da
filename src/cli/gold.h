/* gold: the gold answers of trials, made again from their recipes.
 *
 * A result holds no prompts and no gold answers: both follow from its plan, or are rows of the
 * public data that it names. Each case is made again and its fingerprint compared with the trial's,
 * so a gold answer is only ever the one that the trial was really asked for.
 */
#ifndef CLI_GOLD_H
#define CLI_GOLD_H

#include "base/err.h"
#include "cli/progress.h"
#include "report/excerpt.h"

#include <signal.h>

/* Fills in the gold of every excerpt, or why it could not be made; only lack of memory is an error
 * of the whole, and ERR_INTERRUPTED. A case of a million tokens takes about a tenth of a second and
 * one is in memory at a time; of public data, whose files' SHA-256 are checked first, a row.
 * `cases`: the case file of results over public data; NULL: where they say (recorded_cases.h). */
int gold_fill(struct excerpts *excerpts, const char *cases, struct progress *progress,
              const volatile sig_atomic_t *interrupted, struct err *err);

#endif
