#include "score/truncation.h"

#include <stdint.h>

/* A trial is truncated below this share of the usual ratio: more than any tokenizer's ratio moves
 * between short and long English, less than a server that cuts can save. */
static const double truncated_share = 0.8;

/* No tokenizer in use needs fewer than three quarters of o200k_base's tokens for English prose. If
 * even the shortest prompts are below that, they were truncated too. */
static const double least_usual_ratio = 0.75;

double truncation_ratio(const struct result_trial *trial)
{
    if (trial->input_tokens < 0 || trial->prompt_tokens <= 0) {
        return -1.0;
    }
    return (double)trial->input_tokens / (double)trial->prompt_tokens;
}

static bool is_of(const struct result_trial *trial, struct str model)
{
    return truncation_ratio(trial) >= 0.0 && str_equal(trial->model, model);
}

/* The largest ratio among the shortest prompts: one truncated trial must not lower the bar. */
static double usual_ratio(const struct result_trial *trials, size_t count, struct str model)
{
    uint64_t shortest = UINT64_MAX;
    double usual = least_usual_ratio;

    for (size_t i = 0; i < count; i++) {
        if (is_of(&trials[i], model) && trials[i].length_tokens < shortest) {
            shortest = trials[i].length_tokens;
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (is_of(&trials[i], model) && trials[i].length_tokens == shortest &&
            truncation_ratio(&trials[i]) > usual) {
            usual = truncation_ratio(&trials[i]);
        }
    }
    return usual;
}

size_t truncation_mark(struct result_trial *trials, size_t count, struct str model)
{
    double usual = usual_ratio(trials, count, model);
    size_t truncated = 0;

    for (size_t i = 0; i < count; i++) {
        if (is_of(&trials[i], model) && outcome_counts(trials[i].outcome) &&
            truncation_ratio(&trials[i]) < truncated_share * usual) {
            trials[i].outcome = OUTCOME_TRUNCATED;
            truncated++;
        }
    }
    return truncated;
}
