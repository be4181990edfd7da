/* report: results as files a person opens.
 *
 *     SVG   one chart, for documents
 *     PNG   the same at twice the pixels, for mails and slides
 *     HTML  one page that needs no network: interactive charts and the same numbers as tables
 *     JSON  the chart's Apache ECharts options, for those who draw themselves
 */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include "base/buf.h"
#include "base/err.h"
#include "record/result.h"
#include "report/chart.h"
#include "report/excerpt.h"
#include "report/figures.h"

#include <stdbool.h>
#include <stddef.h>

enum report_format { REPORT_SVG, REPORT_PNG, REPORT_HTML, REPORT_JSON };

enum { REPORT_WIDTH_MIN_PX = 320, REPORT_HEIGHT_MIN_PX = 240, REPORT_SIDE_MAX_PX = 4096 };

enum { REPORT_BYTES_MAX = 256 * 1024 * 1024 };

struct decision; /* report/decision.h */

struct report_settings {
    const struct chart *chart; /* NULL: all on a page, the first elsewhere */
    const struct theme *theme; /* NULL: as the reader prefers on a page, light elsewhere */
    struct str title;          /* "" for the chart's own */
    int width_px;              /* 0: the chart's own choice; a page ignores both */
    int height_px;
    struct figures_filter filter;
    const struct excerpts *excerpts; /* what a page shows word for word; NULL: nothing */
    const struct decision *decision; /* what was concluded; NULL: nothing */
};

/* The format that the ending of a file name stands for; ERR_USAGE lists the endings known. */
int report_format_of(const char *path, enum report_format *out, struct err *err);

/* The trials that a page of these results shows word for word, at most `most`; borrows the results.
 * Errors as figures_gather says. */
int report_choose_excerpts(const struct result *results, size_t result_count,
                           const struct figures_filter *filter, size_t most, struct excerpts *out,
                           struct err *err);

/* Whether the file shows what models said, which is its owner's alone to read. */
bool report_quotes_replies(const struct report_settings *settings);

/* Appends the file's contents to `out`, which has a maximum of REPORT_BYTES_MAX. ERR_INPUT and
 * ERR_LIMIT as figures_gather says; ERR_USAGE when the size asked for cannot hold the chart. */
int report_render(const struct result *results, size_t result_count,
                  const struct report_settings *settings, enum report_format format,
                  struct buf *out, struct err *err);

#endif
