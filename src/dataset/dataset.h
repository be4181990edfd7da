/* dataset: public data -> cases.
 *
 * Beside the generators: they make cases from recipes, this folder takes them from files that
 * others published. A dataset is a row in table.c: the columns of its files, how a row becomes a
 * case, what must hold of a row, and which length its bin has. Rows are checked, not trusted: a
 * tenth of openai/mrcr's first edition had too many needles.
 */
#ifndef DATASET_DATASET_H
#define DATASET_DATASET_H

#include "base/arena.h"
#include "base/err.h"
#include "dataset/messages.h"
#include "dataset/table.h"
#include "record/case.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DATASET_NO_MESSAGE = -1 };

/* A row as a case. A zeroed one after dataset_row_init; released with dataset_row_release. */
struct dataset_row {
    struct messages messages;
    struct arena arena;    /* holds the key's texts, but for needles that are messages */
    struct answer_key key; /* borrowed from arena and messages */
    uint32_t needles;
    const uint32_t *needle_messages; /* index of each needle's ask, key.needle_count; or NULL */
    int64_t wanted_message;          /* of the wanted needle's ask, or DATASET_NO_MESSAGE */
    size_t wanted_offset;            /* and the bytes before it in that message */
    size_t question_bytes;           /* the last message's end that is not haystack */
    uint64_t stated_tokens;          /* the length that the row itself claims; 0 for none */
};
void dataset_row_init(struct dataset_row *row);
void dataset_row_release(struct dataset_row *row);

/* What the user of an import may choose. */
struct dataset_settings {
    bool leaves_out_answer_prefix; /* ruler: for models that reason before they answer */
};

/* A file that the publisher's host has; for --download. */
struct dataset_file {
    const char *path;   /* below the revision */
    const char *sha256; /* NULL: only the host says it */
};

struct dataset {
    const char *format; /* as the command line names it: "openai-mrcr" */
    const char *name;   /* as its publisher names it: "openai/mrcr" */
    const char *purpose;
    const char *grader;
    const char *revision;             /* the one whose files are listed below; NULL for none */
    const char *url;                  /* of the revision's files; NULL where there is none */
    const struct dataset_file *files; /* until a NULL path */
    uint64_t rows_per_bin;            /* as its card says; 0 where it says nothing */
    const struct table_column *columns;
    size_t column_count;

    double (*chance)(uint32_t needles);

    /* Makes the case of a row's cells. ERR_INPUT where there is none in it. */
    int (*read)(const struct table_cell *cells, const struct dataset_settings *settings,
                struct dataset_row *row, struct err *err);

    /* What else must hold of a row: ERR_INPUT says what does not. */
    int (*check)(const struct table_cell *cells, const struct dataset_row *row, struct err *err);

    /* The bin of a case with so many o200k tokens in prompt and answer, named by its upper end; 0
     * when it is in none. */
    uint64_t (*length)(const struct dataset_row *row, uint64_t tokens);
};

extern const struct dataset *const datasets[]; /* NULL-terminated; dataset.c */

/* ERR_USAGE that names the known formats. */
int dataset_find(struct str format, const struct dataset **out, struct err *err);

/* The known revision that a file with this SHA-256 is of, or "" when no list has it. */
const char *dataset_known_revision(const struct dataset *dataset, const char *sha256);

/* The smallest power of two that is not below `tokens`, at least `least`. */
uint64_t dataset_power_of_two(uint64_t tokens, uint64_t least);

#endif
