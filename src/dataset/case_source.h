/* case_source: the rows of a case file as cases, behind the interface that tasks have.
 *
 * So a sweep over public data is a sweep like any other: paired, resumed, graded and charted. A
 * recipe's length, needles and sample say which row it is.
 */
#ifndef DATASET_CASE_SOURCE_H
#define DATASET_CASE_SOURCE_H

#include "dataset/case_file.h"
#include "generators/generator.h"

/* Fills *out with the task of a dataset. Its load takes the case file's path as settings.corpus and
 * checks the SHA-256 of the files; its open reads one row, which is all that the case keeps in
 * memory, and may be called from one thread at a time. */
void case_source_describe(const struct dataset *dataset, struct generator *out);

/* Makes a row a case, which takes its messages and key: measures are the caller's to fill in. */
int case_source_make(const struct dataset *dataset, struct dataset_row *row, struct test_case **out,
                     struct err *err);

/* What a row's prompt measures, and its answer and depth. Leaves the row as it is. */
struct case_measure {
    struct prompt_measure prompt;
    uint64_t answer_tokens;
    double depth; /* negative when unknown */
};
int case_source_measure(const struct dataset_row *row, const struct tokenizer *tokenizer,
                        struct case_measure *out, struct err *err);

#endif
