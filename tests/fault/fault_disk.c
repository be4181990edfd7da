#include "fault_disk.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The linker's names; none of them is ours to choose. */
// NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp,readability-identifier-naming)
ssize_t __real_write(int fd, const void *bytes, size_t len);
int __real_fsync(int fd);
int __real_ftruncate(int fd, off_t length);
int __real_rename(const char *from, const char *to);
int __real_fallocate(int fd, int mode, off_t from, off_t len);
ssize_t __wrap_write(int fd, const void *bytes, size_t len);
int __wrap_fsync(int fd);
int __wrap_ftruncate(int fd, off_t length);
int __wrap_rename(const char *from, const char *to);
int __wrap_fallocate(int fd, int mode, off_t from, off_t len);

static struct {
    enum fault_disk_kind kind;
    uint32_t at;
    uint32_t calls;
    _Atomic int64_t *synced;
    volatile sig_atomic_t *interrupted;
    void (*dying)(void);
} disk;

const char *fault_disk_words(enum fault_disk_kind kind)
{
    static const char *const words[FAULT_DISK_KINDS] = {
        [FAULT_DISK_NONE] = "nothing",
        [FAULT_DISK_FULL] = "the disk is full",
        [FAULT_DISK_BAD] = "the disk is broken",
        [FAULT_DISK_ONE_ERROR] = "one error of the disk",
        [FAULT_DISK_KILL_BEFORE] = "killed before",
        [FAULT_DISK_KILL_WITHIN] = "killed within",
        [FAULT_DISK_KILL_AFTER] = "killed after",
        [FAULT_DISK_INTERRUPT] = "interrupted",
    };

    return words[kind];
}

void fault_disk_arm(enum fault_disk_kind kind, uint32_t at, _Atomic int64_t *synced,
                    volatile sig_atomic_t *interrupted, void (*dying)(void))
{
    disk.kind = kind;
    disk.at = at;
    disk.calls = 0;
    disk.synced = synced;
    disk.interrupted = interrupted;
    disk.dying = dying;
}

static bool is_counted(int fd)
{
    struct stat info;

    return disk.synced != NULL && fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
}

static void die_if(bool is_killed)
{
    if (is_killed) {
        disk.dying();
        _exit(FAULT_DISK_KILLED);
    }
}

/* What this call meets. */
static enum fault_disk_kind meet(void)
{
    uint32_t call = disk.calls++;
    bool lasts = disk.kind == FAULT_DISK_FULL || disk.kind == FAULT_DISK_BAD;

    if (call < disk.at || (call > disk.at && !lasts)) {
        return FAULT_DISK_NONE;
    }
    if (disk.kind == FAULT_DISK_INTERRUPT) {
        *disk.interrupted = 1;
        return FAULT_DISK_NONE;
    }
    die_if(disk.kind == FAULT_DISK_KILL_BEFORE);
    return disk.kind;
}

static bool is_killed(enum fault_disk_kind kind)
{
    return kind == FAULT_DISK_KILL_WITHIN || kind == FAULT_DISK_KILL_AFTER;
}

static int fail(int error)
{
    errno = error;
    return -1;
}

/* What a file was given with fallocate: a full disk takes writes there. */
static struct {
    dev_t device;
    ino_t inode;
    off_t end;
} room;

static bool has_room(int fd, size_t len)
{
    struct stat info;

    return fstat(fd, &info) == 0 && info.st_dev == room.device && info.st_ino == room.inode &&
           info.st_size + (off_t)len <= room.end;
}

int __wrap_fallocate(int fd, int mode, off_t from, off_t len)
{
    enum fault_disk_kind kind = is_counted(fd) ? meet() : FAULT_DISK_NONE;
    struct stat info;
    int rc = 0;

    if (kind == FAULT_DISK_BAD || kind == FAULT_DISK_ONE_ERROR || kind == FAULT_DISK_FULL) {
        return fail(kind == FAULT_DISK_FULL ? ENOSPC : EIO);
    }
    rc = __real_fallocate(fd, mode, from, len);
    if (rc == 0 && fstat(fd, &info) == 0) {
        room.device = info.st_dev;
        room.inode = info.st_ino;
        room.end = from + len;
    }
    die_if(is_killed(kind));
    return rc;
}

ssize_t __wrap_write(int fd, const void *bytes, size_t len)
{
    enum fault_disk_kind kind = is_counted(fd) ? meet() : FAULT_DISK_NONE;
    ssize_t written = 0;

    if (kind == FAULT_DISK_BAD || kind == FAULT_DISK_ONE_ERROR) {
        return fail(EIO);
    }
    if (kind == FAULT_DISK_FULL && has_room(fd, len)) {
        return __real_write(fd, bytes, len);
    }
    if (kind == FAULT_DISK_FULL && disk.calls > disk.at + 1) {
        return fail(ENOSPC);
    }
    if (kind == FAULT_DISK_FULL || kind == FAULT_DISK_KILL_WITHIN) {
        len = (len + 1) / 2;
    }
    written = __real_write(fd, bytes, len);
    die_if(is_killed(kind));
    return written;
}

static void note_synced(int fd)
{
    char link[64];
    char path[512];
    struct stat info;
    ssize_t len = 0;

    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    len = readlink(link, path, sizeof path - 1);
    if (len > 0 && fstat(fd, &info) == 0) {
        path[len] = '\0';
        if (strstr(path, ".journal.jsonl") != NULL) {
            *disk.synced = info.st_size;
        }
    }
}

int __wrap_fsync(int fd)
{
    enum fault_disk_kind kind = is_counted(fd) ? meet() : FAULT_DISK_NONE;
    int rc = 0;

    if (kind == FAULT_DISK_FULL && has_room(fd, 0)) {
        kind = FAULT_DISK_NONE;
    }
    if (kind == FAULT_DISK_BAD || kind == FAULT_DISK_ONE_ERROR || kind == FAULT_DISK_FULL) {
        return fail(kind == FAULT_DISK_FULL ? ENOSPC : EIO);
    }
    rc = __real_fsync(fd);
    if (rc == 0 && disk.synced != NULL) {
        note_synced(fd);
    }
    die_if(is_killed(kind));
    return rc;
}

/* A full disk still lets a file be cut short. */
int __wrap_ftruncate(int fd, off_t length)
{
    enum fault_disk_kind kind = is_counted(fd) ? meet() : FAULT_DISK_NONE;
    int rc = 0;

    if (kind == FAULT_DISK_BAD || kind == FAULT_DISK_ONE_ERROR) {
        return fail(EIO);
    }
    rc = __real_ftruncate(fd, length);
    if (rc == 0 && has_room(fd, 0)) {
        room.end = length; /* and all that was given behind it is gone */
    }
    if (rc == 0 && disk.synced != NULL && *disk.synced > length) {
        *disk.synced = length;
    }
    die_if(is_killed(kind));
    return rc;
}

int __wrap_rename(const char *from, const char *to)
{
    enum fault_disk_kind kind = disk.synced != NULL ? meet() : FAULT_DISK_NONE;
    int rc = 0;

    if (kind == FAULT_DISK_BAD || kind == FAULT_DISK_ONE_ERROR || kind == FAULT_DISK_FULL) {
        return fail(kind == FAULT_DISK_FULL ? ENOSPC : EIO);
    }
    rc = __real_rename(from, to);
    die_if(is_killed(kind));
    return rc;
}
// NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp,readability-identifier-naming)
