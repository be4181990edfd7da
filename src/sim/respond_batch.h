/* respond_batch: the addresses of files and batches.
 */
#ifndef SIM_RESPOND_BATCH_H
#define SIM_RESPOND_BATCH_H

#include "sim/call.h"

#include <stdbool.h>

/* Whether the operation is one of these; the others of this file are for such calls only. */
bool respond_batch_is_for(enum sim_operation operation);

/* How many bytes the vendor takes in a request to that address. */
uint64_t respond_batch_bytes_max(enum sim_operation operation);

/* The headers are there: decides where the body goes. A mistake is kept in the call. */
void respond_batch_begin(struct service *service, struct MHD_Connection *connection,
                         struct call *call);
void respond_batch_take(struct call *call, struct str chunk);
enum MHD_Result respond_batch(struct service *service, struct MHD_Connection *connection,
                              struct call *call);
/* The call is over, answered or not. */
void respond_batch_end(struct service *service, struct call *call);

#endif
