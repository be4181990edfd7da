/* timing: what the benches share. Times are the thread's processor time, so that other work on the
 * machine disturbs them little. */
#ifndef TESTS_BENCH_TIMING_H
#define TESTS_BENCH_TIMING_H

#include "base/err.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { TIMING_RUNS_MAX = 1024 };

static inline double timing_ms(void)
{
    struct timespec now = {0, 0};

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return 1e3 * (double)now.tv_sec + 1e-6 * (double)now.tv_nsec;
}

static inline int timing_compare(const void *a, const void *b)
{
    const double *left = a;
    const double *right = b;

    return (*left > *right) - (*left < *right);
}

/* Sorts the values. */
static inline double timing_median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, timing_compare);
    return values[count / 2];
}

static inline void timing_check(int rc, const struct err *err)
{
    if (rc < 0) {
        (void)fprintf(stderr, "%s\n", err->text);
        exit(1); // NOLINT(concurrency-mt-unsafe): one thread
    }
}

#endif
