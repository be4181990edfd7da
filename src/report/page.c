#include "report/page.h"

#include "report/page_parts.h"

#include "base/file.h"
#include "base/utf8.h"
#include "report/html.h"

#include <jansson.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

enum {
    PART_BYTES_MAX = 8 * 1024 * 1024,
    PATH_BYTES_MAX = 8192,
    SHA256_BYTES = 32,
    SHA256_BASE64 = 44
};

static int read_parts(struct page *page, struct err *err)
{
    const struct {
        const char *name;
        struct buf *out;
    } parts[] = {
        {"report/page.html", &page->html},          {"report/page.css", &page->style},
        {"echarts.min.js", &page->echarts},         {"report/page.js", &page->script},
        {"report/trials.js", &page->trials_script},
    };
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < sizeof parts / sizeof parts[0]; i++) {
        rc = file_data_read(parts[i].name, parts[i].out, err);
    }
    return rc;
}

void page_open_section(struct page *page, const char *id, const char *name, const char *title)
{
    buf_appendf(&page->contents, "<li><a href=\"#%s\">%s</a></li>\n", id, name);
    buf_appendf(&page->sections, "<section id=\"%s\" aria-labelledby=\"%s-title\">\n", id, id);
    buf_appendf(&page->sections, "<h2 id=\"%s-title\">%s</h2>\n", id, title);
}

void page_close_section(struct page *page)
{
    buf_append(&page->sections, STR("</section>\n"));
}

void page_open_numbers(struct buf *out, const char *title)
{
    buf_appendf(out,
                "<div class=\"numbers\" role=\"region\" tabindex=\"0\" aria-label=\"%s: table\">\n",
                title);
}

void page_close_numbers(struct buf *out)
{
    buf_append(out, STR("</div>\n"));
}

static int add_sections(struct page *page, struct err *err)
{
    int rc = 0;

    if (page->settings->chart != NULL) {
        return page_add_chart(page, page->settings->chart, err);
    }
    rc = page_add_summary(page, err);
    if (rc == 0) {
        rc = page_add_decision(page, err);
    }
    for (size_t i = 0; rc == 0 && charts[i] != NULL; i++) {
        rc = page_add_chart(page, charts[i], err);
    }
    if (rc == 0) {
        rc = page_add_trials(page, err);
    }
    return rc != 0 ? rc : page_add_method(page, err);
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

static void put_contents(const struct page *page, struct buf *out)
{
    buf_append(out, buf_str(&page->contents));
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

static void put_trials(const struct page *page, struct buf *out)
{
    buf_append(out, page->trials.len != 0 ? buf_str(&page->trials) : STR("null"));
}

static void put_trials_script(const struct page *page, struct buf *out)
{
    buf_append(out, buf_str(&page->trials_script));
}

static void append_hash(struct buf *out, struct str script)
{
    unsigned char digest[SHA256_BYTES];
    unsigned char text[SHA256_BASE64 + 1];

    if (EVP_Digest(script.p, script.len, digest, NULL, EVP_sha256(), NULL) != 1) {
        out->failure = ERR_MEMORY; /* all that can go wrong, and found by buf_check */
        return;
    }
    (void)EVP_EncodeBlock(text, digest, SHA256_BYTES);
    buf_appendf(out, " 'sha256-%s'", (const char *)text);
}

/* Nothing is loaded, nothing is sent, and only our own scripts run. ECharts sets style attributes,
 * which no hash can name; browsers that do not know the last two directives take the first. */
static void put_policy(const struct page *page, struct buf *out)
{
    buf_append(out, STR("default-src 'none'; script-src"));
    append_hash(out, buf_str(&page->echarts));
    append_hash(out, buf_str(&page->script));
    append_hash(out, buf_str(&page->trials_script));
    buf_append(out, STR("; base-uri 'none'; form-action 'none'; style-src 'unsafe-inline'; "
                        "style-src-attr 'unsafe-inline'; style-src-elem"));
    append_hash(out, buf_str(&page->style));
}

struct slot {
    const char *name;
    void (*put)(const struct page *page, struct buf *out);
};

static const struct slot slots[] = {
    {"policy", put_policy},
    {"title", put_title},
    {"theme", put_theme},
    {"style", put_style},
    {"caption", put_caption},
    {"contents", put_contents},
    {"sections", put_sections},
    {"footer", put_footer},
    {"charts", put_data},
    {"trials", put_trials},
    {"echarts", put_echarts},
    {"script", put_script},
    {"trials-script", put_trials_script},
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
    buf_init(&page.trials_script, PART_BYTES_MAX);
    buf_init(&page.contents, PART_BYTES_MAX);
    buf_init(&page.sections, REPORT_BYTES_MAX);
    buf_init(&page.trials, REPORT_BYTES_MAX);
    if (rc == 0) {
        rc = read_parts(&page, err);
    }
    if (rc == 0) {
        rc = add_sections(&page, err);
    }
    if (rc == 0) {
        rc = fill_slots(&page, out, err);
    }
    buf_release(&page.trials);
    buf_release(&page.sections);
    buf_release(&page.contents);
    buf_release(&page.trials_script);
    buf_release(&page.script);
    buf_release(&page.echarts);
    buf_release(&page.style);
    buf_release(&page.html);
    json_decref(page.pictures);
    return rc;
}
