#include "base/file_draft.h"

#include "base/clock.h"
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES_MAX = 8192 };

/* Of a process that died before it could rename or remove it. Of this machine or, with a folder
 * that several share, perhaps of another: hence the age. */
static void remove_if_abandoned(const char *path, struct str pid_digits)
{
    enum { ABANDONED_AFTER_S = 3600 };
    struct stat info;
    uint64_t pid = 0;
    int64_t now_s = clock_system()->wall_s(NULL);

    if (str_to_u64(pid_digits, &pid) && pid != 0 && pid <= INT32_MAX && lstat(path, &info) == 0 &&
        S_ISREG(info.st_mode) && info.st_uid == geteuid() &&
        now_s - (int64_t)info.st_mtime > ABANDONED_AFTER_S && kill((pid_t)pid, 0) != 0 &&
        errno == ESRCH) {
        (void)unlink(path);
    }
}

/* "NAME.tmp-PID" beside `path`. */
static void remove_abandoned(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    char beside[PATH_BYTES_MAX];
    int folder_len = slash != NULL ? (int)(slash - path) + 1 : 0;
    DIR *dir = NULL;
    const struct dirent *entry = NULL;

    (void)snprintf(beside, sizeof beside, "%.*s.", folder_len, path);
    dir = opendir(beside);
    while (dir != NULL && (entry = readdir(dir)) != NULL) { // NOLINT(concurrency-mt-unsafe)
        struct str rest = str_from(entry->d_name);
        int len = 0;

        if (!str_starts(rest, str_from(name))) {
            continue;
        }
        rest = str_skip(rest, strlen(name));
        len = snprintf(beside, sizeof beside, "%.*s%s", folder_len, path, entry->d_name);
        if (str_starts(rest, STR(".tmp-")) && len > 0 && (size_t)len < sizeof beside) {
            remove_if_abandoned(beside, str_skip(rest, 5));
        }
    }
    if (dir != NULL) {
        (void)closedir(dir);
    }
}

/* Every error names the file that was asked for: of the one beside it nobody knows. */
static int failed(const char *path, struct err *err)
{
    return err_system(err, "%s", path);
}

static int make_temporary(struct file_draft *draft, mode_t mode, struct err *err)
{
    size_t room = strlen(draft->path) + 32;

    draft->temporary = malloc(room);
    if (draft->temporary == NULL) {
        return err_memory(err);
    }
    (void)snprintf(draft->temporary, room, "%s.tmp-%ld", draft->path, (long)getpid());
    remove_abandoned(draft->path);
    (void)unlink(draft->temporary); /* whoever made it, it is not opened */
    draft->fd = open(draft->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    return draft->fd >= 0 ? 0 : failed(draft->path, err);
}

static void release(struct file_draft *draft)
{
    free(draft->path);
    free(draft->temporary);
    *draft = (struct file_draft){.fd = -1};
}

int file_draft_open(struct file_draft *draft, const char *path, enum file_reader reader,
                    struct err *err)
{
    mode_t mode = reader == FILE_FOR_OWNER ? 0600 : 0666;
    int rc = 0;

    *draft = (struct file_draft){.fd = -1, .path = strdup(path)};
    if (draft->path == NULL) {
        return err_memory(err);
    }
    if (file_is_replaceable(path)) {
        rc = make_temporary(draft, mode, err);
    } else {
        draft->fd = file_open_own(path, O_WRONLY | O_CREAT | O_TRUNC, mode, err);
        rc = draft->fd >= 0 ? 0 : draft->fd;
    }
    if (rc != 0) {
        release(draft);
    }
    return rc;
}

int file_draft_end(struct file_draft *draft, int code, struct err *err)
{
    int rc = code;

    /* A pipe or a terminal cannot be flushed, and need not be. */
    if (rc == 0 && fsync(draft->fd) != 0 && errno != EINVAL) {
        rc = failed(draft->path, err);
    }
    if (close(draft->fd) != 0 && rc == 0) {
        rc = failed(draft->path, err);
    }
    if (rc == 0 && draft->temporary != NULL) {
        rc = rename(draft->temporary, draft->path) == 0 ? 0 : failed(draft->path, err);
    }
    if (rc == 0) {
        file_flush_folder_of(draft->path);
    } else if (draft->temporary != NULL) {
        (void)unlink(draft->temporary);
    }
    release(draft);
    return rc;
}

static int write_all(int fd, struct str contents)
{
    while (contents.len != 0) {
        ssize_t written = write(fd, contents.p, contents.len);

        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            return -1;
        }
        contents = str_skip(contents, (size_t)written);
    }
    return 0;
}

int file_replace(const char *path, struct str contents, enum file_reader reader, struct err *err)
{
    struct file_draft draft;
    int rc = file_draft_open(&draft, path, reader, err);

    if (rc != 0) {
        return rc;
    }
    return file_draft_end(&draft, write_all(draft.fd, contents) == 0 ? 0 : failed(path, err), err);
}
