/* fault_life: the life of one process in a sweep that goes wrong, and the world it lives in.
 *
 * The world is what outlasts a process: a folder with the journal and the result, the endpoint
 * (fault_server.h), and memory that the driver, the endpoint and every life share. A life is a
 * process of its own that runs the real sweep loop on that journal as a session does, with the
 * disk's fault armed (fault_disk.h) and under a clock a thousand times too fast whose wall time
 * runs backwards. It may die at any call; before and after, the driver looks at what is left:
 *
 *     fault_world_open(&world);
 *     fault_world_reset(&world, seed, faulty_connections);
 *     fault_life_spawn(&world, &life);
 *     fault_world_look(&world, &view, &err); ... fault_view_release(&view);
 *     fault_world_close(&world);
 *
 * What the driver itself cannot do (fork, a folder, a plan) ends it with a line on standard error:
 * nothing was tested then.
 */
#ifndef TESTS_FAULT_LIFE_H
#define TESTS_FAULT_LIFE_H

#include "fault_disk.h"
#include "fault_server.h"

#include "base/arena.h"
#include "base/err.h"
#include "cli/sweep_settings.h"
#include "record/journal.h"
#include "record/plan.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { FAULT_SAMPLES = 3, FAULT_MODELS = 2, FAULT_TRIALS = FAULT_SAMPLES * FAULT_MODELS };

/* Memory that the driver, the endpoint and each life share, so that a killed one has told it. */
struct fault_shared {
    struct fault_truth truth;
    _Atomic int64_t synced;     /* the journal's length when it was last flushed */
    bool counted[FAULT_TRIALS]; /* a process took the trial for answered */
};

/* What all schedules have in common. Owned by the driver; a life has a copy of it. */
struct fault_world {
    struct fault_shared *shared;
    struct sweep_settings settings;
    struct result_plan plan;
    const struct grader *grader;
    struct arena arena;
    struct task task;
    struct models models;
    char folder[64];
    char journal[96];
    char output[96];
    int listener;
    pid_t server;
    struct result reference; /* holds expected's texts */
    struct result_trial expected[FAULT_TRIALS];
};

/* How one process lives. */
struct fault_life {
    enum fault_disk_kind disk;
    uint32_t at;            /* the disk call that meets the fault; 0 is the first */
    bool retries_unknown;   /* as by --retry-unknown: what may be paid for is sent again */
    bool ends_by_power_cut; /* if killed: for the driver to carry out */
    bool has_timeouts;      /* a good endpoint has none: on a busy machine it may miss them */
    size_t concurrency;     /* requests in flight */
    int64_t cap;            /* pico-dollars, or BUDGET_NO_CAP */
};

/* What is known of the sweep between two lives. */
struct fault_view {
    struct result result;
    struct trial_slots slots;
    struct journal_past past;
    uint32_t starts;
    int64_t open_cost;
};

/* Makes the folder, starts the endpoint, and learns from a sweep without faults what every other
 * one must come to (`expected`). `world` is zeroed; fault_world_close releases it. Once per
 * process. */
void fault_world_open(struct fault_world *world);

/* Ends the endpoint and removes the folder with all that killed lives left there. */
void fault_world_close(struct fault_world *world);

/* Forgets every life so far: no journal, no result, an endpoint that has seen nothing and
 * misbehaves by `seed` on its first `faulty_connections`. No life and no connection may be open. */
void fault_world_reset(const struct fault_world *world, uint64_t seed, uint32_t faulty_connections);

/* Waits for a process that lives so. Returns its exit status: 0, an enum err_code without its sign
 * or FAULT_DISK_KILLED; the negative signal when it did not exit by itself, -SIGALRM when it was
 * stuck. */
int fault_life_spawn(const struct fault_world *world, const struct fault_life *life);

/* Whether the trial has ended with an answer that counts. */
bool fault_life_has_answer(const struct trial_slots *slots, size_t index);

/* Reads the journal as the next life would. Also after a failure (a negative enum err_code, *err is
 * filled) the caller releases `view` with fault_view_release. */
int fault_world_look(const struct fault_world *world, struct fault_view *view, struct err *err);

void fault_view_release(struct fault_view *view);

#endif
