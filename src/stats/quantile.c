#include "stats/quantile.h"

#include <math.h>
#include <stdlib.h>

static int compare_doubles(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;

    return (left > right) - (left < right);
}

void stats_sort(double *values, size_t n)
{
    if (n > 1) {
        qsort(values, n, sizeof *values, compare_doubles);
    }
}

double stats_quantile(const double *sorted, size_t n, double p)
{
    double position = 0;
    size_t below = 0;

    if (n == 0) {
        return (double)NAN;
    }
    position = fmin(fmax(p, 0.0), 1.0) * (double)(n - 1);
    below = (size_t)position;
    if (below + 1 >= n) {
        return sorted[n - 1];
    }
    return sorted[below] + (position - (double)below) * (sorted[below + 1] - sorted[below]);
}

double stats_median(const double *sorted, size_t n)
{
    return stats_quantile(sorted, n, 0.5);
}
