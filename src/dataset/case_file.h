/* case_file: which rows of which files are cases.
 *
 * What an import writes and `sweep --cases` reads: JSON lines, the first naming the dataset, its
 * revision and files with their SHA-256, each further one a row that passed, with its bin and the
 * measure of its prompt. The prompts themselves stay where they are, in the dataset's own files,
 * which are named relative to the case file: gigabytes are not copied, and one row at a time is
 * read. A row that is not what it was at the import is an error when it is read.
 */
#ifndef DATASET_CASE_FILE_H
#define DATASET_CASE_FILE_H

#include "base/arena.h"
#include "dataset/dataset.h"
#include "dataset/digest.h"
#include "prompt/prompt.h"

#include <stdio.h>

struct case_source {
    struct str path; /* as found: relative to the case file, or absolute; NUL-terminated */
    struct str name; /* what results call it */
    uint64_t bytes;
    char sha256[DIGEST_HEX + 1];
};

struct case_row {
    size_t source;
    struct table_place place;
    uint64_t needles;
    uint64_t length_tokens; /* the bin's upper end */
    uint64_t answer_tokens;
    double depth; /* of the wanted needle; negative when unknown */
    struct prompt_measure measure;
};

/* Rows that share needles and length, in the order of the file. */
struct case_file {
    struct arena arena; /* holds everything below */
    const struct dataset *dataset;
    struct dataset_settings settings;
    struct str grader;
    struct str revision; /* "" when nobody knows */
    struct case_source *sources;
    size_t source_count;
    struct case_row *rows;
    size_t row_count;
};

/* Writes the first line. Paths of the sources that are relative are so to the working directory;
 * `path` is the case file's own, NULL for standard output: then they are written as absolute. */
int case_file_write_head(const struct case_file *cases, const char *path, FILE *out,
                         struct err *err);
void case_file_write_row(const struct case_row *row, FILE *out);

/* Reads a case file; freed with case_file_release. ERR_INPUT names the line. */
int case_file_read(struct case_file *cases, const char *path, struct err *err);
void case_file_release(struct case_file *cases);

/* Whether each source is still what it was. ERR_INPUT names the one that is not. */
int case_file_verify(const struct case_file *cases, struct err *err);

/* The row that is sample `sample` (0-based) of a cell, or NULL. */
const struct case_row *case_file_find(const struct case_file *cases, uint64_t needles,
                                      uint64_t length_tokens, uint64_t sample);

#endif
