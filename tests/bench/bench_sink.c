/* bench_sink: an endpoint that only takes bodies, for measuring clients against each other.
 *
 * Prints its port on a line of standard output, serves on 127.0.0.1 until its standard input ends,
 * then prints one line of JSON: requests, bytes, and the longest time in which a body that was not
 * whole did not grow. The kernel discards bodies unread (MSG_TRUNC), so that the sink costs next
 * to nothing beside its client. Every body is answered with a short stream of Chat Completions
 * events. The path's first parts may ask for more:
 *
 *   /together-N/…   answers come when N bodies are whole: N requests are in flight at once
 *   /events-N-MS/…  the answer has N events, MS apart; the text of each is the CLOCK_MONOTONIC
 *                   nanosecond at which it was sent, and a space
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    HEADER_BYTES_MAX = 16 * 1024,
    TAKE_BYTES = 1024 * 1024,
    CONNECTIONS_MAX = 8192, /* by descriptor */
    READY_MAX = 256
};

#define ANSWER                                                                                     \
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"taken\"}}]}\n\n"                    \
    "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"              \
    "data: [DONE]\n\n"

struct connection {
    int fd;
    char header[HEADER_BYTES_MAX + 1];
    size_t header_len;
    uint64_t left; /* of the body */
    bool in_body;
    bool answer_due;   /* waits for the others */
    uint64_t grown_ns; /* when the body last grew */
    unsigned together;
    unsigned events; /* still to be sent */
    uint64_t event_pause_ns;
    uint64_t event_ns; /* of the next one */
};

struct sink {
    int epoll;
    int listener;
    struct connection *connections[CONNECTIONS_MAX];
    unsigned waiting;   /* answers due */
    unsigned streaming; /* answers with events to come */
    uint64_t requests;
    uint64_t bytes;
    uint64_t longest_gap_ns;
};

static uint64_t now_ns(void)
{
    struct timespec now = {0, 0};

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

static void watch(struct sink *sink, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

    (void)epoll_ctl(sink->epoll, EPOLL_CTL_ADD, fd, &event);
}

static void drop(struct sink *sink, struct connection *connection)
{
    sink->streaming -= connection->events != 0 ? 1 : 0;
    sink->waiting -= connection->answer_due ? 1 : 0;
    sink->connections[connection->fd] = NULL;
    (void)close(connection->fd);
    free(connection);
}

/* Answers are shorter than any socket's buffer. */
static void say(struct connection *connection, const char *text)
{
    if (send(connection->fd, text, strlen(text), MSG_NOSIGNAL) < 0) {
        (void)shutdown(connection->fd, SHUT_RDWR);
    }
}

static void answer(struct connection *connection)
{
    char head[256];

    connection->answer_due = false;
    (void)snprintf(head, sizeof head,
                   "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
                   "content-length: %zu\r\n\r\n" ANSWER,
                   strlen(ANSWER));
    say(connection, head);
}

static void answer_all(struct sink *sink)
{
    for (int fd = 0; fd < CONNECTIONS_MAX; fd++) {
        if (sink->connections[fd] != NULL && sink->connections[fd]->answer_due) {
            answer(sink->connections[fd]);
        }
    }
    sink->waiting = 0;
}

static void body_is_whole(struct sink *sink, struct connection *connection)
{
    connection->in_body = false;
    connection->header_len = 0;
    sink->requests++;
    if (connection->events != 0) {
        sink->streaming++;
        connection->event_ns = now_ns() + connection->event_pause_ns;
        say(connection, "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
                        "connection: close\r\n\r\n");
    } else if (connection->together > 1) {
        connection->answer_due = true;
        sink->waiting++;
        if (sink->waiting >= connection->together) {
            answer_all(sink);
        }
    } else {
        answer(connection);
    }
}

/* What the request's head asks for. */
static void read_head(struct connection *connection)
{
    const char *length = strcasestr(connection->header, "\r\ncontent-length:");
    const char *together = strstr(connection->header, "/together-");
    const char *events = strstr(connection->header, "/events-");
    char *end = NULL;

    connection->left = length != NULL ? strtoull(length + 17, NULL, 10) : 0;
    connection->together = together != NULL ? (unsigned)strtoul(together + 10, NULL, 10) : 0;
    if (events != NULL) {
        connection->events = (unsigned)strtoul(events + 8, &end, 10);
        connection->event_pause_ns = strtoull(end + 1, NULL, 10) * 1000000;
    }
    connection->in_body = true;
    connection->grown_ns = now_ns();
}

/* False when the connection is over. */
static bool take_head(struct sink *sink, struct connection *connection)
{
    ssize_t got = 0;
    size_t peeked = connection->header_len;
    char *end = NULL;

    /* No byte of the body is taken here: the head is looked at first. */
    got = recv(connection->fd, connection->header + peeked, HEADER_BYTES_MAX - peeked, MSG_PEEK);
    if (got <= 0) {
        return got < 0 && errno == EAGAIN;
    }
    connection->header[peeked + (size_t)got] = '\0';
    end = strstr(connection->header, "\r\n\r\n");
    if (end != NULL) {
        got = end + 4 - (connection->header + peeked);
    } else if (peeked + (size_t)got == HEADER_BYTES_MAX) {
        return false;
    }
    if (recv(connection->fd, connection->header + peeked, (size_t)got, 0) != got) {
        return false;
    }
    connection->header_len += (size_t)got;
    if (end != NULL) {
        end[4] = '\0';
        read_head(connection);
        if (connection->left == 0) {
            body_is_whole(sink, connection);
        }
    }
    return true;
}

static bool take_body(struct sink *sink, struct connection *connection)
{
    size_t room = connection->left < TAKE_BYTES ? (size_t)connection->left : TAKE_BYTES;
    ssize_t got = recv(connection->fd, NULL, room, MSG_TRUNC);
    uint64_t now = now_ns();

    if (got <= 0) {
        return got < 0 && errno == EAGAIN;
    }
    if (now - connection->grown_ns > sink->longest_gap_ns) {
        sink->longest_gap_ns = now - connection->grown_ns;
    }
    connection->grown_ns = now;
    connection->left -= (uint64_t)got;
    sink->bytes += (uint64_t)got;
    if (connection->left == 0) {
        body_is_whole(sink, connection);
    }
    return true;
}

static void accept_all(struct sink *sink)
{
    int fd = 0;

    while ((fd = accept4(sink->listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        struct connection *connection = fd < CONNECTIONS_MAX ? calloc(1, sizeof *connection) : NULL;
        int on = 1;

        if (connection == NULL) {
            (void)close(fd);
            continue;
        }
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        connection->fd = fd;
        sink->connections[fd] = connection;
        watch(sink, fd);
    }
}

static void send_events(struct sink *sink)
{
    char text[256];

    for (int fd = 0; fd < CONNECTIONS_MAX && sink->streaming != 0; fd++) {
        struct connection *at = sink->connections[fd];
        uint64_t now = now_ns();

        if (at == NULL || at->in_body || at->events == 0 || now < at->event_ns) {
            continue;
        }
        at->events--;
        at->event_ns += at->event_pause_ns;
        (void)snprintf(
            text, sizeof text,
            "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"%llu \"}%s}]}\n\n%s",
            (unsigned long long)now, at->events == 0 ? ",\"finish_reason\":\"stop\"" : "",
            at->events == 0 ? "data: [DONE]\n\n" : "");
        say(at, text);
        if (at->events == 0) {
            sink->streaming--;
            (void)shutdown(fd, SHUT_WR);
        }
    }
}

static bool listen_here(struct sink *sink)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof address;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sink->epoll = epoll_create1(0);
    sink->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (sink->epoll < 0 || sink->listener < 0 ||
        bind(sink->listener, (struct sockaddr *)&address, len) != 0 ||
        listen(sink->listener, 4096) != 0 ||
        getsockname(sink->listener, (struct sockaddr *)&address, &len) != 0) {
        return false;
    }
    watch(sink, sink->listener);
    watch(sink, STDIN_FILENO);
    (void)printf("%u\n", (unsigned)ntohs(address.sin_port));
    (void)fflush(stdout);
    return true;
}

static void serve(struct sink *sink, int fd)
{
    struct connection *connection = sink->connections[fd];
    bool goes_on = true;

    if (fd == sink->listener) {
        accept_all(sink);
    } else if (connection != NULL) {
        goes_on = connection->in_body ? take_body(sink, connection) : take_head(sink, connection);
        if (!goes_on) {
            drop(sink, connection);
        }
    }
}

int main(void)
{
    static struct sink sink;
    struct epoll_event ready[READY_MAX];
    bool is_over = false;

    if (!listen_here(&sink)) {
        perror("bench_sink");
        return 1;
    }
    while (!is_over) {
        int count = epoll_wait(sink.epoll, ready, READY_MAX, sink.streaming != 0 ? 1 : -1);

        for (int i = 0; i < count; i++) {
            is_over = is_over || ready[i].data.fd == STDIN_FILENO;
            serve(&sink, ready[i].data.fd);
            send_events(&sink);
        }
        send_events(&sink);
    }
    (void)printf("{\"requests\":%llu,\"bytes\":%llu,\"longest_gap_ms\":%.3f}\n",
                 (unsigned long long)sink.requests, (unsigned long long)sink.bytes,
                 1e-6 * (double)sink.longest_gap_ns);
    return 0;
}
