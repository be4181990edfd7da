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
#include "endpoint/quirks.h"
#include "endpoint/rate.h"
#include "prompt/body.h"
#include "record/reply.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What proves who asks. It reaches the endpoint's host and nothing else: no log, no result, no
 * error. Unused members are NULL. */
struct credentials {
    const char *key;           /* an API key, or a bearer token */
    const char *access_key_id; /* AWS, when there is no `key` */
    const char *secret_access_key;
    const char *session_token; /* of temporary AWS keys */
};

/* Where requests go and what every one of them carries. Borrowed until the exchanges with it are
 * done, but for the credentials: an exchange copies them when it is started, so a token that
 * expires may be replaced between exchanges. Members a protocol has no use for are NULL. */
struct endpoint {
    const char *protocol; /* a name in the protocol table: "openai-chat" */
    const char *base_url; /* "https://api.openai.com/v1", what the protocol's path is appended to;
                           * NULL where the protocol knows it from the region */
    const char *model;    /* the model as the endpoint names it; Azure: the deployment */
    struct credentials credentials;
    const char *region;            /* AWS region, Google Cloud location: "us-east-1", "global" */
    const char *project;           /* Google Cloud */
    const char *api_version;       /* Azure: "2024-10-21" asks for a deployment the old way */
    int64_t max_output_tokens;     /* 0: the parameter is not sent, or the protocol's default */
    const char *const *parameters; /* "name=JSON" each; NULL-terminated or NULL. "a.b=JSON" is
                                    * member b of object a */
    const char *const *headers;    /* "Name: value" each; NULL-terminated or NULL. May not set what
                                    * authenticates, frames or types the request */
    const struct quirks *quirks;   /* in what the server differs from its protocol; NULL: nothing */
    bool allows_plain_http;        /* also to other machines than this one */
    bool caches_haystack; /* tell vendors that cache nothing unasked to cache all before the
                           * question: the next probe asks about the same haystack */
};

/* What the vendor's prompt cache does for the requests of an endpoint. */
enum endpoint_caching {
    ENDPOINT_CACHES_UNASKED, /* it reads what it knows, and writing costs nothing of its own */
    ENDPOINT_CACHES_MARKED,  /* the request marks what is kept, and writing that has its price */
    ENDPOINT_CACHES_NOTHING  /* nothing is marked */
};

/* NOTHING also for an unknown protocol. */
enum endpoint_caching endpoint_caching(const struct endpoint *endpoint);

/* Timers of 0 ms are off. */
struct client_limits {
    uint32_t attempts_max;    /* requests per trial, the first included */
    uint32_t connect_ms;      /* until connected, TLS included; off: libcurl's 300 s */
    uint32_t upload_stall_ms; /* no byte of the body accepted for so long */
    uint32_t first_byte_ms;   /* from the upload's end to the first byte of the response's body */
    uint32_t idle_ms;         /* between two bytes of the response; comments and pings count */
    uint32_t request_ms;      /* all of it: an endpoint that only ever pings ends no other timer */
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
    /* Request number `attempt` (1 for the first) is about to be sent: a journal may note it before
     * its first byte leaves. A negative result keeps it back and ends the exchange as REPLY_FAILED.
     * May be NULL; it may not call the client. */
    int (*starting)(void *context, uint32_t attempt, struct err *err);
    /* An attempt failed as reply->error says and is made again in wait_s, if this agrees (a budget
     * may not); may be NULL, which always does. It may not call the client. */
    bool (*retrying)(void *context, const struct reply *reply, double wait_s);
    /* A response has begun and said this of the endpoint's limits; may be NULL. It may not call
     * the client. */
    void (*rate)(void *context, const struct rate_report *report);
    void *context;
};

/* Starts an exchange (retries and their pauses included; exactly one `done` follows, from within
 * client_wait or client_cancel). Its first request is made within client_wait, which goes through
 * many that were started at once in their order, a few at a time. May be called from within `done`.
 * On an error (memory, or what endpoint_check says) no `done` follows. */
int client_start(struct client *client, const struct exchange_request *request, struct err *err);

/* Works until something was done or timeout_ms passed; returns at once when nothing is in flight.
 */
int client_wait(struct client *client, int timeout_ms, struct err *err);

size_t client_in_flight(const struct client *client);    /* started and not done */
uint64_t client_bytes_sent(const struct client *client); /* request bodies, all attempts */

/* Stops everything in flight: each ends as REPLY_CANCELLED through its `done`. */
void client_cancel(struct client *client);

#endif
