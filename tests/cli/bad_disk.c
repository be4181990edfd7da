/* bad_disk: a file system that refuses one kind of call, for programs as they are.
 *
 * Loaded with LD_PRELOAD. BAD_DISK is "CALL ERRNO PART": CALL (write, fsync, flock, fallocate,
 * rename) fails with that number for every file whose path contains PART, from the call after
 * BAD_DISK_AFTER (default 0) good ones.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static bool is_bad_path(const char *call, const char *path)
{
    static int good_calls;
    char bad_call[16];
    char part[256];
    int number = 0;
    const char *setting = getenv("BAD_DISK");     // NOLINT(concurrency-mt-unsafe)
    const char *after = getenv("BAD_DISK_AFTER"); // NOLINT(concurrency-mt-unsafe)

    if (setting == NULL ||
        sscanf(setting, "%15s %d %255s", bad_call, &number, part) != 3 || // NOLINT
        strcmp(call, bad_call) != 0 || strstr(path, part) == NULL) {
        return false;
    }
    if (after != NULL && good_calls++ < atoi(after)) { // NOLINT(cert-err34-c): our own test says it
        return false;
    }
    errno = number;
    return true;
}

static bool is_bad(const char *call, int fd)
{
    char link[64];
    char path[4096];
    ssize_t len = 0;

    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    len = readlink(link, path, sizeof path - 1);
    if (len < 0) {
        return false;
    }
    path[len] = '\0';
    return is_bad_path(call, path);
}

/* ISO C knows no way from an object's address to a function's. */
#define REAL(name, type)                                                                           \
    union {                                                                                        \
        void *object;                                                                              \
        type call;                                                                                 \
    } real = {dlsym(RTLD_NEXT, name)}

/* The C library's headers name the parameters of these in their own way. */
// NOLINTBEGIN(readability-inconsistent-declaration-parameter-name)
typedef ssize_t write_call(int, const void *, size_t);
ssize_t write(int fd, const void *bytes, size_t len)
{
    REAL("write", write_call *);
    return is_bad("write", fd) ? -1 : real.call(fd, bytes, len);
}

typedef int fd_call(int);
int fsync(int fd)
{
    REAL("fsync", fd_call *);
    return is_bad("fsync", fd) ? -1 : real.call(fd);
}

typedef int flock_call(int, int);
int flock(int fd, int operation);
int flock(int fd, int operation)
{
    REAL("flock", flock_call *);
    return is_bad("flock", fd) ? -1 : real.call(fd, operation);
}

typedef int fallocate_call(int, int, off_t, off_t);
int fallocate(int fd, int mode, off_t from, off_t len);
int fallocate(int fd, int mode, off_t from, off_t len)
{
    REAL("fallocate", fallocate_call *);
    return is_bad("fallocate", fd) ? -1 : real.call(fd, mode, from, len);
}

typedef int rename_call(const char *, const char *);
int rename(const char *from, const char *to)
{
    REAL("rename", rename_call *);
    return is_bad_path("rename", to) ? -1 : real.call(from, to);
}
// NOLINTEND(readability-inconsistent-declaration-parameter-name)
