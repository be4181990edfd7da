/* page_parts: the sections of the HTML report. Private to src/report.
 *
 * Each part appends to page->sections and names itself in page->contents. What comes from results
 * goes through html_append_escaped or html_append_json, always.
 */
#ifndef REPORT_PAGE_PARTS_H
#define REPORT_PAGE_PARTS_H

#include "base/buf.h"
#include "base/err.h"
#include "report/caption.h"
#include "report/report.h"

#include <jansson.h>

/* What a page is put together from. */
struct page {
    const struct figures *figures;
    const struct report_settings *settings;
    struct str title;
    const struct caption *caption;
    struct buf html; /* the parts that are installed as files */
    struct buf style;
    struct buf echarts;
    struct buf script;
    struct buf trials_script;
    struct buf contents; /* links to the sections */
    struct buf sections;
    struct buf trials; /* JSON of the list of trials, or nothing */
    json_t *pictures;  /* what page.js draws */
};

/* "<section id=…><h2>title"; `name` is its short form for the list of contents. Our own words. */
void page_open_section(struct page *page, const char *id, const char *name, const char *title);
void page_close_section(struct page *page);

/* A table in a box that scrolls by itself, by keyboard, too. */
void page_open_numbers(struct buf *out, const char *title);
void page_close_numbers(struct buf *out);

int page_add_summary(struct page *page, struct err *err);
int page_add_decision(struct page *page, struct err *err); /* nothing where nothing was concluded */
int page_add_chart(struct page *page, const struct chart *chart, struct err *err);
int page_add_trials(struct page *page, struct err *err);
int page_add_method(struct page *page, struct err *err);

#endif
