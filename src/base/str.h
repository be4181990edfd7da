/* str: borrowed views of bytes.
 *
 * A `struct str` never owns what it points to and is passed by value. No terminating NUL is
 * assumed. The functions are total: any view, empty ones included, gives a defined answer.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct str {
    const char *p;
    size_t len;
};

/* A view of a string literal. */
#define STR(literal) ((struct str){(literal), sizeof(literal) - 1})

/* The same as the initialiser of a static object, where C17 wants constants. */
#define STR_INIT(literal)                                                                          \
    {                                                                                              \
        (literal), sizeof(literal) - 1                                                             \
    }

/* For printf's "%.*s": two arguments, the view cut to what an int can say. */
#define STR_ARG(view) ((int)((view).len > 0x7fffffff ? 0x7fffffff : (view).len)), ((view).p)

struct str_pair {
    struct str head;
    struct str tail;
    bool ok; /* the separator was found */
};

struct str str_from(const char *text); /* a NUL-terminated string; NULL is the empty view */
bool str_equal(struct str a, struct str b);
bool str_starts(struct str text, struct str prefix);
bool str_ends(struct str text, struct str suffix);
struct str str_skip(struct str text, size_t count); /* without the first `count` bytes */
struct str str_take(struct str text, size_t count); /* only the first `count` bytes */

/* Splits at the first `separator`. Without one: head is the whole text, tail empty, ok false. */
struct str_pair str_cut(struct str text, char separator);

/* Takes the next line off *rest, without its LF or CRLF. False when *rest is empty. */
bool str_next_line(struct str *rest, struct str *line);

/* Where `needle` first occurs in `text`, or SIZE_MAX. An empty needle is at 0. */
size_t str_find(struct str text, struct str needle);

bool str_contains(struct str text, struct str part); /* an empty part is in every text */

/* Where it last occurs, or SIZE_MAX. An empty needle is at the end. */
size_t str_find_last(struct str text, struct str needle);

/* 'A' … 'Z' become small; all else stays as it is. */
static inline char str_lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

/* As str_find, ASCII letters in any case. */
size_t str_find_caseless(struct str text, struct str needle);

/* Without ASCII blanks and line ends at either side. */
struct str str_trim(struct str text);

/* Decimal digits only, the whole of the text; false on anything else or overflow. */
bool str_to_u64(struct str text, uint64_t *out);

#endif
