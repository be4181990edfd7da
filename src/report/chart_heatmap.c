/* heatmap: mean score by context length and depth of the wanted needle, a panel per series.
 *
 * Cells carry their value, so that the picture can be read in grey print; a cell without any
 * scored trial stays empty, in a grey that the colours do not have.
 */
#include "report/chart.h"
#include "report/depth_grid.h"
#include "report/frame.h"
#include "report/html.h"
#include "report/panels.h"

#include "base/units.h"

#include <math.h>
#include <stdio.h>

enum {
    ROW_LABELS_PX = 92, /* depth names and the axis' name */
    CELL_WIDTH_PX = 44,
    CELL_HEIGHT_PX = 23,
    CELL_LABEL_MIN_PX = 28, /* narrower cells carry no value */
    CELL_HEIGHT_MIN_PX = 14,
    AXIS_NAME_MIN_PX = 170,
    DEPTHS_GAP_PX = 66, /* between depths and their axis' name */
    RAMP_PX = 44,
    RAMP_LONG_PX = 170,
    NAME_BYTES_MAX = 8192,
};

static struct panels_shape shape_of(const struct depth_grids *grids)
{
    return (struct panels_shape){
        .row_labels_px = ROW_LABELS_PX,
        .plot_height_px = (int)grids->rows.count * CELL_HEIGHT_PX,
        .plot_least_px = (int)grids->rows.count * CELL_HEIGHT_MIN_PX,
        .column_px = CELL_WIDTH_PX,
        .column_least_px = CELL_LABEL_MIN_PX,
        .foot_px = RAMP_PX,
        .foot_narrow_px = RAMP_PX,
    };
}

/* What a panel is made of. */
struct drawing {
    const struct figures *figures;
    const struct depth_grids *grids;
    const struct panels *panels;
    const struct theme *theme;
};

static void append_row_name(struct buf *out, const void *context, size_t index)
{
    depth_append_row_name(out, context, index);
}

static json_t *tip_json(const struct figures *figures, const struct depth_grids *grids,
                        const struct depth_grid *grid, size_t row, size_t column)
{
    const struct depth_cell *cell = &grid->cells[row * figures->length_count + column];
    struct buf text;
    json_t *tip = NULL;
    size_t label_len = 0;
    size_t length_len = 0;
    size_t depth_len = 0;

    buf_init(&text, NAME_BYTES_MAX);
    buf_append(&text, grid->series->label);
    label_len = text.len;
    buf_append(&text, STR("context length "));
    units_append_count(&text, figures->lengths[column]);
    buf_append(&text, STR(" tokens"));
    length_len = text.len;
    buf_append(&text, STR("needle depth "));
    depth_append_row_name(&text, &grids->rows, row);
    depth_len = text.len;
    buf_append(&text, STR("mean score "));
    append_percent(&text, cell->sum / (double)cell->counted);
    buf_appendf(&text, " of %llu sample%s", (unsigned long long)cell->counted,
                cell->counted == 1 ? "" : "s");
    tip = json_pack("[s%, s%, s%, s%]", text.p, label_len, text.p + label_len,
                    length_len - label_len, text.p + length_len, depth_len - length_len,
                    text.p + depth_len, text.len - depth_len);
    buf_release(&text);
    return tip;
}

static json_t *cell_json(const struct figures *figures, const struct depth_grids *grids,
                         const struct depth_grid *grid, size_t row, size_t column)
{
    const struct depth_cell *cell = &grid->cells[row * figures->length_count + column];
    double mean = fmin(1.0, cell->sum / (double)cell->counted);
    char value[16];

    (void)snprintf(value, sizeof value, "%.0f", mean * 100);
    return json_pack("{s:[i, i, f], s:o, s:{s:s, s:s}}", "value", (int)column, (int)row,
                     round(mean * 1e5) / 1e3, "tip", tip_json(figures, grids, grid, row, column), //
                     "label", "formatter", value, "color", theme_text_on_ramp(mean));
}

static json_t *panel_series_json(const struct figures *figures, const struct depth_grids *grids,
                                 size_t panel, const struct panels *panels,
                                 const struct theme *theme)
{
    const struct depth_grid *grid = &grids->grids[panel];
    json_t *data = json_array();
    int failed = data == NULL ? -1 : 0;

    for (size_t row = 0; row < grids->rows.count && failed == 0; row++) {
        for (size_t column = 0; column < figures->length_count && failed == 0; column++) {
            if (grid->cells[row * figures->length_count + column].counted != 0) {
                failed |= json_array_append_new(data, cell_json(figures, grids, grid, row, column));
            }
        }
    }
    if (failed != 0) {
        json_decref(data);
        return NULL;
    }
    /* clang-format off */
    return json_pack("{s:s, s:o, s:i, s:i, s:o, s:{s:b, s:i}, s:{s:s, s:i}}",
                     "type", "heatmap",
                     "name", json_text(grid->series->label),
                     "xAxisIndex", (int)panel,
                     "yAxisIndex", (int)panel,
                     "data", data,
                     "label", "show", (int)panels->labelled,
                     "fontSize", FRAME_FONT_PX - 1,
                     "itemStyle", "borderColor", theme->background,
                     "borderWidth", 1);
    /* clang-format on */
}

static json_t *ramp_json(const struct theme *theme)
{
    json_t *colours = json_array();

    for (int i = 0; i < THEME_RAMP_STEPS; i++) {
        if (json_array_append_new(colours, json_string(theme_ramp[i])) != 0) {
            json_decref(colours);
            return NULL;
        }
    }
    /* clang-format off */
    return json_pack("{s:s, s:i, s:i, s:i, s:s, s:s, s:i, s:i, s:i, s:b, s:[s, s], s:o, s:{s:o}}",
                     "type", "continuous",
                     "min", 0,
                     "max", 100,
                     "dimension", 2,
                     "orient", "horizontal",
                     "left", "center",
                     "bottom", PANELS_MARGIN_PX,
                     "itemWidth", 14,
                     "itemHeight", RAMP_LONG_PX,
                     "calculable", 0,
                     "text", "100 %", "mean score 0 %",
                     "textStyle", json_text_style(theme->faint_text, FRAME_FONT_PX),
                     "inRange", "color", colours);
    /* clang-format on */
}

/* A low panel has no room for more. */
static const char *depth_axis_name(const struct panels *panels)
{
    return panels->plot_height_px < AXIS_NAME_MIN_PX ? "needle depth"
                                                     : "needle depth (start to end)";
}

static struct panel build_panel(const void *context, size_t index)
{
    const struct drawing *drawing = context;
    const struct depth_rows *rows = &drawing->grids->rows;
    struct panel panel = {
        .y_axis = panels_axis_json(drawing->panels,
                                   panels_names_json(rows->count, append_row_name, rows), index,
                                   depth_axis_name(drawing->panels), DEPTHS_GAP_PX, drawing->theme),
        .series = json_pack("[o]", panel_series_json(drawing->figures, drawing->grids, index,
                                                     drawing->panels, drawing->theme)),
        .background = drawing->theme->empty_cell,
    };

    if (json_object_set_new(panel.y_axis, "inverse", json_true()) != 0) { /* the start is on top */
        json_decref(panel.y_axis);
        panel.y_axis = NULL;
    }
    return panel;
}

static int draw(const struct figures *figures, const struct chart_frame *frame,
                struct chart_drawing *out, struct err *err)
{
    const struct theme *theme = frame->theme;
    struct panels_shape shape;
    struct depth_grids grids;
    struct panels panels;
    json_t *options = NULL;
    int top_px = 0;
    int failed = 0;
    int rc = depth_grids_gather(&grids, figures, err);

    if (rc != 0) {
        return rc;
    }
    shape = shape_of(&grids);
    *out = (struct chart_drawing){
        .width_px = frame->width_px != 0 ? frame->width_px : panels_usual_width_px(figures, &shape),
    };
    options = frame_options(frame, out->width_px, &top_px);
    rc = panels_arrange(&panels, figures, &shape, frame, out->width_px, top_px, err);
    if (rc != 0) {
        goto done;
    }
    out->height_px = frame->height_px != 0 ? frame->height_px : panels_height_px(&panels);
    out->narrow_height_px = panels_narrow_height_px(&panels);
    out->narrow_below_px = CHART_NARROW_PX;
    failed |= panels_add_titles(options, figures, &panels, theme);
    failed |= panels_add(options, figures, &panels, theme, build_panel,
                         &(struct drawing){figures, &grids, &panels, theme});
    failed |= json_object_set_new(options, "visualMap", ramp_json(theme));
    failed |= json_object_set_new(options, "tooltip", json_pack("{s:s}", "trigger", "item"));
    if (failed != 0) {
        rc = err_memory(err);
        goto done;
    }
    out->options = json_incref(options);
done:
    json_decref(options);
    depth_grids_release(&grids);
    return rc;
}

static void append_grid_row(struct buf *out, const struct figures *figures,
                            const struct depth_grids *grids, const struct depth_grid *grid,
                            size_t row)
{
    buf_append(out, STR("<tr><th scope=\"row\">"));
    depth_append_row_name(out, &grids->rows, row);
    buf_append(out, STR("</th>"));
    for (size_t i = 0; i < figures->length_count; i++) {
        const struct depth_cell *cell = &grid->cells[row * figures->length_count + i];

        if (cell->counted == 0) {
            buf_append(out, STR("<td>–</td>"));
        } else {
            buf_append(out, STR("<td>"));
            append_percent(out, cell->sum / (double)cell->counted);
            buf_appendf(out, " <small>of %llu</small></td>", (unsigned long long)cell->counted);
        }
    }
    buf_append(out, STR("</tr>\n"));
}

static int write_table(const struct figures *figures, struct buf *out, struct err *err)
{
    struct depth_grids grids;
    int rc = depth_grids_gather(&grids, figures, err);

    if (rc != 0) {
        return rc;
    }
    for (size_t i = 0; i < grids.count; i++) {
        buf_append(out, STR("<table><caption>"));
        html_append_escaped(out, grids.grids[i].series->label);
        buf_append(out, STR("</caption><thead><tr><th scope=\"col\">Needle depth</th>"));
        for (size_t j = 0; j < figures->length_count; j++) {
            buf_append(out, STR("<th scope=\"col\">"));
            units_append_length(out, figures->lengths[j]);
            buf_append(out, STR("</th>"));
        }
        buf_append(out, STR("</tr></thead>\n<tbody>\n"));
        for (size_t j = 0; j < grids.rows.count; j++) {
            append_grid_row(out, figures, &grids, &grids.grids[i], j);
        }
        buf_append(out, STR("</tbody></table>\n"));
    }
    depth_grids_release(&grids);
    return buf_check(out, "table of depths", err);
}

extern const struct chart chart_heatmap;
const struct chart chart_heatmap = {
    .kind = "heatmap",
    .name = "Score by depth",
    .purpose = "where are needles lost? mean score by length and depth",
    .title = "Mean score by context length and needle depth",
    .note = "Numbers are mean scores in %; empty cells hold no scored trial.",
    .panel_per_series = true,
    .draw = draw,
    .write_table = write_table,
};
