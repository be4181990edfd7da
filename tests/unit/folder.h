/* folder: a temporary folder for one test, removed with all it holds. */
#ifndef TESTS_UNIT_FOLDER_H
#define TESTS_UNIT_FOLDER_H

#include "base/buf.h"

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct folder {
    char path[64];
    char file[512]; /* of the last folder_file */
};

static inline void folder_make(struct folder *folder)
{
    (void)snprintf(folder->path, sizeof folder->path, "/tmp/haymaker-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder->path));
}

/* The path of a name in the folder; valid until the next call. */
static inline const char *folder_file(struct folder *folder, const char *name)
{
    (void)snprintf(folder->file, sizeof folder->file, "%s/%s", folder->path, name);
    return folder->file;
}

static inline void folder_write(struct folder *folder, const char *name, struct str text)
{
    FILE *file = fopen(folder_file(folder, name), "wb");

    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(text.p, 1, text.len, file), text.len);
    ck_assert_int_eq(fclose(file), 0);
}

static inline void folder_remove_below(const char *path)
{
    DIR *dir = opendir(path);
    struct dirent *entry = NULL;
    char below[600];

    while (dir != NULL && (entry = readdir(dir)) != NULL) { // NOLINT(concurrency-mt-unsafe)
        struct stat info;

        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
            continue;
        }
        (void)snprintf(below, sizeof below, "%.300s/%.255s", path, entry->d_name);
        if (lstat(below, &info) == 0 && S_ISDIR(info.st_mode)) {
            folder_remove_below(below);
        } else {
            (void)unlink(below);
        }
    }
    if (dir != NULL) {
        (void)closedir(dir);
    }
    (void)rmdir(path);
}

static inline void folder_remove(struct folder *folder)
{
    folder_remove_below(folder->path);
}

#endif
