#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A cut may fall inside a UTF-8 sequence: drop the incomplete tail. */
static void drop_partial_character(char *text)
{
    size_t len = strlen(text);
    size_t tail = 0;

    if (len < ERR_TEXT_MAX - 1) {
        return;
    }
    while (tail < 4 && tail < len && ((unsigned char)text[len - 1 - tail] & 0xC0U) == 0x80U) {
        tail++;
    }
    if (tail < len && (unsigned char)text[len - 1 - tail] >= 0xC0U) {
        text[len - 1 - tail] = '\0';
    }
}

int err_set(struct err *err, enum err_code code, const char *format, ...)
{
    va_list args;

    err->code = code;
    va_start(args, format);
    if (vsnprintf(err->text, sizeof err->text, format, args) < 0) {
        err->text[0] = '\0';
    }
    va_end(args);
    drop_partial_character(err->text);
    return (int)code;
}

/* What the user can do about it, where that is the same wherever it happens. */
static const char *advice(int code)
{
    switch (code) {
    case ENOSPC:
        return ": make room there, then run the same command again";
    case EDQUOT:
        return ": make room within the quota, then run the same command again";
    case EFBIG:
        return ": raise the limit on the size of files (ulimit -f), then run the same command "
               "again";
    case EROFS:
        return ": write to another place";
    case ENOLCK:
        return ": write to a file system that has locks";
    default:
        return "";
    }
}

int err_system(struct err *err, const char *format, ...)
{
    int code = errno;
    char what[ERR_TEXT_MAX];
    char reason[128];
    va_list args;

    va_start(args, format);
    if (vsnprintf(what, sizeof what, format, args) < 0) {
        what[0] = '\0';
    }
    va_end(args);
    /* strerror is not thread-safe; this is POSIX's form of strerror_r. */
    if (strerror_r(code, reason, sizeof reason) != 0) {
        (void)snprintf(reason, sizeof reason, "error %d", code);
    }
    return err_set(err, ERR_SYSTEM, "%s: %s%s", what, reason, advice(code));
}

int err_wrap(struct err *err, const char *format, ...)
{
    char context[ERR_TEXT_MAX];
    size_t context_len = 0;
    size_t room = 0;
    size_t text_len = strlen(err->text);
    va_list args;

    va_start(args, format);
    if (vsnprintf(context, sizeof context - 2, format, args) < 0) {
        context[0] = '\0';
    }
    va_end(args);
    context_len = strlen(context);
    context[context_len++] = ':';
    context[context_len++] = ' ';

    room = sizeof err->text - 1 - context_len;
    if (text_len > room) {
        text_len = room;
    }
    memmove(err->text + context_len, err->text, text_len);
    memcpy(err->text, context, context_len);
    err->text[context_len + text_len] = '\0';
    drop_partial_character(err->text);
    return (int)err->code;
}
