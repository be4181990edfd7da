/* accuracy: mean score against context length, a line per series, with 95 % intervals. */
#include "report/chart.h"
#include "report/decision.h"
#include "report/frame.h"
#include "report/html.h"
#include "report/lines.h"

#include "base/units.h"
#include "base/utf8.h"

#include <math.h>

enum { TIP_BYTES_MAX = 4096, CLAIM_BYTES_MAX = 256 };

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

/* A claim as a bar across the measured length that it is held against. */
static void add_mark(struct line_mark *mark, const struct figures *figures,
                     const struct decision *decision, const struct claim_finding *finding,
                     size_t series_index, struct buf *tip)
{
    const struct claim *claim = &decision->claims->claims[finding->claim];
    const struct claim_bin *bin = &claim->bins[finding->bin];
    const struct contender_curve *curve =
        comparison_curve(decision->comparison, finding->contender, finding->group);

    buf_reset(tip);
    buf_append(tip, STR("claim: "));
    utf8_append_printable(tip, utf8_take(claim->name, CLAIM_BYTES_MAX));
    buf_append(tip, STR("\nby "));
    utf8_append_printable(tip, utf8_take(claim->said_by, CLAIM_BYTES_MAX));
    buf_append(tip, STR(", read on "));
    utf8_append_printable(tip, utf8_take(claim->read_on, CLAIM_BYTES_MAX));
    buf_append_char(tip, '\n');
    append_percent(tip, bin->score);
    buf_appendf(tip, "\n%s", claim_state_name(finding->state));
    *mark = (struct line_mark){
        .length_index = figures_length_index(figures, curve->points[finding->point].length_tokens),
        .series_index = series_index,
        .value = bin->score,
    };
}

/* The series that a finding is about, or SIZE_MAX. */
static size_t series_of(const struct figures *figures, const struct comparison *comparison,
                        const struct claim_finding *finding)
{
    const struct contender *contender = &comparison->contenders[finding->contender];
    const struct comparison_group *group = &comparison->groups[finding->group];

    for (size_t i = 0; i < figures->series_count; i++) {
        const struct series *series = &figures->series[i];

        if (series->result == contender->result && str_equal(series->model, contender->model) &&
            series->needles == group->needles && str_equal(series->task, group->task)) {
            return i;
        }
    }
    return SIZE_MAX;
}

static int gather_marks(struct lines *lines, const struct figures *figures, struct arena *arena,
                        struct err *err)
{
    const struct decision *decision = figures->decision;
    struct line_mark *marks = NULL;
    struct buf tip;

    if (decision == NULL || decision->claim_finding_count == 0) {
        return 0;
    }
    marks = arena_alloc(arena, decision->claim_finding_count, sizeof *marks);
    if (marks == NULL) {
        return err_memory(err);
    }
    buf_init(&tip, TIP_BYTES_MAX);
    for (size_t i = 0; i < decision->claim_finding_count; i++) {
        const struct claim_finding *finding = &decision->claim_findings[i];
        size_t series_index = series_of(figures, decision->comparison, finding);

        if (series_index != SIZE_MAX) {
            add_mark(&marks[lines->mark_count], figures, decision, finding, series_index, &tip);
            marks[lines->mark_count++].tip = arena_copy(arena, buf_str(&tip));
        }
    }
    buf_release(&tip);
    lines->marks = marks;
    return 0;
}

static int draw(const struct figures *figures, const struct chart_frame *frame,
                struct chart_drawing *out, struct err *err)
{
    struct lines lines = {
        .scale = LINES_SCORE,
        .point = point_at,
        .append_tip = append_tip,
        .context = figures,
        .nothing = "no trial has been scored",
    };

    struct arena arena = {0};
    int rc = gather_marks(&lines, figures, &arena, err);

    if (rc == 0) {
        rc = lines_draw(&lines, figures, frame, out, err);
    }
    arena_release(&arena);
    return rc;
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
    .claims_note = "Bars across a length are published claims.",
    .note = "Whiskers are 95 % intervals of the mean.",
    .draw = draw,
    .write_table = write_table,
};
