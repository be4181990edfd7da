/* call: one HTTP request from its first line to its answer.
 */
#ifndef SIM_CALL_H
#define SIM_CALL_H

#include "base/err.h"
#include "sim/aws_auth.h"
#include "sim/failure.h"
#include "sim/fault.h"
#include "sim/request.h"
#include "sim/route.h"
#include "sim/service.h"
#include "sim/spool.h"

#include <microhttpd.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>

/* Owned by libmicrohttpd's connection until on_completed. */
struct call {
    char *target; /* path and query as sent; owned */
    bool is_begun;
    struct sim_match match;
    struct request request; /* of operations that read a prompt */
    bool has_request;
    uint64_t body_bytes;
    struct spool body;              /* of operations on files and batches; owned */
    struct sim_file *file;          /* being written; borrowed from the desk, and taken there */
    struct MHD_PostProcessor *form; /* that the file is read from; owned */
    EVP_MD_CTX *digest;             /* of the body, where it is signed; owned */
    bool is_spec_looked;            /* for a fault that comes before the end of the body */
    int rc;                         /* of reading the body, with `err` */
    struct err err;
};

/* The protocol that errors are said in. */
const struct sim_wire *call_wire(const struct call *call);

struct call_header {
    const char *name;
    const char *value;
};

/* Sends a JSON body, which is handed over; `headers` may be NULL. */
enum MHD_Result call_send_json(struct MHD_Connection *connection, unsigned status, struct buf *body,
                               const struct call_header *headers, size_t header_count);
enum MHD_Result call_send_failure(struct MHD_Connection *connection, const struct call *call,
                                  const struct sim_failure *failure);
/* Steal `json`, NULL when memory is short. */
enum MHD_Result call_send(struct MHD_Connection *connection, unsigned status, json_t *json);
enum MHD_Result call_send_with(struct MHD_Connection *connection, unsigned status, json_t *json,
                               const struct call_header *headers, size_t header_count);

/* Sends the failure on the bare socket while the body is still coming, and takes in the rest of it
 * for a moment, so that the client gets to read it. The connection cannot be used afterwards. */
void call_refuse_early(struct MHD_Connection *connection, const struct call *call,
                       const struct sim_failure *failure);

#endif
