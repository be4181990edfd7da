/* report_fixture: plausible results, made by hand. */
#ifndef TESTS_REPORT_FIXTURE_H
#define TESTS_REPORT_FIXTURE_H

#include "record/result.h"

#include <stddef.h>
#include <stdint.h>

struct fixture {
    const char *const *models;
    size_t model_count;
    const uint64_t *needles;
    size_t needle_count;
    const uint64_t *lengths;
    size_t length_count;
    uint64_t samples;
    const char *path; /* what the result says it was read from */
};

/* A result of the task "mrcr" in which model number m scores 1 / (1 + m) at the first length and
 * 0.05 less at each next one; sample s of n has its needle at depth s / n. Times, tokens and costs
 * are unknown. Freed with result_release. */
struct result fixture_result(const struct fixture *fixture);

/* Two simulated models, 2, 4 and 8 needles, 8k to 1m, five samples. */
struct result fixture_demo(void);

#endif
