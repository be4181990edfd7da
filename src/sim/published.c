#include "sim/published.h"

#include <stddef.h>

/* Mean match ratio in percent by bin: up to 8K, 16K, 32K … 1M tokens. */
enum { BINS = 8, SHORTEST_BIN_TOKENS = 8192 };

static const double means_percent[][BINS] = {
    [PUBLISHED_GPT_5_5] = {98.1, 93.0, 96.5, 90.0, 83.1, 87.5, 81.5, 74.0},
    /* Published are 59.2 for 128K-256K and 32.2 for 512K-1M. */
    [PUBLISHED_OPUS_4_7] = {95.0, 90.0, 85.0, 77.5, 68.0, 59.2, 45.7, 32.2},
};

/* What another needle's text scores: measured over pairs of needles of our own cases. */
static const double wrong = 0.025;

double published_recall(enum published_model model, uint64_t prompt_tokens)
{
    size_t bin = 0;

    for (uint64_t most = SHORTEST_BIN_TOKENS; bin + 1 < BINS && prompt_tokens > most; most *= 2) {
        bin++;
    }
    return (means_percent[model][bin] / 100.0 - wrong) / (1.0 - wrong);
}
