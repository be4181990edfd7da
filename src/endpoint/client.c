#include "endpoint/endpoint.h"

#include "endpoint/exchange.h"
#include "endpoint/pump.h"

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

/* Deadlines only move away while bytes move, but a stage's end may bring one nearer: so often all
 * are looked at again. */
enum { LOOK_MS = 100 };

struct client {
    struct client_limits limits;
    const struct clock *clock;
    struct pump *pump;
    struct exchange *exchanges; /* in flight, in the order they were started */
    struct exchange **last;     /* the link behind the last one */
    size_t count;               /* of exchanges */
    uint64_t look_ns;           /* no exchange wants attention before */
    bool holds_part;            /* but for an upload that stood still */
    bool has_ended;             /* some exchange may have */
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
    client->last = &client->exchanges;
    if (pump_new(&client->pump, clock, err) != 0) {
        client_free(client);
        return err->code;
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
    pump_free(client->pump);
    lessons_release(&client->lessons);
    free(client);
    curl_global_cleanup();
}

int client_start(struct client *client, const struct exchange_request *request, struct err *err)
{
    struct exchange_setting setting = {.limits = &client->limits,
                                       .clock = client->clock,
                                       .multi = pump_multi(client->pump),
                                       .bytes_sent = &client->bytes_sent,
                                       .holds_part = &client->holds_part,
                                       .heard_ns = pump_heard_ns(client->pump),
                                       .lessons = &client->lessons};
    struct exchange *exchange = NULL;
    int rc = exchange_new(&exchange, &setting, request,
                          random_stream(client->seed, STR("endpoint.pause"), client->started), err);

    if (rc != 0) {
        return rc;
    }
    *client->last = exchange;
    client->last = &exchange->next;
    client->count++;
    client->look_ns = 0;
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

    while ((message = curl_multi_info_read(pump_multi(client->pump), &left)) != NULL) {
        CURLcode code = message->data.result;
        void *owner = NULL;

        if (message->msg == CURLMSG_DONE &&
            curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &owner) == CURLE_OK) {
            exchange_transfer_over(owner, code);
            client->look_ns = 0;
            client->has_ended = true;
        }
    }
}

/* An attempt that cannot be made ends the exchange; an error is one of the client's. */
static int begin_attempt(struct client *client, struct exchange *exchange, struct err *err)
{
    struct err why;

    if (exchange_attempt(exchange, &why) != 0) {
        exchange_abandon(exchange, REPLY_FAILED, &why);
        return 0;
    }
    return pump_run_timers(client->pump, err);
}

/* Uploads that stood still for a turn, timers that fired, first attempts and pauses that are over:
 * of these as many as fit into a slice of time, so that a thousand started at once keep no answer
 * waiting. */
static int attend(struct client *client, struct err *err)
{
    uint64_t from_ns = clock_ns(client->clock);
    uint64_t now_ns = from_ns;
    int rc = 0;

    if (from_ns < client->look_ns && !client->holds_part) {
        return 0;
    }
    client->holds_part = false;
    client->look_ns = from_ns + LOOK_MS * UINT64_C(1000000);
    for (struct exchange *at = client->exchanges; at != NULL; at = at->next) {
        uint64_t deadline_ns = 0;

        transfer_resume(&at->transfer);
        exchange_check_timer(at, pump_looked_ns(client->pump));
        if (at->state == EXCHANGE_PAUSED && from_ns >= at->resume_ns && rc == 0 &&
            now_ns - from_ns < PUMP_SLICE_US * UINT64_C(1000)) {
            rc = begin_attempt(client, at, err);
            now_ns = clock_ns(client->clock);
        }
        client->has_ended = client->has_ended || at->state == EXCHANGE_ENDED;
        deadline_ns = exchange_deadline_ns(at);
        client->look_ns = deadline_ns < client->look_ns ? deadline_ns : client->look_ns;
    }
    return rc;
}

/* Takes those that ended off the list and returns them as one, in their order. */
static struct exchange *unlink_ended(struct client *client)
{
    struct exchange *ended = NULL;
    struct exchange **ended_last = &ended;

    client->last = &client->exchanges;
    while (*client->last != NULL) {
        struct exchange *exchange = *client->last;

        if (exchange->state == EXCHANGE_ENDED) {
            *client->last = exchange->next;
            client->count--;
            exchange->next = NULL;
            *ended_last = exchange;
            ended_last = &exchange->next;
        } else {
            client->last = &exchange->next;
        }
    }
    return ended;
}

/* An exchange is off the list and freed before its `done` is called, so that `done` may start
 * others. */
static bool report_ended(struct client *client)
{
    struct exchange *ended = client->has_ended ? unlink_ended(client) : NULL;
    bool is_any = ended != NULL;

    client->has_ended = false;
    while (ended != NULL) {
        struct exchange_request request = ended->request;
        struct exchange *next = ended->next;

        exchange_free(ended);
        request.done(request.context, request.reply);
        ended = next;
    }
    return is_any;
}

/* Milliseconds until `until_ns` or the next look, rounded up so that the moment has come when the
 * poll returns. */
static int pause_ms(const struct client *client, uint64_t until_ns)
{
    uint64_t now_ns = clock_ns(client->clock);
    uint64_t wake_ns = client->look_ns < until_ns ? client->look_ns : until_ns;
    uint64_t ms = wake_ns > now_ns ? (wake_ns - now_ns + 999999) / 1000000 : 0;

    return ms < INT_MAX && !client->holds_part ? (int)ms : 0;
}

int client_wait(struct client *client, int timeout_ms, struct err *err)
{
    uint64_t until_ns =
        clock_ns(client->clock) + (timeout_ms > 0 ? (uint64_t)timeout_ms * 1000000 : 0);

    while (client->count != 0) {
        int rc = attend(client, err);

        if (rc == 0 && !client->has_ended) {
            rc = pump_turn(client->pump, pause_ms(client, until_ns), err);
            take_finished_transfers(client);
        }
        if (rc != 0 || report_ended(client) || clock_ns(client->clock) >= until_ns) {
            return rc;
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
    client->has_ended = true;
    (void)report_ended(client);
}
