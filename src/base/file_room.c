#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/statvfs.h>

/* Room that another process may still take: better than not to look at all. */
static int look_for_room(int fd, uint64_t len)
{
    struct statvfs disk;

    if (fstatvfs(fd, &disk) != 0 || disk.f_frsize == 0 ||
        (uint64_t)disk.f_bavail >= len / disk.f_frsize + 1) {
        return 0;
    }
    errno = ENOSPC;
    return -1;
}

static int take_room(int fd, uint64_t from, uint64_t len)
{
#ifdef FALLOC_FL_KEEP_SIZE
    int rc = 0;

    do {
        rc = fallocate(fd, FALLOC_FL_KEEP_SIZE, (off_t)from, (off_t)len);
    } while (rc != 0 && errno == EINTR);
    if (rc == 0 || (errno != EOPNOTSUPP && errno != ENOSYS)) {
        return rc;
    }
#else
    (void)from;
#endif
    return look_for_room(fd, len);
}

/* A disk takes room beyond the limit that a write then meets. */
static bool is_within_limit(uint64_t end)
{
    struct rlimit limit;

    return getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY ||
           end <= limit.rlim_cur;
}

int file_take_room(int fd, const char *path, uint64_t from, uint64_t len, struct err *err)
{
    if (!is_within_limit(from + len)) {
        errno = EFBIG;
        return err_system(err, "%s", path);
    }
    return take_room(fd, from, len) == 0 ? 0 : err_system(err, "%s", path);
}
