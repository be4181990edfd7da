/* batch: prompts that a vendor answers within a day, at half the price: written to files,
 * submitted, asked after, collected. Any step may be days and a restart away from the one before.
 *
 * A batch is one file of requests and what became of it. All that has to outlive the process is in
 * `struct batch`, which goes to and from a line of JSON; `on_change` hands it out to be journalled
 * whenever it came further, and always before something is done that may not be done twice.
 *
 *     batch_writer (batch_writer.h)  cases -> NAME.batch-0001.jsonl, …     each BATCH_WRITTEN
 *     batch_submit                   file  -> the vendor                   BATCH_RUNNING
 *     batch_poll                     every minute or so, until             batch_is_over
 *     batch_collect                  every request's reply, then           BATCH_COLLECTED
 *
 * Calls block, retries and their pauses included, until they are done or the caller stops them.
 * Files and results are streamed: memory depends neither on their size nor on the prompts'.
 *
 * Vendors: OpenAI's Batch API (chat completions and responses), Anthropic's Message Batches, and
 * Gemini's batch mode with input files.
 */
#ifndef ENDPOINT_BATCH_H
#define ENDPOINT_BATCH_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "endpoint/endpoint.h"
#include "record/reply.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum batch_phase {
    BATCH_WRITTEN,   /* the file is whole and on disk */
    BATCH_UPLOADED,  /* the vendor has the file; nothing costs anything yet */
    BATCH_CREATING,  /* the vendor is asked to begin; found so later, it is not known if it did */
    BATCH_RUNNING,   /* the vendor has begun */
    BATCH_ENDED,     /* results can be collected; single requests may have failed */
    BATCH_FAILED,    /* as a whole: nothing was answered, `error` says why */
    BATCH_EXPIRED,   /* the vendor's time was up; what it answered until then can be collected */
    BATCH_CANCELLED, /* the same, since somebody wanted it */
    BATCH_LOST, /* the vendor does not know it, or its results, any more: kept too short, or the
                 * key is another account's; it may have been paid */
    BATCH_COLLECTED,
    BATCH_PHASE_COUNT
};

enum {
    BATCH_TAG_MAX = 40,
    BATCH_ID_MAX = 256,
    BATCH_PATH_MAX = 1024,
    BATCH_ERROR_MAX = 512,
    BATCH_REQUESTS_MAX = 100000 /* of any vendor */
};

/* Plan indexes first … first+count-1. */
struct batch_span {
    uint64_t first;
    uint64_t count;
};

/* A zeroed one may be released. */
struct batch {
    enum batch_phase phase;
    char path[BATCH_PATH_MAX];   /* of the file of requests */
    char tag[BATCH_TAG_MAX + 1]; /* of the run: what its requests' ids begin with */
    struct batch_span *spans;    /* owned; ascending, apart: the requests in it */
    size_t span_count;
    uint64_t requests;            /* in the file */
    uint64_t bytes;               /* of the file */
    uint64_t tokens;              /* of its prompts, by our count */
    char file_id[BATCH_ID_MAX];   /* the vendor's, of the uploaded file; or "" */
    char id[BATCH_ID_MAX];        /* the vendor's, of the batch; or "" */
    char output_id[BATCH_ID_MAX]; /* of the file of answers, where the vendor makes one; or "" */
    char errors_id[BATCH_ID_MAX]; /* of the file of errors; or "" */
    int64_t asked_s;              /* wall clock of BATCH_CREATING */
    uint64_t answered;            /* so far, as the vendor says */
    uint64_t failed;              /* so far */
    bool queue_is_full;           /* of BATCH_FAILED: it may be submitted again, once others have
                                   * ended: the vendor limits the tokens that wait */
    char error[BATCH_ERROR_MAX];  /* of BATCH_FAILED; or "" */
};

void batch_release(struct batch *batch);

const char *batch_phase_name(enum batch_phase phase); /* "written", "running", … */

/* Nothing more is to be waited for: it ended, failed, expired, was cancelled, lost or collected. */
bool batch_is_over(const struct batch *batch);

/* All of it as one JSON object, without a line end; ERR_LIMIT or ERR_MEMORY from buf_check. */
void batch_append_json(struct buf *out, const struct batch *batch);
/* ERR_INPUT for text that is no such object. The caller releases *out. */
int batch_from_json(struct str text, struct batch *out, struct err *err);

/* Whom batches are sent to. Everything is borrowed until batch_service_free. */
struct batch_setting {
    const struct endpoint *endpoint;
    const struct client_limits *limits;
    const struct clock *clock;
    /* Asked several times a second while a call blocks; NULL: never. */
    bool (*is_stopped)(void *context);
    /* The batch came further; a negative result ends the call. */
    int (*on_change)(void *context, const struct batch *batch, struct err *err);
    /* Whether the vendor's id is that of another batch of ours. Asked only when a batch is found
     * in BATCH_CREATING; NULL: none is. */
    bool (*is_known)(void *context, struct str id);
    void *context;
};

struct batch_service;

/* Whether a protocol's vendor offers batches at all. */
bool batch_is_offered(const char *protocol);

/* ERR_USAGE for an endpoint that cannot be used or has no batches. */
int batch_service_new(struct batch_service **out, const struct batch_setting *setting,
                      struct err *err);
void batch_service_free(struct batch_service *service); /* NULL is fine */

/* From BATCH_WRITTEN (or any phase before BATCH_RUNNING, after a restart) to BATCH_RUNNING. A batch
 * that was left in BATCH_CREATING is first looked for at the vendor's, so that it is not paid for
 * twice; ERR_INCOMPLETE when that cannot be told. A BATCH_FAILED one whose queue was full may be
 * submitted again: its file is still there. Afterwards the file on disk is not needed any more,
 * unless the batch fails. */
int batch_submit(struct batch_service *service, struct batch *batch, struct err *err);

/* Asks once how a running batch stands. An error that leaves it BATCH_LOST is the vendor's word
 * that there is no such batch. */
int batch_poll(struct batch_service *service, struct batch *batch, struct err *err);

/* Asks for a running batch to be ended. It goes on running until batch_poll says otherwise, and
 * what was answered until then is paid for and can be collected. */
int batch_cancel(struct batch_service *service, const struct batch *batch, struct err *err);

/* What takes the replies. */
struct batch_sink {
    /* The reply to request `index`, borrowed for the call. In any order. Each index comes once in a
     * call of batch_collect; a collection that failed and is repeated repeats them. A negative
     * result ends the collection. */
    int (*on_reply)(void *context, uint64_t index, struct reply *reply, struct err *err);
    void *context;
};

struct batch_tally {
    uint64_t answered;   /* replies that are an answer, complete or not */
    uint64_t failed;     /* replies that are an error: the vendor's, or of the batch as a whole */
    uint64_t missing;    /* of the failed: the vendor's results say nothing of them */
    uint64_t repeated;   /* lines about a request that had its reply already */
    uint64_t foreign;    /* lines about a request that is not of this batch */
    uint64_t unreadable; /* lines that are no result */
};

/* Collects the results of a batch that is over: one reply for each of its requests, then phase
 * BATCH_COLLECTED. A reply is as it would be had it been streamed, but has no timing; a request
 * without a result gets one that says so (REPLY_FAILED). When the results cannot be had whole the
 * call fails, after every answer that did come was handed out, and can be made again, unless the
 * vendor has no such results any more: then the batch is BATCH_LOST. */
int batch_collect(struct batch_service *service, struct batch *batch, const struct batch_sink *sink,
                  struct batch_tally *tally, struct err *err);

#endif
