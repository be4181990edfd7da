/* buf: the only growable owner of bytes.
 *
 * A buffer has a maximum, given at init, so that no stranger's input grows it without end. Failure
 * is sticky: after an append did not fit (limit or memory) the buffer keeps what it had, ignores
 * further appends, and buf_check says which it was. So a series of appends needs one check at its
 * end. A zeroed `struct buf` is valid, empty and has a maximum of 0; release is safe on it.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/err.h"
#include "base/str.h"

#include <stdarg.h>
#include <stddef.h>

struct buf {
    char *p;     /* owned; NUL-terminated one past len once anything was appended */
    size_t len;  /* bytes in use */
    size_t cap;  /* bytes allocated */
    size_t max;  /* bytes it may ever hold */
    int failure; /* 0, ERR_LIMIT or ERR_MEMORY */
};

void buf_init(struct buf *buf, size_t bytes_max); /* allocates nothing yet */
void buf_release(struct buf *buf);                /* frees the contents, keeps the maximum */
void buf_reset(struct buf *buf);                  /* empty, memory kept, failure forgotten */

void buf_append(struct buf *buf, struct str text);
void buf_append_char(struct buf *buf, char c);
void buf_appendf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_vappendf(struct buf *buf, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

/* Makes room for `bytes` more and returns where to write them, or NULL on failure. The caller adds
 * what it wrote to buf->len itself, and keeps p[len] for the NUL by calling buf_append next or not
 * relying on it. */
char *buf_reserve(struct buf *buf, size_t bytes);

struct str buf_str(const struct buf *buf); /* borrowed from buf until the next change */

/* 0, or the sticky failure as an error that names `what` ("reply", "body"). */
int buf_check(const struct buf *buf, const char *what, struct err *err);

#endif
