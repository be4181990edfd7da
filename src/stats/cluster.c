#include "stats/cluster.h"

#include <stdlib.h>

/* An exponential variate by comparisons alone: the first descending run of uniforms that has an
 * odd length is accepted with its first value, and each rejected run adds 1 (J. von Neumann,
 * "Various techniques used in connection with random digits", 1951). Unlike -log(u) it does not
 * depend on the machine's mathematical library, so results are the same bits everywhere. */
double random_exponential(struct random *random)
{
    for (int rejected = 0;; rejected++) {
        double first = random_unit(random);
        double last = first;
        double next = random_unit(random);
        int run_length = 1;

        while (next < last) {
            last = next;
            next = random_unit(random);
            run_length++;
        }
        if (run_length % 2 == 1) {
            return rejected + first;
        }
    }
}

/* Which value belongs to which cluster: first by cluster, then by place. */
struct member {
    uint64_t cluster;
    size_t place;
};

static int compare_members(const void *a, const void *b)
{
    const struct member *left = a;
    const struct member *right = b;

    if (left->cluster != right->cluster) {
        return left->cluster < right->cluster ? -1 : 1;
    }
    return left->place < right->place ? -1 : left->place > right->place;
}

/* Fills clusters[0 … n - 1] at the place of each one's first value and moves them together, so that
 * they are in the order of their first values. Returns how many there are. */
static size_t fill(const double *values, const struct member *members, size_t n,
                   struct cluster *clusters)
{
    size_t first = 0;
    size_t count = 0;

    for (size_t i = 0; i < n; i++) {
        if (i == 0 || members[i].cluster != members[i - 1].cluster) {
            first = members[i].place;
        }
        clusters[first].sum += values[members[i].place];
        clusters[first].size += 1.0;
    }
    for (size_t i = 0; i < n; i++) {
        if (clusters[i].size > 0.0) {
            clusters[count++] = clusters[i];
        }
    }
    return count;
}

int clusters_gather(const double *values, const uint64_t *cluster, size_t n, struct clusters *out,
                    struct err *err)
{
    struct member *members = calloc(n + 1, sizeof *members);

    *out = (struct clusters){.items = calloc(n + 1, sizeof *out->items)};
    if (out->items == NULL || members == NULL) {
        free(members);
        clusters_release(out);
        return err_memory(err);
    }
    for (size_t i = 0; i < n; i++) {
        members[i] = (struct member){cluster != NULL ? cluster[i] : i, i};
    }
    qsort(members, n, sizeof *members, compare_members);
    out->count = fill(values, members, n, out->items);
    out->mean_size = (double)n / (double)out->count;
    free(members);
    return 0;
}

void clusters_release(struct clusters *clusters)
{
    free(clusters->items);
    *clusters = (struct clusters){0};
}

struct weighted clusters_weigh(const struct clusters *clusters, struct weighted start,
                               struct random *random)
{
    struct weighted total = start;

    for (size_t i = 0; i < clusters->count; i++) {
        double weight = random_exponential(random);

        total.size += weight * clusters->items[i].size;
        total.sum += weight * clusters->items[i].sum;
    }
    return total;
}
