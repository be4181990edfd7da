#include "report/measure.h"

#include "base/utf8.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

static bool is_one_of(uint32_t code, const char *set)
{
    return code < 128 && strchr(set, (int)code) != NULL;
}

/* Combining marks and joiners take no room of their own. */
static bool is_mark(uint32_t code)
{
    return (code >= 0x300 && code <= 0x36F) || (code >= 0x200B && code <= 0x200F) ||
           (code >= 0xFE00 && code <= 0xFE0F);
}

static double width_em(uint32_t code)
{
    if (is_mark(code)) {
        return 0.0;
    }
    /* East Asian scripts and emoji need this much, and ECharts assumes it for all: for each UTF-16
     * unit, so twice beyond the basic plane. */
    if (code >= 128) {
        return code < 0x10000 ? 1.0 : 2.0;
    }
    if (is_one_of(code, "ijlI.,:;|'! ")) {
        return 0.32;
    }
    if (is_one_of(code, "mwMW%@")) {
        return 0.95;
    }
    if (is_one_of(code, "frt-()[]/\"")) {
        return 0.41;
    }
    return code >= 'A' && code <= 'Z' ? 0.70 : 0.63;
}

double measure_width_px(struct str text, double font_px)
{
    double width = 0.0;

    while (text.len != 0) {
        uint32_t code = UTF8_REPLACEMENT;
        size_t len = utf8_decode(text, &code);

        width += width_em(code);
        text = str_skip(text, len != 0 ? len : 1);
    }
    return width * font_px;
}

int measure_lines(struct str text, double font_px, double line_px)
{
    struct str_pair words = {.tail = text, .ok = true};
    double blank_px = measure_width_px(STR(" "), font_px);
    double used_px = 0.0;
    int lines = 1;

    while (words.ok) {
        double word_px = 0.0;

        words = str_cut(words.tail, ' ');
        word_px = measure_width_px(words.head, font_px);
        if (used_px != 0.0 && used_px + blank_px + word_px > line_px) {
            lines++;
            used_px = 0.0;
        }
        used_px += (used_px != 0.0 ? blank_px : 0.0) + word_px;
        if (used_px > line_px) {
            double more = ceil(used_px / line_px) - 1.0;

            lines += (int)more;
            used_px -= more * line_px;
        }
    }
    return lines;
}
