#include "endpoint/pump.h"

#include "endpoint/arrival.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Where many uploads wait for their sockets and few may go on, asking again at once would cost more
 * than sending does: poll() looks at all of them. */
enum { UPLOADS_MANY = 64, UPLOADS_PER_READY = 8, REST_MS = 1 };

struct pump {
    const struct clock *clock;
    CURLM *multi;
    struct pollfd *watched; /* the sockets libcurl wants to hear of */
    struct pollfd *ready;   /* what poll() said; callbacks change `watched` meanwhile */
    size_t count;           /* of watched */
    size_t room;            /* of watched, and of ready */
    uint32_t *places;       /* by socket: its place in watched plus one; 0: not watched */
    size_t sockets_max;     /* of places */
    size_t next;            /* the place in watched whose upload has its turn first */
    uint64_t polled_ns;     /* when the last poll() began */
    uint64_t heard_ns;      /* pump_heard_ns */
    uint64_t timer_ns;      /* libcurl's; UINT64_MAX: none */
    bool is_resting;        /* before the next poll() */
    bool is_short;          /* of memory */
};

static bool make_room(struct pump *pump, size_t socket)
{
    if (socket >= pump->sockets_max) {
        size_t max = (socket + 1) * 2;
        uint32_t *places = realloc(pump->places, max * sizeof *places);

        if (places == NULL) {
            return false;
        }
        memset(places + pump->sockets_max, 0, (max - pump->sockets_max) * sizeof *places);
        pump->places = places;
        pump->sockets_max = max;
    }
    if (pump->count == pump->room) {
        size_t room = pump->room * 2 + 16;
        struct pollfd *watched = realloc(pump->watched, room * sizeof *watched);
        struct pollfd *ready = NULL;

        pump->watched = watched != NULL ? watched : pump->watched;
        ready = realloc(pump->ready, room * sizeof *ready);
        pump->ready = ready != NULL ? ready : pump->ready;
        if (watched == NULL || ready == NULL) {
            return false;
        }
        pump->room = room;
    }
    return true;
}

static struct pollfd *find(const struct pump *pump, curl_socket_t socket)
{
    size_t at = (size_t)socket;

    return at < pump->sockets_max && pump->places[at] != 0 ? &pump->watched[pump->places[at] - 1]
                                                           : NULL;
}

/* The last one takes its place. */
static void forget(struct pump *pump, struct pollfd *watched)
{
    const struct pollfd *last = &pump->watched[pump->count - 1];

    pump->places[last->fd] = pump->places[watched->fd];
    pump->places[watched->fd] = 0;
    *watched = *last;
    pump->count--;
}

static int on_watch(CURL *easy, curl_socket_t socket, int what, void *context, void *unused)
{
    struct pump *pump = context;
    struct pollfd *watched = find(pump, socket);

    (void)easy;
    (void)unused;
    if (what == CURL_POLL_REMOVE) {
        if (watched != NULL) {
            forget(pump, watched);
        }
        return 0;
    }
    if (watched == NULL) {
        if (!make_room(pump, (size_t)socket)) {
            pump->is_short = true;
            return -1;
        }
        watched = &pump->watched[pump->count++];
        watched->fd = socket;
        pump->places[socket] = (uint32_t)pump->count;
    }
    watched->events = (short)((what & CURL_POLL_IN) != 0 ? POLLIN : 0);
    watched->events = (short)(watched->events | ((what & CURL_POLL_OUT) != 0 ? POLLOUT : 0));
    return 0;
}

static int on_timer(CURLM *multi, long timeout_ms, void *context)
{
    struct pump *pump = context;

    (void)multi;
    pump->timer_ns = timeout_ms >= 0
                         ? clock_ns(pump->clock) + (uint64_t)timeout_ms * UINT64_C(1000000)
                         : UINT64_MAX;
    return 0;
}

int pump_new(struct pump **out, const struct clock *clock, struct err *err)
{
    struct pump *pump = calloc(1, sizeof *pump);

    if (pump == NULL) {
        return err_memory(err);
    }
    pump->clock = clock;
    pump->timer_ns = UINT64_MAX;
    pump->multi = curl_multi_init();
    if (pump->multi == NULL) {
        pump_free(pump);
        return err_memory(err);
    }
    (void)curl_multi_setopt(pump->multi, CURLMOPT_SOCKETFUNCTION, on_watch);
    (void)curl_multi_setopt(pump->multi, CURLMOPT_SOCKETDATA, pump);
    (void)curl_multi_setopt(pump->multi, CURLMOPT_TIMERFUNCTION, on_timer);
    (void)curl_multi_setopt(pump->multi, CURLMOPT_TIMERDATA, pump);
    *out = pump;
    return 0;
}

void pump_free(struct pump *pump)
{
    if (pump != NULL) {
        (void)curl_multi_cleanup(pump->multi);
        free(pump->watched);
        free(pump->ready);
        free(pump->places);
        free(pump);
    }
}

CURLM *pump_multi(struct pump *pump)
{
    return pump->multi;
}

static int act(struct pump *pump, curl_socket_t socket, int events, struct err *err)
{
    int running = 0;
    CURLMcode code = curl_multi_socket_action(pump->multi, socket, events, &running);

    if (code == CURLM_OUT_OF_MEMORY || pump->is_short) {
        return err_memory(err);
    }
    return code == CURLM_OK ? 0
                            : err_set(err, ERR_SYSTEM, "cannot wait for the endpoint: %s",
                                      curl_multi_strerror(code));
}

const uint64_t *pump_heard_ns(const struct pump *pump)
{
    return &pump->heard_ns;
}

uint64_t pump_looked_ns(const struct pump *pump)
{
    return pump->polled_ns;
}

int pump_run_timers(struct pump *pump, struct err *err)
{
    if (clock_ns(pump->clock) < pump->timer_ns) {
        return 0;
    }
    /* libcurl does not set it again when that would be for the same moment. */
    pump->timer_ns = UINT64_MAX;
    return act(pump, CURL_SOCKET_TIMEOUT, 0, err);
}

static int wait_ms(const struct pump *pump, int timeout_ms)
{
    uint64_t now_ns = clock_ns(pump->clock);
    uint64_t ms = 0;

    if (pump->timer_ns == UINT64_MAX) {
        return timeout_ms;
    }
    ms = pump->timer_ns > now_ns ? (pump->timer_ns - now_ns + 999999) / 1000000 : 0;
    return ms < (uint64_t)timeout_ms ? (int)ms : timeout_ms;
}

/* Copies what is ready, from the one whose turn it is. */
static size_t list_ready(struct pump *pump)
{
    size_t found = 0;
    size_t uploads = 0;
    size_t ready_uploads = 0;

    for (size_t i = 0; i < pump->count; i++) {
        size_t place = pump->next + i;
        const struct pollfd *at = NULL;

        place -= place >= pump->count ? pump->count : 0;
        at = &pump->watched[place];
        uploads += (at->events & POLLOUT) != 0 ? 1 : 0;
        ready_uploads += (at->revents & POLLOUT) != 0 ? 1 : 0;
        if (at->revents != 0) {
            pump->ready[found++] = *at;
        }
    }
    pump->is_resting = uploads >= UPLOADS_MANY && ready_uploads * UPLOADS_PER_READY < uploads;
    return found;
}

/* What waits now had not come, or was not yet read, when the last poll() began, whatever a wall
 * clock that was set meanwhile makes of it. */
static uint64_t heard_ns(const struct pump *pump, const struct pollfd *at, uint64_t before_ns)
{
    bool is_known = pump->clock == clock_system() && (at->revents & (POLLERR | POLLNVAL)) == 0;
    uint64_t came_ns = is_known ? arrival_ns(at->fd) : 0;
    uint64_t now_ns = clock_ns(pump->clock);

    if (came_ns == 0 || came_ns > now_ns) {
        return now_ns;
    }
    return came_ns > before_ns ? came_ns : before_ns;
}

static int read_answers(struct pump *pump, size_t count, uint64_t before_ns, struct err *err)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < count; i++) {
        const struct pollfd *at = &pump->ready[i];
        bool has_failed = (at->revents & (POLLERR | POLLNVAL)) != 0;

        if (has_failed || (at->revents & (POLLIN | POLLHUP)) != 0) {
            pump->heard_ns = heard_ns(pump, at, before_ns);
            rc = act(pump, at->fd, CURL_CSELECT_IN | (has_failed ? CURL_CSELECT_ERR : 0), err);
        }
    }
    pump->heard_ns = 0;
    return rc;
}

static int send_parts(struct pump *pump, size_t count, struct err *err)
{
    uint64_t until_ns = clock_ns(pump->clock) + PUMP_SLICE_US * UINT64_C(1000);

    for (size_t i = 0; i < count; i++) {
        const struct pollfd *at = &pump->ready[i];
        const struct pollfd *watched = find(pump, at->fd);

        if ((at->revents & POLLOUT) == 0 || watched == NULL) {
            continue;
        }
        if (clock_ns(pump->clock) >= until_ns) {
            pump->next = (size_t)(watched - pump->watched);
            return 0;
        }
        if (act(pump, at->fd, CURL_CSELECT_OUT, err) != 0) {
            return err->code;
        }
    }
    return 0;
}

int pump_turn(struct pump *pump, int timeout_ms, struct err *err)
{
    uint64_t before_ns = pump->polled_ns;
    int found = 0;
    size_t count = 0;
    int rc = 0;

    if (pump->is_resting) {
        clock_sleep_ms(REST_MS);
    }
    pump->polled_ns = clock_ns(pump->clock);
    found = poll(pump->watched, (nfds_t)pump->count, wait_ms(pump, timeout_ms));
    if (found < 0) {
        return errno == EINTR || errno == EAGAIN ? 0
                                                 : err_system(err, "cannot wait for the endpoint");
    }
    pump->next = pump->next < pump->count ? pump->next : 0;
    count = found > 0 ? list_ready(pump) : 0;
    rc = read_answers(pump, count, before_ns, err);
    rc = rc != 0 ? rc : pump_run_timers(pump, err);
    return rc != 0 ? rc : send_parts(pump, count, err);
}
