/* think: from a request to what is said to it, or to what goes wrong: the same for all protocols,
 * for a reply at once and for one of a batch.
 */
#ifndef SIM_THINK_H
#define SIM_THINK_H

#include "base/err.h"
#include "sim/failure.h"
#include "sim/fault.h"
#include "sim/request.h"
#include "sim/service.h"
#include "sim/wire.h"

#include <stdbool.h>

struct sim_outcome {
    bool has_failure;
    struct sim_failure failure;    /* its texts are borrowed from here and from the request */
    char message[ERR_TEXT_MAX];    /* of the failure */
    struct sim_spec spec;          /* what was asked to go wrong */
    const struct sim_fault *fault; /* that spoils this reply on its way, or NULL */
};

/* Makes *out the failure of a request that could not be read; `err` says why. */
void sim_reject(const struct request *request, const struct err *err, struct sim_outcome *out);

/* Reads the prompt of a finished request and fills `reply`, whose wire is set: answer, usage,
 * names. The conversation is given back as soon as it is read. Negative only when memory is short.
 */
int sim_think(struct service *service, struct request *request, struct sim_reply *reply,
              struct sim_outcome *out, struct err *err);

/* How long the prompt is, faults aside. */
uint64_t sim_count(const struct service *service, const struct request *request);

#endif
