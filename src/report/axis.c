#include "report/axis.h"

#include "report/frame.h"

#include "base/units.h"

#include <math.h>

enum { LABEL_DISTANCE_PX = 9, WORDS_BYTES_MAX = 64 };

double axis_length_position(uint64_t length_tokens)
{
    return round(log2((double)length_tokens) * 1e4) / 1e4;
}

double axis_log_position(double value)
{
    return round(log10(value) * 1e5) / 1e5;
}

json_t *axis_name_json(uint64_t length_tokens)
{
    struct buf name;
    json_t *json = NULL;

    buf_init(&name, WORDS_BYTES_MAX);
    units_append_length(&name, length_tokens);
    json = json_text(buf_str(&name));
    buf_release(&name);
    return json;
}

/* A value axis whose words are a series of their own. */
static json_t *bare_axis_json(double low, double high, json_t *ticks, const char *name,
                              int name_gap_px, const struct theme *theme)
{
    /* clang-format off */
    return json_pack("{s:s, s:f, s:f, s:s, s:s, s:i, s:o, s:o, s:{s:b, s:o}, s:{s:b, s:b, s:o}}",
                     "type", "value",
                     "min", low,
                     "max", high,
                     "name", name,
                     "nameLocation", "middle",
                     "nameGap", name_gap_px,
                     "nameTextStyle", json_text_style(theme->text, FRAME_NAME_PX),
                     "axisLabel", json_shown(false),
                     "axisTick", "show", 1,
                     "customValues", ticks,
                     "axisLine", "show", 1,
                     "onZero", 0,
                     "lineStyle", json_line_style(theme->axis, 1.0, 1.0));
    /* clang-format on */
}

static json_t *with_split_lines(json_t *axis, json_t *split)
{
    if (json_object_set_new(axis, "splitLine", split) != 0) {
        json_decref(axis);
        return NULL;
    }
    return axis;
}

json_t *axis_lengths_json(const struct figures *figures, const struct theme *theme)
{
    double first = axis_length_position(figures->lengths[0]);
    double last = axis_length_position(figures->lengths[figures->length_count - 1]);
    json_t *ticks = json_array();

    for (size_t i = 0; i < figures->length_count; i++) {
        double at = axis_length_position(figures->lengths[i]);

        if (json_array_append_new(ticks, json_real(at)) != 0) {
            json_decref(ticks);
            return NULL;
        }
    }
    return with_split_lines(bare_axis_json(first - 0.4, last + 0.4, ticks,
                                           "context length (tokens, o200k_base)", 36, theme),
                            json_shown(false));
}

/* Words along an axis, hidden where they would overlap. */
static json_t *labels_json(json_t *places, const char *position, const struct theme *theme)
{
    /* clang-format off */
    json_t *label = json_pack("{s:b, s:s, s:s, s:i, s:s, s:i}",
                              "show", 1,
                              "position", position,
                              "formatter", "{b}",
                              "distance", LABEL_DISTANCE_PX,
                              "color", theme->faint_text,
                              "fontSize", FRAME_FONT_PX);

    return json_pack("{s:s, s:o, s:o, s:i, s:b, s:b, s:i, s:{s:b}, s:{s:i}, s:o}",
                     "type", "scatter",
                     "data", places,
                     "label", label,
                     "symbolSize", 0,
                     "silent", 1,
                     "clip", 0,
                     "z", 1,
                     "labelLayout", "hideOverlap", 1,
                     "itemStyle", "opacity", 1,
                     "tooltip", json_shown(false));
    /* clang-format on */
}

json_t *axis_length_labels_json(const struct figures *figures, double y, const struct theme *theme)
{
    json_t *places = json_array();

    for (size_t i = 0; i < figures->length_count; i++) {
        json_t *place = json_pack("{s:o, s:[f, f]}", "name", axis_name_json(figures->lengths[i]),
                                  "value", axis_length_position(figures->lengths[i]), y);

        if (json_array_append_new(places, place) != 0) {
            json_decref(places);
            return NULL;
        }
    }
    return labels_json(places, "bottom", theme);
}

static void add_tick(struct log_axis *axis, double value)
{
    double at = log10(value);

    if (at >= axis->low && at <= axis->high && axis->tick_count < AXIS_TICKS_MAX) {
        axis->ticks[axis->tick_count++] = value;
    }
}

/* The fewer decades, the more ticks in each. */
static void add_ticks_of(struct log_axis *axis, double decade, double span)
{
    static const double steps[] = {1, 2, 5, 1.5, 3, 7};
    size_t count = span < 1.0 ? sizeof steps / sizeof steps[0] : span < 3.0 ? 3 : 1;

    for (size_t i = 0; i < count; i++) {
        add_tick(axis, steps[i] * decade);
    }
}

struct log_axis axis_log_over(double least, double most)
{
    double room = fmax(0.08 * (log10(most) - log10(least)), 0.15);
    struct log_axis axis = {.low = log10(least) - room, .high = log10(most) + room};
    double span = axis.high - axis.low;

    for (int power = (int)floor(axis.low); power <= (int)ceil(axis.high); power++) {
        double decade = pow(10.0, power);

        add_ticks_of(&axis, decade, span);
    }
    return axis;
}

json_t *axis_log_json(const struct log_axis *axis, const char *name, int name_gap_px,
                      const struct theme *theme)
{
    json_t *ticks = json_array();

    for (size_t i = 0; i < axis->tick_count; i++) {
        if (json_array_append_new(ticks, json_real(axis_log_position(axis->ticks[i]))) != 0) {
            json_decref(ticks);
            return NULL;
        }
    }
    return with_split_lines(
        bare_axis_json(axis->low, axis->high, ticks, name, name_gap_px, theme),
        json_pack("{s:o}", "lineStyle", json_line_style(theme->grid_line, 1.0, 1.0)));
}

json_t *axis_log_labels_json(const struct log_axis *axis, enum axis_side side, double across,
                             axis_words words, const struct theme *theme)
{
    json_t *places = json_array();
    struct buf text;
    int failed = 0;

    buf_init(&text, WORDS_BYTES_MAX);
    for (size_t i = 0; i < axis->tick_count && failed == 0; i++) {
        double at = axis_log_position(axis->ticks[i]);
        double x = side == AXIS_BOTTOM ? at : across;
        double y = side == AXIS_BOTTOM ? across : at;

        buf_reset(&text);
        words(&text, axis->ticks[i]);
        failed = json_array_append_new(
            places, json_pack("{s:o, s:[f, f]}", "name", json_text(buf_str(&text)), "value", x, y));
    }
    buf_release(&text);
    if (failed != 0) {
        json_decref(places);
        return NULL;
    }
    return labels_json(places, side == AXIS_BOTTOM ? "bottom" : "left", theme);
}

json_t *axis_score_json(const struct theme *theme)
{
    json_t *label = json_pack("{s:s, s:s, s:i}", "formatter", "{value} %", "color",
                              theme->faint_text, "fontSize", FRAME_FONT_PX);

    /* clang-format off */
    return json_pack("{s:s, s:i, s:i, s:i, s:s, s:s, s:i, s:o, s:o, s:{s:o}, s:{s:b, s:b, s:o}}",
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
                     "onZero", 0,
                     "lineStyle", json_line_style(theme->axis, 1.0, 1.0));
    /* clang-format on */
}

json_t *axis_difference_json(const char *name, double most, const struct theme *theme)
{
    /* clang-format off */
    return json_pack("{s:s, s:f, s:f, s:f, s:s, s:s, s:i, s:o, s:o, s:{s:o}, s:{s:b, s:b, s:o}}",
                     "type", "value",
                     "min", -most,
                     "max", most,
                     "interval", most / 4,
                     "name", name,
                     "nameLocation", "middle",
                     "nameGap", 50,
                     "nameTextStyle", json_text_style(theme->text, FRAME_NAME_PX),
                     "axisLabel", json_text_style(theme->faint_text, FRAME_FONT_PX),
                     "splitLine", "lineStyle", json_line_style(theme->grid_line, 1.0, 1.0),
                     "axisLine", "show", 1,
                     "onZero", 0,
                     "lineStyle", json_line_style(theme->axis, 1.0, 1.0));
    /* clang-format on */
}
