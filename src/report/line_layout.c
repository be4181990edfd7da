#include "report/line_layout.h"

#include "report/chart.h"
#include "report/frame.h"
#include "report/measure.h"

#include <math.h>

enum {
    PLOT_WIDTH_PX = 660,
    HEIGHT_PX = 600,
    NARROW_PLOT_PX = 380,
    LEGEND_LINE_PX = 16,
    LEGEND_GAP_PX = 6,
    LEGEND_ICON_PX = 44,
    LEGEND_POINT_PX = 12,
    LEGEND_TEXT_MAX_PX = 380,
    LEGEND_TEXT_NARROW_PX = 264, /* what a phone of 360 pixels leaves */
    AXIS_LEFT_PX = 76,
    AXIS_BOTTOM_PX = 66,
    MARGIN_PX = 20,
    PLOT_MIN_PX = 180,
};

/* Labels wider than their place are broken into lines: cutting them would lose the needle count. */
static int legend_height_px(const struct figures *figures, int text_px)
{
    int height_px = 0;

    for (size_t i = 0; i < figures->series_count; i++) {
        int lines = measure_lines(figures->series[i].label, FRAME_FONT_PX, text_px);

        height_px += lines * LEGEND_LINE_PX + LEGEND_GAP_PX;
    }
    return height_px;
}

static struct line_layout layout_for(const struct figures *figures, int top_px, bool narrow)
{
    double widest = 0.0;
    int text_max_px = narrow ? LEGEND_TEXT_NARROW_PX : LEGEND_TEXT_MAX_PX;
    int text_px = 0;
    int legend_px = 0;

    for (size_t i = 0; i < figures->series_count; i++) {
        widest = fmax(widest, measure_width_px(figures->series[i].label, FRAME_FONT_PX));
    }
    text_px = (int)fmin(ceil(widest) + 2, text_max_px);
    legend_px = legend_height_px(figures, text_px);
    return (struct line_layout){
        .top_px = top_px,
        .right_px = narrow ? MARGIN_PX : text_px + LEGEND_ICON_PX + 2 * MARGIN_PX,
        .bottom_px = narrow ? AXIS_BOTTOM_PX + legend_px + MARGIN_PX : AXIS_BOTTOM_PX,
        .legend_text_px = text_px,
        .legend_px = legend_px,
        .narrow = narrow,
    };
}

int line_narrow_below_px(const struct figures *figures)
{
    struct line_layout wide = layout_for(figures, 0, false);
    int needed_px = AXIS_LEFT_PX + wide.right_px + 2 * PLOT_MIN_PX;

    return needed_px > CHART_NARROW_PX ? needed_px : CHART_NARROW_PX;
}

struct line_layout line_choose_layout(const struct figures *figures, int top_px, int width_px)
{
    return layout_for(figures, top_px, width_px <= line_narrow_below_px(figures));
}

static int least_height_px(const struct line_layout *layout)
{
    bool beside = !layout->narrow && layout->legend_px > PLOT_MIN_PX;

    return layout->top_px + (beside ? layout->legend_px : PLOT_MIN_PX) + layout->bottom_px;
}

static int usual_height_px(const struct line_layout *layout)
{
    int least_px = least_height_px(layout);
    int usual_px = layout->narrow ? layout->top_px + NARROW_PLOT_PX + layout->bottom_px : HEIGHT_PX;

    return usual_px > least_px ? usual_px : least_px;
}

int line_choose_height(const struct figures *figures, struct line_layout *layout,
                       int asked_height_px, struct err *err)
{
    int least_px = least_height_px(layout);

    if (asked_height_px != 0 && asked_height_px < least_px) {
        return err_set(err, ERR_USAGE,
                       "--height %d is too small for %zu lines at this width: at least %d",
                       asked_height_px, figures->series_count, least_px);
    }
    layout->height_px = asked_height_px != 0 ? asked_height_px : usual_height_px(layout);
    return 0;
}

int line_usual_width_px(const struct figures *figures)
{
    return AXIS_LEFT_PX + PLOT_WIDTH_PX + layout_for(figures, 0, false).right_px;
}

static json_t *names_json(const struct figures *figures)
{
    json_t *names = json_array();

    for (size_t i = 0; i < figures->series_count; i++) {
        if (json_array_append_new(names, json_text(figures->series[i].label)) != 0) {
            json_decref(names);
            return NULL;
        }
    }
    return names;
}

static int legend_top_px(const struct line_layout *layout)
{
    return layout->narrow ? layout->height_px - layout->bottom_px + AXIS_BOTTOM_PX
                          : layout->top_px + 4;
}

static json_t *legend_json(const struct figures *figures, const struct line_layout *layout,
                           const struct theme *theme)
{
    /* clang-format off */
    json_t *text_style = json_pack("{s:s, s:i, s:i, s:i, s:s}",
                                   "color", theme->text,
                                   "fontSize", FRAME_FONT_PX,
                                   "width", layout->legend_text_px,
                                   "lineHeight", LEGEND_LINE_PX,
                                   "overflow", "break");
    json_t *legend = json_pack("{s:o, s:s, s:i, s:i, s:i, s:i, s:o, s:o}",
                               "data", names_json(figures),
                               "orient", "vertical",
                               "itemWidth", layout->points ? LEGEND_POINT_PX : LEGEND_ICON_PX - 8,
                               "itemHeight", layout->points ? LEGEND_POINT_PX : 10,
                               "itemGap", LEGEND_GAP_PX,
                               "padding", 0,
                               "textStyle", text_style,
                               "tooltip", json_shown(false));
    /* clang-format on */
    int failed = legend == NULL ? -1 : 0;

    /* Labels are given the room of a wide font; what a narrower one leaves is below the legend. */
    failed |= json_object_set_new(legend, "top", json_integer(legend_top_px(layout)));
    failed |= json_object_set_new(legend, "bottom", json_string("auto"));
    if (layout->narrow) {
        failed |= json_object_set_new(legend, "left", json_integer(MARGIN_PX));
        failed |= json_object_set_new(legend, "right", json_string("auto"));
    } else {
        failed |= json_object_set_new(legend, "right", json_integer(MARGIN_PX));
        failed |= json_object_set_new(legend, "left", json_string("auto"));
    }
    if (failed != 0) {
        json_decref(legend);
        return NULL;
    }
    return legend;
}

static json_t *grid_json(const struct line_layout *layout)
{
    return json_pack("{s:i, s:i, s:i, s:i, s:b, s:s}", "left", AXIS_LEFT_PX, "top", layout->top_px,
                     "right", layout->right_px, "bottom", layout->bottom_px, "containLabel", 0,
                     "outerBoundsMode", "none");
}

static json_t *placed_json(const struct figures *figures, const struct line_layout *layout,
                           const struct theme *theme)
{
    return json_pack("{s:o, s:o}", "legend", legend_json(figures, layout, theme), "grid",
                     grid_json(layout));
}

/* On a page the width changes with the window: ECharts picks the layout that fits. */
static json_t *with_media(const struct figures *figures, json_t *options,
                          const struct line_layout *layout, const struct theme *theme)
{
    struct line_layout wide = layout_for(figures, layout->top_px, false);
    struct line_layout narrow = layout_for(figures, layout->top_px, true);

    wide.points = layout->points;
    narrow.points = layout->points;
    wide.height_px = usual_height_px(&wide);
    narrow.height_px = usual_height_px(&narrow);
    return json_pack("{s:o, s:[{s:{s:i}, s:o}, {s:o}]}", "baseOption", options, "media", "query",
                     "maxWidth", line_narrow_below_px(figures), "option",
                     placed_json(figures, &narrow, theme), "option",
                     placed_json(figures, &wide, theme));
}

json_t *line_with_layout(json_t *options, const struct figures *figures,
                         const struct line_layout *layout, const struct chart_frame *frame)
{
    int failed = json_object_update_new(options, placed_json(figures, layout, frame->theme));

    if (failed != 0) {
        json_decref(options);
        return NULL;
    }
    return frame->on_page ? with_media(figures, options, layout, frame->theme) : options;
}

int line_narrow_height_px(const struct figures *figures, int top_px)
{
    struct line_layout narrow = layout_for(figures, top_px, true);

    return usual_height_px(&narrow);
}
