#include "stats/curve.h"

#include <math.h>

/* Sums of weighted means whose uncertainties add in squares. */
struct weighted_sum {
    double mean;
    double below; /* squared */
    double above;
};

static void add_weighted(struct weighted_sum *sum, struct stats_interval score, double weight)
{
    double below = weight * (score.mean - score.low);
    double above = weight * (score.high - score.mean);

    sum->mean += weight * score.mean;
    sum->below += below * below;
    sum->above += above * above;
}

static struct stats_interval interval_of_sum(const struct weighted_sum *sum)
{
    return (struct stats_interval){
        .mean = sum->mean,
        .low = sum->mean - sqrt(sum->below),
        .high = sum->mean + sqrt(sum->above),
    };
}

struct stats_interval stats_weighted_mean(const struct stats_point *points, const double *weights,
                                          size_t count)
{
    struct weighted_sum sum = {0};

    for (size_t i = 0; i < count; i++) {
        add_weighted(&sum, points[i].score, weights[i]);
    }
    return interval_of_sum(&sum);
}

static size_t find_length(const struct stats_point *points, size_t count, uint64_t length_tokens)
{
    for (size_t i = 0; i < count; i++) {
        if (points[i].length_tokens == length_tokens && !isnan(points[i].score.mean)) {
            return i;
        }
    }
    return SIZE_MAX;
}

static size_t count_missing(const struct stats_point *points, size_t count, uint64_t until_tokens)
{
    size_t missing = 0;

    for (uint64_t bin = STATS_AUC_FROM_TOKENS; bin < until_tokens; bin *= 2) {
        missing += find_length(points, count, bin) == SIZE_MAX ? 1 : 0;
    }
    return missing;
}

bool stats_auc(const struct stats_point *points, size_t count, uint64_t until_tokens,
               struct stats_interval *out, size_t *bins_missing)
{
    size_t first = find_length(points, count, STATS_AUC_FROM_TOKENS);
    size_t last = find_length(points, count, until_tokens);
    double range = (double)until_tokens - STATS_AUC_FROM_TOKENS;
    struct weighted_sum sum = {0};
    double before = 0.0; /* tokens from the point before */

    if (first == SIZE_MAX || last == SIZE_MAX || first >= last) {
        return false;
    }
    for (size_t i = first; i <= last; i++) {
        double from = (double)points[i].length_tokens;
        double after = 0.0;
        size_t next = i + 1;

        if (isnan(points[i].score.mean)) {
            continue;
        }
        while (next <= last && isnan(points[next].score.mean)) {
            next++;
        }
        after = next <= last ? (double)points[next].length_tokens - from : 0.0;
        add_weighted(&sum, points[i].score, (before + after) / 2.0 / range);
        before = after;
    }
    *out = interval_of_sum(&sum);
    out->low = fmax(0.0, out->low);
    out->high = fmin(1.0, out->high);
    *bins_missing = count_missing(points, count, until_tokens);
    return true;
}

struct stats_effective_length stats_effective_length(const struct stats_point *points, size_t count,
                                                     double threshold)
{
    struct stats_effective_length length = {0};
    bool low_holds = true;
    bool mean_holds = true;
    bool high_holds = true;

    for (size_t i = 0; i < count; i++) {
        low_holds = low_holds && points[i].score.low >= threshold;
        mean_holds = mean_holds && points[i].score.mean >= threshold;
        high_holds = high_holds && points[i].score.high >= threshold;
        length.at_least = low_holds ? points[i].length_tokens : length.at_least;
        length.estimate = mean_holds ? points[i].length_tokens : length.estimate;
        length.at_most = high_holds ? points[i].length_tokens : length.at_most;
    }
    length.is_open = high_holds && count != 0;
    return length;
}

struct stats_interval stats_above_chance(struct stats_interval score, double chance)
{
    return (struct stats_interval){
        .mean = (score.mean - chance) / (1.0 - chance),
        .low = (score.low - chance) / (1.0 - chance),
        .high = (score.high - chance) / (1.0 - chance),
    };
}
