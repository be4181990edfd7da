#include "base/clock.h"

#include <stddef.h>
#include <string.h>
#include <time.h>

static uint64_t system_monotonic_ns(void *context)
{
    struct timespec now;

    (void)context;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

static int64_t system_wall_s(void *context)
{
    (void)context;
    return (int64_t)time(NULL);
}

const struct clock *clock_system(void)
{
    static const struct clock system = {system_monotonic_ns, system_wall_s, NULL};

    return &system;
}

uint64_t clock_ns(const struct clock *clock)
{
    return clock->monotonic_ns(clock->context);
}

double clock_ms_between(uint64_t from_ns, uint64_t to_ns)
{
    return to_ns > from_ns ? (double)(to_ns - from_ns) / 1e6 : 0.0;
}

void clock_sleep_ms(int ms)
{
    const struct timespec pause = {ms / 1000, (long)(ms % 1000) * 1000000L};

    (void)nanosleep(&pause, NULL);
}

void clock_stamp(const struct clock *clock, char out[CLOCK_STAMP_MAX])
{
    time_t seconds = (time_t)clock->wall_s(clock->context);
    struct tm parts;

    memset(&parts, 0, sizeof parts);
    (void)gmtime_r(&seconds, &parts);
    if (strftime(out, CLOCK_STAMP_MAX, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0) {
        out[0] = '\0';
    }
}
