#include "score/lower.h"

#include "base/utf8.h"
#include "score/code_point.h"
#include "score/lower_table.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    CAPITAL_SIGMA = 0x3A3,
    SMALL_SIGMA = 0x3C3,
    FINAL_SIGMA = 0x3C2,
    CAPITAL_I_DOT = 0x130,
    DOT_ABOVE = 0x307
};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static bool is_in(uint32_t code, const struct code_range *ranges, size_t count)
{
    size_t low = 0;
    size_t high = count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (code > ranges[middle].last) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < count && code >= ranges[low].first;
}

/* The first range whose end is not before `code` may still not hold it; ranges with a stride can
 * interlock, so the next one is looked at as well. */
static uint32_t lower_code(uint32_t code)
{
    size_t low = 0;
    size_t high = COUNT_OF(lower_ranges);

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (code > lower_ranges[middle].last) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (; low < COUNT_OF(lower_ranges) && code >= lower_ranges[low].first; low++) {
        if ((code - lower_ranges[low].first) % lower_ranges[low].stride == 0) {
            return (uint32_t)((int32_t)code + lower_ranges[low].delta);
        }
    }
    return code;
}

/* The unit before `at` in `text`; *at becomes where it begins. */
static uint32_t unit_before(struct str text, size_t *at)
{
    size_t begin = *at - 1;
    struct str unit = {0};

    while (begin > 0 && *at - begin < 4 && ((unsigned char)text.p[begin] & 0xC0U) == 0x80U) {
        begin--;
    }
    unit = str_take(str_skip(text, begin), *at - begin);
    for (;;) {
        struct str rest = unit;
        uint32_t code = code_point_next(&rest);

        if (rest.len == 0) {
            *at -= unit.len;
            return code;
        }
        unit = str_skip(unit, 1); /* not one unit: begin later */
    }
}

/* Whether the sigma in text[begin, end) ends a word, as CPython's handle_capital_sigma has it. */
static bool is_final(struct str text, size_t begin, size_t end)
{
    struct str rest = str_skip(text, end);
    uint32_t code = 0;
    bool found = false;

    while (begin != 0 && !found) {
        code = unit_before(text, &begin);
        found = !is_in(code, ignorable_ranges, COUNT_OF(ignorable_ranges));
    }
    if (!found || !is_in(code, cased_ranges, COUNT_OF(cased_ranges))) {
        return false;
    }
    while (rest.len != 0) {
        code = code_point_next(&rest);
        if (!is_in(code, ignorable_ranges, COUNT_OF(ignorable_ranges))) {
            return !is_in(code, cased_ranges, COUNT_OF(cased_ranges));
        }
    }
    return true;
}

static void append_code(uint32_t code, struct buf *out)
{
    char bytes[4];

    buf_append(out, (struct str){bytes, utf8_encode(code, bytes)});
}

void lower_append(struct str text, struct buf *out)
{
    struct str rest = text;

    while (rest.len != 0) {
        size_t begin = text.len - rest.len;
        uint32_t code = code_point_next(&rest);
        size_t end = text.len - rest.len;
        uint32_t lower = lower_code(code);

        if (code == CAPITAL_SIGMA) {
            append_code(is_final(text, begin, end) ? FINAL_SIGMA : SMALL_SIGMA, out);
        } else if (code == CAPITAL_I_DOT) {
            append_code('i', out);
            append_code(DOT_ABOVE, out);
        } else if (lower != code) {
            append_code(lower, out);
        } else {
            buf_append(out, (struct str){text.p + begin, end - begin});
        }
    }
}
