/* expected: the mark of a reply that should contain certain texts.
 *
 * Each line of the key's answer is one expected text, and the score is the share of them that the
 * reply contains. What "contains" means is the grader's. A needle's text in the key
 * is here what the reply would contain, had that needle been asked for. The rule forgives text
 * around the answer already: `lenient` equals `score`.
 */
#ifndef SCORE_EXPECTED_H
#define SCORE_EXPECTED_H

#include "base/str.h"
#include "record/case.h"
#include "record/mark.h"

#include <stdbool.h>

struct mark expected_mark(const struct answer_key *key, struct str reply,
                          bool (*contains)(struct str text, struct str phrase));

#endif
