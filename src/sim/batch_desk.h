/* batch_desk: files of requests that were handed in, the batches made of them, and their results.
 *
 * A batch is answered at once when it is asked after for the third time, by the same solver as all
 * else; before that it is under way, as a vendor's would be for hours. Files are on disk, and all
 * is kept until the server ends. Every function may be called by any thread.
 */
#ifndef SIM_BATCH_DESK_H
#define SIM_BATCH_DESK_H

#include "base/err.h"
#include "base/str.h"
#include "sim/batch_split.h"
#include "sim/request.h"
#include "sim/spool.h"
#include "sim/wire.h"

#include <jansson.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct service;

/* `spool` belongs to whoever writes the file, until it is finished. */
struct sim_file {
    char id[48];
    char name[BATCH_WORD_MAX];
    int64_t created_s;
    bool is_finished;
    bool is_taken; /* somebody writes it */
    struct spool spool;
};

enum sim_batch_state { SIM_BATCH_RUNNING, SIM_BATCH_ENDED, SIM_BATCH_CANCELLED, SIM_BATCH_FAILED };

enum { SIM_BATCH_POLLS = 2 }; /* so often it is still under way */

struct sim_batch {
    const struct batch_shape *shape;
    const struct sim_wire *wire; /* of its requests */
    char id[48];
    char name[BATCH_WORD_MAX]; /* that the client gave it, or "" */
    char endpoint[BATCH_WORD_MAX];
    char model[REQUEST_WORD_MAX]; /* of all requests, where the address names it; or "" */
    struct sim_file *input;
    struct sim_file *output; /* NULL until it ended */
    struct sim_file *errors; /* of the requests that failed, where they have a file; or NULL */
    bool is_inline;          /* the requests came with the batch, not in a file */
    bool is_cancelling;      /* half of the requests will be answered */
    enum sim_batch_state state;
    unsigned polls;
    int64_t created_s;
    int64_t ended_s;
    uint64_t total;
    uint64_t succeeded;
    uint64_t errored;
    uint64_t canceled;
    char failure[ERR_TEXT_MAX]; /* of SIM_BATCH_FAILED */
};

enum batch_end { BATCH_SUCCEEDED, BATCH_ERRORED, BATCH_CANCELED };

/* How a vendor's batches look. */
struct batch_shape {
    const char *id_prefix;
    struct batch_form file;     /* of requests */
    struct batch_form together; /* requests in the body that makes the batch */
    bool has_error_file;
    bool says_canceled; /* results of requests that nobody answered say so */

    /* What the client sees of a batch. `host` is the server's, for addresses. NULL when memory is
     * short, as all of these. */
    json_t *(*show)(const struct sim_batch *batch, const char *host);
    json_t *(*list)(json_t *batches); /* steals an array of what `show` gave */
    /* One result; steals `body`, a reply or an error, NULL for BATCH_CANCELED. */
    json_t *(*result)(const struct batch_item *item, enum batch_end end, unsigned status,
                      json_t *body);
};

extern const struct batch_shape batch_shape_openai;
extern const struct batch_shape batch_shape_anthropic;
extern const struct batch_shape batch_shape_gemini;

const struct batch_shape *batch_shape_of(const struct sim_wire *wire);

struct batch_desk {
    pthread_mutex_t lock;
    struct sim_file **files; /* owned */
    size_t file_count;
    struct sim_batch **batches; /* owned */
    size_t batch_count;
    uint64_t numbers; /* given out */
};

int batch_desk_init(struct batch_desk *desk, struct err *err);
void batch_desk_release(struct batch_desk *desk);

/* Files stay where they are until the desk is released. */
struct sim_file *batch_desk_add_file(struct batch_desk *desk, const char *name, struct err *err);
struct sim_file *batch_desk_find_file(struct batch_desk *desk, const char *id); /* or NULL */

/* Takes the file for writing; false when another has it or it is finished. */
bool batch_desk_take_file(struct batch_desk *desk, struct sim_file *file);
void batch_desk_give_file(struct batch_desk *desk, struct sim_file *file, bool is_finished);

/* Makes a batch as *batch says: shape, wire, names and input. A bad input makes a failed batch. */
struct sim_batch *batch_desk_add(struct batch_desk *desk, const struct sim_batch *batch,
                                 struct err *err);

/* Finds a batch, and where `asks` brings it one step further; *out becomes what its shape shows of
 * it, NULL when memory is short. False when there is none. */
bool batch_desk_show(struct batch_desk *desk, struct service *service, const char *id, bool asks,
                     const char *host, json_t **out);
bool batch_desk_cancel(struct batch_desk *desk, const char *id);
json_t *batch_desk_list(struct batch_desk *desk, const struct batch_shape *shape, const char *host);

/* The finished file of results, or NULL. */
struct sim_file *batch_desk_results(struct batch_desk *desk, const char *id);

#endif
