#include "sim/spool.h"

#include "base/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

void spool_release(struct spool *spool)
{
    if (spool->mapped.len != 0) {
        union {
            const char *in;
            void *out;
        } start = {spool->mapped.p};

        (void)munmap(start.out, spool->mapped.len);
    }
    if (spool->file != NULL) {
        (void)fclose(spool->file);
    }
    *spool = (struct spool){.file = NULL};
}

int spool_append(struct spool *spool, struct str bytes, struct err *err)
{
    if (bytes.len == 0) {
        return 0;
    }
    if (spool->file == NULL) {
        spool->file = tmpfile();
        if (spool->file == NULL) {
            return err_system(err, FILE_TEMPORARY);
        }
        (void)fcntl(fileno(spool->file), F_SETFD, FD_CLOEXEC);
    }
    if (fwrite(bytes.p, 1, bytes.len, spool->file) != bytes.len) {
        return err_system(err, FILE_TEMPORARY);
    }
    spool->bytes += bytes.len;
    return 0;
}

int spool_map(struct spool *spool, struct str *out, struct err *err)
{
    void *start = NULL;

    if (spool->bytes != 0 && spool->mapped.len == 0) {
        if (fflush(spool->file) != 0) {
            return err_system(err, FILE_TEMPORARY);
        }
        start = mmap(NULL, (size_t)spool->bytes, PROT_READ, MAP_PRIVATE, fileno(spool->file), 0);
        if (start == MAP_FAILED) {
            return err_system(err, FILE_TEMPORARY);
        }
        spool->mapped = (struct str){start, (size_t)spool->bytes};
    }
    *out = spool->mapped;
    return 0;
}

int spool_open(struct spool *spool)
{
    if (spool->file == NULL || fflush(spool->file) != 0) {
        return -1;
    }
    return fcntl(fileno(spool->file), F_DUPFD_CLOEXEC, 0);
}
