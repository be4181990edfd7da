/* png: an SVG as pixels, for mails and slides. */
#ifndef REPORT_PNG_H
#define REPORT_PNG_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

enum { PNG_SCALE = 2 }; /* pixels per CSS pixel: sharp on today's screens and in print */

/* Appends a PNG of PNG_SCALE times the size. Loads what draws it (png_module.h) the first time;
 * ERR_SYSTEM where that is not installed with the program. */
int png_render(struct str svg, int width_px, int height_px, struct buf *out, struct err *err);

#endif
