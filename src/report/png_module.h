/* png_module: what png.c loads to draw a PNG.
 *
 * librsvg has fifty shared libraries behind it, and every start of a program loads all that it is
 * linked with. So only this module is linked with them: module/png_draw.c, built as
 * lib/haymaker/haymaker-png.so. It has its own copy of what it uses of base/, and shares the C
 * library, so that either side may grow a buffer of the other's.
 */
#ifndef REPORT_PNG_MODULE_H
#define REPORT_PNG_MODULE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#define PNG_MODULE_FILE   "haymaker-png.so"
#define PNG_MODULE_SYMBOL "haymaker_png_module"

struct png_module {
    const char *version; /* HAYMAKER_VERSION: only the program's own is used */
    /* png_render (png.h). */
    int (*render)(struct str svg, int width_px, int height_px, struct buf *out, struct err *err);
};

extern const struct png_module haymaker_png_module;

#endif
