/* frame: what every chart's options begin with: background, fonts, title and caption. Private to
 * src/report.
 */
#ifndef REPORT_FRAME_H
#define REPORT_FRAME_H

#include "report/chart.h"

#include <jansson.h>

enum { FRAME_FONT_PX = 12, FRAME_NAME_PX = 13 };

json_t *json_text(struct str text); /* a new string; `text` is printable UTF-8 */

json_t *json_text_style(const char *colour, int font_px);                     /* new */
json_t *json_line_style(const char *colour, double width_px, double opacity); /* new */
json_t *json_shown(bool shown); /* new {"show": …} */

void append_percent(struct buf *out, double score); /* 0.934: "93.4 %" */

/* New options with background, title and caption for a chart `width_px` wide, or NULL without
 * memory. *top_px is where the chart itself may begin; on a page the title is HTML. */
json_t *frame_options(const struct chart_frame *frame, int width_px, int *top_px);

#endif
