#include "cli/output.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/utf8.h"
#include "record/json_text.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

enum { JSON_BYTES_MAX = 64 << 20 };

static int failed(const char *path, struct err *err)
{
    return err_system(err, "%s", path);
}

static int open_output(struct output *out, const char *path, enum file_reader reader,
                       struct err *err)
{
    int fd = -1;
    int rc = 0;

    *out = (struct output){0};
    if (path == NULL || strcmp(path, "-") == 0) {
        out->is_shown = isatty(STDOUT_FILENO) != 0;
        out->file = out->is_shown ? tmpfile() : stdout;
        return out->file != NULL ? 0 : failed(FILE_TEMPORARY, err);
    }
    rc = file_make_parent_folders(path, err);
    if (rc == 0) {
        rc = file_draft_open(&out->draft, path, reader, err);
    }
    if (rc != 0) {
        return rc;
    }
    out->path = path;
    fd = dup(out->draft.fd); /* the stream has one of its own to close */
    out->file = fd >= 0 ? fdopen(fd, "wb") : NULL;
    if (out->file == NULL) {
        rc = failed(path, err);
        if (fd >= 0) {
            (void)close(fd);
        }
        rc = file_draft_end(&out->draft, rc, err);
    }
    return rc;
}

int output_open(struct output *out, const char *path, struct err *err)
{
    return open_output(out, path, FILE_FOR_ALL, err);
}

int output_open_private(struct output *out, const char *path, struct err *err)
{
    return open_output(out, path, FILE_FOR_OWNER, err);
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
        output_write(stdout, buf_str(&shown)); /* told when standard output is closed */
    }
    buf_release(&line);
    buf_release(&shown);
    return rc;
}

/* Why a stream did not take a text: stdio drops what is left of a long one and forgets the reason,
 * so that a flush afterwards has nothing to fail with. */
static struct {
    const FILE *file;
    int code;
} refusal;

void output_write(FILE *file, struct str text)
{
    if (text.len == 0 || ferror(file)) {
        return;
    }
    errno = 0;
    if (fwrite(text.p, 1, text.len, file) != text.len) {
        refusal.file = file;
        refusal.code = errno;
    }
}

bool output_is_written(FILE *file)
{
    bool is_broken = ferror(file) != 0;
    bool is_flushed = false;

    errno = 0;
    is_flushed = fflush(file) == 0;
    if (is_broken && is_flushed && refusal.file == file) {
        errno = refusal.code;
    }
    return is_flushed && !is_broken;
}

static int check_written(FILE *file, const char *path, struct err *err)
{
    if (output_is_written(file)) {
        return 0;
    }
    errno = errno != 0 ? errno : EIO;
    return failed(path, err);
}

int output_json(json_t *json, size_t flags, FILE *file, struct err *err)
{
    struct buf text;
    int rc = 0;

    buf_init(&text, JSON_BYTES_MAX);
    json_text_write(json, flags, &text);
    json_decref(json);
    buf_append_char(&text, '\n');
    rc = buf_check(&text, "JSON", err);
    if (rc == 0) {
        output_write(file, buf_str(&text));
    }
    buf_release(&text);
    return rc;
}

int output_close(struct output *out, int code, struct err *err)
{
    int rc = code;

    if (out->file == NULL) {
        return code;
    }
    if (out->is_shown) {
        rc = rc == 0 ? check_written(out->file, FILE_TEMPORARY, err) : rc;
        rc = rc == 0 ? show(out->file, err) : rc;
        (void)fclose(out->file);
    } else if (out->path != NULL) {
        rc = rc == 0 ? check_written(out->file, out->path, err) : rc;
        if (fclose(out->file) != 0 && rc == 0) {
            rc = failed(out->path, err);
        }
        rc = file_draft_end(&out->draft, rc, err);
    }
    *out = (struct output){0};
    return rc;
}
