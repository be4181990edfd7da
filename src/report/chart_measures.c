/* ttft, time, tokens, cost: what an answer takes, by context length, a line per series. One file,
 * since they differ only in which number of a tally they show.
 */
#include "report/chart.h"
#include "report/frame.h"
#include "report/html.h"
#include "report/lines.h"
#include "report/tally.h"

#include "base/units.h"
#include "record/price.h"

#include <math.h>

struct measure {
    const char *what; /* of one trial: "time to first token" */
    const char *y_name;
    const char *nothing;
    struct spread (*of)(const struct tally *tally);
    void (*append_value)(struct buf *out, double value);
    void (*append_tick)(struct buf *out, double value);
    bool is_mean; /* one number per cell, in `median` */
};

struct context {
    const struct figures *figures;
    const struct measure *measure;
    struct tallies tallies;
};

static struct spread spread_at(const struct context *context, size_t series_index,
                               size_t length_index)
{
    size_t cell = series_index * context->figures->length_count + length_index;

    return context->measure->of(&context->tallies.tallies[cell]);
}

static struct line_point point_at(const void *data, size_t series_index, size_t length_index)
{
    const struct context *context = data;
    struct spread spread = spread_at(context, series_index, length_index);

    return (struct line_point){
        .value = spread.median,
        .low = context->measure->is_mean ? (double)NAN : spread.median,
        .high = context->measure->is_mean ? (double)NAN : spread.p95,
    };
}

static void append_tip(const void *data, struct buf *out, size_t series_index, size_t length_index)
{
    const struct context *context = data;
    struct spread spread = spread_at(context, series_index, length_index);

    buf_appendf(out, "\n%s %s ", context->measure->is_mean ? "mean" : "median",
                context->measure->what);
    context->measure->append_value(out, spread.median);
    if (!context->measure->is_mean) {
        buf_append(out, STR("\n95th percentile "));
        context->measure->append_value(out, spread.p95);
    }
    buf_appendf(out, "\nof %zu trial%s", spread.count, spread.count == 1 ? "" : "s");
}

static int draw_measure(const struct measure *measure, const struct figures *figures,
                        const struct chart_frame *frame, struct chart_drawing *out, struct err *err)
{
    struct context context = {.figures = figures, .measure = measure};
    struct lines lines = {
        .y_name = measure->y_name,
        .point = point_at,
        .append_tick = measure->append_tick,
        .append_tip = append_tip,
        .context = &context,
        .nothing = measure->nothing,
    };
    int rc = tallies_gather(&context.tallies, figures, err);

    if (rc == 0) {
        rc = lines_draw(&lines, figures, frame, out, err);
    }
    tallies_release(&context.tallies);
    return rc;
}

static void append_value_cell(struct buf *out, const struct measure *measure, double value)
{
    buf_append(out, STR("<td>"));
    if (isnan(value)) {
        buf_append(out, STR("–"));
    } else {
        measure->append_value(out, value);
    }
    buf_append(out, STR("</td>"));
}

static void append_row(struct buf *out, const struct context *context, size_t series_index,
                       const struct result_cell *cell)
{
    size_t length_index = figures_length_index(context->figures, cell->length_tokens);
    struct spread spread = spread_at(context, series_index, length_index);

    html_append_row_head(out, context->figures->series[series_index].label, cell->length_tokens);
    append_value_cell(out, context->measure, spread.median);
    if (!context->measure->is_mean) {
        append_value_cell(out, context->measure, spread.p95);
    }
    buf_appendf(out, "<td>%zu</td></tr>\n", spread.count);
}

static int write_measure(const struct measure *measure, const struct figures *figures,
                         struct buf *out, struct err *err)
{
    static const char *const spread_columns[] = {"Model",           "Length", "Median",
                                                 "95th percentile", "Trials", NULL};
    static const char *const mean_columns[] = {"Model", "Length", "Mean", "Trials", NULL};
    struct context context = {.figures = figures, .measure = measure};
    int rc = tallies_gather(&context.tallies, figures, err);

    if (rc != 0) {
        return rc;
    }
    html_append_table_head(out, measure->what, measure->is_mean ? mean_columns : spread_columns);
    for (size_t i = 0; i < figures->series_count; i++) {
        for (size_t j = 0; j < figures->series[i].cell_count; j++) {
            append_row(out, &context, i, figures->series[i].cells[j]);
        }
    }
    buf_append(out, STR("</tbody></table>\n"));
    tallies_release(&context.tallies);
    return buf_check(out, "table", err);
}

static void append_seconds(struct buf *out, double value)
{
    if (value < 0.01) {
        buf_appendf(out, "%.2g ms", value * 1e3);
    } else if (value >= 10.0 && value < 60.0) {
        buf_appendf(out, "%.0f s", value);
    } else {
        units_append_duration(out, value);
    }
}

static void append_seconds_tick(struct buf *out, double value)
{
    if (value < 0.999) {
        buf_appendf(out, "%g ms", value * 1e3);
    } else {
        buf_appendf(out, "%g s", value);
    }
}

static void append_tokens(struct buf *out, double value)
{
    units_append_count(out, (uint64_t)llround(fmin(fmax(value, 0.0), 1e15)));
}

static void append_dollars(struct buf *out, double value)
{
    price_append_cost(out, value < 9e6 ? llround(value * 1e12) : PRICE_COST_MAX);
}

static void append_dollars_tick(struct buf *out, double value)
{
    buf_appendf(out, "$%g", value);
}

static struct spread first_text_of(const struct tally *tally)
{
    return tally->first_text_s;
}

static const struct measure first_text = {
    .what = "time to first token",
    .y_name = "time to first token",
    .nothing = "no trial has a time to its first token",
    .of = first_text_of,
    .append_value = append_seconds,
    .append_tick = append_seconds_tick,
};

static int draw_first_text(const struct figures *figures, const struct chart_frame *frame,
                           struct chart_drawing *out, struct err *err)
{
    return draw_measure(&first_text, figures, frame, out, err);
}

static int write_first_text(const struct figures *figures, struct buf *out, struct err *err)
{
    return write_measure(&first_text, figures, out, err);
}

extern const struct chart chart_first_text;
const struct chart chart_first_text = {
    .kind = "ttft",
    .name = "First token",
    .purpose = "how long until the first token? median and 95th percentile",
    .title = "Time to first token by context length",
    .note = "Points are medians, whiskers reach to the 95th percentile; both axes are logarithmic.",
    .draw = draw_first_text,
    .write_table = write_first_text,
};

static struct spread end_of(const struct tally *tally)
{
    return tally->end_s;
}

static const struct measure end = {
    .what = "time to the whole answer",
    .y_name = "time to the whole answer",
    .nothing = "no trial has been answered",
    .of = end_of,
    .append_value = append_seconds,
    .append_tick = append_seconds_tick,
};

static int draw_end(const struct figures *figures, const struct chart_frame *frame,
                    struct chart_drawing *out, struct err *err)
{
    return draw_measure(&end, figures, frame, out, err);
}

static int write_end(const struct figures *figures, struct buf *out, struct err *err)
{
    return write_measure(&end, figures, out, err);
}

extern const struct chart chart_time;
const struct chart chart_time = {
    .kind = "time",
    .name = "Whole answer",
    .purpose = "how long until the whole answer? median and 95th percentile",
    .title = "Time to the whole answer by context length",
    .note = "Points are medians, whiskers reach to the 95th percentile; both axes are logarithmic.",
    .draw = draw_end,
    .write_table = write_end,
};

static struct spread output_tokens_of(const struct tally *tally)
{
    return tally->output_tokens;
}

static const struct measure output_tokens = {
    .what = "output tokens of an answer",
    .y_name = "output tokens",
    .nothing = "no endpoint said how many tokens it wrote",
    .of = output_tokens_of,
    .append_value = append_tokens,
    .append_tick = append_tokens,
};

static int draw_output_tokens(const struct figures *figures, const struct chart_frame *frame,
                              struct chart_drawing *out, struct err *err)
{
    return draw_measure(&output_tokens, figures, frame, out, err);
}

static int write_output_tokens(const struct figures *figures, struct buf *out, struct err *err)
{
    return write_measure(&output_tokens, figures, out, err);
}

extern const struct chart chart_tokens;
const struct chart chart_tokens = {
    .kind = "tokens",
    .name = "Output tokens",
    .purpose = "how much does a model write? output tokens by length",
    .title = "Output tokens by context length",
    .note = "By the vendor's own count, reasoning included. Points are medians, whiskers reach to "
            "the 95th percentile; both axes are logarithmic.",
    .draw = draw_output_tokens,
    .write_table = write_output_tokens,
};

static struct spread cost_of(const struct tally *tally)
{
    double mean = tally->priced != 0 ? tally->cost_dollars / (double)tally->priced : (double)NAN;

    return (struct spread){.count = tally->priced, .median = mean, .p95 = (double)NAN};
}

static const struct measure cost = {
    .what = "cost of an answer",
    .y_name = "cost of a trial (US dollars)",
    .nothing = "no trial has a price: give the sweep one with --price",
    .of = cost_of,
    .append_value = append_dollars,
    .append_tick = append_dollars_tick,
    .is_mean = true,
};

static int draw_cost(const struct figures *figures, const struct chart_frame *frame,
                     struct chart_drawing *out, struct err *err)
{
    return draw_measure(&cost, figures, frame, out, err);
}

static int write_cost(const struct figures *figures, struct buf *out, struct err *err)
{
    return write_measure(&cost, figures, out, err);
}

extern const struct chart chart_cost;
const struct chart chart_cost = {
    .kind = "cost",
    .name = "Cost",
    .purpose = "what does an answer cost? mean dollars of a trial",
    .title = "Cost of a trial by context length",
    .note = "Mean over trials, tiers and caches included; both axes are logarithmic.",
    .draw = draw_cost,
    .write_table = write_cost,
};
