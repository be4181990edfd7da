/* heatmap: mean score by context length and depth of the wanted needle, a panel per series.
 *
 * Cells carry their value, so that the picture can be read in grey print; a cell without any
 * scored trial stays grey and empty.
 */
#include "report/chart.h"
#include "report/depth_grid.h"
#include "report/frame.h"
#include "report/html.h"
#include "report/measure.h"

#include "base/units.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>

enum {
    MARGIN_PX = 16,
    PANEL_TITLE_PX = 26,
    PANEL_TITLE_LEFT_PX = 72, /* it begins above the row labels */
    ROW_LABELS_PX = 92,       /* depth names and the axis' name */
    COLUMN_LABELS_PX = 54,
    CELL_WIDTH_PX = 44,
    CELL_HEIGHT_PX = 23,
    CELL_LABEL_MIN_PX = 28, /* narrower cells carry no value */
    CELL_HEIGHT_MIN_PX = 14,
    PLOT_MIN_PX = 150,
    PLOT_TITLED_MAX_PX = 400,
    RAMP_PX = 44,
    COLUMNS_MAX = 4,
    PAGE_LABELLED_MAX = 10, /* lengths; a page shows panels side by side, so they are small */
    NAME_BYTES_MAX = 8192,
};

static const double bold_factor = 1.1; /* bold letters are wider */

/* Where panels go; panels have equal sizes. On a page there is one, as wide as its place. */
struct layout {
    bool on_page;
    bool labelled; /* cells carry their value */
    int width_px;
    int top_px;
    int title_px; /* above each panel; 0 on a page, where it is HTML */
    int columns;
    int rows;
    int plot_width_px;
    int plot_height_px;
};

static int panel_height_px(const struct layout *layout)
{
    return layout->title_px + layout->plot_height_px + COLUMN_LABELS_PX;
}

static int layout_height_px(const struct layout *layout)
{
    return layout->top_px + layout->rows * panel_height_px(layout) + MARGIN_PX + RAMP_PX;
}

static int plot_width_px(int width_px, int columns)
{
    return (width_px - MARGIN_PX) / columns - ROW_LABELS_PX - MARGIN_PX;
}

/* Full rows where the number of panels allows it: 12 panels are three needle counts of four
 * models. */
static int columns_wanted(size_t panels)
{
    if (panels == 4) {
        return 2;
    }
    if (panels > COLUMNS_MAX && panels % 3 == 0) {
        return 3;
    }
    return panels == 0 ? 1 : panels < COLUMNS_MAX ? (int)panels : COLUMNS_MAX;
}

/* Wide enough for the cells and, up to a limit, for the panels' titles. */
static int usual_width_px(const struct figures *figures)
{
    double plot_px = fmax((double)figures->length_count * CELL_WIDTH_PX, PLOT_MIN_PX);
    double title_px = 0.0;

    for (size_t i = 0; i < figures->series_count; i++) {
        title_px =
            fmax(title_px, measure_width_px(figures->series[i].label, FRAME_NAME_PX * bold_factor));
    }
    plot_px = fmax(plot_px, fmin(title_px - PANEL_TITLE_LEFT_PX, PLOT_TITLED_MAX_PX));
    return columns_wanted(figures->series_count) *
               ((int)ceil(plot_px) + ROW_LABELS_PX + MARGIN_PX) +
           MARGIN_PX;
}

static struct layout layout_for(const struct figures *figures, size_t depth_rows, int width_px,
                                int top_px)
{
    int columns = columns_wanted(figures->series_count);

    while (columns > 1 && plot_width_px(width_px, columns) < PLOT_MIN_PX) {
        columns--;
    }
    return (struct layout){
        .labelled =
            plot_width_px(width_px, columns) / (int)figures->length_count >= CELL_LABEL_MIN_PX,
        .width_px = width_px,
        .top_px = top_px,
        .title_px = PANEL_TITLE_PX,
        .columns = columns,
        .rows = 1 + ((int)figures->series_count - 1) / columns,
        .plot_width_px = plot_width_px(width_px, columns),
        .plot_height_px = (int)depth_rows * CELL_HEIGHT_PX,
    };
}

static struct layout layout_on_page(const struct figures *figures, size_t depth_rows)
{
    return (struct layout){
        .on_page = true,
        .labelled = figures->length_count <= PAGE_LABELLED_MAX,
        .columns = 1,
        .rows = 1,
        .plot_height_px = (int)depth_rows * CELL_HEIGHT_PX,
    };
}

static int panel_left_px(const struct layout *layout, size_t panel)
{
    int column = (int)panel % layout->columns;

    return MARGIN_PX + column * ((layout->width_px - MARGIN_PX) / layout->columns) + ROW_LABELS_PX;
}

static int panel_top_px(const struct layout *layout, size_t panel)
{
    int row = (int)panel / layout->columns;

    return layout->top_px + row * panel_height_px(layout) + layout->title_px;
}

static json_t *grid_json(const struct layout *layout, size_t panel, const struct theme *theme)
{
    /* clang-format off */
    json_t *grid = json_pack("{s:i, s:i, s:i, s:b, s:s, s:i, s:b, s:s}",
                             "left", panel_left_px(layout, panel),
                             "top", panel_top_px(layout, panel),
                             "height", layout->plot_height_px,
                             "show", 1,
                             "backgroundColor", theme->empty_cell,
                             "borderWidth", 0,
                             "containLabel", 0,
                             "outerBoundsMode", "none");
    /* clang-format on */
    int failed = layout->on_page
                     ? json_object_set_new(grid, "right", json_integer(MARGIN_PX))
                     : json_object_set_new(grid, "width", json_integer(layout->plot_width_px));

    if (failed != 0) {
        json_decref(grid);
        return NULL;
    }
    return grid;
}

static json_t *panel_title_json(const struct layout *layout, const struct depth_grid *grid,
                                size_t panel, const struct theme *theme)
{
    /* clang-format off */
    json_t *text_style =
        json_pack("{s:s, s:i, s:s, s:i, s:s}",
                  "color", theme->text,
                  "fontSize", FRAME_NAME_PX,
                  "fontWeight", "bold",
                  "width", layout->plot_width_px + PANEL_TITLE_LEFT_PX,
                  "overflow", "truncate");

    return json_pack("{s:o, s:o, s:i, s:i, s:i}",
                     "text", json_text(grid->series->label),
                     "textStyle", text_style,
                     "left", panel_left_px(layout, panel) - PANEL_TITLE_LEFT_PX,
                     "top", panel_top_px(layout, panel) - layout->title_px + 4,
                     "padding", 0);
    /* clang-format on */
}

static json_t *length_names_json(const struct figures *figures)
{
    struct buf name;
    json_t *names = json_array();

    buf_init(&name, 64);
    for (size_t i = 0; i < figures->length_count; i++) {
        buf_reset(&name);
        units_append_length(&name, figures->lengths[i]);
        if (json_array_append_new(names, json_text(buf_str(&name))) != 0) {
            json_decref(names);
            names = NULL;
            break;
        }
    }
    buf_release(&name);
    return names;
}

static json_t *row_names_json(const struct depth_rows *rows)
{
    struct buf name;
    json_t *names = json_array();

    buf_init(&name, 64);
    for (size_t i = 0; i < rows->count; i++) {
        buf_reset(&name);
        depth_append_row_name(&name, rows, i);
        if (json_array_append_new(names, json_text(buf_str(&name))) != 0) {
            json_decref(names);
            names = NULL;
            break;
        }
    }
    buf_release(&name);
    return names;
}

/* Names of labelled cells fit, so all of them are shown. */
static json_t *axis_label_json(const struct layout *layout, const struct theme *theme)
{
    json_t *label = json_text_style(theme->faint_text, FRAME_FONT_PX - 2);

    if (layout->labelled && json_object_set_new(label, "interval", json_integer(0)) != 0) {
        json_decref(label);
        return NULL;
    }
    return label;
}

static json_t *axis_json(const struct layout *layout, json_t *names, size_t panel, const char *name,
                         int name_gap_px, const struct theme *theme)
{
    /* clang-format off */
    return json_pack("{s:s, s:i, s:o, s:s, s:s, s:i, s:o, s:o, s:o, s:o, s:o}",
                     "type", "category",
                     "gridIndex", (int)panel,
                     "data", names,
                     "name", name,
                     "nameLocation", "middle",
                     "nameGap", name_gap_px,
                     "nameTextStyle", json_text_style(theme->faint_text, FRAME_FONT_PX),
                     "axisLabel", axis_label_json(layout, theme),
                     "axisLine", json_shown(false),
                     "axisTick", json_shown(false),
                     "splitLine", json_shown(false));
    /* clang-format on */
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
                                 size_t panel, const struct layout *layout,
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
                     "label", "show", (int)layout->labelled,
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
                     "bottom", MARGIN_PX,
                     "itemWidth", 14,
                     "itemHeight", 220,
                     "calculable", 0,
                     "text", "100 % mean score", "0 %",
                     "textStyle", json_text_style(theme->faint_text, FRAME_FONT_PX),
                     "inRange", "color", colours);
    /* clang-format on */
}

/* Panel titles come after the chart's own; on a page they are HTML. */
static int add_panel_titles(json_t *options, const struct depth_grids *grids,
                            const struct layout *layout, const struct theme *theme)
{
    json_t *titles = json_object_get(options, "title");
    int failed = 0;

    for (size_t i = 0; i < grids->count && !layout->on_page; i++) {
        failed |=
            json_array_append_new(titles, panel_title_json(layout, &grids->grids[i], i, theme));
    }
    return failed;
}

static int add_panels(json_t *options, const struct figures *figures,
                      const struct depth_grids *grids, const struct layout *layout,
                      const struct theme *theme)
{
    json_t *places = json_array();
    json_t *x_axes = json_array();
    json_t *y_axes = json_array();
    json_t *series = json_array();
    int failed = 0;

    for (size_t i = 0; i < grids->count; i++) {
        json_t *x_axis =
            axis_json(layout, length_names_json(figures), i, "context length (tokens)", 28, theme);
        json_t *y_axis = axis_json(layout, row_names_json(&grids->rows), i,
                                   "needle depth (start to end)", 66, theme);

        failed |= json_object_set_new(y_axis, "inverse", json_true()); /* the start is on top */
        failed |= json_array_append_new(places, grid_json(layout, i, theme));
        failed |= json_array_append_new(x_axes, x_axis);
        failed |= json_array_append_new(y_axes, y_axis);
        failed |=
            json_array_append_new(series, panel_series_json(figures, grids, i, layout, theme));
    }
    failed |= json_object_set_new(options, "grid", places);
    failed |= json_object_set_new(options, "xAxis", x_axes);
    failed |= json_object_set_new(options, "yAxis", y_axes);
    failed |= json_object_set_new(options, "series", series);
    return failed;
}

/* Rows shrink to a height that was asked for, down to where they cannot be told apart. */
static int fit_height(struct layout *layout, size_t depth_rows, int asked_height_px,
                      struct err *err)
{
    int fixed_px = layout_height_px(layout) - layout->rows * layout->plot_height_px;
    int least_px = fixed_px + layout->rows * (int)depth_rows * CELL_HEIGHT_MIN_PX;

    if (asked_height_px == 0) {
        return 0;
    }
    if (asked_height_px < least_px) {
        return err_set(err, ERR_USAGE,
                       "--height %d is too small for these panels at this width: at least %d",
                       asked_height_px, least_px);
    }
    assert(layout->rows > 0); /* figures without a series are refused when gathered */
    layout->plot_height_px = (asked_height_px - fixed_px) / layout->rows;
    return 0;
}

static int draw(const struct figures *figures, const struct chart_frame *frame,
                struct chart_drawing *out, struct err *err)
{
    const struct theme *theme = frame->theme;
    struct depth_grids grids;
    struct layout layout;
    json_t *options = NULL;
    int top_px = 0;
    int failed = 0;
    int rc = depth_grids_gather(&grids, figures, err);

    if (rc != 0) {
        return rc;
    }
    *out = (struct chart_drawing){
        .width_px = frame->width_px != 0 ? frame->width_px : usual_width_px(figures),
    };
    options = frame_options(frame, out->width_px, &top_px);
    layout = frame->on_page ? layout_on_page(figures, grids.rows.count)
                            : layout_for(figures, grids.rows.count, out->width_px, top_px);
    rc = fit_height(&layout, grids.rows.count, frame->height_px, err);
    if (rc != 0) {
        goto done;
    }
    out->height_px = frame->height_px != 0 ? frame->height_px : layout_height_px(&layout);
    out->narrow_height_px = out->height_px;
    failed |= add_panel_titles(options, &grids, &layout, theme);
    failed |= add_panels(options, figures, &grids, &layout, theme);
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
    .purpose = "where needles are lost: mean score by length and needle depth",
    .title = "Mean score by context length and needle depth",
    .note = "Numbers are mean scores in %; grey cells hold no scored trial.",
    .panel_per_series = true,
    .draw = draw,
    .write_table = write_table,
};
