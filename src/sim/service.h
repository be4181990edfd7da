/* service: what the endpoint does with an HTTP request: libmicrohttpd's callbacks, each called on
 * the connection's own thread, which may sleep.
 */
#ifndef SIM_SERVICE_H
#define SIM_SERVICE_H

#include "sim/aws_auth.h"
#include "sim/batch_desk.h"
#include "sim/fault.h"
#include "sim/prefix_cache.h"
#include "sim/sim.h"
#include "sim/sleeper.h"

#include <microhttpd.h>
#include <stdatomic.h>
#include <stdint.h>

/* What all connections share. */
struct service {
    double prefill_rate; /* as in sim_settings */
    double output_rate;
    struct aws_credentials aws;        /* borrowed */
    const struct tokenizer *tokenizer; /* borrowed; may be NULL */
    struct sleeper sleeper;
    struct sim_attempts attempts;
    struct prefix_cache cache;
    struct batch_desk desk;
    atomic_uint_fast64_t answers; /* begun; they number the replies */
    atomic_uint_fast64_t served;  /* requests begun */
};

int service_init(struct service *service, const struct sim_settings *settings, struct err *err);
void service_release(struct service *service);

/* The context of all is the service. on_target comes first, with the path and query as sent, and
 * what it returns is the state of the others. */
void *service_on_target(void *context, const char *target, struct MHD_Connection *connection);
enum MHD_Result service_on_request(void *context, struct MHD_Connection *connection,
                                   const char *path, const char *method, const char *version,
                                   const char *body, size_t *body_size, void **state);
void service_on_completed(void *context, struct MHD_Connection *connection, void **state,
                          enum MHD_RequestTerminationCode how);

#endif
