/* trial: from a case and a reply to the record of a trial. A sweep makes it once, `verify` again.
 */
#ifndef CLI_TRIAL_H
#define CLI_TRIAL_H

#include "base/arena.h"
#include "base/err.h"
#include "generators/generator.h"
#include "record/reply.h"
#include "record/result.h"
#include "score/grader.h"

/* What follows from the case alone: depth, wanted needle, sizes, fingerprints (kept in `arena`). */
int trial_set_case(struct result_trial *trial, const struct test_case *test_case,
                   struct arena *arena, struct err *err);

/* What the grader makes of the reply, and so the outcome. */
int trial_set_mark(struct result_trial *trial, const struct grader *grader,
                   const struct answer_key *key, const struct reply *reply, struct err *err);

#endif
