/* route: which address is what. One table of all protocols' addresses.
 */
#ifndef SIM_ROUTE_H
#define SIM_ROUTE_H

#include "base/str.h"
#include "sim/request.h"
#include "sim/wire.h"

#include <stdbool.h>

enum sim_operation {
    OPERATION_GENERATE,
    OPERATION_COUNT,
    OPERATION_MODELS, /* the list */
    OPERATION_MODEL,  /* one of them */

    /* Files and batches. */
    OPERATION_FILE_UPLOAD, /* as a form */
    OPERATION_FILE_START,  /* an upload is opened */
    OPERATION_FILE_BYTES,  /* … and its bytes come */
    OPERATION_FILE_SHOW,
    OPERATION_FILE_READ,
    OPERATION_BATCH_CREATE,
    OPERATION_BATCH_LIST,
    OPERATION_BATCH_SHOW,
    OPERATION_BATCH_CANCEL,
    OPERATION_BATCH_RESULTS
};

struct sim_route {
    const char *method;
    const char *pattern; /* of the path as sent; each * stands for a part without '/' */
    enum sim_operation operation;
    const struct sim_wire *wire;
    bool is_stream;      /* the address asks for a stream */
    bool is_model_named; /* the last * is the model */
};

struct sim_match {
    const struct sim_route *route; /* NULL: no such address */
    bool is_method_wrong;
    char name[REQUEST_WORD_MAX]; /* what the last * stands for, percent-decoded; or "" */
};

/* `target` is the path and query as sent. */
void sim_route_find(struct str method, struct str target, struct sim_match *out);

#endif
