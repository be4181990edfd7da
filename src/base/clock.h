/* clock: time as a seam.
 *
 * Whatever measures or waits takes a `const struct clock *`, so that tests can supply their own.
 * Intervals come from the monotonic clock only; the wall clock is for time stamps people read.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

struct clock {
    uint64_t (*monotonic_ns)(void *context);
    int64_t (*wall_s)(void *context); /* seconds since 1970-01-01T00:00:00Z */
    void *context;
};

const struct clock *clock_system(void); /* static; CLOCK_MONOTONIC and CLOCK_REALTIME */

uint64_t clock_ns(const struct clock *clock);
double clock_ms_between(uint64_t from_ns, uint64_t to_ns); /* 0 when `to` is not after `from` */

void clock_sleep_ms(int ms); /* of real time; a signal may end it early */

enum { CLOCK_STAMP_MAX = 32 };
/* "2026-11-22T14:04:18Z" */
void clock_stamp(const struct clock *clock, char out[CLOCK_STAMP_MAX]);

#endif
