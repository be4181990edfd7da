/* bad_clock: a wall clock that is wrong and runs backwards, for programs as they are.
 *
 * Loaded with LD_PRELOAD. It shows the time of the first look less BAD_CLOCK_BEHIND seconds, and
 * from there 100 seconds less for each that passes. Clocks that measure durations are right.
 */
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { SPEED = 100 };

static time_t backwards(time_t now)
{
    static time_t first;
    const char *behind = getenv("BAD_CLOCK_BEHIND"); // NOLINT(concurrency-mt-unsafe)

    if (first == 0) {
        first = now;
    }
    return first - (now - first) * SPEED - (behind != NULL ? strtol(behind, NULL, 10) : 0);
}

/* The C library's headers name the parameters in their own way. */
// NOLINTBEGIN(readability-inconsistent-declaration-parameter-name)
int clock_gettime(clockid_t clock, struct timespec *time)
{
    long rc = syscall(SYS_clock_gettime, clock, time);

    if (rc == 0 && clock == CLOCK_REALTIME) {
        time->tv_sec = backwards(time->tv_sec);
    }
    return (int)rc;
}

time_t time(time_t *out)
{
    struct timespec now = {0, 0};

    (void)clock_gettime(CLOCK_REALTIME, &now);
    if (out != NULL) {
        *out = now.tv_sec;
    }
    return now.tv_sec;
}
// NOLINTEND(readability-inconsistent-declaration-parameter-name)
