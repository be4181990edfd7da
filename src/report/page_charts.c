/* The charts of a page: pictures that its script draws, and tables that say the same. */
#include "report/page_parts.h"

#include "report/html.h"

#include <stdio.h>

/* One chart of one set of figures in both themes. Sets *out to NULL when there is nothing of the
 * kind to draw, with the reason in *err. */
static int picture_json(const struct page *page, const struct chart *chart,
                        const struct figures *figures, json_t **out, struct err *err)
{
    struct chart_frame frame = {.title = page->title, .caption = page->caption, .on_page = true};
    struct chart_drawing light = {0};
    struct chart_drawing dark = {0};
    char id[32];
    int rc = 0;

    *out = NULL;
    frame.theme = &theme_light;
    rc = chart->draw(figures, &frame, &light, err);
    if (rc == ERR_INPUT) {
        return 0;
    }
    if (rc == 0) {
        frame.theme = &theme_dark;
        rc = chart->draw(figures, &frame, &dark, err);
    }
    if (rc != 0) {
        json_decref(light.options);
        return rc;
    }
    (void)snprintf(id, sizeof id, "chart-%zu", json_array_size(page->pictures) + 1);
    *out = json_pack("{s:s, s:i, s:i, s:i, s:o, s:o}", "id", id, "height", light.height_px,
                     "narrowHeight", light.narrow_height_px, "narrowBelow", light.narrow_below_px,
                     "light", light.options, "dark", dark.options);
    return *out != NULL ? 0 : err_memory(err);
}

/* A panel needs its name; the one picture of a section has the section's heading. */
static void append_figure(struct buf *out, const struct chart *chart, const json_t *picture,
                          struct str label)
{
    buf_append(out, STR("<figure>"));
    if (chart->panel_per_series) {
        buf_append(out, STR("<figcaption>"));
        html_append_escaped(out, label);
        buf_append(out, STR("</figcaption>"));
    }
    buf_appendf(out, "<div class=\"chart\" id=\"%s\" role=\"img\" aria-label=\"%s",
                json_string_value(json_object_get(picture, "id")), chart->title);
    if (chart->panel_per_series) {
        buf_append(out, STR(": "));
        html_append_escaped(out, label);
    }
    buf_append(out, STR(". The table below says the same in numbers.\"></div></figure>\n"));
}

static int add_picture(struct page *page, const struct chart *chart, const struct figures *figures,
                       struct str label, size_t *drawn, struct err *err)
{
    json_t *picture = NULL;
    int rc = picture_json(page, chart, figures, &picture, err);

    if (rc != 0 || picture == NULL) {
        return rc;
    }
    append_figure(&page->sections, chart, picture, label);
    if (json_array_append_new(page->pictures, picture) != 0) {
        return err_memory(err);
    }
    (*drawn)++;
    return 0;
}

static int add_panels(struct page *page, const struct chart *chart, size_t *drawn, struct err *err)
{
    int rc = 0;

    buf_append(&page->sections, STR("<div class=\"panels\">\n"));
    for (size_t i = 0; rc == 0 && i < page->figures->series_count; i++) {
        struct figures one = *page->figures;

        one.series = &page->figures->series[i];
        one.series_count = 1;
        rc = add_picture(page, chart, &one, one.series->label, drawn, err);
    }
    buf_append(&page->sections, STR("</div>\n"));
    return rc;
}

static int add_table(struct page *page, const struct chart *chart, struct err *err)
{
    int rc = 0;

    buf_append(&page->sections, STR("<details><summary>The same in numbers</summary>\n"));
    page_open_numbers(&page->sections, chart->title);
    rc = chart->write_table(page->figures, &page->sections, err);
    page_close_numbers(&page->sections);
    buf_append(&page->sections, STR("</details>\n"));
    return rc;
}

int page_add_chart(struct page *page, const struct chart *chart, struct err *err)
{
    struct err reason = {ERR_NONE, ""};
    size_t drawn = 0;
    int rc = 0;

    page_open_section(page, chart->kind, chart->name, chart->title);
    buf_append(&page->sections, STR("<p>"));
    chart_append_note(&page->sections, chart, page->figures);
    buf_append(&page->sections, STR("</p>\n"));
    rc = chart->panel_per_series
             ? add_panels(page, chart, &drawn, &reason)
             : add_picture(page, chart, page->figures, str_from(chart->title), &drawn, &reason);
    if (rc == 0 && drawn != 0) {
        rc = add_table(page, chart, &reason);
    } else if (rc == 0) {
        buf_append(&page->sections, STR("<p class=\"nothing\">Nothing to show: "));
        html_append_escaped(&page->sections, str_from(reason.text));
        buf_append(&page->sections, STR(".</p>\n"));
    }
    page_close_section(page);
    return rc != 0 ? err_set(err, reason.code, "%s", reason.text)
                   : buf_check(&page->sections, "page", err);
}
