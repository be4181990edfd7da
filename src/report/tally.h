/* tally: what the trials of each cell took: time, tokens, money. Private to src/report.
 *
 * Summaries in a result hold scores; the rest is gathered here from its trials, once per chart.
 * Times are of trials whose request was answered: what timed out or failed has none.
 */
#ifndef REPORT_TALLY_H
#define REPORT_TALLY_H

#include "base/arena.h"
#include "base/err.h"
#include "report/figures.h"

/* Of a handful of numbers; NaN where there is none. */
struct spread {
    size_t count;
    double median;
    double p95; /* stats/quantile.h */
};

struct tally {
    struct spread first_text_s; /* time to first token */
    struct spread end_s;        /* until the reply was complete */
    struct spread output_tokens;
    size_t priced;       /* trials whose cost is known … */
    double cost_dollars; /* … and their sum */
    size_t counted;      /* trials in the mean "as delivered" … */
    double score_sum;    /* … and their sum */
};

struct tallies {
    struct arena arena;
    struct tally *tallies; /* series index * figures->length_count + length index */
};

int tallies_gather(struct tallies *out, const struct figures *figures, struct err *err);
void tallies_release(struct tallies *tallies);

#endif
