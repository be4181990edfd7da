#include "stats/sequence.h"

#include <math.h>

static const double share_at_stake = 0.75;

enum { NO_DIFFERENCE = (STATS_SEQUENCE_GRID - 1) / 2 }; /* the candidate 0 */

void stats_sequence_init(struct stats_sequence *sequence, double alpha)
{
    *sequence = (struct stats_sequence){
        .alpha = alpha,
        .mean = (double)NAN,
        .low = -1.0,
        .high = 1.0,
    };
}

/* As a share, 0 … 1. */
static double candidate(size_t i)
{
    return (double)i / (STATS_SEQUENCE_GRID - 1);
}

/* log((e^a + e^b) / 2) without overflow. */
static double log_mean(double a, double b)
{
    return fmax(a, b) + log1p(exp(-fabs(a - b))) - log(2.0);
}

static void bet(struct stats_sequence *sequence, double x)
{
    double t = (double)sequence->count + 1.0;
    double variance = (0.25 + sequence->square) / t;
    double lambda = sqrt(2.0 * log(2.0 / sequence->alpha) / (variance * t * log(t + 1.0)));

    for (size_t i = 0; i < STATS_SEQUENCE_GRID; i++) {
        double m = candidate(i);

        sequence->log_up[i] += log1p(fmin(lambda, share_at_stake / m) * (x - m));
        sequence->log_down[i] += log1p(-fmin(lambda, share_at_stake / (1.0 - m)) * (x - m));
    }
    sequence->peak = fmax(sequence->peak, log_mean(sequence->log_up[NO_DIFFERENCE],
                                                   sequence->log_down[NO_DIFFERENCE]));
}

/* The hull of the candidates that are left, a step wider on either side, since the truth may lie
 * between a candidate that is left and one that is not. */
static void narrow(struct stats_sequence *sequence)
{
    double ruin = log(1.0 / sequence->alpha);
    size_t first = 0;
    size_t last = STATS_SEQUENCE_GRID - 1;

    while (first < last && log_mean(sequence->log_up[first], sequence->log_down[first]) >= ruin) {
        first++;
    }
    while (last > first && log_mean(sequence->log_up[last], sequence->log_down[last]) >= ruin) {
        last--;
    }
    first -= first > 0 ? 1 : 0;
    last += last < STATS_SEQUENCE_GRID - 1 ? 1 : 0;
    sequence->low = fmax(sequence->low, 2.0 * candidate(first) - 1.0);
    sequence->high = fmin(sequence->high, 2.0 * candidate(last) - 1.0);
}

void stats_sequence_add(struct stats_sequence *sequence, double difference)
{
    double cut = fmax(-1.0, fmin(1.0, difference));
    double x = (1.0 + cut) / 2.0;
    double mean = 0.0;

    bet(sequence, x);
    sequence->count++;
    sequence->total += cut;
    sequence->sum += x;
    mean = (0.5 + sequence->sum) / ((double)sequence->count + 1.0);
    sequence->square += (x - mean) * (x - mean);
    sequence->mean = sequence->total / (double)sequence->count;
    narrow(sequence);
}

double stats_sequence_p(const struct stats_sequence *sequence)
{
    return fmin(1.0, exp(-sequence->peak));
}

enum stats_decision stats_sequence_decision(const struct stats_sequence *sequence, double margin)
{
    if (sequence->low > 0.0) {
        return STATS_SECOND_BETTER;
    }
    if (sequence->high < 0.0) {
        return STATS_FIRST_BETTER;
    }
    if (margin > 0.0 && sequence->low >= -margin && sequence->high <= margin) {
        return STATS_WITHIN_MARGIN;
    }
    return STATS_UNDECIDED;
}
