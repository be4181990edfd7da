/* accuracy: mean score against context length, a line per series, with 95 % intervals. */
#include "report/chart.h"
#include "report/frame.h"
#include "report/html.h"
#include "report/lines.h"

#include "base/units.h"

#include <math.h>

/* The cell of a series at a length, which it has. */
static const struct result_cell *cell_at(const struct figures *figures, size_t series_index,
                                         size_t length_index)
{
    const struct series *series = &figures->series[series_index];
    size_t at = 0;

    while (series->cells[at]->length_tokens != figures->lengths[length_index]) {
        at++;
    }
    return series->cells[at];
}

static struct line_point point_at(const void *context, size_t series_index, size_t length_index)
{
    const struct result_cell *cell = cell_at(context, series_index, length_index);

    return (struct line_point){cell->mean, cell->low, cell->high};
}

static void append_tip(const void *context, struct buf *out, size_t series_index,
                       size_t length_index)
{
    const struct result_cell *cell = cell_at(context, series_index, length_index);

    buf_append(out, STR("\nmean score "));
    append_percent(out, cell->mean);
    if (!isnan(cell->low) && !isnan(cell->high)) {
        buf_appendf(out, "\n95 %% interval %.1f to %.1f %%", cell->low * 100, cell->high * 100);
    }
    buf_appendf(out, "\n%llu of %llu samples scored", (unsigned long long)cell->counted,
                (unsigned long long)result_cell_needed(cell));
}

static int draw(const struct figures *figures, const struct chart_frame *frame,
                struct chart_drawing *out, struct err *err)
{
    struct lines lines = {
        .is_score = true,
        .point = point_at,
        .append_tip = append_tip,
        .context = figures,
        .nothing = "no trial has been scored",
    };

    return lines_draw(&lines, figures, frame, out, err);
}

static void append_score_cell(struct buf *out, double score)
{
    buf_append(out, STR("<td>"));
    if (isnan(score)) {
        buf_append(out, STR("–"));
    } else {
        append_percent(out, score);
    }
    buf_append(out, STR("</td>"));
}

static void append_row(struct buf *out, const struct series *series, const struct result_cell *cell)
{
    html_append_row_head(out, series->label, cell->length_tokens);
    append_score_cell(out, cell->mean);
    append_score_cell(out, cell->low);
    append_score_cell(out, cell->high);
    append_score_cell(out, cell->answered_mean);
    buf_appendf(out, "<td>%llu</td><td>%llu</td></tr>\n", (unsigned long long)cell->counted,
                (unsigned long long)result_cell_needed(cell));
}

static int write_table(const struct figures *figures, struct buf *out, struct err *err)
{
    static const char *const columns[] = {"Model",      "Length",      "Mean",
                                          "Low (95 %)", "High (95 %)", "Mean, given an answer",
                                          "n",          "Planned",     NULL};

    html_append_table_head(out, "Mean score by context length", columns);
    for (size_t i = 0; i < figures->series_count; i++) {
        for (size_t j = 0; j < figures->series[i].cell_count; j++) {
            append_row(out, &figures->series[i], figures->series[i].cells[j]);
        }
    }
    buf_append(out, STR("</tbody></table>\n"));
    return buf_check(out, "table of scores", err);
}

extern const struct chart chart_accuracy;
const struct chart chart_accuracy = {
    .kind = "accuracy",
    .name = "Score by length",
    .purpose = "how does the score fall with length? mean, 95 % intervals",
    .title = "Mean score by context length",
    .note = "Whiskers are 95 % intervals of the mean.",
    .draw = draw,
    .write_table = write_table,
};
