#include "base/units.h"

#include <math.h>
#include <stdbool.h>

static int parse_decimal(struct str text, double *out)
{
    struct str_pair parts = str_cut(text, '.');
    uint64_t whole = 0;
    uint64_t fraction = 0;

    if (!str_to_u64(parts.head, &whole) || whole > UINT64_C(1) << 40) {
        return -1;
    }
    *out = (double)whole;
    if (parts.ok) {
        if (parts.tail.len > 6 || !str_to_u64(parts.tail, &fraction)) {
            return -1;
        }
        *out += (double)fraction / pow(10.0, (double)parts.tail.len);
    }
    return 0;
}

int units_parse_length(struct str text, uint64_t *out, struct err *err)
{
    struct str digits = text;
    double scale = 1.0;
    double value = 0.0;

    if (text.len != 0) {
        switch (text.p[text.len - 1]) {
        case 'k':
        case 'K':
            scale = 1024.0;
            digits.len--;
            break;
        case 'm':
        case 'M':
            scale = 1024.0 * 1024.0;
            digits.len--;
            break;
        default:
            break;
        }
    }
    if (parse_decimal(digits, &value) != 0 || value * scale != floor(value * scale)) {
        return err_set(err, ERR_USAGE, "'%.*s' is not a length in tokens (try 8k, 512k, 1m)",
                       STR_ARG(text));
    }
    *out = (uint64_t)(value * scale);
    return 0;
}

static int add_once(uint64_t value, uint64_t *out, size_t *count, struct err *err)
{
    for (size_t i = 0; i < *count; i++) {
        if (out[i] == value) {
            return 0;
        }
    }
    if (*count == UNITS_LIST_MAX) {
        return err_set(err, ERR_USAGE, "more than %d values in one list", UNITS_LIST_MAX);
    }
    out[(*count)++] = value;
    return 0;
}

static int add_doubling(struct str text, struct str_pair range, uint64_t *out, size_t *count,
                        struct err *err)
{
    uint64_t low = 0;
    uint64_t high = 0;
    int rc = units_parse_length(range.head, &low, err);

    if (rc == 0) {
        rc = units_parse_length(range.tail, &high, err);
    }
    if (rc != 0) {
        return rc;
    }
    if (low == 0 || low > high) {
        return err_set(err, ERR_USAGE, "'%.*s': a range runs from the smaller length to the larger",
                       STR_ARG(text));
    }
    while (rc == 0 && low <= high) {
        rc = add_once(low, out, count, err);
        low *= 2;
    }
    if (rc == 0 && low / 2 != high) { /* the end named is always in */
        rc = add_once(high, out, count, err);
    }
    return rc;
}

int units_parse_lengths(struct str text, uint64_t *out, size_t *count, struct err *err)
{
    struct str_pair rest = {.tail = text, .ok = true};
    int rc = 0;

    *count = 0;
    while (rc == 0 && rest.ok) {
        struct str_pair range;

        rest = str_cut(rest.tail, ',');
        range = str_cut(rest.head, ':');
        if (range.ok) {
            rc = add_doubling(rest.head, range, out, count, err);
        } else {
            uint64_t value = 0;

            rc = units_parse_length(rest.head, &value, err);
            if (rc == 0) {
                rc = add_once(value, out, count, err);
            }
        }
    }
    return rc;
}

static int add_stepped(struct str text, struct str_pair range, uint64_t *out, size_t *count,
                       struct err *err)
{
    struct str_pair high_step = str_cut(range.tail, ':');
    uint64_t low = 0;
    uint64_t high = 0;
    uint64_t step = 1;
    int rc = 0;

    if (!str_to_u64(range.head, &low) || !str_to_u64(high_step.head, &high) ||
        (high_step.ok && !str_to_u64(high_step.tail, &step)) || step == 0 || low > high) {
        return err_set(err, ERR_USAGE, "'%.*s' is not a range (try 0:100:10)", STR_ARG(text));
    }
    while (rc == 0 && low <= high) {
        rc = add_once(low, out, count, err);
        if (__builtin_add_overflow(low, step, &low)) {
            break;
        }
    }
    return rc;
}

int units_parse_numbers(struct str text, uint64_t *out, size_t *count, struct err *err)
{
    struct str_pair rest = {.tail = text, .ok = true};
    int rc = 0;

    *count = 0;
    while (rc == 0 && rest.ok) {
        struct str_pair range;
        uint64_t value = 0;

        rest = str_cut(rest.tail, ',');
        range = str_cut(rest.head, ':');
        if (range.ok) {
            rc = add_stepped(rest.head, range, out, count, err);
        } else if (!str_to_u64(rest.head, &value)) {
            rc = err_set(err, ERR_USAGE, "'%.*s' is not a list of whole numbers (try 2,4,8)",
                         STR_ARG(text));
        } else {
            rc = add_once(value, out, count, err);
        }
    }
    return rc;
}

static uint64_t power_of_ten(unsigned exponent)
{
    uint64_t power = 1;

    while (exponent-- != 0) {
        power *= 10;
    }
    return power;
}

/* Whether `text` is such a number; zeros at the end cost no decimals. */
static bool read_decimal(struct str text, unsigned decimals, uint64_t *out)
{
    struct str_pair parts = str_cut(text, '.');
    uint64_t unit = power_of_ten(decimals);
    uint64_t whole = 0;
    uint64_t fraction = 0;

    while (str_ends(parts.tail, STR("0")) && parts.tail.len > 1) {
        parts.tail.len--;
    }
    if (parts.head.len == 0 && parts.ok) {
        parts.head = STR("0");
    }
    if (!str_to_u64(parts.head, &whole) ||
        (parts.ok && (parts.tail.len > decimals || !str_to_u64(parts.tail, &fraction)))) {
        return false;
    }
    fraction *= power_of_ten(decimals - (unsigned)parts.tail.len);
    if (whole > (UINT64_MAX - fraction) / unit) {
        return false;
    }
    *out = whole * unit + fraction;
    return true;
}

int units_parse_decimal(struct str text, unsigned decimals, uint64_t most, uint64_t *out,
                        struct err *err)
{
    struct buf limit;
    uint64_t value = 0;

    if (read_decimal(text, decimals, &value) && value <= most) {
        *out = value;
        return 0;
    }
    buf_init(&limit, 64);
    units_append_decimal(&limit, most, decimals);
    (void)err_set(err, ERR_USAGE,
                  "'%.*s' is not a decimal number from 0 to %.*s with at most %u decimals",
                  STR_ARG(text), STR_ARG(buf_str(&limit)), decimals);
    buf_release(&limit);
    return ERR_USAGE;
}

void units_append_decimal(struct buf *out, uint64_t value, unsigned decimals)
{
    uint64_t unit = power_of_ten(decimals);
    uint64_t fraction = value % unit;

    buf_appendf(out, "%llu", (unsigned long long)(value / unit));
    if (fraction == 0) {
        return;
    }
    while (fraction % 10 == 0) {
        fraction /= 10;
        decimals--;
    }
    buf_appendf(out, ".%0*llu", (int)decimals, (unsigned long long)fraction);
}

void units_append_length(struct buf *out, uint64_t tokens)
{
    if (tokens >= 1U << 20 && tokens % (1U << 20) == 0) {
        buf_appendf(out, "%llum", (unsigned long long)(tokens >> 20));
    } else if (tokens >= 1024 && tokens % 1024 == 0) {
        buf_appendf(out, "%lluk", (unsigned long long)(tokens >> 10));
    } else {
        units_append_count(out, tokens);
    }
}

void units_append_count(struct buf *out, uint64_t count)
{
    char digits[32];
    size_t len = 0;

    do {
        if (len % 4 == 3) {
            digits[len++] = ',';
        }
        digits[len++] = (char)('0' + count % 10);
        count /= 10;
    } while (count != 0);
    while (len != 0) {
        buf_append_char(out, digits[--len]);
    }
}

void units_append_duration(struct buf *out, double seconds)
{
    if (seconds < 1.0) {
        buf_appendf(out, "%.0f ms", seconds * 1e3);
    } else if (seconds < 60.0) {
        buf_appendf(out, "%.1f s", seconds);
    } else {
        uint64_t whole = (uint64_t)(seconds + 0.5);

        if (whole >= 3600) {
            buf_appendf(out, "%lluh %02llum", (unsigned long long)(whole / 3600),
                        (unsigned long long)(whole / 60 % 60));
        } else {
            buf_appendf(out, "%llum %02llus", (unsigned long long)(whole / 60),
                        (unsigned long long)(whole % 60));
        }
    }
}

void units_append_bytes(struct buf *out, double bytes)
{
    static const char *const names[] = {"B", "kB", "MB", "GB", "TB"};
    size_t unit = 0;

    while (bytes >= 1000.0 && unit + 1 < sizeof names / sizeof names[0]) {
        bytes /= 1000.0;
        unit++;
    }
    buf_appendf(out, unit == 0 ? "%.0f %s" : "%.1f %s", bytes, names[unit]);
}
