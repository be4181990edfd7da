/* page: the HTML report. Private to src/report.
 *
 * The page holds strangers' words (model names, graders, file names), so it is built to stay a
 * page: they are escaped in markup, their JSON can hold no tag, scripts put them on the screen as
 * text only, and the page's own policy lets the browser run nothing but the two scripts whose
 * SHA-256 it names and load nothing at all.
 */
#ifndef REPORT_PAGE_H
#define REPORT_PAGE_H

#include "base/buf.h"
#include "base/err.h"
#include "report/report.h"

int page_render(const struct figures *figures, const struct report_settings *settings,
                struct str title, const struct caption *caption, struct buf *out, struct err *err);

#endif
