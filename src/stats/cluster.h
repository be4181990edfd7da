/* cluster: scores that are resampled together, and the weights they are resampled with. Private to
 * src/stats.
 */
#ifndef STATS_CLUSTER_H
#define STATS_CLUSTER_H

#include "base/err.h"
#include "base/random.h"

#include <stddef.h>
#include <stdint.h>

struct cluster {
    double sum;
    double size;
};

/* One entry for each distinct number in cluster[0 … n - 1], in the order of their first values;
 * NULL makes every value a cluster of its own. *out is the caller's to free. */
int clusters_gather(const double *values, const uint64_t *cluster, size_t n, struct cluster **out,
                    size_t *count, struct err *err);

/* An exponential variate with mean 1, the same bits on every machine. */
double random_exponential(struct random *random);

#endif
