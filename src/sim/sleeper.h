/* sleeper: sleeping that can be ended. The replies that simulate a slow model sleep here, and
 * stopping the server need not wait for them. For any number of threads.
 */
#ifndef SIM_SLEEPER_H
#define SIM_SLEEPER_H

#include "base/err.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct sleeper {
    pthread_mutex_t lock;
    pthread_cond_t ended;
    bool is_ended;
};

int sleeper_init(struct sleeper *sleeper, struct err *err);
void sleeper_release(struct sleeper *sleeper); /* nobody sleeps any more */

/* Sleeps until `due_ns` of the monotonic clock (clock_system). False, at once, when it is ended. */
bool sleeper_wait(struct sleeper *sleeper, uint64_t due_ns);

void sleeper_end(struct sleeper *sleeper); /* wakes everybody, for good */

#endif
