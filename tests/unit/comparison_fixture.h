/* comparison_fixture: results whose scores a test chooses, trial by trial. */
#ifndef TESTS_COMPARISON_FIXTURE_H
#define TESTS_COMPARISON_FIXTURE_H

#include "record/result.h"

#include <stddef.h>
#include <stdint.h>

enum { SCORED_LENGTHS_MAX = 8 };

/* mrcr with 8 needles. */
struct scored_result {
    const char *path;
    const char *created;
    const char *const *models;
    size_t model_count;
    size_t lengths; /* 8k, 16k, … */
    uint64_t samples;
    uint64_t seed; /* other seeds have other fingerprints */
    double (*score)(size_t model, size_t length, uint64_t sample);
};

/* A cell's interval is its mean ± 0.05. Prompts cost a cent, answers have 100 tokens from the first
 * model and 28 from the others, TTFT is a second. Freed with result_release. */
struct result scored_result_make(const struct scored_result *recipe);

#endif
