/* batch_writer: cases into files of requests, as large as the vendor takes them.
 *
 * Each prompt is written while it is produced. The files are STEM.batch-0001.jsonl and so on; each
 * is flushed to disk before it is handed over. One that is never finished is removed.
 */
#ifndef ENDPOINT_BATCH_WRITER_H
#define ENDPOINT_BATCH_WRITER_H

#include "endpoint/batch.h"
#include "prompt/prompt.h"

#include <stdint.h>

/* Of one file; 0: the vendor's own. Never more than the vendor's own. */
struct batch_limits {
    uint64_t bytes_max;
    uint64_t requests_max;
    uint64_t tokens_max; /* by our count; vendors' own is that of the tokens waiting, per account */
};

struct batch_writer_setting {
    const struct batch_service *service; /* borrowed until batch_writer_free, as all of this is */
    const char *stem;                    /* "results/run": the files' folder and name */
    const char *tag;                     /* names the run, the same at every resume: letters, digits
                                          * and '_', at most BATCH_TAG_MAX of them */
    uint32_t number;                     /* of the first file; one above the last run's */
    struct batch_limits limits;
    /* A file is whole. The callee owns what is in *batch. A negative result ends the writing. */
    int (*on_file)(void *context, struct batch *batch, struct err *err);
    void *context;
};

struct batch_writer;

int batch_writer_new(struct batch_writer **out, const struct batch_writer_setting *setting,
                     struct err *err);

/* Appends one request; the prompt is read to its end. ERR_LIMIT for a prompt that no file can hold,
 * ERR_USAGE for an index that the file has already. After an error the request is not in the file,
 * and the writer can be used on; only when the disk cannot be trusted any more, all calls fail. */
int batch_writer_add(struct batch_writer *writer, uint64_t index, struct prompt *prompt,
                     const struct prompt_measure *measure, struct err *err);

/* Hands over the last file, if it holds anything. */
int batch_writer_finish(struct batch_writer *writer, struct err *err);

void batch_writer_free(struct batch_writer *writer); /* NULL is fine */

#endif
