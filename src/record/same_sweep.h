/* same_sweep: are two results of one sweep? Its shards are.
 */
#ifndef RECORD_SAME_SWEEP_H
#define RECORD_SAME_SWEEP_H

#include "base/err.h"
#include "record/result.h"

/* ERR_INPUT names the files and the first thing in which they differ: plan, program, generator,
 * corpus, or an endpoint with its price. */
int same_sweep_check(const struct result *a, const struct result *b, struct err *err);

#endif
