/* import: the rows of a public dataset, checked, as a case file.
 */
#ifndef CLI_IMPORT_H
#define CLI_IMPORT_H

#include "base/err.h"
#include "dataset/dataset.h"

#include <stdbool.h>
#include <stddef.h>

struct import_settings {
    const char *output;
    const char *grader;
    const char *revision;
    bool keeps_bad;
    bool leaves_out_answer_prefix;
    const char *const *files;
    size_t file_count;
};

/* Writes the case file, names bad rows on stderr, and prints a table of the bins (to stdout unless
 * the case file goes there). */
int import_run(const struct dataset *dataset, const struct import_settings *settings,
               struct err *err);

#endif
