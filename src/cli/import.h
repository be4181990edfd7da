/* import: the rows of a public dataset, checked, as a case file.
 */
#ifndef CLI_IMPORT_H
#define CLI_IMPORT_H

#include "base/arena.h"
#include "base/err.h"
#include "dataset/dataset.h"

#include <stdbool.h>
#include <stddef.h>

struct import_settings {
    const char *output;
    const char *grader;
    const char *revision;
    const char *folder; /* --download: where the publisher's files go; NULL for no download */
    const char *only;   /* of those files: part of the names wanted; NULL for all */
    const char *mirror; /* where the same files are as well; NULL for the publisher's host */
    bool keeps_bad;
    bool leaves_out_answer_prefix;
    const char *const *files;
    size_t file_count;
};

/* Fetches the pinned revision's files and makes them settings->files, allocated in `arena`. Says on
 * stderr what became of each. */
int import_download(const struct dataset *dataset, struct import_settings *settings,
                    struct arena *arena, struct err *err);

/* Writes the case file, names bad rows on stderr, and prints a table of the bins (to stdout unless
 * the case file goes there). */
int import_run(const struct dataset *dataset, const struct import_settings *settings,
               struct err *err);

#endif
