#include "stats/multiple.h"

#include <math.h>
#include <stdlib.h>

struct ranked {
    double p;
    size_t place;
};

static int compare_ranked(const void *a, const void *b)
{
    const struct ranked *left = a;
    const struct ranked *right = b;

    if (left->p != right->p) {
        return left->p < right->p ? -1 : 1;
    }
    return left->place < right->place ? -1 : left->place > right->place;
}

int stats_holm(const double *p, size_t count, double *adjusted, struct err *err)
{
    struct ranked *ranked = calloc(count + 1, sizeof *ranked);
    size_t made = 0;
    double largest = 0.0;

    if (ranked == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; i < count; i++) {
        adjusted[i] = p[i];
        if (!isnan(p[i])) {
            ranked[made++] = (struct ranked){p[i], i};
        }
    }
    qsort(ranked, made, sizeof *ranked, compare_ranked);
    for (size_t i = 0; i < made; i++) {
        largest = fmax(largest, fmin(1.0, (double)(made - i) * ranked[i].p));
        adjusted[ranked[i].place] = largest;
    }
    free(ranked);
    return 0;
}
