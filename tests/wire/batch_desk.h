/* batch_desk: what the batch suites share: a folder for the files, one service, the batches that
 * were written and the replies that came back. Endpoint, limits, server and err are flight.h's.
 */
#ifndef TESTS_WIRE_BATCH_DESK_H
#define TESTS_WIRE_BATCH_DESK_H

#include "../unit/folder.h"
#include "endpoint/batch.h"
#include "endpoint/batch_writer.h"
#include "flight.h"

#include <jansson.h>

enum { DESK_BATCHES_MAX = 8, DESK_REPLIES_MAX = 64, DESK_CHANGES_MAX = 64, DESK_TEXT_MAX = 256 };

#define TAG "run1"

#define OK_JSON "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"

struct desk_reply {
    int times;
    enum reply_end end;
    char text[DESK_TEXT_MAX];
    char error[ERR_TEXT_MAX];
    char finish_reason[40];
    char request_id[128];
    long http_status;
    struct reply_usage usage;
};

struct desk {
    struct folder folder;
    struct batch_service *service;
    struct batch batches[DESK_BATCHES_MAX];
    size_t count;
    enum batch_phase changes[DESK_CHANGES_MAX]; /* as on_change was told */
    size_t change_count;
    struct desk_reply replies[DESK_REPLIES_MAX]; /* by index */
    struct batch_tally tally;
    int64_t replies_left; /* the sink fails after so many; negative: never */
    bool is_stopped;
    const char *known_id; /* of another batch */
};

extern struct desk desk;

/* A checked fixture. */
void desk_set_up(void);
void desk_tear_down(void);

/* A service for `endpoint`, which has its protocol's base URL shape at a server or at nobody. */
void desk_open(const char *protocol);
void desk_serve(const char *protocol, const struct wire_answer *answers, size_t count);

struct batch_writer *desk_writer(const struct batch_limits *wanted);
/* Adds a prompt of so many pieces and tokens; the writer's result. */
int desk_add(struct batch_writer *writer, uint64_t index, uint64_t pieces, uint64_t tokens);
/* One file of `count` small requests with indexes from `first`. */
void desk_write(uint64_t first, uint64_t count);

int desk_collect(void); /* the first batch */
struct desk_reply *desk_reply(uint64_t index);

void desk_expect_changes(const enum batch_phase *phases, size_t count);
/* The i-th request's first line, and that its head holds each of `lines` (NULL-terminated). */
void desk_expect_request(size_t i, const char *first_line, const char *const *lines);
void desk_expect_body(size_t i, const char *body);

#endif
