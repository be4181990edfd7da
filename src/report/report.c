#include "report/report.h"

#include "report/page.h"
#include "report/png.h"
#include "report/svg.h"

#include <stdlib.h>

enum { DESCRIPTION_BYTES_MAX = 16 * 1024 };

int report_format_of(const char *path, enum report_format *out, struct err *err)
{
    static const struct {
        const char *ending;
        enum report_format format;
    } endings[] = {
        {".svg", REPORT_SVG}, {".png", REPORT_PNG}, {".html", REPORT_HTML}, {".json", REPORT_JSON}};

    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        if (str_ends(str_from(path), str_from(endings[i].ending))) {
            *out = endings[i].format;
            return 0;
        }
    }
    return err_set(err, ERR_USAGE, "%s: the name must end in .svg, .png, .html or .json", path);
}

/* Whatever a simulated model scored must not pass for a measurement of a real one. */
static struct str write_title(struct figures *figures, const struct report_settings *settings,
                              enum report_format format, struct err *err)
{
    struct str title = settings->title;
    struct buf text;

    if (title.len == 0 && settings->chart == NULL && format == REPORT_HTML) {
        title = STR("Long-context retrieval"); /* a page of several charts */
    } else if (title.len == 0) {
        title = str_from((settings->chart != NULL ? settings->chart : charts[0])->title);
    }
    buf_init(&text, 4096);
    buf_append(&text, caption_printable(&figures->arena, title));
    if (figures->simulated_count == figures->series_count) {
        buf_append(&text, STR(" (simulated)"));
    } else if (figures->simulated_count != 0) {
        buf_append(&text, STR(" (partly simulated)"));
    }
    title = (struct str){NULL, 0};
    if (buf_check(&text, "title", err) == 0) {
        title = arena_copy(&figures->arena, buf_str(&text));
        if (title.p == NULL) {
            (void)err_memory(err);
        }
    }
    buf_release(&text);
    return title;
}

static int append_options(const json_t *options, struct buf *out, struct err *err)
{
    char *text = json_dumps(options, JSON_INDENT(1));

    if (text == NULL) {
        return err_memory(err);
    }
    buf_append(out, str_from(text));
    buf_append_char(out, '\n');
    free(text);
    return buf_check(out, "chart options", err);
}

static int append_picture(const struct chart_drawing *drawing, const struct chart_frame *frame,
                          enum report_format format, struct buf *out, struct err *err)
{
    struct buf description;
    struct buf svg;
    int rc = 0;

    buf_init(&description, DESCRIPTION_BYTES_MAX);
    buf_init(&svg, REPORT_BYTES_MAX);
    (void)caption_append_wrapped(&description, frame->caption, frame->note, 1e9, 1.0);
    rc = svg_render(drawing->options, drawing->width_px, drawing->height_px, frame->title,
                    buf_str(&description), format == REPORT_SVG ? out : &svg, err);
    if (rc == 0 && format == REPORT_PNG) {
        rc = png_render(buf_str(&svg), drawing->width_px, drawing->height_px, out, err);
    }
    buf_release(&svg);
    buf_release(&description);
    return rc;
}

static int render_chart(const struct figures *figures, const struct report_settings *settings,
                        struct str title, const struct caption *caption, enum report_format format,
                        struct buf *out, struct err *err)
{
    const struct chart *chart = settings->chart != NULL ? settings->chart : charts[0];
    struct chart_frame frame = {
        .theme = settings->theme != NULL ? settings->theme : &theme_light,
        .title = title,
        .caption = caption,
        .width_px = settings->width_px,
        .height_px = settings->height_px,
    };
    struct chart_drawing drawing = {0};
    struct buf note;
    int rc = 0;

    buf_init(&note, DESCRIPTION_BYTES_MAX);
    chart_append_note(&note, chart, figures);
    frame.note = buf_str(&note);
    rc = chart->draw(figures, &frame, &drawing, err);
    if (rc == 0 &&
        (drawing.width_px > REPORT_SIDE_MAX_PX || drawing.height_px > REPORT_SIDE_MAX_PX)) {
        rc = err_set(err, ERR_LIMIT,
                     "the chart would be %d by %d pixels (at most %d): narrow it down with --model "
                     "or --needles",
                     drawing.width_px, drawing.height_px, REPORT_SIDE_MAX_PX);
    }
    if (rc == 0) {
        rc = format == REPORT_JSON ? append_options(drawing.options, out, err)
                                   : append_picture(&drawing, &frame, format, out, err);
    }
    json_decref(drawing.options);
    buf_release(&note);
    return rc;
}

static int check_size(const struct report_settings *settings, struct err *err)
{
    if (settings->width_px != 0 &&
        (settings->width_px < REPORT_WIDTH_MIN_PX || settings->width_px > REPORT_SIDE_MAX_PX)) {
        return err_set(err, ERR_USAGE, "--width: %d is not from %d to %d", settings->width_px,
                       REPORT_WIDTH_MIN_PX, REPORT_SIDE_MAX_PX);
    }
    if (settings->height_px != 0 &&
        (settings->height_px < REPORT_HEIGHT_MIN_PX || settings->height_px > REPORT_SIDE_MAX_PX)) {
        return err_set(err, ERR_USAGE, "--height: %d is not from %d to %d", settings->height_px,
                       REPORT_HEIGHT_MIN_PX, REPORT_SIDE_MAX_PX);
    }
    return 0;
}

int report_choose_excerpts(const struct result *results, size_t result_count,
                           const struct figures_filter *filter, size_t most, struct excerpts *out,
                           struct err *err)
{
    struct figures figures = {0};
    int rc = figures_gather(&figures, results, result_count, filter, err);

    if (rc == 0) {
        rc = excerpts_choose(out, &figures, most, err);
        figures_release(&figures);
    }
    return rc;
}

bool report_quotes_replies(const struct report_settings *settings)
{
    return settings->excerpts != NULL && settings->excerpts->count != 0;
}

int report_render(const struct result *results, size_t result_count,
                  const struct report_settings *settings, enum report_format format,
                  struct buf *out, struct err *err)
{
    struct figures figures = {0};
    struct caption caption;
    struct str title;
    int rc = check_size(settings, err);

    if (rc == 0) {
        rc = figures_gather(&figures, results, result_count, &settings->filter, err);
    }
    if (rc != 0) {
        return rc;
    }
    figures.decision = settings->decision;
    rc = caption_write(&caption, &figures, &figures.arena, err);
    if (rc != 0) {
        goto done;
    }
    title = write_title(&figures, settings, format, err);
    if (title.p == NULL) {
        rc = (int)err->code;
        goto done;
    }
    rc = format == REPORT_HTML
             ? page_render(&figures, settings, title, &caption, out, err)
             : render_chart(&figures, settings, title, &caption, format, out, err);
done:
    figures_release(&figures);
    return rc;
}
