#include "sim/sleeper.h"

#include "base/clock.h"

#include <time.h>

/* Timed waits follow the wall clock unless told otherwise. */
static int init_monotonic(pthread_cond_t *cond)
{
    pthread_condattr_t attributes;
    int rc = pthread_condattr_init(&attributes);

    if (rc != 0) {
        return rc;
    }
    rc = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    if (rc == 0) {
        rc = pthread_cond_init(cond, &attributes);
    }
    (void)pthread_condattr_destroy(&attributes);
    return rc;
}

int sleeper_init(struct sleeper *sleeper, struct err *err)
{
    *sleeper = (struct sleeper){.is_ended = false};
    if (pthread_mutex_init(&sleeper->lock, NULL) != 0) {
        return err_set(err, ERR_SYSTEM, "cannot make a lock");
    }
    if (init_monotonic(&sleeper->ended) != 0) {
        (void)pthread_mutex_destroy(&sleeper->lock);
        return err_set(err, ERR_SYSTEM, "cannot make a condition variable");
    }
    return 0;
}

void sleeper_release(struct sleeper *sleeper)
{
    (void)pthread_cond_destroy(&sleeper->ended);
    (void)pthread_mutex_destroy(&sleeper->lock);
}

bool sleeper_wait(struct sleeper *sleeper, uint64_t due_ns)
{
    struct timespec due = {(time_t)(due_ns / 1000000000U), (long)(due_ns % 1000000000U)};
    bool is_ended = false;
    int rc = 0;

    if (due_ns <= clock_ns(clock_system())) {
        return true;
    }
    (void)pthread_mutex_lock(&sleeper->lock);
    while (!sleeper->is_ended && rc == 0) {
        rc = pthread_cond_timedwait(&sleeper->ended, &sleeper->lock, &due);
    }
    is_ended = sleeper->is_ended;
    (void)pthread_mutex_unlock(&sleeper->lock);
    return !is_ended;
}

void sleeper_end(struct sleeper *sleeper)
{
    (void)pthread_mutex_lock(&sleeper->lock);
    sleeper->is_ended = true;
    (void)pthread_cond_broadcast(&sleeper->ended);
    (void)pthread_mutex_unlock(&sleeper->lock);
}
