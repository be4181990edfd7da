#include "dataset/byte_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

int byte_file_open(struct byte_file *file, const char *path, struct err *err)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        return err_system(err, "%s", path);
    }
    if (fstat(fd, &status) != 0) {
        (void)err_system(err, "%s", path);
        (void)close(fd);
        return ERR_SYSTEM;
    }
    if (!S_ISREG(status.st_mode)) {
        (void)close(fd);
        return err_set(err, ERR_INPUT, "%s: not a file", path);
    }
    *file = (struct byte_file){.fd = fd, .size = (uint64_t)status.st_size, .path = path};
    return 0;
}

void byte_file_close(struct byte_file *file)
{
    (void)close(file->fd);
    *file = (struct byte_file){.fd = -1};
}

int byte_file_read(const struct byte_file *file, uint64_t offset, char *out, size_t count,
                   struct err *err)
{
    if (offset > file->size || count > file->size - offset) {
        return err_set(err, ERR_INPUT, "%s: %zu bytes wanted at %llu, but the file has %llu",
                       file->path, count, (unsigned long long)offset,
                       (unsigned long long)file->size);
    }
    while (count != 0) {
        ssize_t got = pread(file->fd, out, count, (off_t)offset);

        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return err_system(err, "%s", file->path);
        }
        if (got == 0) {
            return err_set(err, ERR_INPUT, "%s: became shorter while it was read", file->path);
        }
        out += got;
        count -= (size_t)got;
        offset += (uint64_t)got;
    }
    return 0;
}
