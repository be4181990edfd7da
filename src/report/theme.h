/* theme: the colours of a chart, for light and for dark surroundings.
 *
 * Lines use the palette of M. Okabe and K. Ito ("Color Universal Design", 2008), which people with
 * any common colour blindness tell apart; its yellow and black are left out, since one vanishes on
 * white and the other on dark. The dark theme has the same hues, lighter. Colour is never the only
 * mark: lines also differ in symbol and dash, cells carry their value.
 */
#ifndef REPORT_THEME_H
#define REPORT_THEME_H

enum { THEME_LINE_COLOURS = 7, THEME_RAMP_STEPS = 6 };

struct theme {
    const char *name;
    const char *background;
    const char *text;
    const char *faint_text;
    const char *axis;
    const char *grid_line;
    const char *empty_cell;
    const char *lines[THEME_LINE_COLOURS];
};

extern const struct theme theme_light;
extern const struct theme theme_dark;

/* From worst to best: stops of viridis (S. van der Walt and N. Smith, "A better default colormap
 * for Matplotlib", SciPy 2015), even in lightness for every kind of sight and in grey print, and
 * nowhere grey, which is what has no score. The same in both themes, so that a colour means the
 * same score everywhere. */
extern const char *const theme_ramp[THEME_RAMP_STEPS];

/* What text on a cell of this score (0 … 1) must be coloured to be read. */
const char *theme_text_on_ramp(double score);

#endif
