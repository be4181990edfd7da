#include "base/file.h"

#include "base/clock.h"
#include "base/environment.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES_MAX = 8192, READ_CHUNK = 64 * 1024 };

static int system_error(const char *path, struct err *err)
{
    return err_system(err, "%s", path);
}

int file_read(const char *path, struct buf *out, struct err *err)
{
    bool is_stdin = strcmp(path, "-") == 0;
    int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = 1;
    int rc = 0;

    if (fd < 0) {
        return system_error(path, err);
    }
    while (got > 0) {
        char *to = buf_reserve(out, 1);
        size_t room = 0;

        if (to == NULL) {
            rc = buf_check(out, path, err);
            goto done;
        }
        room = out->cap - out->len - 1;
        if (room < READ_CHUNK && out->max - out->len >= READ_CHUNK) {
            to = buf_reserve(out, READ_CHUNK);
            room = READ_CHUNK;
        }
        if (to == NULL) {
            rc = buf_check(out, path, err);
            goto done;
        }
        if (room > out->max - out->len) {
            room = out->max - out->len;
        }
        got = read(fd, to, room);
        if (got < 0 && errno == EINTR) {
            got = 1;
            continue;
        }
        if (got < 0) {
            rc = system_error(path, err);
            goto done;
        }
        out->len += (size_t)got;
        out->p[out->len] = '\0';
    }
done:
    if (!is_stdin) {
        (void)close(fd);
    }
    return rc;
}

int file_map_open(struct file_map *out, const char *path, struct err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat info;
    void *bytes = NULL;
    int rc = 0;

    *out = (struct file_map){0};
    if (fd < 0) {
        return system_error(path, err);
    }
    if (fstat(fd, &info) != 0) {
        rc = system_error(path, err);
        goto done;
    }
    if (!S_ISREG(info.st_mode)) {
        rc = err_set(err, ERR_INPUT, "%s: not a regular file", path);
        goto done;
    }
    if (info.st_size == 0) {
        goto done;
    }
    bytes = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (bytes == MAP_FAILED) {
        rc = system_error(path, err);
        goto done;
    }
    *out = (struct file_map){{bytes, (size_t)info.st_size}, bytes};
done:
    (void)close(fd);
    return rc;
}

void file_map_release(struct file_map *map)
{
    if (map->start != NULL) {
        (void)munmap(map->start, map->bytes.len);
    }
    *map = (struct file_map){0};
}

void file_map_rest(const struct file_map *map)
{
    if (map->start != NULL) {
        (void)madvise(map->start, map->bytes.len, MADV_DONTNEED);
    }
}

bool file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

int file_make_parent_folders(const char *path, struct err *err)
{
    const char *slash = strrchr(path, '/');
    char folder[PATH_BYTES_MAX];

    if (slash != NULL && slash - path >= (ptrdiff_t)sizeof folder) {
        return err_set(err, ERR_SYSTEM, "%s: path too long", path);
    }
    for (const char *end = path; slash != NULL && end <= slash; end++) {
        if (*end != '/' || end == path) {
            continue;
        }
        memcpy(folder, path, (size_t)(end - path));
        folder[end - path] = '\0';
        if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
            return system_error(folder, err);
        }
    }
    return 0;
}

/* Not fcntl's lock: that one is lost as soon as the process closes any descriptor of the file. */
int file_lock(int fd, const char *path, bool *taken, struct err *err)
{
    *taken = flock(fd, LOCK_EX | LOCK_NB) == 0;
    return *taken || errno == EWOULDBLOCK ? 0 : system_error(path, err);
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

void file_flush_folder_of(const char *path)
{
    char folder[PATH_BYTES_MAX];
    const char *slash = strrchr(path, '/');
    size_t len = slash == NULL ? 1 : slash == path ? 1 : (size_t)(slash - path);
    int fd = -1;

    if (len >= sizeof folder) {
        return;
    }
    memcpy(folder, slash == NULL ? "." : path, len);
    folder[len] = '\0';
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        (void)fsync(fd);
        (void)close(fd);
    }
}

bool file_is_replaceable(const char *path)
{
    struct stat info;

    return lstat(path, &info) != 0 || S_ISREG(info.st_mode);
}

int file_open_own(const char *path, int flags, unsigned mode, struct err *err)
{
    struct stat info;
    int fd = open(path, flags | O_NOFOLLOW | O_CLOEXEC, (mode_t)mode);

    if (fd >= 0 || errno != ELOOP || lstat(path, &info) != 0) {
        return fd >= 0 ? fd : system_error(path, err);
    }
    if (info.st_uid != geteuid() && info.st_uid != 0) {
        return err_set(err, ERR_SYSTEM,
                       "%s: is a symbolic link that belongs to somebody else: not followed", path);
    }
    fd = open(path, flags | O_CLOEXEC, (mode_t)mode);
    return fd >= 0 ? fd : system_error(path, err);
}

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

static int write_in_place(const char *path, struct str contents, bool is_private, struct err *err)
{
    int fd = file_open_own(path, O_WRONLY | O_CREAT | O_TRUNC, is_private ? 0600 : 0644, err);
    int rc = fd < 0 ? fd : 0;

    if (rc == 0 && write_all(fd, contents) != 0) {
        rc = system_error(path, err);
    }
    if (fd >= 0 && close(fd) != 0 && rc == 0) {
        rc = system_error(path, err);
    }
    return rc;
}

int file_replace(const char *path, struct str contents, bool is_private, struct err *err)
{
    char temporary[PATH_BYTES_MAX];
    int fd = -1;
    int rc = 0;
    int len = snprintf(temporary, sizeof temporary, "%s.tmp-%ld", path, (long)getpid());

    if (!file_is_replaceable(path)) {
        return write_in_place(path, contents, is_private, err);
    }
    if (len < 0 || (size_t)len >= sizeof temporary) {
        return err_set(err, ERR_SYSTEM, "%s: path too long", path);
    }
    remove_abandoned(path);
    (void)unlink(temporary); /* whoever made it, it is not opened */
    fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, is_private ? 0600 : 0644);
    if (fd < 0) {
        return system_error(temporary, err);
    }
    if (write_all(fd, contents) != 0 || fsync(fd) != 0) {
        rc = system_error(temporary, err);
    }
    if (close(fd) != 0 && rc == 0) {
        rc = system_error(temporary, err);
    }
    if (rc == 0 && rename(temporary, path) != 0) {
        rc = system_error(path, err);
    }
    if (rc != 0) {
        (void)unlink(temporary);
        return rc;
    }
    file_flush_folder_of(path);
    return 0;
}

/* Paths found so far; the array doubles inside the arena, old copies end with it. */
struct listing {
    struct arena *arena;
    struct str suffix;
    struct str *paths;
    size_t count;
    size_t cap;
};

static int listing_add(struct listing *listing, struct str path, struct err *err)
{
    if (listing->count == listing->cap) {
        size_t cap = listing->cap != 0 ? listing->cap * 2 : 64;
        struct str *grown = arena_alloc(listing->arena, cap, sizeof *grown);

        if (grown == NULL) {
            return err_memory(err);
        }
        if (listing->count != 0) {
            memcpy(grown, listing->paths, listing->count * sizeof *grown);
        }
        listing->paths = grown;
        listing->cap = cap;
    }
    listing->paths[listing->count] = arena_copy(listing->arena, path);
    if (listing->paths[listing->count].p == NULL) {
        return err_memory(err);
    }
    listing->count++;
    return 0;
}

static int list_folder(struct listing *listing, const char *folder, int depth, struct err *err);

static int list_entry(struct listing *listing, const char *path, int depth, struct err *err)
{
    struct stat info;

    if (stat(path, &info) != 0) {
        return system_error(path, err);
    }
    if (S_ISDIR(info.st_mode)) {
        return list_folder(listing, path, depth + 1, err);
    }
    if (S_ISREG(info.st_mode) && str_ends(str_from(path), listing->suffix)) {
        return listing_add(listing, str_from(path), err);
    }
    return 0;
}

static int list_folder(struct listing *listing, const char *folder, int depth, struct err *err)
{
    enum { DEPTH_MAX = 32 }; /* a link that points upwards must not loop for ever */
    char path[PATH_BYTES_MAX];
    DIR *dir = NULL;
    struct dirent *entry = NULL;
    int rc = 0;

    if (depth > DEPTH_MAX) {
        return err_set(err, ERR_INPUT, "%s: folders nested deeper than %d", folder, DEPTH_MAX);
    }
    dir = opendir(folder);
    if (dir == NULL) {
        return system_error(folder, err);
    }
    /* Each folder stream is used by one thread only. */
    while (rc == 0 && (entry = readdir(dir)) != NULL) { // NOLINT(concurrency-mt-unsafe)
        int len = 0;

        if (entry->d_name[0] == '.') {
            continue; /* hidden files, and "." and ".." */
        }
        len = snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (len < 0 || (size_t)len >= sizeof path) {
            rc = err_set(err, ERR_SYSTEM, "%s: path too long", folder);
            break;
        }
        rc = list_entry(listing, path, depth, err);
    }
    (void)closedir(dir);
    return rc;
}

static int compare_paths(const void *a, const void *b)
{
    const struct str *left = a;
    const struct str *right = b;

    return strcmp(left->p, right->p);
}

int file_list(const char *folder, struct str suffix, struct arena *arena, struct str **paths,
              size_t *count, struct err *err)
{
    struct listing listing = {.arena = arena, .suffix = suffix};
    int rc = list_folder(&listing, folder, 0, err);

    if (rc != 0) {
        return rc;
    }
    if (listing.count != 0) {
        qsort(listing.paths, listing.count, sizeof *listing.paths, compare_paths);
    }
    *paths = listing.paths;
    *count = listing.count;
    return 0;
}

static bool is_at(struct buf *out, struct str folder, const char *up, const char *place,
                  const char *name)
{
    buf_reset(out);
    buf_append(out, folder);
    buf_append(out, str_from(up));
    buf_append(out, str_from(place));
    buf_append(out, str_from(name));
    return out->failure == 0 && file_exists(out->p);
}

/* The folder of the program, with the slash at its end; empty where the system does not say. */
static struct str program_folder(char *program, size_t bytes)
{
    ssize_t len = readlink("/proc/self/exe", program, bytes);
    struct str folder = {program, len > 0 ? (size_t)len : 0};

    while (folder.len != 0 && folder.p[folder.len - 1] != '/') {
        folder.len--;
    }
    return folder;
}

/* What was installed with the program: in `place` ("share/haymaker/") beside it, or one folder
 * above. */
static bool is_installed(const char *place, const char *name, struct str folder, struct buf *out)
{
    return folder.len != 0 &&
           (is_at(out, folder, "", place, name) ||
            (out->failure != ERR_MEMORY && is_at(out, folder, "../", place, name)));
}

int file_data_path(const char *name, struct buf *out, struct err *err)
{
    struct str configured = str_from(environment_get("HAYMAKER_DATA"));
    char program[PATH_BYTES_MAX];
    struct str folder = program_folder(program, sizeof program);

    if (configured.len != 0) {
        if (is_at(out, configured, "", "/", name)) {
            return 0;
        }
        return out->failure == ERR_MEMORY
                   ? err_memory(err)
                   : err_set(err, ERR_SYSTEM, "%.*s/%s: not found (HAYMAKER_DATA is set)",
                             STR_ARG(configured), name);
    }
    if (is_installed("share/haymaker/", name, folder, out)) {
        return 0;
    }
    if (out->failure == ERR_MEMORY) {
        return err_memory(err);
    }
    return err_set(err, ERR_SYSTEM,
                   "data file %s not found in share/haymaker beside the program (%.*s); "
                   "set HAYMAKER_DATA to its folder",
                   name, STR_ARG(folder));
}

int file_module_path(const char *name, struct buf *out, struct err *err)
{
    char program[PATH_BYTES_MAX];
    struct str folder = program_folder(program, sizeof program);

    if (is_installed("lib/haymaker/", name, folder, out)) {
        return 0;
    }
    return out->failure == ERR_MEMORY
               ? err_memory(err)
               : err_set(err, ERR_SYSTEM, "%s is not in lib/haymaker or ../lib/haymaker of %.*s",
                         name, STR_ARG(folder));
}

bool file_config_path(const char *name, struct buf *out)
{
    struct str config = str_from(environment_get("XDG_CONFIG_HOME"));
    struct str home = str_from(environment_get("HOME"));
    bool is_set = config.len != 0 && config.p[0] == '/'; /* the specification ignores others */

    if (!is_set && home.len == 0) {
        return false;
    }
    buf_reset(out);
    buf_append(out, is_set ? config : home);
    buf_append(out, is_set ? STR("/haymaker/") : STR("/.config/haymaker/"));
    buf_append(out, str_from(name));
    return out->failure == 0;
}

int file_read_line(FILE *file, struct buf *line, struct err *err)
{
    char chunk[4096];
    size_t used = 0;
    int c = 0;

    buf_reset(line);
    flockfile(file);
    while ((c = getc_unlocked(file)) != EOF && c != '\n') { // NOLINT(concurrency-mt-unsafe): locked
        chunk[used++] = (char)c;
        if (used == sizeof chunk) {
            buf_append(line, (struct str){chunk, used});
            used = 0;
        }
    }
    funlockfile(file);
    buf_append(line, (struct str){chunk, used});
    if (ferror(file)) {
        return err_set(err, ERR_SYSTEM, "read error");
    }
    if (buf_check(line, "line", err) != 0) {
        return (int)err->code;
    }
    if (c == EOF && line->len == 0) {
        return 0;
    }
    if (line->len != 0 && line->p[line->len - 1] == '\r') {
        line->p[--line->len] = '\0';
    }
    return 1;
}
