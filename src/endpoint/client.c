#include "endpoint/endpoint.h"

#include "endpoint/exchange.h"

#include <limits.h>
#include <stdlib.h>

/* Silence is normal: a million tokens may take a model twenty minutes to read, and reasoning
 * models think in silence after that. Half an hour of patience is what vendors advise at most, and
 * no answer is known to take two hours. */
const struct client_limits client_limits_default = {
    .attempts_max = 6,
    .connect_ms = 30 * 1000,
    .upload_stall_ms = 60 * 1000,
    .first_byte_ms = 30 * 60 * 1000,
    .idle_ms = 30 * 60 * 1000,
    .request_ms = 2 * 60 * 60 * 1000,
    .pause_base_ms = 2 * 1000,
    .pause_max_ms = 10 * 60 * 1000,
};

struct client {
    struct client_limits limits;
    const struct clock *clock;
    CURLM *multi;
    struct exchange *exchanges; /* in flight */
    size_t count;               /* of exchanges */
    uint64_t seed;    /* of pauses; from the clock, so that two runs do not march in step */
    uint64_t started; /* exchanges ever started */
    uint64_t bytes_sent;
    struct lessons lessons;
};

int endpoint_check(const struct endpoint *endpoint, struct err *err)
{
    struct route route;
    int rc = route_init(&route, endpoint, NULL, err);

    if (rc == 0) {
        route_release(&route);
    }
    return rc;
}

int client_new(struct client **out, const struct client_limits *limits, const struct clock *clock,
               struct err *err)
{
    struct client *client = calloc(1, sizeof *client);

    if (client == NULL) {
        return err_memory(err);
    }
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        free(client);
        return err_set(err, ERR_SYSTEM, "libcurl cannot be initialised");
    }
    client->limits = *limits;
    client->clock = clock;
    client->seed = clock_ns(clock);
    client->multi = curl_multi_init();
    if (client->multi == NULL) {
        client_free(client);
        return err_memory(err);
    }
    *out = client;
    return 0;
}

void client_free(struct client *client)
{
    if (client == NULL) {
        return;
    }
    while (client->exchanges != NULL) {
        struct exchange *first = client->exchanges;

        client->exchanges = first->next;
        exchange_free(first);
    }
    (void)curl_multi_cleanup(client->multi);
    lessons_release(&client->lessons);
    free(client);
    curl_global_cleanup();
}

int client_start(struct client *client, const struct exchange_request *request, struct err *err)
{
    struct exchange_setting setting = {.limits = &client->limits,
                                       .clock = client->clock,
                                       .multi = client->multi,
                                       .bytes_sent = &client->bytes_sent,
                                       .lessons = &client->lessons};
    struct exchange *exchange = NULL;
    int rc = exchange_new(&exchange, &setting, request,
                          random_stream(client->seed, STR("endpoint.pause"), client->started), err);

    if (rc == 0) {
        rc = exchange_attempt(exchange, err);
    }
    if (rc != 0) {
        exchange_free(exchange);
        return rc;
    }
    exchange->next = client->exchanges;
    client->exchanges = exchange;
    client->count++;
    client->started++;
    return 0;
}

size_t client_in_flight(const struct client *client)
{
    return client->count;
}

uint64_t client_bytes_sent(const struct client *client)
{
    return client->bytes_sent;
}

static void take_finished_transfers(struct client *client)
{
    CURLMsg *message = NULL;
    int left = 0;

    while ((message = curl_multi_info_read(client->multi, &left)) != NULL) {
        CURLcode code = message->data.result;
        void *owner = NULL;

        if (message->msg == CURLMSG_DONE &&
            curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &owner) == CURLE_OK) {
            exchange_transfer_over(owner, code);
        }
    }
}

/* Uploads that stood still for a turn, timers that fired, pauses that are over. */
static void attend(struct client *client)
{
    uint64_t now_ns = clock_ns(client->clock);

    for (struct exchange *at = client->exchanges; at != NULL; at = at->next) {
        transfer_resume(&at->transfer);
        exchange_check_timer(at, now_ns);
        if (at->state == EXCHANGE_PAUSED && now_ns >= at->resume_ns) {
            struct err err;

            if (exchange_attempt(at, &err) != 0) {
                exchange_abandon(at, REPLY_FAILED, &err);
            }
        }
    }
}

/* Takes one ended exchange off the list; NULL when there is none. */
static struct exchange *unlink_ended(struct client *client)
{
    for (struct exchange **link = &client->exchanges; *link != NULL; link = &(*link)->next) {
        struct exchange *exchange = *link;

        if (exchange->state == EXCHANGE_ENDED) {
            *link = exchange->next;
            client->count--;
            return exchange;
        }
    }
    return NULL;
}

/* The exchange is off the list and freed before its `done` is called, so that `done` may start
 * others. */
static size_t report_ended(struct client *client)
{
    struct exchange *exchange = NULL;
    size_t reported = 0;

    while ((exchange = unlink_ended(client)) != NULL) {
        struct exchange_request request = exchange->request;

        exchange_free(exchange);
        request.done(request.context, request.reply);
        reported++;
    }
    return reported;
}

/* Milliseconds until `until_ns` or the first exchange wants attention, rounded up so that the
 * moment has come when the poll returns. */
static int pause_ms(const struct client *client, uint64_t until_ns)
{
    uint64_t now_ns = clock_ns(client->clock);
    uint64_t ms = 0;

    for (const struct exchange *at = client->exchanges; at != NULL; at = at->next) {
        uint64_t deadline_ns = exchange_deadline_ns(at);

        until_ns = deadline_ns < until_ns ? deadline_ns : until_ns;
    }
    ms = until_ns > now_ns ? (until_ns - now_ns + 999999) / 1000000 : 0;
    return ms < INT_MAX ? (int)ms : INT_MAX;
}

int client_wait(struct client *client, int timeout_ms, struct err *err)
{
    uint64_t until_ns =
        clock_ns(client->clock) + (timeout_ms > 0 ? (uint64_t)timeout_ms * 1000000 : 0);

    while (client->count != 0) {
        int running = 0;
        CURLMcode code = curl_multi_perform(client->multi, &running);

        if (code == CURLM_OK) {
            take_finished_transfers(client);
            attend(client);
            if (report_ended(client) != 0 || clock_ns(client->clock) >= until_ns) {
                return 0;
            }
            code = curl_multi_poll(client->multi, NULL, 0, pause_ms(client, until_ns), NULL);
        }
        if (code != CURLM_OK) {
            return err_set(err, code == CURLM_OUT_OF_MEMORY ? ERR_MEMORY : ERR_SYSTEM,
                           "cannot wait for the endpoint: %s", curl_multi_strerror(code));
        }
    }
    return 0;
}

void client_cancel(struct client *client)
{
    struct err reason;

    (void)err_set(&reason, ERR_INTERRUPTED, "cancelled");
    for (struct exchange *at = client->exchanges; at != NULL; at = at->next) {
        exchange_abandon(at, REPLY_CANCELLED, &reason);
    }
    (void)report_ended(client);
}
