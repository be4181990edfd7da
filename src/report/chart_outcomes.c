/* outcomes: how trials ended, stacked by context length, a panel per series.
 *
 * Heights are shares of the trials planned, so that what has not been run is missing from the
 * stack. Answers are at the bottom in blues, what was delivered without an answer above them in
 * warm colours, and what was not delivered on top in greys. The order of the legend is that of the
 * stack and segments carry their count, so that nothing depends on colour alone.
 */
#include "report/chart.h"
#include "report/frame.h"
#include "report/html.h"
#include "report/measure.h"
#include "report/panels.h"

#include "base/units.h"
#include "stats/proportion.h"

enum {
    ROW_LABELS_PX = 74,
    PLOT_PX = 200,
    PLOT_LEAST_PX = 110,
    COLUMN_PX = 44,
    COLUMN_LEAST_PX = 26,
    SEGMENT_LABEL_MIN_PX = 14, /* lower segments carry no count */
    LEGEND_ICON_PX = 30,       /* and the gaps around it */
    LEGEND_LINE_PX = 22,
    PAGE_PANEL_PX = 330, /* what a panel on a page has at least */
    BAR_PERCENT = 78,
    TIP_BYTES_MAX = 8192,
};

/* From the palette of theme.h, its yellow, and greys. */
static const struct {
    const char *fill;
    const char *text;
} colours[OUTCOME_COUNT] = {
    [OUTCOME_SCORED] = {"#0072b2", "#ffffff"},
    [OUTCOME_WRONG_NEEDLE] = {"#56b4e9", "#14181d"},
    [OUTCOME_NO_PREFIX] = {"#a8d8f0", "#14181d"},
    [OUTCOME_REFUSED] = {"#c44e00", "#ffffff"},
    [OUTCOME_FILTERED] = {"#cc79a7", "#14181d"},
    [OUTCOME_CUT] = {"#e69f00", "#14181d"},
    [OUTCOME_EMPTY] = {"#f3e34a", "#14181d"},
    [OUTCOME_TOO_LONG] = {"#b58cc9", "#14181d"},
    [OUTCOME_TRUNCATED] = {"#7d4fa3", "#ffffff"},
    [OUTCOME_TIMEOUT] = {"#a3abb5", "#14181d"},
    [OUTCOME_ENDPOINT_ERROR] = {"#646d78", "#ffffff"},
};

static bool occurs(const struct figures *figures, int outcome)
{
    for (size_t i = 0; i < figures->series_count; i++) {
        for (size_t j = 0; j < figures->series[i].cell_count; j++) {
            if (figures->series[i].cells[j]->outcomes[outcome] != 0) {
                return true;
            }
        }
    }
    return false;
}

/* Lines of a legend that is so wide, names one after another as ECharts puts them. */
static int legend_height_px(const struct figures *figures, int width_px)
{
    double used_px = 0.0;
    int lines = 1;

    for (int i = 0; i < OUTCOME_COUNT; i++) {
        double item_px = LEGEND_ICON_PX +
                         measure_width_px(str_from(outcome_name((enum outcome)i)), FRAME_FONT_PX);

        if (!occurs(figures, i)) {
            continue;
        }
        if (used_px != 0.0 && used_px + item_px > width_px) {
            lines++;
            used_px = 0.0;
        }
        used_px += item_px;
    }
    return lines * LEGEND_LINE_PX;
}

/* A file made by hand may have more trials in a cell than were planned. */
static uint64_t trials_of(const struct result_cell *cell)
{
    uint64_t needed = result_cell_needed(cell);
    uint64_t ended = 0;

    for (int i = 0; i < OUTCOME_COUNT; i++) {
        ended += cell->outcomes[i];
    }
    return ended > needed ? ended : needed;
}

/* What share of the trials ended so: "3 of 60 trials: 5 % [2, 14]", without an interval where
 * trials have their haystack in common and are not independent. */
static void append_share(struct buf *out, const struct series *series,
                         const struct result_cell *cell, int outcome)
{
    struct stats_interval share = stats_wilson(cell->outcomes[outcome], trials_of(cell));

    buf_appendf(out, "%.0f %%", share.mean * 100);
    if (series->result->plan.probes <= 1 && series->result->plan.trials <= 1) {
        buf_appendf(out, " [%.0f, %.0f]", share.low * 100, share.high * 100);
    }
}

static json_t *tip_json(const struct series *series, const struct result_cell *cell, int outcome)
{
    struct buf text;
    size_t length_at = 0;
    json_t *tip = NULL;

    buf_init(&text, TIP_BYTES_MAX);
    units_append_count(&text, cell->length_tokens);
    buf_append(&text, STR(" tokens"));
    length_at = text.len;
    buf_appendf(&text, "%s: %llu of %llu trials: ", outcome_name((enum outcome)outcome),
                (unsigned long long)cell->outcomes[outcome], (unsigned long long)trials_of(cell));
    append_share(&text, series, cell, outcome);
    tip = json_pack("[o, s%, s%]", json_text(series->label), text.p, length_at, text.p + length_at,
                    text.len - length_at);
    buf_release(&text);
    return tip;
}

static json_t *segment_json(const struct figures *figures, const struct series *series,
                            const struct result_cell *cell, int outcome,
                            const struct panels *panels)
{
    double share = (double)cell->outcomes[outcome] / (double)trials_of(cell);
    bool labelled = panels->labelled && share * panels->plot_height_px >= SEGMENT_LABEL_MIN_PX;
    json_t *count = json_sprintf("%llu", (unsigned long long)cell->outcomes[outcome]);

    /* clang-format off */
    return json_pack("{s:[i, f], s:o, s:{s:b, s:o, s:s}}",
                     "value", (int)figures_length_index(figures, cell->length_tokens), share * 100,
                     "tip", tip_json(series, cell, outcome),
                     "label", "show", (int)labelled,
                     "formatter", count,
                     "color", colours[outcome].text);
    /* clang-format on */
}

/* The segments of one outcome in one panel. */
static json_t *segments_json(const struct figures *figures, size_t panel, int outcome,
                             const struct panels *panels, const struct theme *theme)
{
    const struct series *series = &figures->series[panel];
    json_t *data = json_array();
    int failed = data == NULL ? -1 : 0;

    for (size_t i = 0; i < series->cell_count && failed == 0; i++) {
        if (series->cells[i]->outcomes[outcome] != 0) {
            failed = json_array_append_new(
                data, segment_json(figures, series, series->cells[i], outcome, panels));
        }
    }
    if (failed != 0) {
        json_decref(data);
        return NULL;
    }
    /* clang-format off */
    return json_pack("{s:s, s:s, s:o, s:i, s:i, s:o, s:o, s:{s:b, s:i}, s:{s:s, s:s, s:i}}",
                     "type", "bar",
                     "name", outcome_name((enum outcome)outcome),
                     "stack", json_sprintf("panel %zu", panel),
                     "xAxisIndex", (int)panel,
                     "yAxisIndex", (int)panel,
                     "barWidth", json_sprintf("%d%%", BAR_PERCENT),
                     "data", data,
                     "label", "show", 1,
                     "fontSize", FRAME_FONT_PX - 1,
                     "itemStyle", "color", colours[outcome].fill,
                     "borderColor", theme->background,
                     "borderWidth", 1);
    /* clang-format on */
}

static json_t *share_axis_json(size_t panel, const struct theme *theme)
{
    json_t *label = json_pack("{s:s, s:s, s:i}", "formatter", "{value} %", "color",
                              theme->faint_text, "fontSize", FRAME_FONT_PX - 2);

    /* clang-format off */
    return json_pack("{s:s, s:i, s:i, s:i, s:i, s:s, s:s, s:i, s:o, s:o, s:{s:o}}",
                     "type", "value",
                     "gridIndex", (int)panel,
                     "min", 0,
                     "max", 100,
                     "interval", 25,
                     "name", "share of trials",
                     "nameLocation", "middle",
                     "nameGap", 46,
                     "nameTextStyle", json_text_style(theme->faint_text, FRAME_FONT_PX),
                     "axisLabel", label,
                     "splitLine", "lineStyle", json_line_style(theme->grid_line, 1.0, 1.0));
    /* clang-format on */
}

static json_t *legend_json(const struct figures *figures, const struct theme *theme)
{
    json_t *names = json_array();

    for (int i = 0; i < OUTCOME_COUNT; i++) {
        if (occurs(figures, i) &&
            json_array_append_new(names, json_string(outcome_name((enum outcome)i))) != 0) {
            json_decref(names);
            return NULL;
        }
    }
    /* clang-format off */
    return json_pack("{s:o, s:i, s:i, s:i, s:i, s:i, s:o, s:o}",
                     "data", names,
                     "left", PANELS_MARGIN_PX,
                     "bottom", PANELS_MARGIN_PX / 2,
                     "itemWidth", 14,
                     "itemHeight", 12,
                     "padding", 0,
                     "textStyle", json_text_style(theme->text, FRAME_FONT_PX),
                     "tooltip", json_shown(false));
    /* clang-format on */
}

static int add_segments(json_t *all, const struct figures *figures, size_t panel,
                        const struct panels *panels, const struct theme *theme)
{
    int failed = 0;

    for (int i = 0; i < OUTCOME_COUNT; i++) {
        if (occurs(figures, i)) {
            failed |= json_array_append_new(all, segments_json(figures, panel, i, panels, theme));
        }
    }
    return failed;
}

/* What a panel is made of. */
struct drawing {
    const struct figures *figures;
    const struct panels *panels;
    const struct theme *theme;
};

static struct panel build_panel(const void *context, size_t index)
{
    const struct drawing *drawing = context;
    struct panel panel = {
        .y_axis = share_axis_json(index, drawing->theme),
        .series = json_array(),
        .background = "transparent",
    };

    if (add_segments(panel.series, drawing->figures, index, drawing->panels, drawing->theme) != 0) {
        json_decref(panel.series);
        panel.series = NULL;
    }
    return panel;
}

static struct panels_shape shape_for(const struct figures *figures, int width_px)
{
    return (struct panels_shape){
        .row_labels_px = ROW_LABELS_PX,
        .plot_height_px = PLOT_PX,
        .plot_least_px = PLOT_LEAST_PX,
        .column_px = COLUMN_PX,
        .column_least_px = COLUMN_LEAST_PX,
        .foot_px = legend_height_px(figures, width_px),
        .foot_narrow_px = legend_height_px(figures, PAGE_PANEL_PX),
    };
}

static int draw(const struct figures *figures, const struct chart_frame *frame,
                struct chart_drawing *out, struct err *err)
{
    struct panels_shape shape = shape_for(figures, PAGE_PANEL_PX);
    struct panels panels;
    json_t *options = NULL;
    int top_px = 0;
    int failed = 0;
    int rc = 0;

    *out = (struct chart_drawing){
        .width_px = frame->width_px != 0 ? frame->width_px : panels_usual_width_px(figures, &shape),
    };
    shape = shape_for(figures, frame->on_page ? PAGE_PANEL_PX : out->width_px - PANELS_MARGIN_PX);
    options = frame_options(frame, out->width_px, &top_px);
    rc = panels_arrange(&panels, figures, &shape, frame, out->width_px, top_px, err);
    if (rc != 0) {
        json_decref(options);
        return rc;
    }
    out->height_px = frame->height_px != 0 ? frame->height_px : panels_height_px(&panels);
    out->narrow_height_px = panels_narrow_height_px(&panels);
    out->narrow_below_px = CHART_NARROW_PX;
    failed |= panels_add_titles(options, figures, &panels, frame->theme);
    failed |= panels_add(options, figures, &panels, frame->theme, build_panel,
                         &(struct drawing){figures, &panels, frame->theme});
    failed |= json_object_set_new(options, "legend", legend_json(figures, frame->theme));
    failed |= json_object_set_new(options, "tooltip", json_pack("{s:s}", "trigger", "item"));
    if (failed != 0) {
        json_decref(options);
        return err_memory(err);
    }
    out->options = options;
    return 0;
}

static void append_row(struct buf *out, const struct figures *figures, const struct series *series,
                       const struct result_cell *cell)
{
    html_append_row_head(out, series->label, cell->length_tokens);
    for (int i = 0; i < OUTCOME_COUNT; i++) {
        if (occurs(figures, i)) {
            buf_appendf(out, "<td>%llu", (unsigned long long)cell->outcomes[i]);
            if (trials_of(cell) != 0) {
                buf_append(out, STR(" <small>"));
                append_share(out, series, cell, i);
                buf_append(out, STR("</small>"));
            }
            buf_append(out, STR("</td>"));
        }
    }
    buf_appendf(out, "<td>%llu</td></tr>\n", (unsigned long long)result_cell_needed(cell));
}

static int write_table(const struct figures *figures, struct buf *out, struct err *err)
{
    const char *columns[OUTCOME_COUNT + 4] = {"Model", "Length"};
    size_t count = 2;

    for (int i = 0; i < OUTCOME_COUNT; i++) {
        if (occurs(figures, i)) {
            columns[count++] = outcome_name((enum outcome)i);
        }
    }
    columns[count++] = "Planned";
    columns[count] = NULL;
    html_append_table_head(
        out, "Trials by how they ended, with Wilson's 95 % interval of each share", columns);
    for (size_t i = 0; i < figures->series_count; i++) {
        for (size_t j = 0; j < figures->series[i].cell_count; j++) {
            append_row(out, figures, &figures->series[i], figures->series[i].cells[j]);
        }
    }
    buf_append(out, STR("</tbody></table>\n"));
    return buf_check(out, "table of outcomes", err);
}

extern const struct chart chart_outcomes;
const struct chart chart_outcomes = {
    .kind = "outcomes",
    .name = "Outcomes",
    .purpose = "how did trials end? scored, refused, cut … by length",
    .title = "How trials ended, by context length",
    .note = "Shares of the trials planned; numbers in segments count trials. Blue: answers; warm: "
            "delivered without one; grey: not delivered, and not in the mean.",
    .panel_per_series = true,
    .draw = draw,
    .write_table = write_table,
};
