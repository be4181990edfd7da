#include "report/frame.h"

#include "report/measure.h"

enum {
    MARGIN_PX = 16,
    TITLE_TOP_PX = 14,
    TITLE_PX = 18,
    TITLE_LINE_PX = 24,
    CAPTION_GAP_PX = 8,
    CAPTION_LINE_PX = 18,
    CAPTION_BYTES_MAX = 16 * 1024,
};

json_t *json_text(struct str text)
{
    return json_stringn(text.len != 0 ? text.p : "", text.len);
}

json_t *json_text_style(const char *colour, int font_px)
{
    return json_pack("{s:s, s:i}", "color", colour, "fontSize", font_px);
}

json_t *json_line_style(const char *colour, double width_px, double opacity)
{
    return json_pack("{s:s, s:f, s:f}", "color", colour, "width", width_px, "opacity", opacity);
}

json_t *json_shown(bool shown)
{
    return json_pack("{s:b}", "show", (int)shown);
}

void append_percent(struct buf *out, double score)
{
    buf_appendf(out, "%.1f %%", score * 100);
}

static json_t *title_style_json(const struct theme *theme, int text_px)
{
    return json_pack("{s:s, s:i, s:i, s:i, s:s}", "color", theme->text, "fontSize", TITLE_PX,
                     "lineHeight", TITLE_LINE_PX, "width", text_px, "overflow", "break");
}

static json_t *caption_style_json(const struct theme *theme)
{
    return json_pack("{s:s, s:i, s:i}", "color", theme->faint_text, "fontSize", FRAME_FONT_PX,
                     "lineHeight", CAPTION_LINE_PX);
}

static int title_height_px(struct str title, int text_px)
{
    const double bold_factor = 1.1; /* bold letters are wider */

    return TITLE_LINE_PX * measure_lines(title, bold_factor * TITLE_PX, text_px);
}

static json_t *title_json(const struct chart_frame *frame, int width_px, int *top_px)
{
    int text_px = width_px - 2 * MARGIN_PX;
    int caption_top_px = TITLE_TOP_PX + title_height_px(frame->title, text_px) + CAPTION_GAP_PX;
    struct buf lines;
    size_t line_count = 0;
    json_t *title = NULL;

    buf_init(&lines, CAPTION_BYTES_MAX);
    line_count =
        caption_append_wrapped(&lines, frame->caption, frame->note, text_px, FRAME_FONT_PX);
    *top_px = caption_top_px + (int)line_count * CAPTION_LINE_PX + MARGIN_PX;
    title = json_pack("{s:o, s:o, s:o, s:o, s:i, s:i, s:i, s:i}", "text", json_text(frame->title),
                      "subtext", json_text(buf_str(&lines)), "textStyle",
                      title_style_json(frame->theme, text_px), "subtextStyle",
                      caption_style_json(frame->theme), "left", MARGIN_PX, "top", TITLE_TOP_PX,
                      "padding", 0, "itemGap", CAPTION_GAP_PX);
    buf_release(&lines);
    return title;
}

json_t *frame_options(const struct chart_frame *frame, int width_px, int *top_px)
{
    json_t *options =
        json_pack("{s:b, s:s, s:{s:s, s:s}, s:{s:b}}", "animation", 0, "backgroundColor",
                  frame->theme->background, "textStyle", "fontFamily", "sans-serif", "color",
                  frame->theme->text, "aria", "enabled", 0);
    json_t *titles = json_array();

    *top_px = MARGIN_PX;
    if (titles == NULL ||
        (!frame->on_page &&
         json_array_append_new(titles, title_json(frame, width_px, top_px)) != 0)) {
        json_decref(titles);
        json_decref(options);
        return NULL;
    }
    if (json_object_set_new(options, "title", titles) != 0) {
        json_decref(options);
        return NULL;
    }
    return options;
}
