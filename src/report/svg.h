/* svg: ECharts options drawn as a picture, without a browser.
 *
 * ECharts' own server-side renderer runs in Duktape. Options are data: they are decoded as JSON and
 * never run as a program.
 */
#ifndef REPORT_SVG_H
#define REPORT_SVG_H

#include "base/buf.h"
#include "base/err.h"

#include <jansson.h>

/* Appends an SVG document, UTF-8. `title` and `description` are for those who cannot see it.
 * ERR_SYSTEM when ECharts is not installed or fails. Takes about half a second. */
int svg_render(const json_t *options, int width_px, int height_px, struct str title,
               struct str description, struct buf *out, struct err *err);

#endif
