#include "stats/watched.h"

#include "stats/sequence.h"

#include <math.h>
#include <stdlib.h>

static const double level = 0.05;

struct observation {
    uint64_t sample;
    double value;
};

static int compare_observations(const void *a, const void *b)
{
    const struct observation *left = a;
    const struct observation *right = b;

    if (left->sample != right->sample) {
        return left->sample < right->sample ? -1 : 1;
    }
    return (left->value > right->value) - (left->value < right->value);
}

/* Makes one of all values of a sample, their mean; returns how many samples there are. */
static size_t join_samples(struct observation *items, size_t n)
{
    size_t kept = 0;
    size_t next = 0;

    for (size_t first = 0; first < n; first = next) {
        struct observation joined = items[first];
        double sum = 0.0;

        for (next = first; next < n && items[next].sample == joined.sample; next++) {
            sum += items[next].value;
        }
        joined.value = sum / (double)(next - first);
        items[kept++] = joined;
    }
    return kept;
}

/* The samples in their order; *out is the caller's to free. */
static int gather(const double *values, const uint64_t *sample, size_t n, double least,
                  struct observation **out, size_t *count, struct err *err)
{
    struct observation *items = NULL;

    *out = NULL;
    if (n == 0) {
        return err_set(err, ERR_INPUT, "no score to take a mean of");
    }
    items = calloc(n, sizeof *items);
    if (items == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; i < n; i++) {
        if (!(values[i] >= least && values[i] <= 1.0)) {
            free(items);
            return err_set(err, ERR_INPUT, "value %zu is %g, not from %g to 1", i + 1, values[i],
                           least);
        }
        items[i] = (struct observation){sample[i], values[i]};
    }
    qsort(items, n, sizeof *items, compare_observations);
    *count = join_samples(items, n);
    *out = items;
    return 0;
}

int stats_watched_interval(const double *scores, const uint64_t *sample, size_t n,
                           struct stats_interval *out, struct err *err)
{
    struct stats_sequence sequence;
    struct observation *items = NULL;
    size_t count = 0;
    int rc = gather(scores, sample, n, 0.0, &items, &count, err);

    if (rc != 0) {
        return rc;
    }
    stats_sequence_init(&sequence, level);
    for (size_t i = 0; i < count; i++) { /* sequences are of differences: 0 … 1 is half of -1 … 1 */
        stats_sequence_add(&sequence, 2.0 * items[i].value - 1.0);
    }
    free(items);
    out->mean = stats_mean(scores, n);
    out->low = fmin(out->mean, (1.0 + sequence.low) / 2.0);
    out->high = fmax(out->mean, (1.0 + sequence.high) / 2.0);
    return 0;
}

static double deviation(const struct observation *items, size_t count)
{
    double mean = 0.0;
    double squares = 0.0;

    for (size_t i = 0; i < count; i++) {
        mean += items[i].value / (double)count;
    }
    for (size_t i = 0; i < count; i++) {
        squares += (items[i].value - mean) * (items[i].value - mean);
    }
    return count > 1 ? sqrt(squares / (double)(count - 1)) : (double)NAN;
}

int stats_watched_paired(const double *differences, const uint64_t *sample, size_t n, double alpha,
                         struct stats_paired *out, struct err *err)
{
    struct stats_sequence interval;
    struct stats_sequence test;
    struct observation *items = NULL;
    size_t count = 0;
    int rc = gather(differences, sample, n, -1.0, &items, &count, err);

    if (rc != 0) {
        return rc;
    }
    stats_sequence_init(&interval, level);
    stats_sequence_init(&test, alpha);
    for (size_t i = 0; i < count; i++) {
        stats_sequence_add(&interval, items[i].value);
        stats_sequence_add(&test, items[i].value);
    }
    *out = (struct stats_paired){
        .clusters = count,
        .mean = stats_mean(differences, n),
        .sd = deviation(items, count),
        .sign_flip_p = (double)NAN,
        .bootstrap_p = (double)NAN,
        .p = stats_sequence_p(&test),
    };
    out->low = fmin(out->mean, interval.low);
    out->high = fmax(out->mean, interval.high);
    free(items);
    return 0;
}
