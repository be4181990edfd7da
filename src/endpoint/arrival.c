#include "endpoint/arrival.h"

#include "base/clock.h"

#include <string.h>
#include <sys/socket.h>
#include <time.h>

#ifdef SO_TIMESTAMPNS

enum { LOOKS_MAX = 8, LOOK_NS_MAX = 20 * 1000 };

void arrival_watch(int socket)
{
    const int on = 1;

    (void)setsockopt(socket, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
}

static int64_t wall_ns(void)
{
    struct timespec now = {0, 0};

    (void)clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* How far the wall clock is ahead. A program that lost its processor between two looks at clocks
 * looks again. */
static int64_t wall_lead_ns(void)
{
    int64_t lead_ns = 0;
    uint64_t shortest_ns = UINT64_MAX;

    for (int i = 0; i < LOOKS_MAX && shortest_ns > LOOK_NS_MAX; i++) {
        uint64_t from_ns = clock_ns(clock_system());
        int64_t now_ns = wall_ns();
        uint64_t took_ns = clock_ns(clock_system()) - from_ns;

        if (took_ns < shortest_ns) {
            shortest_ns = took_ns;
            lead_ns = now_ns - (int64_t)from_ns;
        }
    }
    return lead_ns;
}

uint64_t arrival_ns(int socket)
{
    union {
        struct cmsghdr head; /* for its alignment */
        char bytes[CMSG_SPACE(sizeof(struct timespec))];
    } notes;
    char byte = 0;
    struct iovec part = {&byte, 1};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = notes.bytes,
                             .msg_controllen = sizeof notes.bytes};
    const struct cmsghdr *note = NULL;
    struct timespec then = {0, 0};
    int64_t came_ns = 0;

    if (recvmsg(socket, &message, MSG_PEEK | MSG_DONTWAIT) <= 0) {
        return 0;
    }
    note = CMSG_FIRSTHDR(&message);
    if (note == NULL || note->cmsg_level != SOL_SOCKET || note->cmsg_type != SO_TIMESTAMPNS ||
        note->cmsg_len < CMSG_LEN(sizeof then)) {
        return 0;
    }
    memcpy(&then, CMSG_DATA(note), sizeof then);
    came_ns = then.tv_sec * INT64_C(1000000000) + then.tv_nsec - wall_lead_ns();
    return came_ns > 0 ? (uint64_t)came_ns : 0;
}

#else

void arrival_watch(int socket)
{
    (void)socket;
}

uint64_t arrival_ns(int socket)
{
    (void)socket;
    return 0;
}

#endif
