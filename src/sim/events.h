/* events: how the events of a reply stand on the wire: server-sent events or Amazon's frames.
 */
#ifndef SIM_EVENTS_H
#define SIM_EVENTS_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum sim_framing {
    FRAMING_DATA,   /* "data: {…}" */
    FRAMING_NAMED,  /* "event: name" before it */
    FRAMING_FRAMES, /* a frame, with the name as its event type */
    FRAMING_CHUNKS  /* a frame "chunk" with the event in base64 */
};

enum { SIM_REPLY_BYTES_MAX = 8 * 1024 * 1024 }; /* of a reply in wire form, or a step of it */

struct sim_events {
    enum sim_framing framing;
    bool uses_crlf;
    bool breaks_next;   /* the next event's JSON breaks off */
    bool corrupts_next; /* the next frame gets a wrong checksum */
    uint64_t count;     /* events so far */
    struct buf json;    /* scratch */
    struct buf out;     /* what is to be sent; its failure is sticky */
};

void sim_events_init(struct sim_events *events, enum sim_framing framing);
void sim_events_release(struct sim_events *events);

/* Appends an event and steals `payload`; NULL stands for one that memory was short for. */
void sim_events_add(struct sim_events *events, const char *name, json_t *payload);

/* The same, as an exception where the framing has such. */
void sim_events_except(struct sim_events *events, const char *name, json_t *payload);

/* Appends a line of server-sent events and an empty one: ": comment", "data: [DONE]". */
void sim_events_line(struct sim_events *events, struct str line);

int sim_events_check(const struct sim_events *events, struct err *err);

/* Appends and frees `json`, NULL as above. */
void sim_json_append(json_t *json, struct buf *out);

json_t *sim_json_text(struct str text);

#endif
