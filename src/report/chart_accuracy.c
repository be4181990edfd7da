/* accuracy: mean score against context length, a line per series, with 95 % intervals.
 *
 * Two things ECharts has no option for are made of plain series, so that the options stay JSON
 * without functions: whiskers are a line with gaps whose points are flat bars, and the length
 * labels ("8k") are an invisible series on the axis, since the axis itself is in doublings
 * (log2 of the length). Whiskers have the name of their line, so the legend switches both.
 */
#include "report/accuracy_layout.h"
#include "report/chart.h"
#include "report/frame.h"
#include "report/html.h"

#include "base/units.h"

#include <math.h>

enum { TIP_BYTES_MAX = 8192 };

static const char *const symbols[] = {
    "circle", "rect", "triangle", "diamond", "emptyCircle", "emptyRect", "emptyTriangle",
};
enum { SYMBOLS = sizeof symbols / sizeof symbols[0] };

/* With several models colour and symbol tell the model and the dash tells the needle count; with
 * one model all three tell the needle count. */
struct stroke {
    const char *colour;
    const char *symbol;
    size_t dash;
};

static struct stroke stroke_of(const struct figures *figures, const struct series *series,
                               const struct theme *theme)
{
    size_t main = figures->model_count > 1 ? series->model_index : series->variant_index;
    size_t turn = main / THEME_LINE_COLOURS; /* the eighth model is another shade of the first */

    return (struct stroke){
        .colour = theme->lines[main % THEME_LINE_COLOURS],
        .symbol = symbols[(main + 3 * turn) % SYMBOLS],
        .dash = series->variant_index + turn,
    };
}

static json_t *dash_json(size_t dash)
{
    switch (dash % 4) {
    case 0:
        return json_string("solid");
    case 1:
        return json_pack("[i, i]", 8, 4);
    case 2:
        return json_pack("[i, i]", 2, 3);
    default:
        return json_pack("[i, i, i, i]", 10, 3, 2, 3);
    }
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

static double tenth(double percent)
{
    return round(percent * 1000) / 1000;
}

static double position_of(uint64_t length_tokens)
{
    return round(log2((double)length_tokens) * 1e4) / 1e4;
}

static void append_interval(struct buf *out, const struct result_cell *cell)
{
    buf_appendf(out, "%.1f to %.1f %%", cell->low * 100, cell->high * 100);
}

static bool has_interval(const struct result_cell *cell)
{
    return !isnan(cell->low) && !isnan(cell->high);
}

/* Lines of a point's tooltip, first the label. */
static json_t *tip_json(const struct series *series, const struct result_cell *cell)
{
    struct buf text;
    json_t *tip = json_array();
    struct str rest;
    struct str line;
    int failed = 0;

    buf_init(&text, TIP_BYTES_MAX);
    buf_append(&text, series->label);
    buf_append(&text, STR("\ncontext length "));
    units_append_count(&text, cell->length_tokens);
    buf_append(&text, STR(" tokens\nmean score "));
    append_percent(&text, cell->mean);
    if (has_interval(cell)) {
        buf_append(&text, STR("\n95 % interval "));
        append_interval(&text, cell);
    }
    buf_appendf(&text, "\n%llu of %llu samples scored", (unsigned long long)cell->counted,
                (unsigned long long)cell->planned);
    rest = buf_str(&text);
    while (str_next_line(&rest, &line)) {
        failed |= json_array_append_new(tip, json_text(line));
    }
    buf_release(&text);
    if (failed != 0) {
        json_decref(tip);
        return NULL;
    }
    return tip;
}

static json_t *name_json(uint64_t length_tokens)
{
    struct buf name;
    json_t *json = NULL;

    buf_init(&name, 64);
    units_append_length(&name, length_tokens);
    json = json_text(buf_str(&name));
    buf_release(&name);
    return json;
}

static json_t *point_json(const struct series *series, const struct result_cell *cell, double x)
{
    if (isnan(cell->mean)) {
        return json_pack("{s:[f, n]}", "value", x); /* a gap in the line */
    }
    return json_pack("{s:o, s:[f, f], s:o}", "name", name_json(cell->length_tokens), "value", x,
                     tenth(cell->mean * 100), "tip", tip_json(series, cell));
}

static json_t *stroke_json(const struct stroke *stroke)
{
    return json_pack("{s:s, s:i, s:o}", "color", stroke->colour, "width", 2, "type",
                     dash_json(stroke->dash));
}

static json_t *line_json(const struct figures *figures, size_t index, const struct theme *theme)
{
    const struct series *series = &figures->series[index];
    struct stroke stroke = stroke_of(figures, series, theme);
    json_t *data = json_array();

    for (size_t i = 0; i < series->cell_count; i++) {
        double x = position_of(series->cells[i]->length_tokens) + dodge(figures, index);

        if (json_array_append_new(data, point_json(series, series->cells[i], x)) != 0) {
            json_decref(data);
            return NULL;
        }
    }
    /* clang-format off */
    return json_pack("{s:s, s:o, s:o, s:s, s:i, s:b, s:b, s:i, s:{s:s}, s:o}",
                     "type", "line",
                     "name", json_text(series->label),
                     "data", data,
                     "symbol", stroke.symbol,
                     "symbolSize", 9,
                     "showAllSymbol", 1,
                     "clip", 0,
                     "z", 3,
                     "itemStyle", "color", stroke.colour,
                     "lineStyle", stroke_json(&stroke));
    /* clang-format on */
}

static json_t *whiskers_json(const struct figures *figures, size_t index, const struct theme *theme)
{
    const struct series *series = &figures->series[index];
    struct stroke stroke = stroke_of(figures, series, theme);
    double opacity = figures->series_count > 4 ? 0.5 : 0.75; /* many whiskers must not hide lines */
    json_t *data = json_array();
    int failed = data == NULL ? -1 : 0;

    for (size_t i = 0; i < series->cell_count && failed == 0; i++) {
        const struct result_cell *cell = series->cells[i];
        double x = position_of(cell->length_tokens) + dodge(figures, index);

        if (!isnan(cell->mean) && has_interval(cell)) {
            failed |= json_array_append_new(data, json_pack("[f, f]", x, tenth(cell->low * 100)));
            failed |= json_array_append_new(data, json_pack("[f, f]", x, tenth(cell->high * 100)));
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

/* "8k", "16k" … under the axis; hidden where they would overlap. */
static json_t *length_labels_json(const struct figures *figures, const struct theme *theme)
{
    json_t *data = json_array();
    json_t *label = NULL;

    for (size_t i = 0; i < figures->length_count; i++) {
        json_t *place = json_pack("{s:o, s:[f, i]}", "name", name_json(figures->lengths[i]),
                                  "value", position_of(figures->lengths[i]), 0);

        if (json_array_append_new(data, place) != 0) {
            json_decref(data);
            return NULL;
        }
    }
    /* clang-format off */
    label =
        json_pack("{s:b, s:s, s:s, s:i, s:s, s:i}",
                  "show", 1,
                  "position", "bottom",
                  "formatter", "{b}",
                  "distance", 9,
                  "color", theme->faint_text,
                  "fontSize", FRAME_FONT_PX);
    return json_pack("{s:s, s:o, s:o, s:i, s:b, s:b, s:i, s:{s:b}, s:o}",
                     "type", "scatter",
                     "data", data,
                     "label", label,
                     "symbolSize", 0,
                     "silent", 1,
                     "clip", 0,
                     "z", 1,
                     "labelLayout", "hideOverlap", 1,
                     "tooltip", json_shown(false));
    /* clang-format on */
}

static json_t *series_json(const struct figures *figures, const struct theme *theme)
{
    json_t *all = json_array();
    int failed = all == NULL ? -1 : 0;

    for (size_t i = 0; i < figures->series_count && failed == 0; i++) {
        failed |= json_array_append_new(all, line_json(figures, i, theme));
        failed |= json_array_append_new(all, whiskers_json(figures, i, theme));
    }
    if (failed == 0) {
        failed |= json_array_append_new(all, length_labels_json(figures, theme));
    }
    if (failed != 0) {
        json_decref(all);
        return NULL;
    }
    return all;
}

static json_t *x_axis_json(const struct figures *figures, const struct theme *theme)
{
    double first = position_of(figures->lengths[0]);
    double last = position_of(figures->lengths[figures->length_count - 1]);
    json_t *ticks = json_array();

    for (size_t i = 0; i < figures->length_count; i++) {
        if (json_array_append_new(ticks, json_real(position_of(figures->lengths[i]))) != 0) {
            json_decref(ticks);
            return NULL;
        }
    }
    /* clang-format off */
    return json_pack("{s:s, s:f, s:f, s:s, s:s, s:i, s:o, s:o, s:{s:b, s:o}, s:o, "
                     "s:{s:b, s:b, s:o}}",
                     "type", "value",
                     "min", first - 0.4,
                     "max", last + 0.4,
                     "name", "context length (tokens, o200k_base)",
                     "nameLocation", "middle",
                     "nameGap", 36,
                     "nameTextStyle", json_text_style(theme->text, FRAME_NAME_PX),
                     "axisLabel", json_shown(false),
                     "axisTick", "show", 1,
                     "customValues", ticks,
                     "splitLine", json_shown(false),
                     "axisLine", "show", 1,
                     "onZero", 0,
                     "lineStyle", json_line_style(theme->axis, 1.0, 1.0));
    /* clang-format on */
}

static json_t *y_axis_json(const struct theme *theme)
{
    json_t *label = json_pack("{s:s, s:s, s:i}", "formatter", "{value} %", "color",
                              theme->faint_text, "fontSize", FRAME_FONT_PX);

    /* clang-format off */
    return json_pack("{s:s, s:i, s:i, s:i, s:s, s:s, s:i, s:o, s:o, s:{s:o}, s:{s:b, s:o}}",
                     "type", "value",
                     "min", 0,
                     "max", 100,
                     "interval", 20,
                     "name", "mean score (0–100 %)",
                     "nameLocation", "middle",
                     "nameGap", 50,
                     "nameTextStyle", json_text_style(theme->text, FRAME_NAME_PX),
                     "axisLabel", label,
                     "splitLine", "lineStyle", json_line_style(theme->grid_line, 1.0, 1.0),
                     "axisLine", "show", 1,
                     "lineStyle", json_line_style(theme->axis, 1.0, 1.0));
    /* clang-format on */
}

static json_t *layout_json(const struct figures *figures, const struct accuracy_layout *layout,
                           const struct theme *theme)
{
    return json_pack("{s:o, s:o}", "legend", accuracy_legend_json(figures, layout, theme), "grid",
                     accuracy_grid_json(layout));
}

/* On a page the width changes with the window: ECharts picks the layout that fits. */
static json_t *with_media(const struct figures *figures, json_t *options, int top_px,
                          const struct theme *theme)
{
    struct accuracy_layout wide = accuracy_layout_for(figures, top_px, false);
    struct accuracy_layout narrow = accuracy_layout_for(figures, top_px, true);

    return json_pack("{s:o, s:[{s:{s:i}, s:o}, {s:o}]}", "baseOption", options, "media", "query",
                     "maxWidth", CHART_NARROW_PX, "option", layout_json(figures, &narrow, theme),
                     "option", layout_json(figures, &wide, theme));
}

static json_t *options_json(const struct figures *figures, const struct chart_frame *frame,
                            const struct accuracy_layout *layout, json_t *options)
{
    const struct theme *theme = frame->theme;
    int failed = 0;

    failed |= json_object_set_new(options, "xAxis", x_axis_json(figures, theme));
    failed |= json_object_set_new(options, "yAxis", y_axis_json(theme));
    failed |= json_object_set_new(options, "series", series_json(figures, theme));
    failed |= json_object_set_new(options, "tooltip", json_pack("{s:s}", "trigger", "item"));
    failed |= json_object_set_new(options, "legend", accuracy_legend_json(figures, layout, theme));
    failed |= json_object_set_new(options, "grid", accuracy_grid_json(layout));
    if (failed != 0) {
        json_decref(options);
        return NULL;
    }
    return frame->on_page ? with_media(figures, options, layout->top_px, theme) : options;
}

static int draw(const struct figures *figures, const struct chart_frame *frame,
                struct chart_drawing *out, struct err *err)
{
    struct accuracy_layout layout;
    struct accuracy_layout narrow;
    json_t *options = NULL;
    int top_px = 0;
    int rc = 0;

    *out = (struct chart_drawing){
        .width_px = frame->width_px != 0 ? frame->width_px : accuracy_usual_width_px(figures),
    };
    options = frame_options(frame, out->width_px, &top_px);
    layout = accuracy_choose_layout(figures, top_px, out->width_px);
    narrow = accuracy_layout_for(figures, top_px, true);
    rc = accuracy_choose_height(figures, &layout, frame->height_px, &out->height_px, err);
    if (rc == 0) {
        rc = accuracy_choose_height(figures, &narrow, 0, &out->narrow_height_px, err);
    }
    if (rc != 0) {
        json_decref(options);
        return rc;
    }
    out->options = options_json(figures, frame, &layout, options);
    return out->options != NULL ? 0 : err_memory(err);
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
    buf_append(out, STR("<tr><th scope=\"row\">"));
    html_append_escaped(out, series->label);
    buf_append(out, STR("</th><td>"));
    units_append_length(out, cell->length_tokens);
    buf_append(out, STR("</td>"));
    append_score_cell(out, cell->mean);
    append_score_cell(out, cell->low);
    append_score_cell(out, cell->high);
    buf_appendf(out, "<td>%llu</td><td>%llu</td><td>", (unsigned long long)cell->counted,
                (unsigned long long)cell->planned);
    for (int i = 0, shown = 0; i < OUTCOME_COUNT; i++) {
        if (cell->outcomes[i] != 0) {
            buf_appendf(out, "%s%s %llu", shown++ != 0 ? ", " : "", outcome_name((enum outcome)i),
                        (unsigned long long)cell->outcomes[i]);
        }
    }
    buf_append(out, STR("</td></tr>\n"));
}

static int write_table(const struct figures *figures, struct buf *out, struct err *err)
{
    buf_append(out, STR("<table><thead><tr><th scope=\"col\">Model</th>"
                        "<th scope=\"col\">Length</th><th scope=\"col\">Mean</th>"
                        "<th scope=\"col\">Low</th><th scope=\"col\">High</th>"
                        "<th scope=\"col\">Scored</th><th scope=\"col\">Planned</th>"
                        "<th scope=\"col\">Outcomes</th></tr></thead>\n<tbody>\n"));
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
    .purpose = "mean score as the context grows, with 95 % intervals",
    .title = "Mean score by context length",
    .note = "Whiskers are 95 % intervals of the mean.",
    .draw = draw,
    .write_table = write_table,
};
