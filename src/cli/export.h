/* export: cases and results in the forms that other tools read.
 */
#ifndef CLI_EXPORT_H
#define CLI_EXPORT_H

#include "base/err.h"
#include "generators/generator.h"
#include "record/result.h"

#include <stdio.h>

enum export_format { EXPORT_OPENAI_MRCR, EXPORT_INSPECT, EXPORT_JSONL, EXPORT_CSV };

/* What comes before the first record: of CSV the names of the columns. */
void export_case_head(enum export_format format, FILE *out);

/* Writes a case as one record. `released` is when its bytes were fixed. */
int export_case(struct test_case *test_case, const char *released, enum export_format format,
                FILE *out, struct err *err);

/* Writes the trials of a result, one record each, as JSONL or CSV. */
int export_trials(const struct result *result, enum export_format format, FILE *out,
                  struct err *err);

#endif
