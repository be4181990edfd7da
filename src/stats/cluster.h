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

struct clusters {
    struct cluster *items; /* in the order of their first values */
    size_t count;
    double mean_size;
};

/* One cluster for each distinct number in cluster[0 … n - 1], n not 0; NULL makes every value a
 * cluster of its own. *out is freed with clusters_release. */
int clusters_gather(const double *values, const uint64_t *cluster, size_t n, struct clusters *out,
                    struct err *err);
void clusters_release(struct clusters *clusters);

struct weighted {
    double sum;
    double size;
};

/* Draws a weight for each cluster and adds what they weigh to `start`: the weight that the caller
 * has drawn for clusters that were not seen. */
struct weighted clusters_weigh(const struct clusters *clusters, struct weighted start,
                               struct random *random);

/* An exponential variate with mean 1, the same bits on every machine. */
double random_exponential(struct random *random);

#endif
