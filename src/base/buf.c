#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buf_init(struct buf *buf, size_t bytes_max)
{
    *buf = (struct buf){.max = bytes_max};
}

void buf_release(struct buf *buf)
{
    free(buf->p);
    *buf = (struct buf){.max = buf->max};
}

void buf_reset(struct buf *buf)
{
    buf->len = 0;
    buf->failure = 0;
    if (buf->p != NULL) {
        buf->p[0] = '\0';
    }
}

char *buf_reserve(struct buf *buf, size_t bytes)
{
    size_t cap = buf->cap != 0 ? buf->cap : 64;
    char *grown = NULL;

    if (buf->failure != 0) {
        return NULL;
    }
    if (bytes > buf->max - buf->len) {
        buf->failure = ERR_LIMIT;
        return NULL;
    }
    if (buf->len + bytes < buf->cap) {
        return buf->p + buf->len;
    }
    while (cap <= buf->len + bytes) {
        cap += cap / 2;
    }
    grown = realloc(buf->p, cap);
    if (grown == NULL) {
        buf->failure = ERR_MEMORY;
        return NULL;
    }
    buf->p = grown;
    buf->cap = cap;
    return buf->p + buf->len;
}

void buf_append(struct buf *buf, struct str text)
{
    char *to = buf_reserve(buf, text.len);

    if (to == NULL) {
        return;
    }
    if (text.len != 0) {
        memcpy(to, text.p, text.len);
    }
    buf->len += text.len;
    buf->p[buf->len] = '\0';
}

void buf_append_char(struct buf *buf, char c)
{
    buf_append(buf, (struct str){&c, 1});
}

void buf_vappendf(struct buf *buf, const char *format, va_list args)
{
    va_list again;
    int needed = 0;
    char *to = NULL;

    va_copy(again, args);
    needed = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (needed < 0) {
        buf->failure = ERR_LIMIT;
        return;
    }
    to = buf_reserve(buf, (size_t)needed);
    if (to != NULL) {
        (void)vsnprintf(to, (size_t)needed + 1, format, args);
        buf->len += (size_t)needed;
    }
}

void buf_appendf(struct buf *buf, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    buf_vappendf(buf, format, args);
    va_end(args);
}

struct str buf_str(const struct buf *buf)
{
    return (struct str){buf->p, buf->len};
}

int buf_check(const struct buf *buf, const char *what, struct err *err)
{
    if (buf->failure == 0) {
        return 0;
    }
    if (buf->failure == ERR_MEMORY) {
        return err_memory(err);
    }
    return err_set(err, ERR_LIMIT, "%s is longer than %zu bytes", what, buf->max);
}
