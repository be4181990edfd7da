/* value: mean score against cost, a point per series, with the front of those that no other beats
 * at both.
 *
 * Series are compared over the lengths that all of them have, and a front joins only series of one
 * task and needle count: others answered other questions.
 */
#include "report/axis.h"
#include "report/chart.h"
#include "report/frame.h"
#include "report/html.h"
#include "report/line_layout.h"
#include "report/stroke.h"
#include "report/tally.h"

#include "base/units.h"
#include "record/price.h"

#include <math.h>

enum { TIP_BYTES_MAX = 8192, NOTE_BYTES_MAX = 256, NAME_GAP_PX = 36 };

struct value {
    double score;   /* 0 … 1; NaN where nothing counted */
    double dollars; /* mean of a trial; NaN where no price is known */
    size_t counted;
    double dollars_per_point; /* of score 1: a right answer; infinite when there is none */
    bool on_front;
};

struct values {
    const struct figures *figures;
    struct arena arena;
    struct value *values; /* one per series */
    uint64_t shortest;    /* lengths that all series have; 0 when there is none */
    uint64_t longest;
};

static bool has_length(const struct series *series, uint64_t length_tokens)
{
    for (size_t i = 0; i < series->cell_count; i++) {
        if (series->cells[i]->length_tokens == length_tokens) {
            return true;
        }
    }
    return false;
}

static bool all_have(const struct figures *figures, uint64_t length_tokens)
{
    for (size_t i = 0; i < figures->series_count; i++) {
        if (!has_length(&figures->series[i], length_tokens)) {
            return false;
        }
    }
    return true;
}

static void note_length(struct values *values, uint64_t length_tokens)
{
    values->shortest = values->shortest == 0 ? length_tokens : values->shortest;
    values->longest = length_tokens;
}

static struct value value_of(const struct figures *figures, const struct tally *tallies)
{
    double score = 0.0;
    double dollars = 0.0;
    size_t counted = 0;
    size_t priced = 0;

    for (size_t i = 0; i < figures->length_count; i++) {
        if (all_have(figures, figures->lengths[i])) {
            score += tallies[i].score_sum;
            counted += tallies[i].counted;
            dollars += tallies[i].cost_dollars;
            priced += tallies[i].priced;
        }
    }
    return (struct value){
        .score = counted != 0 ? score / (double)counted : (double)NAN,
        .dollars = priced != 0 ? dollars / (double)priced : (double)NAN,
        .counted = counted,
        .dollars_per_point = priced != 0 ? dollars / score : (double)NAN,
    };
}

static bool is_drawn(const struct value *value)
{
    return !isnan(value->score) && value->dollars > 0.0;
}

static bool beats(const struct value *a, const struct value *b)
{
    return is_drawn(a) && a->score >= b->score && a->dollars <= b->dollars &&
           (a->score > b->score || a->dollars < b->dollars);
}

static void find_front(struct values *values)
{
    const struct figures *figures = values->figures;

    for (size_t i = 0; i < figures->series_count; i++) {
        bool beaten = !is_drawn(&values->values[i]);

        for (size_t j = 0; j < figures->series_count && !beaten; j++) {
            beaten = figures->series[j].variant_index == figures->series[i].variant_index &&
                     beats(&values->values[j], &values->values[i]);
        }
        values->values[i].on_front = !beaten;
    }
}

static void values_release(struct values *values)
{
    arena_release(&values->arena);
}

static int values_gather(struct values *out, const struct figures *figures, struct err *err)
{
    struct tallies tallies;
    int rc = tallies_gather(&tallies, figures, err);
    bool any = false;

    *out = (struct values){.figures = figures};
    if (rc != 0) {
        return rc;
    }
    out->values = arena_alloc(&out->arena, figures->series_count, sizeof *out->values);
    if (out->values == NULL) {
        rc = err_memory(err);
    }
    for (size_t i = 0; i < figures->length_count; i++) {
        if (all_have(figures, figures->lengths[i])) {
            note_length(out, figures->lengths[i]);
        }
    }
    for (size_t i = 0; rc == 0 && i < figures->series_count; i++) {
        out->values[i] = value_of(figures, &tallies.tallies[i * figures->length_count]);
        any = any || is_drawn(&out->values[i]);
    }
    tallies_release(&tallies);
    if (rc == 0 && out->shortest == 0) {
        rc = err_set(err, ERR_INPUT, "there is no context length that all models were tested at");
    } else if (rc == 0 && !any) {
        rc = err_set(err, ERR_INPUT, "no trial has a price: give the sweep one with --price");
    }
    if (rc == 0) {
        find_front(out);
    } else {
        values_release(out);
    }
    return rc;
}

static json_t *tip_json(const struct series *series, const struct value *value)
{
    struct buf text;
    json_t *tip = json_array();
    struct str rest;
    struct str line;
    int failed = 0;

    buf_init(&text, TIP_BYTES_MAX);
    buf_append(&text, series->label);
    buf_append(&text, STR("\nmean score "));
    append_percent(&text, value->score);
    buf_appendf(&text, " of %zu trials\ncost of a trial ", value->counted);
    price_append_cost(&text, llround(fmin(value->dollars, 9e6) * 1e12));
    if (value->on_front) {
        buf_append(&text, STR("\nno other is better and cheaper"));
    }
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

/* Where several needle counts or tasks are shown, each point says which it is. */
static json_t *point_name_json(const struct figures *figures, const struct series *series)
{
    bool several = false;

    for (size_t i = 0; i < figures->series_count; i++) {
        several = several || figures->series[i].needles != series->needles;
    }
    return several ? json_sprintf("%llu", (unsigned long long)series->needles) : json_string("");
}

/* Points of one model often lie close together: each variant has its own side. */
static const char *side_of(const struct series *series)
{
    static const char *const sides[] = {"right", "left", "bottom", "top"};

    return sides[series->variant_index % (sizeof sides / sizeof sides[0])];
}

static json_t *point_json(const struct values *values, size_t index, const struct theme *theme)
{
    const struct series *series = &values->figures->series[index];
    const struct value *value = &values->values[index];
    struct stroke stroke = stroke_of(values->figures, series, theme);
    /* clang-format off */
    json_t *label = json_pack("{s:b, s:s, s:s, s:s, s:i}",
                              "show", 1,
                              "position", side_of(series),
                              "formatter", "{b}",
                              "color", theme->faint_text,
                              "fontSize", FRAME_FONT_PX);
    json_t *point = json_pack("{s:o, s:[f, f], s:o}",
                              "name", point_name_json(values->figures, series),
                              "value", axis_log_position(value->dollars), value->score * 100,
                              "tip", tip_json(series, value));

    return json_pack("{s:s, s:o, s:[o], s:o, s:s, s:b, s:i, s:b, s:i, s:o}",
                     "type", "scatter",
                     "name", json_text(series->label),
                     "data", point,
                     "label", label,
                     "symbol", stroke.symbol,
                     "symbolKeepAspect", 1,
                     "symbolSize", 13,
                     "clip", 0,
                     "z", 3,
                     "itemStyle", stroke_symbol_json(&stroke, theme));
    /* clang-format on */
}

static bool is_next(const struct value *values, size_t candidate, size_t found, size_t count)
{
    return found == count || values[candidate].dollars < values[found].dollars;
}

/* The cheapest of a variant's front that is dearer than `above`, or series_count. */
static size_t next_on_front(const struct values *values, size_t variant, double above)
{
    size_t count = values->figures->series_count;
    size_t found = count;

    for (size_t i = 0; i < count; i++) {
        if (values->values[i].on_front && values->figures->series[i].variant_index == variant &&
            values->values[i].dollars > above && is_next(values->values, i, found, count)) {
            found = i;
        }
    }
    return found;
}

static json_t *front_json(const struct values *values, size_t variant, const struct theme *theme)
{
    json_t *data = json_array();
    double above = 0.0;

    for (;;) {
        size_t at = next_on_front(values, variant, above);

        if (at == values->figures->series_count) {
            break;
        }
        above = values->values[at].dollars;
        if (json_array_append_new(data, json_pack("[f, f]", axis_log_position(above),
                                                  values->values[at].score * 100)) != 0) {
            json_decref(data);
            return NULL;
        }
    }
    /* clang-format off */
    return json_pack("{s:s, s:o, s:s, s:b, s:i, s:{s:s, s:i, s:s}, s:o}",
                     "type", "line",
                     "data", data,
                     "symbol", "none",
                     "silent", 1,
                     "z", 2,
                     "lineStyle", "color", theme->axis,
                     "width", 1,
                     "type", "dashed",
                     "tooltip", json_shown(false));
    /* clang-format on */
}

static json_t *series_json(const struct values *values, const struct log_axis *axis,
                           const struct theme *theme, axis_words words)
{
    json_t *all = json_array();
    size_t variants = 0;
    int failed = all == NULL ? -1 : 0;

    for (size_t i = 0; i < values->figures->series_count && failed == 0; i++) {
        size_t variant = values->figures->series[i].variant_index;

        variants = variant + 1 > variants ? variant + 1 : variants;
        if (is_drawn(&values->values[i])) {
            failed |= json_array_append_new(all, point_json(values, i, theme));
        }
    }
    for (size_t i = 0; i < variants && failed == 0; i++) {
        failed |= json_array_append_new(all, front_json(values, i, theme));
    }
    if (failed == 0) {
        failed |=
            json_array_append_new(all, axis_log_labels_json(axis, AXIS_BOTTOM, 0.0, words, theme));
    }
    if (failed != 0) {
        json_decref(all);
        return NULL;
    }
    return all;
}

static void append_dollars_tick(struct buf *out, double value)
{
    buf_appendf(out, "$%g", value);
}

static struct log_axis axis_of(const struct values *values)
{
    double least = (double)INFINITY;
    double most = 0.0;

    for (size_t i = 0; i < values->figures->series_count; i++) {
        if (is_drawn(&values->values[i])) {
            least = fmin(least, values->values[i].dollars);
            most = fmax(most, values->values[i].dollars);
        }
    }
    return axis_log_over(least, most);
}

static json_t *options_json(const struct values *values, json_t *options,
                            const struct chart_frame *frame, const struct line_layout *layout)
{
    struct log_axis axis = axis_of(values);
    const struct theme *theme = frame->theme;
    struct buf name;
    int failed = 0;

    buf_init(&name, NOTE_BYTES_MAX);
    buf_append(&name, STR("cost of a trial (US dollars, mean over "));
    units_append_length(&name, values->shortest);
    if (values->longest != values->shortest) {
        buf_append(&name, STR(" to "));
        units_append_length(&name, values->longest);
    }
    buf_append(&name, STR(" tokens)"));
    failed |=
        json_object_set_new(options, "xAxis", axis_log_json(&axis, name.p, NAME_GAP_PX, theme));
    buf_release(&name);
    failed |= json_object_set_new(options, "yAxis", axis_score_json(theme));
    failed |= json_object_set_new(options, "series",
                                  series_json(values, &axis, theme, append_dollars_tick));
    failed |= json_object_set_new(options, "tooltip", json_pack("{s:s}", "trigger", "item"));
    if (failed != 0) {
        json_decref(options);
        return NULL;
    }
    return line_with_layout(options, values->figures, layout, frame);
}

static int draw(const struct figures *figures, const struct chart_frame *frame,
                struct chart_drawing *out, struct err *err)
{
    struct values values;
    struct line_layout layout;
    json_t *options = NULL;
    int top_px = 0;
    int rc = values_gather(&values, figures, err);

    if (rc != 0) {
        return rc;
    }
    *out = (struct chart_drawing){
        .width_px = frame->width_px != 0 ? frame->width_px : line_usual_width_px(figures),
    };
    options = frame_options(frame, out->width_px, &top_px);
    layout = line_choose_layout(figures, top_px, out->width_px);
    layout.points = true;
    rc = line_choose_height(figures, &layout, frame->height_px, err);
    if (rc != 0) {
        json_decref(options);
        goto done;
    }
    out->height_px = layout.height_px;
    out->narrow_height_px = line_narrow_height_px(figures, top_px);
    out->narrow_below_px = line_narrow_below_px(figures);
    out->options = options_json(&values, options, frame, &layout);
    rc = out->options != NULL ? 0 : err_memory(err);
done:
    values_release(&values);
    return rc;
}

static void append_dollars_cell(struct buf *out, double dollars)
{
    buf_append(out, STR("<td>"));
    if (isnan(dollars) || isinf(dollars)) {
        buf_append(out, STR("–"));
    } else {
        price_append_cost(out, llround(fmin(dollars, 9e6) * 1e12));
    }
    buf_append(out, STR("</td>"));
}

static int write_table(const struct figures *figures, struct buf *out, struct err *err)
{
    static const char *const columns[] = {
        "Model", "Mean score", "Cost of a trial", "Cost per right answer", "On the front", NULL};
    struct values values;
    int rc = values_gather(&values, figures, err);

    if (rc != 0) {
        return rc;
    }
    html_append_table_head(out, "Score and cost over the lengths that all have", columns);
    for (size_t i = 0; i < figures->series_count; i++) {
        const struct value *value = &values.values[i];

        buf_append(out, STR("<tr><th scope=\"row\">"));
        html_append_escaped(out, figures->series[i].label);
        buf_append(out, STR("</th><td>"));
        if (isnan(value->score)) {
            buf_append(out, STR("–"));
        } else {
            append_percent(out, value->score);
        }
        buf_append(out, STR("</td>"));
        append_dollars_cell(out, value->dollars);
        append_dollars_cell(out, value->dollars_per_point);
        buf_append(out, value->on_front ? STR("<td>yes</td></tr>\n") : STR("<td>no</td></tr>\n"));
    }
    buf_append(out, STR("</tbody></table>\n"));
    values_release(&values);
    return buf_check(out, "table of costs", err);
}

extern const struct chart chart_value;
const struct chart chart_value = {
    .kind = "value",
    .name = "Score against cost",
    .purpose = "who scores best for the money? cost against score",
    .title = "Mean score against cost",
    .note = "Dashed: the front of models that no other beats at both score and cost, for each "
            "needle count (the number beside a point). The cost axis is logarithmic.",
    .draw = draw,
    .write_table = write_table,
};
