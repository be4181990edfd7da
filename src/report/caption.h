/* caption: the words around a chart: what was measured, how, when, by which version, and whether a
 * simulated model is among what is shown.
 */
#ifndef REPORT_CAPTION_H
#define REPORT_CAPTION_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "report/figures.h"

enum { CAPTION_PARTS_MAX = 8 };

struct caption {
    struct str parts[CAPTION_PARTS_MAX]; /* "seed 7", "5 samples per point", …; printable */
    size_t part_count;
    struct str simulated; /* a sentence, or "" when no series is simulated */
};

/* Texts are allocated in `arena`. */
int caption_write(struct caption *out, const struct figures *figures, struct arena *arena,
                  struct err *err);

/* `text` as one line of printable characters, allocated in `arena`; {NULL, 0} without memory. */
struct str caption_printable(struct arena *arena, struct str text);

/* The parts, a chart's own note and the sentence on as many lines as `width_px` needs at `font_px`,
 * parts separated by " · " within a line, lines by LF. Returns the number of lines. */
size_t caption_append_wrapped(struct buf *out, const struct caption *caption, struct str note,
                              double width_px, double font_px);

#endif
