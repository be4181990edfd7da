#include "report/measure.h"

#include "base/utf8.h"

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
