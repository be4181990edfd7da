#include "endpoint/wire_time.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

enum { DAY_S = 24 * 60 * 60 };

/* Further decimals say nothing, and a scale without end would make the number none. */
static const double scale_max = 1e15;

/* `start` is in small letters. */
static bool begins(struct str text, struct str start)
{
    for (size_t i = 0; i < start.len; i++) {
        if (i == text.len || str_lower(text.p[i]) != start.p[i]) {
            return false;
        }
    }
    return true;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Digits with at most one point, as a number; the length read, 0 for none. */
static size_t read_decimal(struct str text, double *out)
{
    size_t len = 0;
    double scale = 1.0;
    bool past_point = false;

    *out = 0.0;
    while (len < text.len) {
        if (is_digit(text.p[len])) {
            bool counts = scale < scale_max;

            *out = counts ? *out * 10.0 + (text.p[len] - '0') : *out;
            scale *= past_point && counts ? 10.0 : 1.0;
        } else if (text.p[len] == '.' && !past_point && len != 0 && len + 1 < text.len &&
                   is_digit(text.p[len + 1])) {
            past_point = true;
        } else {
            break;
        }
        len++;
    }
    *out /= scale;
    return len;
}

/* Seconds of one unit word: "ms", "s", "seconds", "m", "min", "h". */
static double unit_seconds(struct str word)
{
    if (begins(word, STR("ms")) || begins(word, STR("milli"))) {
        return 0.001;
    }
    if (word.len == 0 || str_lower(word.p[0]) == 's') {
        return 1.0;
    }
    if (str_lower(word.p[0]) == 'm') {
        return 60.0;
    }
    return str_lower(word.p[0]) == 'h' ? 3600.0 : -1.0;
}

/* Parts follow one another without a blank: "1h2m". */
double wire_duration_s(struct str text)
{
    double total = -1.0;

    for (;;) {
        double value = 0.0;
        double unit = 0.0;
        size_t len = read_decimal(text, &value);
        size_t word_len = 0;

        if (len == 0) {
            return total;
        }
        text = str_skip(text, len);
        if (str_starts(text, STR(" "))) {
            text = str_skip(text, 1);
        }
        while (word_len < text.len && str_lower(text.p[word_len]) >= 'a' &&
               str_lower(text.p[word_len]) <= 'z') {
            word_len++;
        }
        unit = unit_seconds(str_take(text, word_len));
        if (unit < 0.0) {
            return total;
        }
        total = (total < 0.0 ? 0.0 : total) + value * unit;
        text = str_skip(text, word_len);
    }
}

/* Takes exactly `digits` digits and the character `after` (NUL: none) off *rest. */
static bool take_number(struct str *rest, size_t digits, char after, int64_t *out)
{
    uint64_t value = 0;

    if (rest->len < digits + (after != 0 ? 1 : 0) || !str_to_u64(str_take(*rest, digits), &value) ||
        (after != 0 && str_lower(rest->p[digits]) != after)) {
        return false;
    }
    *out = (int64_t)value;
    *rest = str_skip(*rest, digits + (after != 0 ? 1 : 0));
    return true;
}

/* Days from 1970-01-01 in the Gregorian calendar. A year begins in March here, so that the leap
 * day is its last. */
static int64_t days_since_1970(int64_t year, int64_t month, int64_t day)
{
    int64_t from_march = (month + 9) % 12;

    year -= month <= 2 ? 1 : 0;
    return 365 * year + year / 4 - year / 100 + year / 400 + (153 * from_march + 2) / 5 + day - 1 -
           719468;
}

/* "Z", "+02:00"; false on anything else. */
static bool take_offset_s(struct str rest, int64_t *out)
{
    int64_t hours = 0;
    int64_t minutes = 0;
    int64_t sign = 0;

    *out = 0;
    if (rest.len == 1) {
        return str_lower(rest.p[0]) == 'z';
    }
    if (!str_starts(rest, STR("+")) && !str_starts(rest, STR("-"))) {
        return false;
    }
    sign = rest.p[0] == '-' ? -1 : 1;
    rest = str_skip(rest, 1);
    if (!take_number(&rest, 2, ':', &hours) || !take_number(&rest, 2, 0, &minutes) ||
        rest.len != 0) {
        return false;
    }
    *out = sign * (hours * 3600 + minutes * 60);
    return true;
}

double wire_time_until_s(struct str text, int64_t wall_s)
{
    int64_t year = 0;
    int64_t month = 0;
    int64_t day = 0;
    int64_t hour = 0;
    int64_t minute = 0;
    int64_t second = 0;
    int64_t offset_s = 0;
    double until_s = 0.0;

    text = str_trim(text);
    if (!take_number(&text, 4, '-', &year) || !take_number(&text, 2, '-', &month) ||
        !take_number(&text, 2, 't', &day) || !take_number(&text, 2, ':', &hour) ||
        !take_number(&text, 2, ':', &minute) || !take_number(&text, 2, 0, &second) || month < 1 ||
        month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60) {
        return -1.0;
    }
    if (str_starts(text, STR("."))) { /* a part of a second is not worth counting */
        do {
            text = str_skip(text, 1);
        } while (text.len != 0 && is_digit(text.p[0]));
    }
    if (!take_offset_s(text, &offset_s)) {
        return -1.0;
    }
    until_s = (double)(days_since_1970(year, month, day) * DAY_S + hour * 3600 + minute * 60 +
                       second - offset_s - wall_s);
    return until_s > 0.0 ? until_s : 0.0;
}

int64_t wire_http_date_s(struct str text)
{
    char date[64] = "";
    time_t when = -1;

    if (text.len < sizeof date) {
        memcpy(date, text.p != NULL ? text.p : "", text.len);
        when = curl_getdate(date, NULL);
    }
    return when < 0 ? -1 : (int64_t)when;
}

int64_t wire_time_there_s(struct str date, int64_t wall_s)
{
    int64_t there_s = wire_http_date_s(date);

    return there_s < 0 ? wall_s : there_s;
}
