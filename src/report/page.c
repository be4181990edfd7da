#include "report/page.h"

#include "base/file.h"
#include "base/utf8.h"
#include "report/html.h"

#include <glib.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { PART_BYTES_MAX = 8 * 1024 * 1024, PATH_BYTES_MAX = 8192 };

/* What the page is put together from. */
struct page {
    const struct figures *figures;
    const struct report_settings *settings;
    struct str title;
    const struct caption *caption;
    struct buf html; /* the parts that are installed as files */
    struct buf style;
    struct buf echarts;
    struct buf script;
    struct buf sections; /* headings, places for pictures, tables */
    json_t *pictures;    /* what page.js draws */
};

static int read_part(const char *name, struct buf *out, struct err *err)
{
    struct buf path;
    int rc = 0;

    buf_init(&path, PATH_BYTES_MAX);
    rc = file_data_path(name, &path, err);
    if (rc == 0) {
        rc = file_read(path.p, out, err);
    }
    buf_release(&path);
    return rc;
}

static int read_parts(struct page *page, struct err *err)
{
    int rc = read_part("report/page.html", &page->html, err);

    if (rc == 0) {
        rc = read_part("report/page.css", &page->style, err);
    }
    if (rc == 0) {
        rc = read_part("echarts.min.js", &page->echarts, err);
    }
    return rc != 0 ? rc : read_part("report/page.js", &page->script, err);
}

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
                     "narrowHeight", light.narrow_height_px, "narrowBelow", CHART_NARROW_PX,
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
    buf_appendf(out, "<div class=\"chart\" id=\"%s\" role=\"img\" aria-label=\"",
                json_string_value(json_object_get(picture, "id")));
    html_append_escaped(out, label);
    buf_append(out, STR("\"></div></figure>\n"));
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

    buf_appendf(&page->sections,
                "<details><summary>The same in numbers</summary><div class=\"numbers%s\">\n",
                chart->panel_per_series ? " matrix" : "");
    rc = chart->write_table(page->figures, &page->sections, err);
    buf_append(&page->sections, STR("</div></details>\n"));
    return rc;
}

static int add_section(struct page *page, const struct chart *chart, struct err *err)
{
    struct err reason = {ERR_NONE, ""};
    size_t drawn = 0;
    int rc = 0;

    buf_appendf(&page->sections, "<section>\n<h2>%s</h2>\n<p>%s</p>\n", chart->title, chart->note);
    rc = chart->panel_per_series
             ? add_panels(page, chart, &drawn, &reason)
             : add_picture(page, chart, page->figures, str_from(chart->title), &drawn, &reason);
    if (rc == 0 && drawn != 0) {
        rc = add_table(page, chart, &reason);
    } else if (rc == 0) {
        buf_append(&page->sections, STR("<p>"));
        html_append_escaped(&page->sections, str_from(reason.text));
        buf_append(&page->sections, STR("</p>\n"));
    }
    buf_append(&page->sections, STR("</section>\n"));
    return rc != 0 ? err_set(err, reason.code, "%s", reason.text)
                   : buf_check(&page->sections, "page", err);
}

static int add_sections(struct page *page, struct err *err)
{
    int rc = 0;

    if (page->settings->chart != NULL) {
        return add_section(page, page->settings->chart, err);
    }
    for (size_t i = 0; rc == 0 && charts[i] != NULL; i++) {
        rc = add_section(page, charts[i], err);
    }
    return rc;
}

static void put_title(const struct page *page, struct buf *out)
{
    html_append_escaped(out, page->title);
}

static void put_theme(const struct page *page, struct buf *out)
{
    const struct theme *theme = page->settings->theme;

    buf_append(out, theme != NULL ? str_from(theme->name) : STR("auto"));
}

static void put_caption(const struct page *page, struct buf *out)
{
    buf_append(out, STR("<p>"));
    for (size_t i = 0; i < page->caption->part_count; i++) {
        buf_append(out, i != 0 ? STR(" · ") : STR(""));
        html_append_escaped(out, page->caption->parts[i]);
    }
    buf_append(out, STR("</p>\n"));
    if (page->caption->simulated.len != 0) {
        buf_append(out, STR("<p class=\"simulated\">"));
        html_append_escaped(out, page->caption->simulated);
        buf_append(out, STR("</p>\n"));
    }
}

/* Folders above the files are the reader's business, not that of whoever gets the page. */
static void put_footer(const struct page *page, struct buf *out)
{
    buf_append(out, STR("Made from "));
    for (size_t i = 0; i < page->figures->result_count; i++) {
        struct str path = page->figures->results[i].path;
        struct buf printable;

        while (str_cut(path, '/').ok) {
            path = str_cut(path, '/').tail;
        }
        buf_init(&printable, PATH_BYTES_MAX);
        utf8_append_printable(&printable, str_take(path, PATH_BYTES_MAX / 4));
        buf_append(out, i != 0 ? STR(", ") : STR(""));
        html_append_escaped(out, buf_str(&printable));
        buf_release(&printable);
    }
    buf_append(out, STR(". Charts by Apache ECharts."));
}

static void put_style(const struct page *page, struct buf *out)
{
    buf_append(out, buf_str(&page->style));
}

static void put_sections(const struct page *page, struct buf *out)
{
    buf_append(out, buf_str(&page->sections));
}

static void put_data(const struct page *page, struct buf *out)
{
    char *text = json_dumps(page->pictures, JSON_COMPACT | JSON_ENSURE_ASCII);

    if (text == NULL) {
        out->failure = ERR_MEMORY;
        return;
    }
    html_append_json(out, str_from(text));
    free(text);
}

static void put_echarts(const struct page *page, struct buf *out)
{
    buf_append(out, buf_str(&page->echarts));
}

static void put_script(const struct page *page, struct buf *out)
{
    buf_append(out, buf_str(&page->script));
}

static void append_hash(struct buf *out, struct str script)
{
    GChecksum *checksum = g_checksum_new(G_CHECKSUM_SHA256);
    guint8 digest[32];
    gsize digest_len = sizeof digest;
    gchar *text = NULL;

    g_checksum_update(checksum, (const guchar *)script.p, (gssize)script.len);
    g_checksum_get_digest(checksum, digest, &digest_len);
    text = g_base64_encode(digest, digest_len);
    buf_appendf(out, " 'sha256-%s'", text);
    g_free(text);
    g_checksum_free(checksum);
}

static void put_policy(const struct page *page, struct buf *out)
{
    buf_append(out, STR("default-src 'none'; script-src"));
    append_hash(out, buf_str(&page->echarts));
    append_hash(out, buf_str(&page->script));
    buf_append(out, STR("; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"));
}

struct slot {
    const char *name;
    void (*put)(const struct page *page, struct buf *out);
};

static const struct slot slots[] = {
    {"policy", put_policy}, {"title", put_title},     {"theme", put_theme},
    {"style", put_style},   {"caption", put_caption}, {"sections", put_sections},
    {"footer", put_footer}, {"data", put_data},       {"echarts", put_echarts},
    {"script", put_script},
};

static const struct slot *find_slot(struct str name)
{
    for (size_t i = 0; i < sizeof slots / sizeof slots[0]; i++) {
        if (str_equal(name, str_from(slots[i].name))) {
            return &slots[i];
        }
    }
    return NULL;
}

/* Fills the {{slots}} of page.html; what is put in is not looked at again. */
static int fill_slots(const struct page *page, struct buf *out, struct err *err)
{
    struct str rest = buf_str(&page->html);

    for (;;) {
        size_t open = str_find(rest, STR("{{"));
        struct str after = open != SIZE_MAX ? str_skip(rest, open + 2) : STR("");
        size_t close = str_find(after, STR("}}"));
        const struct slot *slot = NULL;

        if (open == SIZE_MAX || close == SIZE_MAX) {
            break;
        }
        slot = find_slot(str_take(after, close));
        if (slot == NULL) {
            return err_set(err, ERR_SYSTEM, "report/page.html: there is no {{%.*s}}",
                           STR_ARG(str_take(after, close)));
        }
        buf_append(out, str_take(rest, open));
        slot->put(page, out);
        rest = str_skip(after, close + 2);
    }
    buf_append(out, rest);
    return buf_check(out, "page", err);
}

int page_render(const struct figures *figures, const struct report_settings *settings,
                struct str title, const struct caption *caption, struct buf *out, struct err *err)
{
    struct page page = {
        .figures = figures,
        .settings = settings,
        .title = title,
        .caption = caption,
        .pictures = json_array(),
    };
    int rc = page.pictures != NULL ? 0 : err_memory(err);

    buf_init(&page.html, PART_BYTES_MAX);
    buf_init(&page.style, PART_BYTES_MAX);
    buf_init(&page.echarts, PART_BYTES_MAX);
    buf_init(&page.script, PART_BYTES_MAX);
    buf_init(&page.sections, REPORT_BYTES_MAX);
    if (rc == 0) {
        rc = read_parts(&page, err);
    }
    if (rc == 0) {
        rc = add_sections(&page, err);
    }
    if (rc == 0) {
        rc = fill_slots(&page, out, err);
    }
    buf_release(&page.sections);
    buf_release(&page.script);
    buf_release(&page.echarts);
    buf_release(&page.style);
    buf_release(&page.html);
    json_decref(page.pictures);
    return rc;
}
