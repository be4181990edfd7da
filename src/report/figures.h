/* figures: what a chart shows, gathered from one result or several.
 *
 * Report turns summaries into files a person opens. A series is one (model, task, needle count) of
 * one result; results are shown side by side, never averaged over. Series come in the order in
 * which the models first appear, then by task and needle count.
 */
#ifndef REPORT_FIGURES_H
#define REPORT_FIGURES_H

#include "base/arena.h"
#include "base/err.h"
#include "record/result.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* More lines than this cannot be told apart; asking for them is an error that names the filters. */
enum { FIGURES_SERIES_MAX = 48 };

/* What to show; no entry means all. */
struct figures_filter {
    const struct str *models; /* names in full: "openai/gpt-5.5" */
    size_t model_count;
    const uint64_t *needles;
    size_t needle_count;
};

struct series {
    const struct result *result;
    struct str model; /* as in the result: may hold anything */
    struct str task;
    uint64_t needles;
    bool simulated;
    struct str label;     /* one line of printable UTF-8, unique, says "simulated" where it is */
    size_t model_index;   /* same for series of one model */
    size_t variant_index; /* same for series of one task and needle count (and file, where several
                             have that) */
    const struct result_cell **cells; /* ascending by length */
    size_t cell_count;
};

struct decision; /* report/decision.h */

struct figures {
    struct arena arena;
    const struct result *results;
    size_t result_count;
    struct series *series;
    size_t series_count;
    size_t model_count;
    uint64_t *lengths; /* of all series, ascending */
    size_t length_count;
    uint64_t counted_min; /* fewest and most scored trials behind a mean */
    uint64_t counted_max;
    size_t simulated_count;          /* series */
    const struct decision *decision; /* borrowed; NULL for none */
};

/* Results are borrowed until figures_release. ERR_INPUT names the file when a summary is not
 * possible, when nothing has been scored or nothing passes the filter; ERR_LIMIT when too much
 * does. */
int figures_gather(struct figures *out, const struct result *results, size_t result_count,
                   const struct figures_filter *filter, struct err *err);
void figures_release(struct figures *figures);

/* The series a trial of `result` belongs to, or NULL when it is not shown. */
const struct series *figures_series_of(const struct figures *figures, const struct result *result,
                                       const struct result_trial *trial);

/* Whether another result shows the same model, task and needle count. */
bool figures_in_several_results(const struct figures *figures, const struct series *series);

/* Where a length stands in figures->lengths, or SIZE_MAX. */
size_t figures_length_index(const struct figures *figures, uint64_t length_tokens);

#endif
