/* measure: how wide a text will be drawn.
 *
 * Charts are laid out without a screen, and whoever opens the SVG may have another sans-serif font
 * than we do, so widths are those of a wide one (DejaVu Sans, rounded by class of character): a
 * text never needs more room than was left for it, and the layout is the same on every machine.
 */
#ifndef REPORT_MEASURE_H
#define REPORT_MEASURE_H

#include "base/str.h"

double measure_width_px(struct str text, double font_px);

/* How many lines the text takes where lines end at blanks, and inside words that are wider than a
 * line: as ECharts' overflow "break" does. */
int measure_lines(struct str text, double font_px, double line_px);

#endif
