#include "base/file.h"

#include "base/environment.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
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
    if (*taken || errno == EWOULDBLOCK) {
        return 0;
    }
    if (errno == EOPNOTSUPP || errno == ENOSYS) {
        errno = ENOLCK; /* some file systems say it so */
    }
    return err_system(err, "%s: cannot be locked", path);
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

int file_data_read(const char *name, struct buf *out, struct err *err)
{
    struct buf path;
    int rc = 0;

    buf_init(&path, PATH_BYTES_MAX);
    rc = file_data_path(name, &path, err);
    if (rc == 0) {
        rc = file_read(path.p, out, err);
    }
    buf_release(&path);
    return rc;
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
