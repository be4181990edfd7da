/* sim: the loopback endpoint. It takes requests like a vendor's, reads the prompt like a model
 * would, solves the question from the text alone (it never sees an answer key) and streams the
 * answer. Models that forget, misread or misbehave are variations of one solver.
 *
 * Whatever a simulated model scores is about Haymaker, not about a model: results say "simulated".
 * It listens on 127.0.0.1 only.
 */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct sim_settings {
    uint16_t port; /* 0: any free one */
};

struct sim;

/* Starts listening and serving on its own threads. */
int sim_start(struct sim **out, const struct sim_settings *settings, struct err *err);
void sim_stop(struct sim *sim); /* waits for its threads; NULL is fine */

const char *sim_base_url(const struct sim *sim); /* "http://127.0.0.1:PORT/v1"; until sim_stop */
uint16_t sim_port(const struct sim *sim);
uint64_t sim_requests_served(const struct sim *sim);

/* A simulated model: its name and the formula it follows, for --help and the README. */
struct sim_model {
    const char *name;
    const char *purpose;
};
extern const struct sim_model sim_models[]; /* ends with a NULL name */

#endif
