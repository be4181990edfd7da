/* batch_vendor: in what the vendors' batch APIs differ. Inside src/endpoint only.
 */
#ifndef ENDPOINT_BATCH_VENDOR_H
#define ENDPOINT_BATCH_VENDOR_H

#include "endpoint/batch.h"
#include "endpoint/batch_writer.h"
#include "endpoint/http_job.h"
#include "endpoint/route.h"

#include <jansson.h>

struct batch_vendor;

struct batch_service {
    struct batch_setting setting;
    const struct batch_vendor *vendor;
    struct route route; /* its frame is that of a request whose answer comes whole */
    struct http_setting http;
    const char *base_url; /* in route.arena: what the vendor's own paths are appended to */
};

/* One line of the results. Views are borrowed from the line's JSON. */
struct batch_line {
    struct str custom_id;
    const json_t *answer; /* as the vendor would have answered a single request; NULL: none */
    const json_t *error;  /* the body of its error; NULL: none */
    long http_status;     /* of the error, PROTOCOL_IN_STREAM where the vendor does not say */
    struct str request_id;
    enum reply_end end; /* when there is neither: how it ended … */
    const char *words;  /* … and what that means; NULL: the line is no result */
};

/* Work on `service` and, of the batch, fill ids, counts and what poll says of its end; phases are
 * set by batch.c. All may fail as http_job_run does. */
struct batch_vendor {
    struct batch_limits limits;

    /* What `base_url` is, from the route's URL; ERR_USAGE when it cannot be told. */
    int (*base_url)(const struct route *route, struct buf *out, struct err *err);

    /* The text before and after a request's body in a line of the file. */
    void (*append_line_head)(const struct batch_service *service, struct str custom_id,
                             struct buf *out);
    struct str line_tail;
    struct str file_head; /* what the vendor counts beside the lines; its length matters */
    struct str file_tail;

    /* Sends the file; NULL: it goes along with `create`. `file` is open for reading. */
    int (*upload)(struct batch_service *service, struct batch *batch, int file, struct err *err);
    /* *in_doubt is whether it may have begun although the call failed. */
    int (*create)(struct batch_service *service, struct batch *batch, int file, bool *in_doubt,
                  struct err *err);
    /* Looks for a batch whose creation was not confirmed: 1 and its id, 0 when it certainly does
     * not exist, ERR_INCOMPLETE when that cannot be told. */
    int (*find)(struct batch_service *service, struct batch *batch, struct err *err);

    /* Where to ask after, and to cancel, the batch. */
    void (*append_url)(const struct batch_service *service, const struct batch *batch,
                       struct buf *out);
    struct str cancel_path; /* what follows that */
    /* What the vendor says of it; RUNNING for words that are not known. */
    enum batch_phase (*read_state)(const json_t *state, struct batch *batch);

    /* The i-th place where results are; false when there are no more. */
    bool (*append_results_url)(const struct batch_service *service, const struct batch *batch,
                               size_t i, struct buf *out);
    void (*read_line)(const json_t *json, struct batch_line *line);
};

extern const struct batch_vendor batch_openai;
extern const struct batch_vendor batch_anthropic;
extern const struct batch_vendor batch_gemini;

enum { BATCH_URL_MAX = 16 * 1024, BATCH_CUSTOM_ID_MAX = BATCH_TAG_MAX + 24 };

/* "TAG-17": letters, digits, '-' and '_', at most 64 of them, as every vendor takes it. */
void batch_custom_id(char out[BATCH_CUSTOM_ID_MAX], const char *tag, uint64_t index);
/* False for an id that is not of this tag. */
bool batch_custom_index(const char *tag, struct str custom_id, uint64_t *index);

/* Sorts by `first`; negative when two of them overlap. */
int batch_sort_spans(struct batch_span *spans, size_t count);

/* A job whose response is a JSON object. *out is released with json_decref. */
int batch_ask(struct batch_service *service, struct http_job *job, json_t **out, struct err *err);
/* The same with a URL made of the service's base and `path`. */
int batch_get(struct batch_service *service, const char *path, json_t **out, struct err *err);

/* What is left of `create`: sends the job, which begins the batch, and takes the batch's id from
 * the answer's member `id_name`. Releases the job. */
int batch_begin(struct batch_service *service, struct http_job *job, const char *id_name,
                struct batch *batch, bool *in_doubt, struct err *err);

/* What is left of `find`: `row` of the vendor's list is the batch. Takes its id and returns 1. */
int batch_found(const json_t *row, const char *id_name, struct batch *batch, struct err *err);

/* Copies the vendor's id; ERR_ENDPOINT when it is absent or too long to be one. */
int batch_take_id(struct str id, const char *what, char out[BATCH_ID_MAX], struct err *err);

/* Appends a vendor's id as a path: its '/' stay, all else is percent-encoded. */
void batch_append_name(struct buf *out, struct str name);

/* The vendor's words on why the whole batch failed. */
void batch_set_error(struct batch *batch, struct str words);

/* The batch came to another phase: it is handed out to be journalled. */
int batch_change(const struct batch_service *service, struct batch *batch, enum batch_phase phase,
                 struct err *err);

/* A request about the batch failed, with `status` and for the reason `why`: BATCH_LOST where that
 * means that the vendor has no such thing. */
void batch_lose_if_gone(const struct batch_service *service, struct batch *batch, long status,
                        const struct err *why);

#endif
