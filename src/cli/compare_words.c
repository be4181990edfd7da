#include "cli/compare_words.h"

#include "base/units.h"

#include <math.h>

static const double wide = 0.2;

static int decimals(double width)
{
    return width >= wide ? 0 : 1;
}

void words_append_score(struct buf *out, double score, double width)
{
    if (isnan(score)) {
        buf_append_char(out, '-');
    } else {
        buf_appendf(out, "%.*f", decimals(width), 100.0 * score);
    }
}

/* What rounds to 0 has no sign. */
static double signed_points(double difference, int digits)
{
    double scale = digits == 0 ? 1.0 : 10.0;
    double points = round(100.0 * difference * scale) / scale;

    return points == 0.0 ? 0.0 : points;
}

void words_append_difference(struct buf *out, double difference, double width)
{
    int digits = decimals(width);
    double points = signed_points(difference, digits);

    buf_appendf(out, points == 0.0 ? "%.*f" : "%+.*f", digits, points);
}

void words_append_interval(struct buf *out, double low, double high)
{
    if (isnan(low)) {
        buf_append_char(out, '-');
        return;
    }
    buf_append_char(out, '[');
    words_append_score(out, low, high - low);
    buf_append(out, STR(", "));
    words_append_score(out, high, high - low);
    buf_append_char(out, ']');
}

void words_append_signed_interval(struct buf *out, double low, double high)
{
    buf_append_char(out, '[');
    words_append_difference(out, low, high - low);
    buf_append(out, STR(", "));
    words_append_difference(out, high, high - low);
    buf_append_char(out, ']');
}

void words_append_p(struct buf *out, double p)
{
    if (p < 0.001) {
        buf_append(out, STR("<0.001"));
    } else {
        buf_appendf(out, "%.3f", p);
    }
}

void words_append_tokens(struct buf *out, double tokens)
{
    double thousands = tokens / 1024.0;

    if (thousands >= 1024.0) {
        buf_appendf(out, "%.2gm", thousands / 1024.0);
    } else if (thousands >= 100.0) {
        buf_appendf(out, "%.0fk", round(thousands / 10.0) * 10.0);
    } else if (thousands >= 1.0) {
        buf_appendf(out, "%.2gk", thousands);
    } else {
        buf_appendf(out, "%.0f", tokens);
    }
}

static void append_reached(struct buf *out, uint64_t tokens, const struct stats_point *points,
                           size_t count)
{
    if (tokens == 0 && count != 0) {
        buf_append_char(out, '<');
        units_append_length(out, points[0].length_tokens);
    } else {
        units_append_length(out, tokens);
    }
}

void words_append_effective(struct buf *out, const struct stats_effective_length *effective,
                            const struct stats_point *points, size_t count)
{
    append_reached(out, effective->at_least, points, count);
    if (effective->at_least != effective->at_most) {
        buf_append_char(out, '-');
        append_reached(out, effective->at_most, points, count);
    }
    buf_append(out, effective->is_open ? STR("+") : STR(""));
}

static void append_within(struct buf *out, double tokens, const struct stats_point *points,
                          size_t count)
{
    if (tokens < (double)points[0].length_tokens) {
        buf_append_char(out, '<');
        units_append_length(out, points[0].length_tokens);
    } else if (tokens > (double)points[count - 1].length_tokens) {
        buf_append_char(out, '>');
        units_append_length(out, points[count - 1].length_tokens);
    } else {
        words_append_tokens(out, tokens);
    }
}

void words_append_half(struct buf *out, const struct stats_half_length *half,
                       const struct stats_point *points, size_t count)
{
    append_within(out, half->tokens, points, count);
    buf_append(out, STR(" ["));
    append_within(out, half->low, points, count);
    buf_append(out, STR(", "));
    append_within(out, half->high, points, count);
    buf_append_char(out, ']');
}

void words_append_token_ratio(struct buf *out, const struct stats_interval *ratio)
{
    if (ratio->high < 1.0) {
        buf_appendf(out, "uses %.0f %% fewer output tokens [%.0f, %.0f]",
                    100.0 * (1.0 - ratio->mean), 100.0 * (1.0 - ratio->high),
                    100.0 * (1.0 - ratio->low));
    } else if (ratio->low > 1.0) {
        buf_appendf(out, "uses %.2f times the output tokens [%.2f, %.2f]", ratio->mean, ratio->low,
                    ratio->high);
    } else {
        buf_appendf(out, "uses as many output tokens, as far as can be told: %.2f [%.2f, %.2f]",
                    ratio->mean, ratio->low, ratio->high);
    }
}
