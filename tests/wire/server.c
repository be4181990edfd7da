#include "server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 64, HEAD_MAX = 64 * 1024, CHUNK = 64 * 1024, TICK_MS = 5 };

/* An answer and the copy of its text. */
struct owned_answer {
    struct wire_answer answer;
    char *text;
};

struct connection {
    struct wire_server *server;
    const struct wire_answer *answer;
    struct wire_request request;
    pthread_t thread;
    int socket;
};

struct wire_server {
    struct owned_answer *answers;
    size_t answer_count;
    bool keeps_bodies;
    int listener;
    uint16_t port;
    char url[64];
    pthread_t acceptor;
    pthread_mutex_t lock; /* of what follows */
    bool stopping;
    size_t count;
    size_t bodies;
    struct connection connections[CONNECTIONS_MAX];
};

static void must(bool holds, const char *what)
{
    if (!holds) {
        perror(what);
        abort();
    }
}

static bool is_stopping(struct wire_server *server)
{
    bool stopping = false;

    (void)pthread_mutex_lock(&server->lock);
    stopping = server->stopping;
    (void)pthread_mutex_unlock(&server->lock);
    return stopping;
}

static void pause_us(uint32_t us)
{
    struct timespec pause = {us / 1000000, (long)(us % 1000000) * 1000};

    (void)nanosleep(&pause, NULL);
}

/* recv that gives up when the server stops; 0 at the end, negative on a reset. */
static ssize_t receive(struct connection *connection, char *out, size_t room)
{
    struct pollfd wait = {.fd = connection->socket, .events = POLLIN};

    while (!is_stopping(connection->server)) {
        if (poll(&wait, 1, TICK_MS) > 0) {
            return recv(connection->socket, out, room, 0);
        }
    }
    return -1;
}

static uint64_t content_length_of(const char *head)
{
    for (const char *line = head; line != NULL; line = strchr(line + 1, '\n')) {
        if (strncasecmp(line + 1, "content-length:", 15) == 0) {
            return strtoull(line + 16, NULL, 10);
        }
    }
    return 0;
}

/* Reads the head; returns how many bytes of the body came with it, or negative. */
static ssize_t read_head(struct connection *connection)
{
    struct wire_request *request = &connection->request;
    size_t len = 0;

    request->head = calloc(1, HEAD_MAX + 1);
    must(request->head != NULL, "calloc");
    while (len < HEAD_MAX) {
        ssize_t got = receive(connection, request->head + len, HEAD_MAX - len);
        char *end = NULL;

        if (got <= 0) {
            return -1;
        }
        len += (size_t)got;
        end = strstr(request->head, "\r\n\r\n");
        if (end != NULL) {
            size_t head_len = (size_t)(end - request->head) + 4;

            request->content_length = content_length_of(request->head);
            if (request->content_length != 0 && connection->server->keeps_bodies) {
                request->body = malloc(request->content_length);
                must(request->body != NULL, "malloc");
                memcpy(request->body, request->head + head_len, len - head_len);
            }
            request->head[head_len] = '\0';
            return (ssize_t)(len - head_len);
        }
    }
    return -1;
}

static bool read_body(struct connection *connection, size_t already)
{
    struct wire_request *request = &connection->request;
    size_t wanted = connection->answer->takes;
    char *chunk = NULL;

    request->body_len = already;
    if (wanted == 0 || wanted > request->content_length) {
        wanted = request->content_length;
    }
    if (!connection->server->keeps_bodies) {
        chunk = malloc(CHUNK);
        must(chunk != NULL, "malloc");
    }
    while (request->body_len < wanted) {
        size_t room = wanted - request->body_len;
        ssize_t got = chunk != NULL ? receive(connection, chunk, room < CHUNK ? room : CHUNK)
                                    : receive(connection, request->body + request->body_len, room);

        if (got <= 0) {
            break;
        }
        request->body_len += (size_t)got;
    }
    free(chunk);
    return request->body_len >= wanted;
}

static void send_answer(struct connection *connection)
{
    const struct wire_answer *answer = connection->answer;
    size_t len = answer->text_len;
    size_t at = 0;

    while (wire_server_bodies(connection->server) < answer->waits_for &&
           !is_stopping(connection->server)) {
        pause_us(1000);
    }
    while (at < len && !is_stopping(connection->server)) {
        size_t piece = answer->piece != 0 && answer->piece < len - at ? answer->piece : len - at;
        ssize_t sent = send(connection->socket, answer->text + at, piece, MSG_NOSIGNAL);

        if (sent <= 0) {
            return;
        }
        at += (size_t)sent;
        if (answer->piece_pause_us != 0) {
            pause_us(answer->piece_pause_us);
        }
    }
}

static void end_connection(struct connection *connection)
{
    char rest[256];

    if (connection->answer->ending == WIRE_RESET) {
        struct linger hard = {.l_onoff = 1, .l_linger = 0};

        (void)setsockopt(connection->socket, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    } else if (connection->answer->ending == WIRE_HOLD) {
        while (!is_stopping(connection->server)) {
            struct pollfd wait = {.fd = connection->socket, .events = 0};

            if (poll(&wait, 1, TICK_MS) > 0) {
                break;
            }
        }
    } else if (connection->answer->ending != WIRE_HANG_UP) {
        /* Closing with unread bytes would be a reset: end our side and read on to the end. */
        (void)shutdown(connection->socket, SHUT_WR);
        while (receive(connection, rest, sizeof rest) > 0) {
        }
    }
    (void)close(connection->socket);
}

static bool take_request(struct connection *connection)
{
    struct wire_server *server = connection->server;
    ssize_t already = read_head(connection);

    if (already < 0 || !read_body(connection, (size_t)already)) {
        return false;
    }
    (void)pthread_mutex_lock(&server->lock);
    server->bodies += connection->request.body_len == connection->request.content_length;
    (void)pthread_mutex_unlock(&server->lock);
    return true;
}

static void forget_request(struct connection *connection)
{
    free(connection->request.head);
    free(connection->request.body);
    connection->request = (struct wire_request){0};
}

static void *serve(void *context)
{
    struct connection *connection = context;

    if (take_request(connection)) {
        send_answer(connection);
        if (connection->answer->ending == WIRE_REUSE) {
            forget_request(connection);
            (void)take_request(connection);
        }
    }
    end_connection(connection);
    return NULL;
}

static void add_connection(struct wire_server *server, int socket)
{
    struct connection *connection = NULL;
    size_t index = 0;

    (void)pthread_mutex_lock(&server->lock);
    index = server->count;
    must(index < CONNECTIONS_MAX, "connections");
    connection = &server->connections[index];
    connection->server = server;
    connection->socket = socket;
    connection->answer =
        &server->answers[index < server->answer_count ? index : server->answer_count - 1].answer;
    must(pthread_create(&connection->thread, NULL, serve, connection) == 0, "pthread_create");
    server->count++;
    (void)pthread_mutex_unlock(&server->lock);
}

static void *accept_all(void *context)
{
    struct wire_server *server = context;

    while (!is_stopping(server)) {
        struct pollfd wait = {.fd = server->listener, .events = POLLIN};

        if (poll(&wait, 1, TICK_MS) > 0) {
            int socket = accept(server->listener, NULL, NULL);

            if (socket >= 0) {
                add_connection(server, socket);
            }
        }
    }
    return NULL;
}

static int bind_loopback(uint16_t *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    must(listener >= 0, "socket");
    must(bind(listener, (struct sockaddr *)&address, sizeof address) == 0, "bind");
    must(getsockname(listener, (struct sockaddr *)&address, &len) == 0, "getsockname");
    *port = ntohs(address.sin_port);
    return listener;
}

uint16_t wire_unused_port(void)
{
    uint16_t port = 0;

    (void)close(bind_loopback(&port));
    return port;
}

/* The server may outlive the test function that wrote the answers. */
static void copy_answers(struct wire_server *server, const struct wire_answer *answers,
                         size_t count)
{
    server->answers = calloc(count, sizeof *server->answers);
    must(server->answers != NULL, "calloc");
    server->answer_count = count;
    for (size_t i = 0; i < count; i++) {
        struct owned_answer *own = &server->answers[i];

        own->answer = answers[i];
        if (answers[i].text != NULL) {
            size_t len = answers[i].text_len;

            len = len != 0 ? len : strlen(answers[i].text);
            own->text = malloc(len + 1);
            must(own->text != NULL, "malloc");
            memcpy(own->text, answers[i].text, len);
            own->answer.text = own->text;
            own->answer.text_len = len;
        }
    }
}

static void free_answers(struct wire_server *server)
{
    for (size_t i = 0; i < server->answer_count; i++) {
        free(server->answers[i].text);
    }
    free(server->answers);
}

struct wire_server *wire_server_start(const struct wire_answer *answers, size_t count,
                                      bool keeps_bodies)
{
    struct wire_server *server = calloc(1, sizeof *server);

    must(server != NULL, "calloc");
    copy_answers(server, answers, count);
    server->keeps_bodies = keeps_bodies;
    server->listener = bind_loopback(&server->port);
    must(listen(server->listener, CONNECTIONS_MAX) == 0, "listen");
    (void)snprintf(server->url, sizeof server->url, "http://127.0.0.1:%u/v1",
                   (unsigned)server->port);
    must(pthread_mutex_init(&server->lock, NULL) == 0, "pthread_mutex_init");
    must(pthread_create(&server->acceptor, NULL, accept_all, server) == 0, "pthread_create");
    return server;
}

void wire_server_stop(struct wire_server *server)
{
    (void)pthread_mutex_lock(&server->lock);
    server->stopping = true;
    (void)pthread_mutex_unlock(&server->lock);
    (void)pthread_join(server->acceptor, NULL);
    for (size_t i = 0; i < server->count; i++) {
        (void)pthread_join(server->connections[i].thread, NULL);
        forget_request(&server->connections[i]);
    }
    free_answers(server);
    (void)close(server->listener);
    (void)pthread_mutex_destroy(&server->lock);
    free(server);
}

const char *wire_server_url(const struct wire_server *server)
{
    return server->url;
}

uint16_t wire_server_port(const struct wire_server *server)
{
    return server->port;
}

size_t wire_server_connections(struct wire_server *server)
{
    size_t count = 0;

    (void)pthread_mutex_lock(&server->lock);
    count = server->count;
    (void)pthread_mutex_unlock(&server->lock);
    return count;
}

size_t wire_server_bodies(struct wire_server *server)
{
    size_t bodies = 0;

    (void)pthread_mutex_lock(&server->lock);
    bodies = server->bodies;
    (void)pthread_mutex_unlock(&server->lock);
    return bodies;
}

const struct wire_request *wire_server_request(struct wire_server *server, size_t index)
{
    return &server->connections[index].request;
}
