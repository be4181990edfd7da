/* http_job: one request to an endpoint that is no prompt: a file up, results down, a state asked.
 *
 * A job blocks until it is done, its retries and their pauses included; the caller may stop it. The
 * body comes from a file that is read while it is sent, the response can be taken as it comes, so a
 * job needs the same memory for a kilobyte and for a gigabyte. Connections are those of
 * connection.h, the rules of retry.h hold, and errors are judged by the route's protocol.
 */
#ifndef ENDPOINT_HTTP_JOB_H
#define ENDPOINT_HTTP_JOB_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/random.h"
#include "base/str.h"
#include "endpoint/route.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    HTTP_RESPONSE_MAX = 4 * 1024 * 1024, /* of a response that is kept */
    HTTP_HEADER_VALUE_MAX = 4096,
    HTTP_SILENCE_MS = 5 * 60 * 1000 /* a store of files that says nothing for so long is gone */
};

/* What all jobs with an endpoint share. Borrowed, but for `random`. */
struct http_setting {
    const struct route *route;
    const struct client_limits *limits;
    const struct clock *clock;
    bool (*is_stopped)(void *context); /* asked several times a second; NULL: never */
    void *context;
    struct random random; /* of pauses */
};

/* Head, file and tail, one after the other. A zeroed body with has_file unset is empty. */
struct http_body {
    struct str head;
    bool has_file;
    int file;            /* an open descriptor; its position is neither used nor moved */
    uint64_t file_bytes; /* of the file, from its first byte */
    char line_end;       /* stands for each '\n' of the file; '\n' leaves the file as it is */
    struct str tail;
};

uint64_t http_body_length(const struct http_body *body);

struct http_job {
    /* Given; borrowed. */
    const char *method; /* "GET" or "POST" */
    const char *url;
    const char *const *headers; /* lines in place of the route's of the same name, or beside them;
                                 * NULL-terminated or NULL */
    bool is_anonymous;          /* none of the route's header lines, the key's included */
    bool is_once;               /* not made again if the endpoint may have acted on it */
    struct http_body body;
    const char *wanted_header; /* of the response; NULL: none */
    /* Takes the body of a successful response as it comes; a negative result ends the job. NULL:
     * it is kept in `response`. */
    int (*on_data)(void *context, struct str bytes, struct err *err);
    void (*on_restart)(void *context); /* the request is made anew: it comes from its start again */
    void *context;

    /* Filled; `response` is the job's own until http_job_release. */
    long status;      /* 0 when no response came */
    bool is_in_doubt; /* of a job that failed and is_once: the endpoint may have acted on it */
    uint32_t attempts;
    struct buf response;
    char header_value[HTTP_HEADER_VALUE_MAX]; /* of wanted_header, or "" */
};

void http_job_release(struct http_job *job); /* a zeroed job may be released */

/* 0 when the endpoint answered with 2xx and the whole response was taken. ERR_INTERRUPTED when the
 * caller stopped it, what `on_data` returned, else ERR_ENDPOINT or another that says what the
 * endpoint said. */
int http_job_run(struct http_setting *setting, struct http_job *job, struct err *err);

#endif
