#include "report/accuracy_layout.h"

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
        double lines = ceil(measure_width_px(figures->series[i].label, FRAME_FONT_PX) / text_px);

        height_px += (int)fmax(lines, 1.0) * LEGEND_LINE_PX + LEGEND_GAP_PX;
    }
    return height_px;
}

struct accuracy_layout accuracy_layout_for(const struct figures *figures, int top_px, bool narrow)
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
    return (struct accuracy_layout){
        .top_px = top_px,
        .right_px = narrow ? MARGIN_PX : text_px + LEGEND_ICON_PX + 2 * MARGIN_PX,
        .bottom_px = narrow ? AXIS_BOTTOM_PX + legend_px + MARGIN_PX : AXIS_BOTTOM_PX,
        .legend_text_px = text_px,
        .legend_px = legend_px,
        .narrow = narrow,
    };
}

struct accuracy_layout accuracy_choose_layout(const struct figures *figures, int top_px,
                                              int width_px)
{
    struct accuracy_layout wide = accuracy_layout_for(figures, top_px, false);
    bool fits =
        width_px >= CHART_NARROW_PX && width_px - AXIS_LEFT_PX - wide.right_px >= 2 * PLOT_MIN_PX;

    return fits ? wide : accuracy_layout_for(figures, top_px, true);
}

int accuracy_choose_height(const struct figures *figures, const struct accuracy_layout *layout,
                           int asked_height_px, int *height_px, struct err *err)
{
    bool beside = !layout->narrow && layout->legend_px > PLOT_MIN_PX;
    int plot_px = beside ? layout->legend_px : PLOT_MIN_PX;
    int needed_px = layout->top_px + plot_px + layout->bottom_px;
    int usual_px = layout->narrow ? layout->top_px + NARROW_PLOT_PX + layout->bottom_px : HEIGHT_PX;

    if (asked_height_px != 0 && asked_height_px < needed_px) {
        return err_set(err, ERR_USAGE,
                       "--height %d is too small for %zu lines at this width: at least %d",
                       asked_height_px, figures->series_count, needed_px);
    }
    *height_px = asked_height_px != 0   ? asked_height_px
                 : usual_px > needed_px ? usual_px
                                        : needed_px;
    return 0;
}

int accuracy_usual_width_px(const struct figures *figures)
{
    return AXIS_LEFT_PX + PLOT_WIDTH_PX + accuracy_layout_for(figures, 0, false).right_px;
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

json_t *accuracy_legend_json(const struct figures *figures, const struct accuracy_layout *layout,
                             const struct theme *theme)
{
    /* clang-format off */
    json_t *text_style = json_pack("{s:s, s:i, s:i, s:i, s:s}",
                                   "color", theme->text,
                                   "fontSize", FRAME_FONT_PX,
                                   "width", layout->legend_text_px,
                                   "lineHeight", LEGEND_LINE_PX,
                                   "overflow", "breakAll");
    json_t *legend = json_pack("{s:o, s:s, s:i, s:i, s:i, s:i, s:o, s:o}",
                               "data", names_json(figures),
                               "orient", "vertical",
                               "itemWidth", LEGEND_ICON_PX - 8,
                               "itemHeight", 10,
                               "itemGap", LEGEND_GAP_PX,
                               "padding", 0,
                               "textStyle", text_style,
                               "tooltip", json_shown(false));
    /* clang-format on */
    int failed = legend == NULL ? -1 : 0;

    if (layout->narrow) {
        failed |= json_object_set_new(legend, "left", json_integer(MARGIN_PX));
        failed |= json_object_set_new(legend, "bottom", json_integer(MARGIN_PX / 2));
        failed |= json_object_set_new(legend, "top", json_string("auto"));
        failed |= json_object_set_new(legend, "right", json_string("auto"));
    } else {
        failed |= json_object_set_new(legend, "right", json_integer(MARGIN_PX));
        failed |= json_object_set_new(legend, "top", json_integer(layout->top_px + 4));
        failed |= json_object_set_new(legend, "left", json_string("auto"));
        failed |= json_object_set_new(legend, "bottom", json_string("auto"));
    }
    if (failed != 0) {
        json_decref(legend);
        return NULL;
    }
    return legend;
}

json_t *accuracy_grid_json(const struct accuracy_layout *layout)
{
    return json_pack("{s:i, s:i, s:i, s:i, s:b, s:s}", "left", AXIS_LEFT_PX, "top", layout->top_px,
                     "right", layout->right_px, "bottom", layout->bottom_px, "containLabel", 0,
                     "outerBoundsMode", "none");
}
