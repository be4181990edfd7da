/* axis: lengths and logarithmic values as axes of ECharts, with labels that JSON can say. Private
 * to src/report.
 *
 * An axis of either kind is a plain "value" axis of logarithms whose own labels are off; the words
 * along it are an invisible series of points, one for each tick.
 */
#ifndef REPORT_AXIS_H
#define REPORT_AXIS_H

#include "base/buf.h"
#include "report/figures.h"
#include "report/theme.h"

#include <jansson.h>
#include <stddef.h>

enum { AXIS_TICKS_MAX = 40 };

/* Along the axis: log2 of lengths. */
double axis_length_position(uint64_t length_tokens);
json_t *axis_lengths_json(const struct figures *figures, const struct theme *theme); /* new */
json_t *axis_length_labels_json(const struct figures *figures, double y,
                                const struct theme *theme); /* new; at the height y */

/* A logarithmic axis over values above 0: log10 of them. */
struct log_axis {
    double low; /* log10: the ends of the axis */
    double high;
    double ticks[AXIS_TICKS_MAX]; /* values, decades, or parts of them too where there are few */
    size_t tick_count;
};
/* With room on either side, so that no point lies on the frame. */
struct log_axis axis_log_over(double least, double most);
double axis_log_position(double value);

enum axis_side { AXIS_BOTTOM, AXIS_LEFT };
typedef void (*axis_words)(struct buf *out, double value);

json_t *axis_log_json(const struct log_axis *axis, const char *name, int name_gap_px,
                      const struct theme *theme); /* new */
/* New; `across` is where on the other axis this one lies. */
json_t *axis_log_labels_json(const struct log_axis *axis, enum axis_side side, double across,
                             axis_words words, const struct theme *theme);

json_t *axis_score_json(const struct theme *theme); /* new; 0 to 100 % */
/* New; in percentage points, -`most` to `most`. */
json_t *axis_difference_json(const char *name, double most, const struct theme *theme);

json_t *axis_name_json(uint64_t length_tokens); /* new: "8k" */

#endif
