#include "base/str.h"

#include <string.h>

struct str str_from(const char *text)
{
    return (struct str){text, text != NULL ? strlen(text) : 0};
}

bool str_equal(struct str a, struct str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

bool str_starts(struct str text, struct str prefix)
{
    return text.len >= prefix.len && str_equal(str_take(text, prefix.len), prefix);
}

bool str_ends(struct str text, struct str suffix)
{
    return text.len >= suffix.len && str_equal(str_skip(text, text.len - suffix.len), suffix);
}

struct str str_skip(struct str text, size_t count)
{
    if (count > text.len) {
        count = text.len;
    }
    return count == 0 ? text : (struct str){text.p + count, text.len - count};
}

struct str str_take(struct str text, size_t count)
{
    return (struct str){text.p, count < text.len ? count : text.len};
}

struct str_pair str_cut(struct str text, char separator)
{
    const char *at = text.len != 0 ? memchr(text.p, separator, text.len) : NULL;

    if (at == NULL) {
        return (struct str_pair){.head = text};
    }
    return (struct str_pair){
        .head = str_take(text, (size_t)(at - text.p)),
        .tail = str_skip(text, (size_t)(at - text.p) + 1),
        .ok = true,
    };
}

bool str_next_line(struct str *rest, struct str *line)
{
    struct str_pair cut;

    if (rest->len == 0) {
        return false;
    }
    cut = str_cut(*rest, '\n');
    *line = cut.head;
    if (cut.ok && line->len != 0 && line->p[line->len - 1] == '\r') {
        line->len--;
    }
    *rest = cut.tail;
    return true;
}

size_t str_find(struct str text, struct str needle)
{
    const char *at = NULL;

    if (needle.len == 0) {
        return 0;
    }
    if (text.len < needle.len) {
        return SIZE_MAX;
    }
    at = memmem(text.p, text.len, needle.p, needle.len);
    return at != NULL ? (size_t)(at - text.p) : SIZE_MAX;
}

bool str_contains(struct str text, struct str part)
{
    return str_find(text, part) != SIZE_MAX;
}

size_t str_find_caseless(struct str text, struct str needle)
{
    for (size_t at = 0; at + needle.len <= text.len; at++) {
        size_t len = 0;

        while (len < needle.len && str_lower(text.p[at + len]) == str_lower(needle.p[len])) {
            len++;
        }
        if (len == needle.len) {
            return at;
        }
    }
    return SIZE_MAX;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f';
}

size_t str_find_last(struct str text, struct str needle)
{
    size_t at = 0;

    if (needle.len > text.len) {
        return SIZE_MAX;
    }
    if (needle.len == 0) {
        return text.len;
    }
    for (at = text.len - needle.len + 1; at-- != 0;) {
        if (text.p[at] == needle.p[0] && memcmp(text.p + at, needle.p, needle.len) == 0) {
            return at;
        }
    }
    return SIZE_MAX;
}

struct str str_trim(struct str text)
{
    while (text.len != 0 && is_blank(text.p[0])) {
        text = str_skip(text, 1);
    }
    while (text.len != 0 && is_blank(text.p[text.len - 1])) {
        text.len--;
    }
    return text;
}

bool str_to_u64(struct str text, uint64_t *out)
{
    uint64_t value = 0;

    if (text.len == 0) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (text.p[i] < '0' || text.p[i] > '9') {
            return false;
        }
        if (__builtin_mul_overflow(value, 10U, &value) ||
            __builtin_add_overflow(value, (uint64_t)(text.p[i] - '0'), &value)) {
            return false;
        }
    }
    *out = value;
    return true;
}
