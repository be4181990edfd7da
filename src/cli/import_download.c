#include "cli/import.h"

#include "base/buf.h"
#include "base/environment.h"
#include "base/units.h"
#include "dataset/download.h"

#include <stdio.h>
#include <string.h>

enum { PATH_BYTES_MAX = 4096 };

static void tell(const char *path, const struct download_outcome *outcome)
{
    struct buf text;

    buf_init(&text, 256);
    if (outcome->was_there) {
        buf_append(&text, STR("is here already"));
    } else {
        units_append_bytes(&text, (double)outcome->bytes);
        buf_append(&text, STR(" fetched"));
    }
    if (outcome->resumed != 0) {
        buf_append(&text, STR(" after "));
        units_append_bytes(&text, (double)outcome->resumed);
        buf_append(&text, STR(" of an earlier attempt"));
    }
    buf_append(&text, outcome->is_verified ? STR(", SHA-256 as expected")
                                           : STR(", no SHA-256 known to compare with"));
    (void)fprintf(stderr, "%s: %.*s\n", path, STR_ARG(buf_str(&text)));
    buf_release(&text);
}

static int fetch(const struct dataset *dataset, const struct import_settings *settings,
                 const struct dataset_file *file, struct arena *arena, const char **path,
                 struct err *err)
{
    const char *base = settings->mirror != NULL ? settings->mirror : dataset->url;
    struct download download = {.sha256 = file->sha256, .token = environment_get("HF_TOKEN")};
    struct download_outcome outcome;
    struct buf text;
    struct str kept = {0};
    int rc = 0;

    buf_init(&text, PATH_BYTES_MAX);
    buf_appendf(&text, "%s/%s", settings->folder, file->path);
    kept = arena_copy(arena, buf_str(&text));
    *path = kept.p;
    download.path = kept.p;
    buf_reset(&text);
    buf_appendf(&text, "%s%s%s", base, str_ends(str_from(base), STR("/")) ? "" : "/", file->path);
    rc = buf_check(&text, "--download", err);
    if (rc == 0 && kept.p == NULL) {
        rc = err_memory(err);
    }
    if (rc == 0) {
        download.url = text.p;
        rc = download_file(&download, &outcome, err);
    }
    if (rc == 0) {
        tell(kept.p, &outcome);
    }
    buf_release(&text);
    return rc;
}

int import_download(const struct dataset *dataset, struct import_settings *settings,
                    struct arena *arena, struct err *err)
{
    const char **paths = NULL;
    size_t count = 0;
    int rc = 0;

    if (dataset->files == NULL) {
        return err_set(err, ERR_USAGE,
                       "--download: nobody publishes files of %s; make them with it",
                       dataset->name);
    }
    for (const struct dataset_file *file = dataset->files; file->path != NULL; file++) {
        count++;
    }
    paths = arena_alloc(arena, count + 1, sizeof *paths);
    if (paths == NULL) {
        return err_memory(err);
    }
    settings->file_count = 0;
    for (size_t i = 0; rc == 0 && i < count; i++) {
        const struct dataset_file *file = &dataset->files[i];

        if (settings->only == NULL || strstr(file->path, settings->only) != NULL) {
            rc = fetch(dataset, settings, file, arena, &paths[settings->file_count++], err);
        }
    }
    if (rc == 0 && settings->file_count == 0) {
        rc = err_set(err, ERR_USAGE, "--only '%s': no file of %s has that in its name",
                     settings->only, dataset->name);
    }
    settings->files = paths;
    return rc;
}
