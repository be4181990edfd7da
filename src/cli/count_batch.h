/* count_batch: counts parts on all processors and hands them on in order.
 *
 * Files are added one by one and cut into parts: text where a line end meets a letter, since
 * tokens never span that (tests/unit/test_token_count.c), JSONL at line ends. When enough is there,
 * threads count the parts, each thread with a session of its own, and `print` gets them in the
 * order of the text. So memory holds one batch, however large or many the files are.
 */
#ifndef CLI_COUNT_BATCH_H
#define CLI_COUNT_BATCH_H

#include "base/err.h"
#include "cli/count_part.h"
#include "token/token.h"

#include <stdbool.h>

/* Called for each part in order. An error ends the counting. */
typedef int count_print_function(void *context, const struct count_part *part, struct err *err);

struct count_batch;

/* Settings and tokenizer are borrowed until count_batch_free. The caller frees the batch. */
int count_batch_new(struct count_batch **out, const struct count_settings *settings,
                    const struct tokenizer *tokenizer, count_print_function *print, void *context,
                    struct err *err);
void count_batch_free(struct count_batch *batch); /* NULL is fine */

/* Adds a file, "-" for standard input; `path` is borrowed until the next count_batch_finish. When
 * it cannot be read, what was added before is printed first. */
int count_batch_add(struct count_batch *batch, const char *path, bool is_named, struct err *err);

/* Counts and prints what is left. */
int count_batch_finish(struct count_batch *batch, struct err *err);

#endif
