#include "fault_server.h"

#include "base/clock.h"
#include "base/random.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HEAD_MAX = 16 * 1024, ANSWER_MAX = 2048, BACKLOG = 64, QUIET_TRIES = 10 * 1000 };

enum deed {
    DEED_ANSWER,
    DEED_STATUS, /* an error in place of an answer */
    DEED_RESET_EARLY /* within the request */,
    DEED_STALL_EARLY,
    DEED_RESET_LATE, /* within the answer */
    DEED_CLOSE_LATE,
    DEED_STALL_LATE,
    DEED_STREAM_ERROR, /* an error event after half of the answer */
    DEED_SILENT        /* the whole request, and nothing after it */
};

static const struct {
    const char *words;
    const char *answer; /* a whole response, in place of the usual one */
    enum deed deed;
    unsigned weight;
    bool declines; /* and so does not bill */
} deeds[] = {
    {"answers", NULL, DEED_ANSWER, 10, false},
    {"429", "429 Too Many Requests\r\n", DEED_STATUS, 3, true},
    {"429 with Retry-After: 1", "429 Too Many Requests\r\nRetry-After: 1\r\n", DEED_STATUS, 2,
     true},
    {"503", "503 Service Unavailable\r\n", DEED_STATUS, 2, true},
    {"500", "500 Internal Server Error\r\n", DEED_STATUS, 1, true},
    {"502", "502 Bad Gateway\r\n", DEED_STATUS, 1, false},
    {"resets within the request", NULL, DEED_RESET_EARLY, 2, false},
    {"stalls within the request", NULL, DEED_STALL_EARLY, 1, false},
    {"resets within the answer", NULL, DEED_RESET_LATE, 3, false},
    {"closes within the answer", NULL, DEED_CLOSE_LATE, 2, false},
    {"stalls within the answer", NULL, DEED_STALL_LATE, 1, false},
    {"an error event within the answer", NULL, DEED_STREAM_ERROR, 1, false},
    {"takes the request and stays silent", NULL, DEED_SILENT, 1, false},
};
enum { DEED_COUNT = sizeof deeds / sizeof deeds[0] };

static size_t choose(struct random *random)
{
    unsigned sum = 0;
    uint64_t at = 0;

    for (size_t i = 0; i < DEED_COUNT; i++) {
        sum += deeds[i].weight;
    }
    at = random_below(random, sum);
    for (size_t i = 0; i < DEED_COUNT; i++) {
        if (at < deeds[i].weight) {
            return i;
        }
        at -= deeds[i].weight;
    }
    return 0;
}

static struct random stream_of(uint64_t seed, uint32_t number)
{
    return random_stream(seed, STR("fault.connection"), number);
}

const char *fault_server_words(uint64_t seed, uint32_t number)
{
    struct random random = stream_of(seed, number);

    return deeds[choose(&random)].words;
}

int fault_server_listen(uint16_t *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(listener, BACKLOG) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &len) != 0) {
        perror("fault_server");
        exit(EXIT_FAILURE); // NOLINT(concurrency-mt-unsafe): no thread yet
    }
    *port = ntohs(address.sin_port);
    return listener;
}

struct connection {
    struct fault_truth *truth;
    struct random random;
    size_t deed;
    int socket;
    uint64_t hash; /* FNV-1a of the body */
};

static void reset(int socket)
{
    const struct linger at_once = {.l_onoff = 1, .l_linger = 0};

    (void)setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

static void wait_for_the_other_end(int socket)
{
    char ignored[4096];

    while (recv(socket, ignored, sizeof ignored, 0) > 0) {
    }
}

static void hash_bytes(uint64_t *hash, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        *hash = (*hash ^ (unsigned char)bytes[i]) * UINT64_C(0x100000001b3);
    }
}

/* The head, and the part of the body that came with it; negative when there is no whole head. */
static int64_t take_head(struct connection *connection, uint64_t *content_length)
{
    char head[HEAD_MAX + 1];
    size_t len = 0;
    const char *end = NULL;
    const char *length = NULL;

    while (end == NULL && len < HEAD_MAX) {
        ssize_t got = recv(connection->socket, head + len, HEAD_MAX - len, 0);

        if (got <= 0) {
            return -1;
        }
        len += (size_t)got;
        head[len] = '\0';
        end = strstr(head, "\r\n\r\n");
    }
    length = end != NULL ? strcasestr(head, "content-length:") : NULL;
    if (length == NULL) {
        return -1;
    }
    *content_length = strtoull(length + strlen("content-length:"), NULL, 10);
    end += 4;
    hash_bytes(&connection->hash, end, len - (size_t)(end - head));
    return (int64_t)(len - (size_t)(end - head));
}

/* True when the whole request has come. */
static bool take_request(struct connection *connection)
{
    char part[16 * 1024];
    uint64_t length = 0;
    uint64_t stop_at = UINT64_MAX;
    int64_t had = take_head(connection, &length);
    uint64_t taken = had > 0 ? (uint64_t)had : 0;
    enum deed deed = deeds[connection->deed].deed;

    if (had < 0) {
        return false;
    }
    if (deed == DEED_RESET_EARLY || deed == DEED_STALL_EARLY) {
        stop_at = random_below(&connection->random, length);
    }
    while (taken < length) {
        ssize_t got = 0;

        if (taken >= stop_at) {
            if (deed == DEED_STALL_EARLY) {
                wait_for_the_other_end(connection->socket);
            }
            reset(connection->socket);
            return false;
        }
        got = recv(connection->socket, part, sizeof part, 0);
        if (got <= 0) {
            return false;
        }
        hash_bytes(&connection->hash, part, (size_t)got);
        taken += (uint64_t)got;
    }
    return true;
}

static void count_body(struct fault_truth *truth, uint64_t hash)
{
    for (size_t i = 0; i < FAULT_BODIES_MAX; i++) {
        uint64_t unused = 0;

        if (atomic_compare_exchange_strong(&truth->bodies[i].hash, &unused, hash) ||
            unused == hash) {
            truth->bodies[i].whole++;
            return;
        }
    }
    abort(); /* more prompts than there are trials */
}

static void send_all(int socket, const char *bytes, size_t len)
{
    while (len != 0) {
        ssize_t sent = send(socket, bytes, len, MSG_NOSIGNAL);

        if (sent <= 0) {
            return;
        }
        bytes += sent;
        len -= (size_t)sent;
    }
}

static size_t write_answer(char out[ANSWER_MAX], uint64_t hash, bool fails)
{
    static const char failure[] =
        "data: {\"error\":{\"message\":\"overloaded\",\"code\":\"server_is_overloaded\"}}\n\n";
    int len = snprintf(out, ANSWER_MAX,
                       "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                       "Connection: close\r\n\r\n"
                       "data: {\"choices\":[{\"delta\":{\"content\":\"reply \"}}]}\n\n"
                       "data: {\"choices\":[{\"delta\":{\"content\":\"%016" PRIx64 "\"},"
                       "\"finish_reason\":\"stop\"}]}\n\n"
                       "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":%d,"
                       "\"completion_tokens\":%d}}\n\ndata: [DONE]\n\n",
                       hash, FAULT_PROMPT_TOKENS, FAULT_OUTPUT_TOKENS);

    if (fails) {
        char *second = strstr(strstr(out, "data: ") + 1, "data: ");

        memcpy(second, failure, sizeof failure);
        return (size_t)(second - out) + sizeof failure - 1;
    }
    return (size_t)len;
}

static void answer(struct connection *connection)
{
    char text[ANSWER_MAX];
    enum deed deed = deeds[connection->deed].deed;
    size_t len = write_answer(text, connection->hash, deed == DEED_STREAM_ERROR);

    if (deed == DEED_STATUS) {
        len = (size_t)snprintf(text, sizeof text,
                               "HTTP/1.1 %sContent-Length: 2\r\nConnection: close\r\n\r\nno",
                               deeds[connection->deed].answer);
    }
    if (deed == DEED_SILENT) {
        len = 0;
    } else if (deed == DEED_RESET_LATE || deed == DEED_CLOSE_LATE || deed == DEED_STALL_LATE) {
        len = random_below(&connection->random, len);
    }
    send_all(connection->socket, text, len);
    if (deed == DEED_SILENT || deed == DEED_STALL_LATE) {
        wait_for_the_other_end(connection->socket);
    } else if (deed == DEED_RESET_LATE) {
        reset(connection->socket);
    }
}

static void *serve(void *context)
{
    struct connection *connection = context;
    struct fault_truth *truth = connection->truth;

    if (take_request(connection)) {
        count_body(truth, connection->hash);
        if (!deeds[connection->deed].declines) {
            truth->billed += FAULT_REQUEST_COST;
        }
        answer(connection);
    }
    (void)close(connection->socket);
    free(connection);
    truth->active--;
    return NULL;
}

static void take_connection(int listener, struct fault_truth *truth)
{
    struct connection *connection = calloc(1, sizeof *connection);
    uint32_t number = 0;
    pthread_t thread;

    if (connection == NULL) {
        abort();
    }
    connection->socket = accept(listener, NULL, NULL);
    if (connection->socket < 0) {
        free(connection);
        truth->active--;
        return;
    }
    number = truth->connections++;
    connection->truth = truth;
    connection->hash = UINT64_C(0xcbf29ce484222325);
    connection->random = stream_of(truth->seed, number);
    connection->deed = number < truth->faulty_connections ? choose(&connection->random) : 0;
    if (pthread_create(&thread, NULL, serve, connection) != 0 || pthread_detach(thread) != 0) {
        abort();
    }
}

void fault_server_run(int listener, struct fault_truth *truth)
{
    struct pollfd wait = {.fd = listener, .events = POLLIN};

    for (;;) {
        if (poll(&wait, 1, -1) > 0) {
            truth->active++; /* before it is accepted: see fault_server_is_quiet */
            take_connection(listener, truth);
        }
    }
}

bool fault_server_is_quiet(int listener, const struct fault_truth *truth)
{
    struct pollfd wait = {.fd = listener, .events = POLLIN};

    for (int i = 0; i < QUIET_TRIES; i++) {
        if (poll(&wait, 1, 0) == 0 && truth->active == 0 && poll(&wait, 1, 0) == 0) {
            return true;
        }
        clock_sleep_ms(1);
    }
    return false;
}
