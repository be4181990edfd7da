#include "cli/output.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int failed(const char *path, struct err *err)
{
    return err_system(err, "%s", path);
}

/* A stream to write to, or NULL with *err filled. */
static FILE *open_file(const char *path, int flags, mode_t mode, struct err *err)
{
    int fd = file_open_own(path, O_WRONLY | flags, mode, err);
    FILE *file = fd >= 0 ? fdopen(fd, "wb") : NULL;

    if (fd >= 0 && file == NULL) {
        (void)failed(path, err);
        (void)close(fd);
    }
    return file;
}

static int open_output(struct output *out, const char *path, mode_t mode, struct err *err)
{
    struct buf temporary;
    int rc = 0;

    *out = (struct output){0};
    if (path == NULL || strcmp(path, "-") == 0) {
        out->is_shown = isatty(STDOUT_FILENO) != 0;
        out->file = out->is_shown ? tmpfile() : stdout;
        return out->file != NULL ? 0 : failed("a temporary file", err);
    }
    rc = file_make_parent_folders(path, err);
    if (rc != 0) {
        return rc;
    }
    if (!file_is_replaceable(path)) {
        out->path = path;
        out->file = open_file(path, O_CREAT | O_TRUNC, mode, err);
        return out->file != NULL ? 0 : (int)err->code;
    }
    buf_init(&temporary, 8192);
    buf_appendf(&temporary, "%s.tmp-%ld", path, (long)getpid());
    rc = buf_check(&temporary, "path", err);
    if (rc != 0) {
        buf_release(&temporary);
        return rc;
    }
    out->path = path;
    out->temporary = temporary.p; /* ours from here on */
    (void)unlink(out->temporary); /* whoever made it, it is not opened */
    out->file = open_file(out->temporary, O_CREAT | O_EXCL, mode, err);
    if (out->file == NULL) {
        rc = (int)err->code;
        free(out->temporary);
        *out = (struct output){0};
    }
    return rc;
}

int output_open(struct output *out, const char *path, struct err *err)
{
    return open_output(out, path, 0666, err);
}

int output_open_private(struct output *out, const char *path, struct err *err)
{
    return open_output(out, path, 0600, err);
}

/* Line by line, without what a terminal would obey. */
static int show(FILE *file, struct err *err)
{
    struct buf line;
    struct buf shown;
    int rc = 0;

    buf_init(&line, SIZE_MAX / 2);
    buf_init(&shown, SIZE_MAX / 2);
    rewind(file);
    while ((rc = file_read_line(file, &line, err)) == 1) {
        buf_reset(&shown);
        utf8_append_printable(&shown, buf_str(&line));
        buf_append_char(&shown, '\n');
        rc = buf_check(&shown, "line", err);
        if (rc != 0) {
            break;
        }
        if (fwrite(shown.p, 1, shown.len, stdout) != shown.len) {
            rc = failed("standard output", err);
            break;
        }
    }
    buf_release(&line);
    buf_release(&shown);
    return rc;
}

int output_close(struct output *out, int code, struct err *err)
{
    const char *name = out->path != NULL ? out->path : "standard output";
    int rc = code;

    if (out->file == NULL) {
        return code;
    }
    if (out->is_shown) {
        rc = rc == 0 ? show(out->file, err) : rc;
        (void)fclose(out->file);
        out->file = stdout;
    }
    errno = 0;
    if ((fflush(out->file) != 0 || ferror(out->file)) && rc == 0) {
        rc = failed(name, err);
    }
    if (out->path != NULL) {
        if (rc == 0 && fsync(fileno(out->file)) != 0 && errno != EINVAL) {
            rc = failed(name, err);
        }
        if (fclose(out->file) != 0 && rc == 0) {
            rc = failed(name, err);
        }
        if (rc == 0 && out->temporary != NULL && rename(out->temporary, out->path) != 0) {
            rc = failed(name, err);
        }
        if (rc != 0 && out->temporary != NULL) {
            (void)unlink(out->temporary);
        }
    }
    free(out->temporary);
    *out = (struct output){0};
    return rc;
}
