/* server: a scripted HTTP server for tests of the streaming client: plain sockets on 127.0.0.1 that
 * do exactly what a test says, misbehaviour included. Connection i is answered by answers[i], all
 * later ones by the last. Every connection has a thread of its own.
 */
#ifndef TESTS_WIRE_SERVER_H
#define TESTS_WIRE_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum wire_ending {
    WIRE_CLOSE,   /* in order */
    WIRE_RESET,   /* a TCP reset */
    WIRE_HANG_UP, /* at once, with bytes unread: the answer goes out, a reset right after it */
    WIRE_REUSE,   /* takes another request, all of it, and closes without a word */
    WIRE_HOLD     /* stays open until the client or the test ends it */
};

struct wire_answer {
    size_t takes;            /* bytes of the body read before answering; 0: all of it */
    size_t waits_for;        /* bodies, of all connections, that must have come before it answers */
    const char *text;        /* sent as it is; NULL: nothing */
    size_t text_len;         /* 0: the text is a string */
    size_t piece;            /* bytes per send; 0: all at once */
    uint32_t piece_pause_us; /* between two sends */
    enum wire_ending ending;
};

struct wire_request {
    char *head; /* request line and headers, NUL-terminated */
    char *body; /* NULL unless bodies are kept */
    size_t body_len;
    uint64_t content_length;
};

struct wire_server;

/* Copies the answers. Aborts the test program on failure: there is nothing to test then. */
struct wire_server *wire_server_start(const struct wire_answer *answers, size_t count,
                                      bool keeps_bodies);
void wire_server_stop(struct wire_server *server); /* closes what is open, joins its threads */

const char *wire_server_url(const struct wire_server *server); /* "http://127.0.0.1:PORT/v1" */
uint16_t wire_server_port(const struct wire_server *server);
size_t wire_server_connections(struct wire_server *server);
size_t wire_server_bodies(struct wire_server *server); /* bodies that were read whole */

/* The i-th connection's request, valid once it was answered and until stop. */
const struct wire_request *wire_server_request(struct wire_server *server, size_t index);

/* A port on which nobody listens. */
uint16_t wire_unused_port(void);

#endif
