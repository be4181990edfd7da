/* fault_server: an endpoint that misbehaves by a seed, in a process of its own, and keeps the
 * truth.
 *
 * What connection number i does follows from (seed, i) alone. The counts are in memory shared with
 * the driver: a sweep may be killed at any moment, and what the endpoint saw is still known.
 */
#ifndef TESTS_FAULT_SERVER_H
#define TESTS_FAULT_SERVER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum { FAULT_BODIES_MAX = 32 };

/* What one whole request costs, in pico-dollars, at a dollar per million tokens either way. */
enum { FAULT_PROMPT_TOKENS = 3800, FAULT_OUTPUT_TOKENS = 10 };
#define FAULT_REQUEST_COST ((int64_t)(FAULT_PROMPT_TOKENS + FAULT_OUTPUT_TOKENS) * 1000000)

struct fault_body {
    _Atomic uint64_t hash;  /* 0: unused */
    _Atomic uint32_t whole; /* requests with this body that arrived whole */
};

/* Shared memory. */
struct fault_truth {
    _Atomic uint64_t seed;
    _Atomic uint32_t faulty_connections; /* later ones are answered well */
    _Atomic uint32_t connections;
    _Atomic uint32_t active; /* connections that the server has not done with */
    _Atomic int64_t billed;  /* pico-dollars */
    struct fault_body bodies[FAULT_BODIES_MAX];
};

/* What connection `number` does under `seed`, in words: for the schedule of a failure. */
const char *fault_server_words(uint64_t seed, uint32_t number);

/* Listens on 127.0.0.1; *port is set. */
int fault_server_listen(uint16_t *port);

/* Serves until it is killed. */
_Noreturn void fault_server_run(int listener, struct fault_truth *truth);

/* Waits until the server has done with every connection that was made. False after ten seconds. */
bool fault_server_is_quiet(int listener, const struct fault_truth *truth);

#endif
