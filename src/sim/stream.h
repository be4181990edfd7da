/* stream: a reply on its way out: step by step, each when it is due, and with whatever is to go
 * wrong on the way.
 */
#ifndef SIM_STREAM_H
#define SIM_STREAM_H

#include "sim/events.h"
#include "sim/fault.h"
#include "sim/service.h"
#include "sim/wire.h"

#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stream {
    struct service *service;
    int fd; /* the client's connection, borrowed */
    struct sim_reply reply;
    bool is_whole; /* not step by step: the reply is one JSON object, already in `events` */

    /* When. Nanoseconds of the monotonic clock. */
    uint64_t text_due_ns; /* the first token */
    uint64_t ping_due_ns;
    double output_rate;

    /* What goes wrong. */
    const struct sim_fault *fault; /* half way, or NULL */
    bool is_one_byte;
    uint64_t bytes_per_s; /* 0: as fast as it goes */

    /* How far it is. */
    struct sim_events events; /* being sent */
    size_t sent;              /* bytes of them */
    enum sim_step step;       /* comes next */
    size_t reasoning_sent;    /* bytes of the reasoning that were put into events */
    size_t text_sent;
};

/* Owns what is in its reply and events. */
struct stream *stream_new(struct service *service, const struct sim_wire *wire);
void stream_free(void *context); /* a stream, as libmicrohttpd hands it */

/* A response that reads from the stream and frees it; NULL (and the stream freed) when memory is
 * short. */
struct MHD_Response *stream_response(struct stream *stream);

/* When the last token is due. */
uint64_t stream_end_ns(const struct stream *stream);

#endif
