/* verify: is a result what a sweep wrote?
 *
 * Everything in a result that follows from something else in it is made again and compared: each
 * prompt from its recipe (fingerprint, sizes, depth), each mark and outcome from the reply, each
 * truncation from the token counts, each summary from the trials. What only the endpoint knows (its
 * own counts, times, ids, refusals) is taken as it stands.
 */
#ifndef CLI_VERIFY_H
#define CLI_VERIFY_H

#include "base/buf.h"
#include "base/err.h"
#include "cli/progress.h"
#include "record/result.h"

#include <signal.h>
#include <stddef.h>

enum { VERIFY_FINDINGS_MAX = 20 }; /* told one by one; the rest are counted */

struct verification {
    size_t prompts;  /* made again */
    size_t trials;   /* compared */
    size_t missing;  /* trials of the plan that have no outcome yet */
    size_t findings; /* differences */
    struct buf told; /* a line each, the first VERIFY_FINDINGS_MAX; for a terminal. Owned */
};

void verification_release(struct verification *verification); /* a zeroed one may be released */

/* Fills *out; a result that differs is no error. ERR_INPUT when nothing can be compared: other
 * versions of the generator or its corpus, a trial that is not of the plan or there twice. */
int verify_result(const struct result *result, struct progress *progress,
                  const volatile sig_atomic_t *interrupted, struct verification *out,
                  struct err *err);

#endif
