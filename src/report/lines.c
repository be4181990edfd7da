#include "report/lines.h"

#include "report/axis.h"
#include "report/frame.h"
#include "report/line_layout.h"
#include "report/stroke.h"

#include "base/units.h"

enum { TIP_BYTES_MAX = 8192, NAME_GAP_PX = 58 };

/* What is being drawn. */
struct drawing {
    const struct lines *lines;
    const struct figures *figures;
    const struct theme *theme;
    struct log_axis axis; /* of LINES_LOG */
    double most_points;   /* of LINES_DIFFERENCE: the ends of the axis */
};

static bool has_whisker(const struct line_point *point)
{
    return !isnan(point->value) && !isnan(point->low) && !isnan(point->high);
}

/* Points of one length stand side by side, so that whiskers do not hide each other. */
static double dodge(const struct figures *figures, size_t index)
{
    double room = 0.5; /* of one doubling */
    double step = 0.0;

    for (size_t i = 1; i < figures->length_count; i++) {
        double gap = log2((double)figures->lengths[i]) - log2((double)figures->lengths[i - 1]);

        room = fmin(room, 0.5 * gap);
    }
    step = fmin(0.06, room / (double)figures->series_count);
    return ((double)index - ((double)figures->series_count - 1) / 2) * step;
}

static double height_of(const struct drawing *drawing, double value)
{
    return drawing->lines->scale == LINES_LOG ? axis_log_position(value) : round(value * 1e5) / 1e3;
}

static struct line_point point_at(const struct drawing *drawing, size_t series_index,
                                  const struct result_cell *cell)
{
    size_t length_index = figures_length_index(drawing->figures, cell->length_tokens);
    struct line_point point =
        drawing->lines->point(drawing->lines->context, series_index, length_index);

    if (drawing->lines->scale == LINES_LOG && !(point.value > 0.0)) {
        point.value = (double)NAN; /* has no logarithm */
    }
    return point;
}

/* Lines of a text as an array: what the page shows in a box. */
static json_t *tip_lines_json(struct str text)
{
    json_t *tip = json_array();
    struct str line;
    int failed = 0;

    while (str_next_line(&text, &line)) {
        failed |= json_array_append_new(tip, json_text(line));
    }
    if (failed != 0) {
        json_decref(tip);
        return NULL;
    }
    return tip;
}

static json_t *tip_json(const struct drawing *drawing, size_t series_index,
                        const struct result_cell *cell)
{
    struct buf text;
    json_t *tip = NULL;

    buf_init(&text, TIP_BYTES_MAX);
    buf_append(&text, drawing->figures->series[series_index].label);
    buf_append(&text, STR("\ncontext length "));
    units_append_count(&text, cell->length_tokens);
    buf_append(&text, STR(" tokens"));
    drawing->lines->append_tip(drawing->lines->context, &text, series_index,
                               figures_length_index(drawing->figures, cell->length_tokens));
    tip = tip_lines_json(buf_str(&text));
    buf_release(&text);
    return tip;
}

static json_t *point_json(const struct drawing *drawing, size_t series_index,
                          const struct result_cell *cell)
{
    struct line_point point = point_at(drawing, series_index, cell);
    double x = axis_length_position(cell->length_tokens) + dodge(drawing->figures, series_index);

    if (isnan(point.value)) {
        return json_pack("{s:[f, n]}", "value", x); /* a gap in the line */
    }
    return json_pack("{s:o, s:[f, f], s:o}", "name", axis_name_json(cell->length_tokens), "value",
                     x, height_of(drawing, point.value), "tip",
                     tip_json(drawing, series_index, cell));
}

static json_t *line_json(const struct drawing *drawing, size_t index)
{
    const struct series *series = &drawing->figures->series[index];
    struct stroke stroke = stroke_of(drawing->figures, series, drawing->theme);
    json_t *data = json_array();

    for (size_t i = 0; i < series->cell_count; i++) {
        if (json_array_append_new(data, point_json(drawing, index, series->cells[i])) != 0) {
            json_decref(data);
            return NULL;
        }
    }
    /* clang-format off */
    return json_pack("{s:s, s:o, s:o, s:s, s:i, s:b, s:b, s:i, s:o, s:o}",
                     "type", "line",
                     "name", json_text(series->label),
                     "data", data,
                     "symbol", stroke.symbol,
                     "symbolSize", 9,
                     "showAllSymbol", 1,
                     "clip", 0,
                     "z", 3,
                     "itemStyle", stroke_symbol_json(&stroke, drawing->theme),
                     "lineStyle", stroke_json(&stroke));
    /* clang-format on */
}

static json_t *whiskers_json(const struct drawing *drawing, size_t index)
{
    const struct figures *figures = drawing->figures;
    const struct series *series = &figures->series[index];
    struct stroke stroke = stroke_of(figures, series, drawing->theme);
    double opacity = figures->series_count > 4 ? 0.5 : 0.75; /* many whiskers must not hide lines */
    json_t *data = json_array();
    int failed = data == NULL ? -1 : 0;

    for (size_t i = 0; i < series->cell_count && failed == 0; i++) {
        struct line_point point = point_at(drawing, index, series->cells[i]);
        double x = axis_length_position(series->cells[i]->length_tokens) + dodge(figures, index);

        if (has_whisker(&point)) {
            double low = height_of(drawing, point.low);
            double high = height_of(drawing, point.high);

            failed |= json_array_append_new(data, json_pack("[f, f]", x, low));
            failed |= json_array_append_new(data, json_pack("[f, f]", x, high));
            failed |= json_array_append_new(data, json_pack("[n, n]"));
        }
    }
    if (failed != 0) {
        json_decref(data);
        return NULL;
    }
    /* clang-format off */
    return json_pack("{s:s, s:o, s:o, s:s, s:[i, f], s:b, s:b, s:b, s:i, s:o, s:o, s:o}",
                     "type", "line",
                     "name", json_text(series->label),
                     "data", data,
                     "symbol", "rect",
                     "symbolSize", 8, 1.5,
                     "showAllSymbol", 1,
                     "clip", 0,
                     "silent", 1,
                     "z", 2,
                     "itemStyle", json_line_style(stroke.colour, 1.3, opacity),
                     "lineStyle", json_line_style(stroke.colour, 1.3, opacity),
                     "tooltip", json_shown(false));
    /* clang-format on */
}

/* A wide bar across the length, in the colour of the series it is about. */
static json_t *mark_json(const struct drawing *drawing, const struct line_mark *mark)
{
    const struct figures *figures = drawing->figures;
    const struct series *series = &figures->series[mark->series_index];
    struct stroke stroke = stroke_of(figures, series, drawing->theme);
    double x = axis_length_position(figures->lengths[mark->length_index]);

    /* clang-format off */
    return json_pack("{s:s, s:o, s:[{s:[f, f], s:o}], s:s, s:[i, i], s:b, s:i, s:{s:s, s:s, s:f}}",
                     "type", "scatter",
                     "name", json_text(series->label),
                     "data", "value", x, height_of(drawing, mark->value),
                     "tip", tip_lines_json(mark->tip),
                     "symbol", "rect",
                     "symbolSize", 34, 4,
                     "clip", 0,
                     "z", 4,
                     "itemStyle", "color", stroke.colour,
                     "borderColor", drawing->theme->text,
                     "borderWidth", 1.0);
    /* clang-format on */
}

/* Where nobody is better. */
static json_t *zero_json(const struct drawing *drawing)
{
    const struct figures *figures = drawing->figures;
    double from = axis_length_position(figures->lengths[0]) - 0.4;
    double to = axis_length_position(figures->lengths[figures->length_count - 1]) + 0.4;

    /* clang-format off */
    return json_pack("{s:s, s:[[f, i], [f, i]], s:s, s:b, s:i, s:o, s:o}",
                     "type", "line",
                     "data", from, 0, to, 0,
                     "symbol", "none",
                     "silent", 1,
                     "z", 1,
                     "lineStyle", json_line_style(drawing->theme->axis, 1.5, 1.0),
                     "tooltip", json_shown(false));
    /* clang-format on */
}

static double bottom_of(const struct drawing *drawing)
{
    switch (drawing->lines->scale) {
    case LINES_SCORE:
        return 0.0;
    case LINES_DIFFERENCE:
        return -drawing->most_points;
    case LINES_LOG:
        break;
    }
    return drawing->axis.low;
}

/* The words along the axes, and a line at 0. */
static int append_aids(json_t *all, const struct drawing *drawing)
{
    const struct figures *figures = drawing->figures;
    double left = axis_length_position(figures->lengths[0]) - 0.4;
    int failed = json_array_append_new(
        all, axis_length_labels_json(figures, bottom_of(drawing), drawing->theme));

    if (drawing->lines->scale == LINES_LOG) {
        failed |= json_array_append_new(all, axis_log_labels_json(&drawing->axis, AXIS_LEFT, left,
                                                                  drawing->lines->append_tick,
                                                                  drawing->theme));
    }
    if (drawing->lines->scale == LINES_DIFFERENCE) {
        failed |= json_array_append_new(all, zero_json(drawing));
    }
    return failed;
}

static json_t *series_json(const struct drawing *drawing)
{
    json_t *all = json_array();
    int failed = all == NULL ? -1 : 0;

    for (size_t i = 0; i < drawing->figures->series_count && failed == 0; i++) {
        failed |= json_array_append_new(all, line_json(drawing, i));
        failed |= json_array_append_new(all, whiskers_json(drawing, i));
    }
    for (size_t i = 0; i < drawing->lines->mark_count && failed == 0; i++) {
        failed |= json_array_append_new(all, mark_json(drawing, &drawing->lines->marks[i]));
    }
    if (failed == 0) {
        failed |= append_aids(all, drawing);
    }
    if (failed != 0) {
        json_decref(all);
        return NULL;
    }
    return all;
}

static json_t *y_axis_json(const struct drawing *drawing)
{
    const char *name = drawing->lines->y_name;

    switch (drawing->lines->scale) {
    case LINES_SCORE:
        return axis_score_json(drawing->theme);
    case LINES_DIFFERENCE:
        return axis_difference_json(name, drawing->most_points, drawing->theme);
    case LINES_LOG:
        break;
    }
    return axis_log_json(&drawing->axis, name, NAME_GAP_PX, drawing->theme);
}

static json_t *options_json(const struct drawing *drawing, json_t *options,
                            const struct chart_frame *frame, const struct line_layout *layout)
{
    int failed = 0;

    failed |=
        json_object_set_new(options, "xAxis", axis_lengths_json(drawing->figures, drawing->theme));
    failed |= json_object_set_new(options, "yAxis", y_axis_json(drawing));
    failed |= json_object_set_new(options, "series", series_json(drawing));
    failed |= json_object_set_new(options, "tooltip", json_pack("{s:s}", "trigger", "item"));
    if (failed != 0) {
        json_decref(options);
        return NULL;
    }
    return line_with_layout(options, drawing->figures, layout, frame);
}

/* Sets the axis; false when there is nothing to draw. */
static bool measure_values(struct drawing *drawing)
{
    double least = (double)INFINITY;
    double most = -(double)INFINITY;

    for (size_t i = 0; i < drawing->figures->series_count; i++) {
        const struct series *series = &drawing->figures->series[i];

        for (size_t j = 0; j < series->cell_count; j++) {
            struct line_point point = point_at(drawing, i, series->cells[j]);

            if (!isnan(point.value)) {
                least = fmin(least, has_whisker(&point) ? point.low : point.value);
                most = fmax(most, has_whisker(&point) ? point.high : point.value);
            }
        }
    }
    if (least > most) {
        return false;
    }
    if (drawing->lines->scale == LINES_LOG) {
        drawing->axis = axis_log_over(least, most);
    }
    drawing->most_points = fmax(20.0, 20.0 * ceil(5.0 * fmax(fabs(least), fabs(most))));
    return true;
}

int lines_draw(const struct lines *lines, const struct figures *figures,
               const struct chart_frame *frame, struct chart_drawing *out, struct err *err)
{
    struct drawing drawing = {.lines = lines, .figures = figures, .theme = frame->theme};
    struct line_layout layout;
    json_t *options = NULL;
    int top_px = 0;
    int rc = 0;

    if (!measure_values(&drawing)) {
        return err_set(err, ERR_INPUT, "%s", lines->nothing);
    }
    *out = (struct chart_drawing){
        .width_px = frame->width_px != 0 ? frame->width_px : line_usual_width_px(figures),
    };
    options = frame_options(frame, out->width_px, &top_px);
    layout = line_choose_layout(figures, top_px, out->width_px);
    rc = line_choose_height(figures, &layout, frame->height_px, err);
    if (rc != 0) {
        json_decref(options);
        return rc;
    }
    out->height_px = layout.height_px;
    out->narrow_height_px = line_narrow_height_px(figures, top_px);
    out->narrow_below_px = line_narrow_below_px(figures);
    out->options = options_json(&drawing, options, frame, &layout);
    return out->options != NULL ? 0 : err_memory(err);
}
