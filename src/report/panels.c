#include "report/panels.h"

#include "report/frame.h"
#include "report/measure.h"

#include "base/units.h"

#include <assert.h>
#include <math.h>

enum {
    MARGIN_PX = PANELS_MARGIN_PX,
    TITLE_PX = 26,
    TITLE_LEFT_PX = 72, /* it begins above the row labels */
    COLUMN_LABELS_PX = 54,
    LENGTHS_GAP_PX = 28, /* between them and their axis' name */
    PLOT_MIN_PX = 150,
    PLOT_TITLED_MAX_PX = 400,
    COLUMNS_MAX = 4,
    PAGE_LABELLED_MAX = 10, /* lengths; a page shows panels side by side, so they are small */
    NAME_BYTES_MAX = 64,
};

static const double bold_factor = 1.1; /* bold letters are wider */

static int panel_height_px(const struct panels *panels)
{
    return panels->title_px + panels->plot_height_px + COLUMN_LABELS_PX;
}

int panels_height_px(const struct panels *panels)
{
    return panels->top_px + panels->rows * panel_height_px(panels) + MARGIN_PX +
           panels->shape.foot_px;
}

int panels_narrow_height_px(const struct panels *panels)
{
    return panels_height_px(panels) - panels->shape.foot_px + panels->shape.foot_narrow_px;
}

static int plot_width_px(const struct panels_shape *shape, int width_px, int columns)
{
    return (width_px - MARGIN_PX) / columns - shape->row_labels_px - MARGIN_PX;
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

/* Wide enough for the columns and, up to a limit, for the panels' titles. */
int panels_usual_width_px(const struct figures *figures, const struct panels_shape *shape)
{
    double plot_px = fmax((double)figures->length_count * shape->column_px, PLOT_MIN_PX);
    double title_px = 0.0;

    for (size_t i = 0; i < figures->series_count; i++) {
        title_px =
            fmax(title_px, measure_width_px(figures->series[i].label, FRAME_NAME_PX * bold_factor));
    }
    plot_px = fmax(plot_px, fmin(title_px - TITLE_LEFT_PX, PLOT_TITLED_MAX_PX));
    return columns_wanted(figures->series_count) *
               ((int)ceil(plot_px) + shape->row_labels_px + MARGIN_PX) +
           MARGIN_PX;
}

static struct panels in_picture(const struct figures *figures, const struct panels_shape *shape,
                                int width_px, int top_px)
{
    int columns = columns_wanted(figures->series_count);
    int plot_px = 0;

    while (columns > 1 && plot_width_px(shape, width_px, columns) < PLOT_MIN_PX) {
        columns--;
    }
    plot_px = plot_width_px(shape, width_px, columns);
    return (struct panels){
        .shape = *shape,
        .labelled = plot_px / (int)figures->length_count >= shape->column_least_px,
        .width_px = width_px,
        .top_px = top_px,
        .title_px = TITLE_PX,
        .columns = columns,
        .rows = 1 + ((int)figures->series_count - 1) / columns,
        .plot_width_px = plot_px,
        .plot_height_px = shape->plot_height_px,
    };
}

static struct panels on_page(const struct figures *figures, const struct panels_shape *shape)
{
    return (struct panels){
        .shape = *shape,
        .on_page = true,
        .labelled = figures->length_count <= PAGE_LABELLED_MAX,
        .top_px = MARGIN_PX / 2,
        .columns = 1,
        .rows = 1,
        .plot_height_px = shape->plot_height_px,
    };
}

/* Plots shrink to a height that was asked for, down to where they cannot be read. */
static int fit_height(struct panels *panels, int asked_height_px, struct err *err)
{
    int fixed_px = panels_height_px(panels) - panels->rows * panels->plot_height_px;
    int least_px = fixed_px + panels->rows * panels->shape.plot_least_px;

    if (asked_height_px == 0) {
        return 0;
    }
    if (asked_height_px < least_px) {
        return err_set(err, ERR_USAGE,
                       "--height %d is too small for these panels at this width: at least %d",
                       asked_height_px, least_px);
    }
    assert(panels->rows > 0); /* figures without a series are refused when gathered */
    panels->plot_height_px = (asked_height_px - fixed_px) / panels->rows;
    return 0;
}

int panels_arrange(struct panels *out, const struct figures *figures,
                   const struct panels_shape *shape, const struct chart_frame *frame, int width_px,
                   int top_px, struct err *err)
{
    *out = frame->on_page ? on_page(figures, shape) : in_picture(figures, shape, width_px, top_px);
    return fit_height(out, frame->height_px, err);
}

static int left_px(const struct panels *panels, size_t index)
{
    int column = (int)index % panels->columns;

    return MARGIN_PX + column * ((panels->width_px - MARGIN_PX) / panels->columns) +
           panels->shape.row_labels_px;
}

static int top_px(const struct panels *panels, size_t index)
{
    int row = (int)index / panels->columns;

    return panels->top_px + row * panel_height_px(panels) + panels->title_px;
}

static json_t *grid_json(const struct panels *panels, size_t index, const char *background)
{
    /* clang-format off */
    json_t *grid = json_pack("{s:i, s:i, s:i, s:b, s:s, s:i, s:b, s:s}",
                             "left", left_px(panels, index),
                             "top", top_px(panels, index),
                             "height", panels->plot_height_px,
                             "show", 1,
                             "backgroundColor", background,
                             "borderWidth", 0,
                             "containLabel", 0,
                             "outerBoundsMode", "none");
    /* clang-format on */
    int failed = panels->on_page
                     ? json_object_set_new(grid, "right", json_integer(MARGIN_PX))
                     : json_object_set_new(grid, "width", json_integer(panels->plot_width_px));

    if (failed != 0) {
        json_decref(grid);
        return NULL;
    }
    return grid;
}

static json_t *title_json(const struct panels *panels, struct str label, size_t index,
                          const struct theme *theme)
{
    /* clang-format off */
    json_t *text_style =
        json_pack("{s:s, s:i, s:s, s:i, s:s}",
                  "color", theme->text,
                  "fontSize", FRAME_NAME_PX,
                  "fontWeight", "bold",
                  "width", panels->plot_width_px + panels->shape.row_labels_px - MARGIN_PX,
                  "overflow", "truncate");

    return json_pack("{s:o, s:o, s:i, s:i, s:i}",
                     "text", json_text(label),
                     "textStyle", text_style,
                     "left", left_px(panels, index) - panels->shape.row_labels_px + MARGIN_PX,
                     "top", top_px(panels, index) - panels->title_px + 4,
                     "padding", 0);
    /* clang-format on */
}

int panels_add_titles(json_t *options, const struct figures *figures, const struct panels *panels,
                      const struct theme *theme)
{
    json_t *titles = json_object_get(options, "title");
    int failed = 0;

    for (size_t i = 0; i < figures->series_count && !panels->on_page; i++) {
        failed |=
            json_array_append_new(titles, title_json(panels, figures->series[i].label, i, theme));
    }
    return failed;
}

json_t *panels_names_json(size_t count, panels_append_name append, const void *context)
{
    struct buf name;
    json_t *names = json_array();

    buf_init(&name, NAME_BYTES_MAX);
    for (size_t i = 0; i < count; i++) {
        buf_reset(&name);
        append(&name, context, i);
        if (json_array_append_new(names, json_text(buf_str(&name))) != 0) {
            json_decref(names);
            names = NULL;
            break;
        }
    }
    buf_release(&name);
    return names;
}

/* Names of labelled columns fit, so all of them are shown. */
static json_t *axis_label_json(const struct panels *panels, const struct theme *theme)
{
    json_t *label = json_text_style(theme->faint_text, FRAME_FONT_PX - 2);

    if (panels->labelled && json_object_set_new(label, "interval", json_integer(0)) != 0) {
        json_decref(label);
        return NULL;
    }
    return label;
}

json_t *panels_axis_json(const struct panels *panels, json_t *names, size_t index, const char *name,
                         int name_gap_px, const struct theme *theme)
{
    /* clang-format off */
    return json_pack("{s:s, s:i, s:o, s:s, s:s, s:i, s:o, s:o, s:o, s:o, s:o}",
                     "type", "category",
                     "gridIndex", (int)index,
                     "data", names,
                     "name", name,
                     "nameLocation", "middle",
                     "nameGap", name_gap_px,
                     "nameTextStyle", json_text_style(theme->faint_text, FRAME_FONT_PX),
                     "axisLabel", axis_label_json(panels, theme),
                     "axisLine", json_shown(false),
                     "axisTick", json_shown(false),
                     "splitLine", json_shown(false));
    /* clang-format on */
}

static void append_length(struct buf *out, const void *context, size_t index)
{
    const struct figures *figures = context;

    units_append_length(out, figures->lengths[index]);
}

int panels_add(json_t *options, const struct figures *figures, const struct panels *panels,
               const struct theme *theme, panels_build build, const void *context)
{
    json_t *places = json_array();
    json_t *x_axes = json_array();
    json_t *y_axes = json_array();
    json_t *series = json_array();
    int failed = 0;

    for (size_t i = 0; i < figures->series_count; i++) {
        struct panel panel = build(context, i);
        json_t *lengths = panels_names_json(figures->length_count, append_length, figures);

        failed |= json_array_append_new(places, grid_json(panels, i, panel.background));
        failed |= json_array_append_new(
            x_axes,
            panels_axis_json(panels, lengths, i, "context length (tokens)", LENGTHS_GAP_PX, theme));
        failed |= json_array_append_new(y_axes, panel.y_axis);
        failed |= json_array_extend(series, panel.series);
        json_decref(panel.series);
    }
    failed |= json_object_set_new(options, "grid", places);
    failed |= json_object_set_new(options, "xAxis", x_axes);
    failed |= json_object_set_new(options, "yAxis", y_axes);
    failed |= json_object_set_new(options, "series", series);
    return failed;
}
