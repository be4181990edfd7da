/* differences: how much better one model is than another on the same prompts, by context length, a
 * line per pair of models and needle count.
 *
 * The lines are those of lines.h, over figures made of the comparison's rows: a pair of contenders
 * takes the place of a model.
 */
#include "report/chart.h"
#include "report/decision.h"
#include "report/html.h"
#include "report/lines.h"

#include "base/units.h"
#include "base/utf8.h"

#include <math.h>

enum { LABEL_BYTES_MAX = 4096, TASK_BYTES_MAX = 128 };

struct differences {
    const struct comparison *comparison;
    struct figures figures;               /* of pairs; its arena holds everything */
    const struct comparison_row **starts; /* the first row of each series */
};

static const struct comparison_row *row_at(const struct differences *differences,
                                           size_t series_index, size_t length_index)
{
    const struct comparison *comparison = differences->comparison;
    const struct comparison_row *row = differences->starts[series_index];
    const struct comparison_row *end = comparison->rows + comparison->row_count;
    size_t pairing = row->pairing;
    size_t group = row->group;

    while (row != end && row->pairing == pairing && row->group == group) {
        if (row->length_tokens == differences->figures.lengths[length_index]) {
            return row;
        }
        row++;
    }
    return NULL;
}

static struct line_point point_at(const void *context, size_t series_index, size_t length_index)
{
    const struct comparison_row *row = row_at(context, series_index, length_index);

    if (row == NULL || row->pairs == 0) {
        return (struct line_point){(double)NAN, (double)NAN, (double)NAN};
    }
    return (struct line_point){row->difference.mean, row->difference.low, row->difference.high};
}

static void append_tip(const void *context, struct buf *out, size_t series_index,
                       size_t length_index)
{
    const struct differences *differences = context;
    const struct comparison_row *row = row_at(differences, series_index, length_index);

    if (row == NULL) {
        return;
    }
    buf_appendf(out, "\n%+.1f points, 95 %% interval %+.1f to %+.1f", row->difference.mean * 100,
                row->difference.low * 100, row->difference.high * 100);
    buf_appendf(out, "\n%zu prompt%s that both were sent\n", row->pairs,
                row->pairs == 1 ? "" : "s");
    verdict_append(out, differences->comparison, row);
}

static void append_pair(struct buf *out, const struct comparison *comparison,
                        const struct comparison_pairing *pairing)
{
    buf_append(out, comparison->contenders[pairing->second].label);
    buf_append(out, STR(" minus "));
    buf_append(out, comparison->contenders[pairing->first].label);
}

static int name_series(struct differences *differences, const struct comparison_row *row,
                       struct str *out, struct err *err)
{
    const struct comparison *comparison = differences->comparison;
    uint64_t needles = comparison->groups[row->group].needles;
    struct buf label;
    int rc = 0;

    buf_init(&label, LABEL_BYTES_MAX);
    append_pair(&label, comparison, &comparison->pairings[row->pairing]);
    buf_append(&label, STR(" · "));
    if (comparison->group_count > 1) {
        utf8_append_printable(&label,
                              utf8_take(comparison->groups[row->group].task, TASK_BYTES_MAX));
        buf_append(&label, STR(" · "));
    }
    buf_appendf(&label, "%llu needle%s", (unsigned long long)needles, needles == 1 ? "" : "s");
    rc = buf_check(&label, "label", err);
    if (rc == 0) {
        *out = arena_copy(&differences->figures.arena, buf_str(&label));
        rc = out->p != NULL ? 0 : err_memory(err);
    }
    buf_release(&label);
    return rc;
}

static bool begins_series(const struct comparison *comparison, size_t row)
{
    return row == 0 || comparison->rows[row].pairing != comparison->rows[row - 1].pairing ||
           comparison->rows[row].group != comparison->rows[row - 1].group;
}

static int add_series(struct differences *differences, size_t first_row, struct err *err)
{
    const struct comparison *comparison = differences->comparison;
    struct figures *figures = &differences->figures;
    struct series *series = &figures->series[figures->series_count];
    struct result_cell *cells = arena_alloc(&figures->arena, figures->length_count, sizeof *cells);
    int rc = 0;

    *series = (struct series){
        .model_index = comparison->rows[first_row].pairing,
        .variant_index = comparison->rows[first_row].group,
        .cells = arena_alloc(&figures->arena, figures->length_count, sizeof(struct result_cell *)),
    };
    if (cells == NULL || series->cells == NULL) {
        return err_memory(err);
    }
    rc = name_series(differences, &comparison->rows[first_row], &series->label, err);
    differences->starts[figures->series_count] = &comparison->rows[first_row];
    for (size_t i = 0; i < figures->length_count; i++) {
        if (row_at(differences, figures->series_count, i) != NULL) {
            cells[i].length_tokens = figures->lengths[i];
            series->cells[series->cell_count++] = &cells[i];
        }
    }
    figures->series_count++;
    return rc;
}

static int gather(struct differences *out, const struct figures *figures, struct err *err)
{
    const struct decision *decision = figures->decision;
    const struct comparison *comparison = decision != NULL ? decision->comparison : NULL;
    int rc = 0;

    *out = (struct differences){.comparison = comparison};
    if (comparison == NULL || comparison->row_count == 0) {
        return err_set(err, ERR_INPUT, "no two models were sent the same prompts");
    }
    out->figures.lengths = figures->lengths;
    out->figures.length_count = figures->length_count;
    out->figures.model_count = comparison->pairing_count;
    out->figures.series =
        arena_alloc(&out->figures.arena, FIGURES_SERIES_MAX, sizeof *out->figures.series);
    out->starts =
        arena_alloc(&out->figures.arena, FIGURES_SERIES_MAX, sizeof(const struct comparison_row *));
    if (out->figures.series == NULL || out->starts == NULL) {
        rc = err_memory(err);
    }
    for (size_t i = 0; rc == 0 && i < comparison->row_count; i++) {
        if (begins_series(comparison, i) && out->figures.series_count == FIGURES_SERIES_MAX) {
            rc = err_set(err, ERR_INPUT, "more than %d pairs of models: choose some with --model",
                         FIGURES_SERIES_MAX);
        } else if (begins_series(comparison, i)) {
            rc = add_series(out, i, err);
        }
    }
    if (rc != 0) {
        arena_release(&out->figures.arena);
    }
    return rc;
}

static int draw(const struct figures *figures, const struct chart_frame *frame,
                struct chart_drawing *out, struct err *err)
{
    struct differences differences;
    struct lines lines = {
        .y_name = "difference in mean score (percentage points)",
        .scale = LINES_DIFFERENCE,
        .point = point_at,
        .append_tip = append_tip,
        .context = &differences,
        .nothing = "no two models were sent the same prompts",
    };
    int rc = gather(&differences, figures, err);

    if (rc == 0) {
        rc = lines_draw(&lines, &differences.figures, frame, out, err);
        arena_release(&differences.figures.arena);
    }
    return rc;
}

static void append_row(struct buf *out, const struct comparison *comparison,
                       const struct comparison_row *row)
{
    const struct comparison_pairing *pairing = &comparison->pairings[row->pairing];
    const struct comparison_group *group = &comparison->groups[row->group];
    struct buf words;

    buf_init(&words, LABEL_BYTES_MAX);
    append_pair(&words, comparison, pairing);
    buf_append(out, STR("<tr><th scope=\"row\">"));
    html_append_escaped(out, buf_str(&words));
    buf_append(out, STR("</th><td>"));
    html_append_escaped(out, group->task);
    buf_appendf(out, ", %llu</td><td>", (unsigned long long)group->needles);
    if (row->length_tokens != 0) {
        units_append_length(out, row->length_tokens);
    } else {
        buf_append(out, STR("all"));
    }
    buf_appendf(out, "</td><td>%zu</td>", row->pairs);
    if (row->pairs == 0) {
        buf_append(out, STR("<td>–</td><td>–</td><td>–</td>"));
    } else {
        buf_appendf(out, "<td>%+.1f</td><td>%+.1f to %+.1f</td><td>%s%.3f</td>",
                    row->difference.mean * 100, row->difference.low * 100,
                    row->difference.high * 100, row->adjusted_p < 0.001 ? "&lt;" : "",
                    fmax(row->adjusted_p, 0.001));
    }
    buf_reset(&words);
    verdict_append(&words, comparison, row);
    buf_append(out, STR("<td>"));
    html_append_escaped(out, buf_str(&words));
    buf_append(out, STR("</td></tr>\n"));
    buf_release(&words);
}

static void append_key(struct buf *out, const struct comparison *comparison)
{
    buf_append(out, STR("<p>In verdicts "));
    for (size_t i = 0; i < comparison->contender_count; i++) {
        buf_appendf(out, "%s%c is ", i != 0 ? ", " : "", contender_letter(i));
        html_append_escaped(out, comparison->contenders[i].label);
    }
    buf_append(out, STR(".</p>\n"));
}

static int write_table(const struct figures *figures, struct buf *out, struct err *err)
{
    static const char *const columns[] = {
        "Models",        "Task, needles", "Length",  "Prompts", "Difference, points",
        "95 % interval", "p (Holm)",      "Verdict", NULL};
    const struct comparison *comparison =
        figures->decision != NULL ? figures->decision->comparison : NULL;

    if (comparison == NULL) {
        return 0;
    }
    append_key(out, comparison);
    html_append_table_head(out, "Differences on the prompts that both were sent", columns);
    for (size_t i = 0; i < comparison->row_count; i++) {
        append_row(out, comparison, &comparison->rows[i]);
    }
    buf_append(out, STR("</tbody></table>\n"));
    return buf_check(out, "table of differences", err);
}

extern const struct chart chart_differences;
const struct chart chart_differences = {
    .kind = "differences",
    .name = "Differences",
    .purpose = "which differences are real? paired, with 95 % intervals",
    .title = "Differences between models by context length",
    .note = "On prompts that both were sent, byte for byte. Intervals are of each length alone; "
            "verdicts in the table are corrected for their number (Holm), so that an interval "
            "beside 0 may still be a tie.",
    .draw = draw,
    .write_table = write_table,
};
