/* fault: misbehaviour on demand. A model's name may carry what is to go wrong: "perfect+503" fails
 * once for each prompt and then answers, "perfect+503=3" fails three times, "perfect+503=0" always;
 * "perfect+429+cut" does the one and then the other. So any client of any protocol can ask for it.
 */
#ifndef SIM_FAULT_H
#define SIM_FAULT_H

#include "base/err.h"
#include "base/str.h"
#include "sim/failure.h"
#include "sim/sim.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sim_effect {
    /* Passing: the argument is how many attempts of a prompt it spoils; 0 for all of them. */
    EFFECT_ERROR,        /* an error reply */
    EFFECT_STREAM_ERROR, /* an error after half of the answer */
    EFFECT_CUT,          /* the connection closes after half of the answer */
    EFFECT_STALL,        /* nothing more comes after half of the answer */
    EFFECT_MALFORMED,    /* an event that is not JSON */
    EFFECT_BAD_CRC,      /* an event stream's frame with a wrong checksum; elsewhere as MALFORMED */
    EFFECT_WRONG_TYPE,   /* 200 with a page of HTML */

    /* Lasting: the argument says how much. */
    EFFECT_EARLY_413,   /* the reply comes while the body is still being sent */
    EFFECT_ONE_BYTE,    /* every byte of the reply by itself */
    EFFECT_CRLF,        /* lines end as in DOS */
    EFFECT_SLOW_BYTES,  /* so many bytes a second */
    EFFECT_KEEP_LAST,   /* reads only the last tokens, so many */
    EFFECT_KEEP_FIRST,  /* … the first */
    EFFECT_WINDOW,      /* an error for prompts above so many tokens; 0: half of the prompt */
    EFFECT_UNSUPPORTED, /* an error for requests with the setting of that name */
    EFFECT_THINK,       /* reasons, and shows it, though nobody asked */
    EFFECT_ALL_THOUGHT, /* reasoning uses up the output limit */
    EFFECT_FILTER,      /* a filter stops the answer half way */
    EFFECT_BLOCK        /* a filter stops the prompt */
};

struct sim_fault {
    const char *name;
    const char *purpose;
    enum sim_effect effect;
    enum sim_failure_kind failure; /* of EFFECT_ERROR and EFFECT_STREAM_ERROR */
    unsigned status;               /* 0: the protocol's own */
    enum sim_delay delay;
    uint64_t argument; /* unless one is given */
};

enum { SIM_FAULTS_MAX = 8, SIM_PARAMETER_MAX = 48 };

/* A model's name, taken apart. */
struct sim_spec {
    const struct sim_model *model;
    struct sim_spec_fault {
        const struct sim_fault *fault;
        uint64_t argument;
    } faults[SIM_FAULTS_MAX];
    size_t count;
    char parameter[SIM_PARAMETER_MAX]; /* of EFFECT_UNSUPPORTED */
};

/* ERR_INPUT names the part that is unknown. */
int sim_spec_parse(struct str name, struct sim_spec *out, struct err *err);

/* The fault with a lasting effect, or NULL. */
const struct sim_spec_fault *sim_spec_find(const struct sim_spec *spec, enum sim_effect effect);

/* Which prompts were spoilt how often. For any number of threads. A prompt is another one for
 * another model or in another protocol. */
struct sim_attempts {
    pthread_mutex_t lock;
    struct sim_attempt {
        uint64_t key;
        uint64_t count; /* 0: the place is free */
    } * places;
    size_t next; /* the place that is given up when all are taken */
};

int sim_attempts_init(struct sim_attempts *attempts, struct err *err);
void sim_attempts_release(struct sim_attempts *attempts);

/* The passing fault that spoils this attempt, or NULL. `key` tells prompts and models apart. After
 * an attempt that nothing spoils the count begins anew, so that the same prompt fails again in the
 * next run. */
const struct sim_fault *sim_attempts_next(struct sim_attempts *attempts,
                                          const struct sim_spec *spec, uint64_t key);

#endif
