/* needle: which needle of its case a reply resembles or names.
 *
 * It tells a model that retrieved the wrong one from a model that retrieved nothing; no score
 * depends on it.
 */
#ifndef SCORE_NEEDLE_H
#define SCORE_NEEDLE_H

#include "base/err.h"
#include "base/str.h"
#include "record/case.h"

#include <stdbool.h>

/* Below this ratio a reply resembles no needle. Texts that have only language and format in common
 * reach 0.05, our needles of one case at most 0.15 among each other, half a needle 0.67. */
#define NEEDLE_RATIO_MIN 0.5

/* The 0-based needle that `text`, a reply without its prefix, resembles most by difflib's ratio
 * (a = text, b = needle); the wanted one where it is as good as another. MARK_NO_NEEDLE where the
 * case has only one needle or the best ratio is below NEEDLE_RATIO_MIN. */
int needle_nearest(const struct answer_key *key, struct str text, int *nearest, struct err *err);

/* The 0-based needle whose text the reply contains, by the grader's own rule of what that means:
 * the wanted one where it does, as a reply may name others beside it, else the first.
 * MARK_NO_NEEDLE where it contains none; an empty text counts as not contained. */
int needle_named(const struct answer_key *key, struct str reply,
                 bool (*contains)(struct str text, struct str phrase));

#endif
