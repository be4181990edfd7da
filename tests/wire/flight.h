/* flight: what the client's suites share: one scripted server, one client, and the exchanges a test
 * starts, with the checks that every reply can be put to. State is global, since Check runs each
 * test in a process of its own.
 */
#ifndef TESTS_WIRE_FLIGHT_H
#define TESTS_WIRE_FLIGHT_H

#include "endpoint/endpoint.h"
#include "long_prompt.h"
#include "server.h"

enum { SMALL = 8, LARGE = 40 * 1000 }; /* pieces; a large prompt is more than 5 MB */
enum { FLIGHTS_MAX = 16, WAIT_MS = 1000 };

#define KEY   "sk-test-0123456789"
#define HEAD  "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nX-Request-Id: req-7\r\n\r\n"
#define HELLO "data: {\"model\":\"m-1\",\"choices\":[{\"delta\":{\"content\":\"Hello\"}}]}\n\n"
#define THERE                                                                                      \
    "data: {\"choices\":[{\"delta\":{\"content\":\" there\"},\"finish_reason\":null}]}\n\n"
#define STOP   "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
#define DONE   "data: [DONE]\n\n"
#define ANSWER HEAD HELLO THERE STOP DONE

#define ERROR(status, headers, body)                                                               \
    "HTTP/1.1 " status "\r\nContent-Type: application/json\r\nConnection: close\r\n" headers       \
    "\r\n" body

struct flight {
    struct long_prompt prompt;
    struct prompt_measure measure;
    struct reply reply;
    int done;
    int retries;
    int responses;                  /* that began */
    struct rate_report rate;        /* of the last one */
    char first_error[ERR_TEXT_MAX]; /* of the first attempt that was made again */
};

extern struct wire_server *server;
extern struct client *client;
extern struct client_limits limits; /* the defaults, but for pauses of a millisecond */
extern struct endpoint endpoint;
extern struct flight flights[FLIGHTS_MAX];
extern struct err err;

/* A checked fixture. */
void set_up(void);
void tear_down(void);

/* Starts server and client; `endpoint` leads to the server. */
void serve(const struct wire_answer *answers, size_t count);

/* Starts an exchange; `done` must call on_done. */
void start(struct flight *flight, uint64_t pieces);
void start_then(struct flight *flight, uint64_t pieces,
                void (*done)(void *context, struct reply *reply));
void on_done(void *context, struct reply *reply);

void work(void); /* until nothing is in flight */

/* All of it with one exchange: serve, start, work. */
struct reply *ask(const struct wire_answer *answers, size_t count, uint64_t pieces);

void expect_text(const struct reply *reply, const char *text);
void expect_failure(const struct reply *reply, enum reply_end end, uint32_t attempts,
                    const char *says);

/* The reference is jansson: the messages it finds in the body must be the prompt's texts. */
void expect_whole_body(const struct wire_request *request, uint64_t pieces);

#endif
