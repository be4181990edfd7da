#include "score/set_items.h"

#include <stdlib.h>
#include <string.h>

static const struct str bullet = STR_INIT("\xE2\x80\xA2");

static bool is_one_of(char c, const char *set)
{
    return c != '\0' && strchr(set, c) != NULL;
}

static bool is_divider(char c)
{
    return is_one_of(c, "\n\r,;");
}

/* Bytes of "12. " or "3) " at the start of the text, without the blank; 0 for none. */
static size_t numbering(struct str text)
{
    size_t digits = 0;

    while (digits < text.len && text.p[digits] >= '0' && text.p[digits] <= '9') {
        digits++;
    }
    return digits != 0 && digits + 1 < text.len && is_one_of(text.p[digits], ".)") &&
                   is_one_of(text.p[digits + 1], " \t")
               ? digits + 1
               : 0;
}

static struct str clean(struct str text)
{
    for (;;) {
        size_t marks = numbering(text);

        if (text.len != 0 && is_one_of(text.p[0], " \t-*+>#\"'`")) {
            marks = 1;
        } else if (str_starts(text, bullet)) {
            marks = bullet.len;
        }
        if (marks == 0) {
            break;
        }
        text = str_skip(text, marks);
    }
    while (text.len != 0 && is_one_of(text.p[text.len - 1], " \t\"'`*._")) {
        text.len--;
    }
    return text;
}

bool set_items_next(struct str *rest, struct str *item)
{
    while (rest->len != 0) {
        size_t end = 0;

        while (end < rest->len && !is_divider(rest->p[end])) {
            end++;
        }
        *item = clean(str_take(*rest, end));
        *rest = str_skip(*rest, end + 1);
        if (item->len != 0) {
            return true;
        }
    }
    return false;
}

static int compare(const void *a, const void *b)
{
    const struct str *left = a;
    const struct str *right = b;
    size_t len = left->len < right->len ? left->len : right->len;
    int order = memcmp(left->p, right->p, len);

    return order != 0 ? order : (left->len > right->len) - (left->len < right->len);
}

static size_t count_items(const struct str *texts, size_t text_count)
{
    size_t count = 0;

    for (size_t i = 0; i < text_count; i++) {
        struct str rest = texts[i];
        struct str item = {0};

        while (set_items_next(&rest, &item)) {
            count++;
        }
    }
    return count;
}

static struct str fold(struct arena *arena, struct str item)
{
    char *out = arena_alloc(arena, item.len, 1);

    for (size_t i = 0; out != NULL && i < item.len; i++) {
        char c = item.p[i];

        out[i] = str_lower(c);
    }
    return (struct str){out, item.len};
}

static size_t drop_repeats(struct str *items, size_t count)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || !str_equal(items[i], items[kept - 1])) {
            items[kept++] = items[i];
        }
    }
    return kept;
}

int set_items_read(const struct str *texts, size_t text_count, struct arena *arena,
                   struct str **items, size_t *count, struct err *err)
{
    size_t all = count_items(texts, text_count);
    size_t read = 0;

    *items = arena_alloc(arena, all + 1, sizeof **items);
    if (*items == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; i < text_count; i++) {
        struct str rest = texts[i];
        struct str item = {0};

        while (set_items_next(&rest, &item)) {
            (*items)[read] = fold(arena, item);
            if ((*items)[read++].p == NULL) {
                return err_memory(err);
            }
        }
    }
    qsort(*items, read, sizeof **items, compare);
    *count = drop_repeats(*items, read);
    return 0;
}

size_t set_items_shared(const struct str *a, size_t a_count, const struct str *b, size_t b_count)
{
    size_t shared = 0;
    size_t i = 0;
    size_t j = 0;

    while (i < a_count && j < b_count) {
        int order = compare(&a[i], &b[j]);

        shared += order == 0 ? 1 : 0;
        i += order <= 0 ? 1 : 0;
        j += order >= 0 ? 1 : 0;
    }
    return shared;
}
