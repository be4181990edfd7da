/* endpoint: bytes -> reply. The fourth step of the flow: prompts are streamed to a model endpoint
 * over HTTP/1.1 and its streamed answer is read as it comes.
 *
 * A client drives any number of exchanges on one thread (curl_multi); nothing here blocks but
 * client_wait. The request body is produced from the prompt while it is sent, so an exchange holds
 * the same memory for a thousand tokens and for ten million. A wire protocol is one file that
 * exports one `const struct protocol` and a line in table.c.
 */
#ifndef ENDPOINT_ENDPOINT_H
#define ENDPOINT_ENDPOINT_H

#include "base/clock.h"
#include "base/err.h"
#include "prompt/body.h"
#include "record/reply.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where requests go and what every one of them carries. Borrowed until the exchanges with it are
 * done; `key` never reaches a log, a result, an error or another process. */
struct endpoint {
    const char *protocol;          /* a name in the protocol table: "openai-chat" */
    const char *base_url;          /* "https://api.openai.com/v1"; http only to this machine */
    const char *model;             /* the model as the endpoint names it */
    const char *key;               /* bearer key, or NULL for none */
    int64_t max_output_tokens;     /* 0: the parameter is not sent */
    const char *const *parameters; /* "name=JSON" each, sent as they are; NULL-terminated or NULL */
};

/* Timers of 0 ms are off. */
struct client_limits {
    uint32_t attempts_max;    /* requests per trial, the first included */
    uint32_t connect_ms;      /* until connected, TLS included; off: libcurl's 300 s */
    uint32_t upload_stall_ms; /* no byte of the body accepted for so long */
    uint32_t first_byte_ms;   /* from the upload's end to the first byte of the response's body */
    uint32_t idle_ms;         /* between two bytes of the response; comments and pings count */
    uint32_t pause_base_ms;   /* before the second attempt; doubles from then on */
    uint32_t pause_max_ms;    /* a server that asks for more is not asked again */
};
extern const struct client_limits client_limits_default;

struct client;

/* ERR_USAGE for an endpoint that cannot be used: its URL, key, protocol or parameters. For saying
 * so before any work is done; client_start checks as well. */
int endpoint_check(const struct endpoint *endpoint, struct err *err);

/* One client serves requests to any number of endpoints (a sweep compares several): the endpoint is
 * named by each request (exchange_request.endpoint), not by the client. */
int client_new(struct client **out, const struct client_limits *limits, const struct clock *clock,
               struct err *err);

/* Cancels what is in flight, without callbacks. NULL is fine; not from within a callback. */
void client_free(struct client *client);

/* One prompt to be sent. `prompt`, `measure` and `reply` are borrowed until `done` was called. The
 * prompt is read by this exchange alone meanwhile. */
struct exchange_request {
    const struct endpoint *endpoint; /* borrowed until `done` was called */
    struct prompt *prompt;
    const struct prompt_measure *measure;
    struct reply *reply; /* initialised by the caller; filled as the answer comes */
    void (*done)(void *context, struct reply *reply);
    /* An attempt failed as reply->error says and is made again in wait_s; may be NULL. It may not
     * call the client. */
    void (*retrying)(void *context, const struct reply *reply, double wait_s);
    void *context;
};

/* Starts an exchange (retries and their pauses included; exactly one `done` follows, from within
 * client_wait or client_cancel). May be called from within `done`. On an error (memory, or what
 * endpoint_check says) no `done` follows. */
int client_start(struct client *client, const struct exchange_request *request, struct err *err);

/* Works until something was done or timeout_ms passed; returns at once when nothing is in flight.
 */
int client_wait(struct client *client, int timeout_ms, struct err *err);

size_t client_in_flight(const struct client *client);    /* started and not done */
uint64_t client_bytes_sent(const struct client *client); /* request bodies, all attempts */

/* Stops everything in flight: each ends as REPLY_CANCELLED through its `done`. */
void client_cancel(struct client *client);

#endif
