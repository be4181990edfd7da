#include "sim/chat_reply.h"
#include "sim/chat_request.h"
#include "sim/model.h"
#include "sim/sim.h"

#include "base/clock.h"
#include "base/utf8.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    BODY_BYTES_MAX = 256 * 1024 * 1024, /* about 50M tokens, three times the largest haystack */
    CONNECTIONS_MAX = 4096,
    CONNECTION_MEMORY = 128 * 1024, /* libmicrohttpd's, per connection: mostly the read buffer */
    THREAD_STACK = 256 * 1024,
    LISTEN_BACKLOG = 1024,
    READER_BLOCK = 4096
};

struct sim {
    struct sim_settings settings;
    struct MHD_Daemon *daemon;
    uint16_t port;
    char base_url[64];
    atomic_uint_fast64_t requests;
    atomic_uint_fast64_t served;

    /* Waiting replies sleep on `stop`, so that stopping need not wait for them. */
    pthread_mutex_t lock;
    pthread_cond_t stop;
    bool is_stopping;
};

/* One request while it arrives. Owned by libmicrohttpd's connection until on_completed. */
struct call {
    struct chat_request request;
    uint64_t body_bytes;
    int failure;
    struct err err;
};

/* A reply while it is streamed. Owned by the response. */
struct stream {
    struct sim *sim;
    struct chat_reply reply;
    struct buf event; /* being sent */
    size_t event_sent;
    uint64_t text_due_ns; /* when the first text may go out */
    double output_rate;
};

/* Sleeps until `due_ns` of the monotonic clock. False when the server stops meanwhile. */
static bool wait_until(struct sim *sim, uint64_t due_ns)
{
    struct timespec due = {(time_t)(due_ns / 1000000000U), (long)(due_ns % 1000000000U)};
    bool stopping = false;
    int rc = 0;

    if (due_ns <= clock_ns(clock_system())) {
        return true;
    }
    (void)pthread_mutex_lock(&sim->lock);
    while (!sim->is_stopping && rc == 0) {
        rc = pthread_cond_timedwait(&sim->stop, &sim->lock, &due);
    }
    stopping = sim->is_stopping;
    (void)pthread_mutex_unlock(&sim->lock);
    return !stopping;
}

static uint64_t duration_ns(uint64_t tokens, double rate)
{
    return rate > 0 ? (uint64_t)((double)tokens / rate * 1e9) : 0;
}

static double choose_rate(double settings, double model)
{
    return settings > 0 ? settings : model;
}

static enum MHD_Result queue(struct MHD_Connection *connection, unsigned status,
                             struct MHD_Response *response, const char *type)
{
    enum MHD_Result result = MHD_NO;

    if (response == NULL) {
        return MHD_NO;
    }
    if (MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type) == MHD_YES) {
        result = MHD_queue_response(connection, status, response);
    }
    MHD_destroy_response(response);
    return result;
}

/* Sends a JSON body, which is handed over. */
static enum MHD_Result queue_json(struct MHD_Connection *connection, unsigned status,
                                  struct buf *body)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(body->len, body->p, MHD_RESPMEM_MUST_FREE);

    if (response == NULL) {
        buf_release(body);
    }
    return queue(connection, status, response, "application/json");
}

static enum MHD_Result queue_error(struct MHD_Connection *connection, unsigned status,
                                   const char *message, const char *param, const char *code)
{
    struct err err;
    struct buf body;

    buf_init(&body, CHAT_REPLY_BYTES_MAX);
    if (chat_reply_error(message, param, code, &body, &err) != 0) {
        buf_release(&body);
        return MHD_NO;
    }
    return queue_json(connection, status, &body);
}

static enum MHD_Result queue_models(struct MHD_Connection *connection)
{
    struct err err;
    struct buf body;

    buf_init(&body, CHAT_REPLY_BYTES_MAX);
    if (chat_reply_models(&body, &err) != 0) {
        buf_release(&body);
        return MHD_NO;
    }
    return queue_json(connection, MHD_HTTP_OK, &body);
}

static void stream_free(void *context)
{
    struct stream *stream = context;

    sim_answer_release(&stream->reply.answer);
    buf_release(&stream->event);
    free(stream);
}

/* When the event that comes next may be sent: after the tokens before it. */
static uint64_t event_due_ns(const struct stream *stream)
{
    return stream->text_due_ns +
           duration_ns(sim_tokens(stream->reply.text_sent), stream->output_rate);
}

/* libmicrohttpd calls this on the connection's own thread, which may sleep. */
static ssize_t stream_read(void *context, uint64_t position, char *to, size_t bytes_max)
{
    struct stream *stream = context;
    struct str rest;
    struct err err;

    (void)position;
    if (stream->event_sent == stream->event.len) {
        bool is_more = false;

        if (!wait_until(stream->sim, event_due_ns(stream))) {
            return MHD_CONTENT_READER_END_WITH_ERROR;
        }
        buf_reset(&stream->event);
        stream->event_sent = 0;
        if (chat_reply_next(&stream->reply, &stream->event, &is_more, &err) != 0) {
            return MHD_CONTENT_READER_END_WITH_ERROR;
        }
        if (!is_more) {
            return MHD_CONTENT_READER_END_OF_STREAM;
        }
    }
    rest = str_take(str_skip(buf_str(&stream->event), stream->event_sent), bytes_max);
    memcpy(to, rest.p, rest.len);
    stream->event_sent += rest.len;
    return (ssize_t)rest.len;
}

static enum MHD_Result queue_stream(struct MHD_Connection *connection, struct stream *stream)
{
    struct MHD_Response *response = MHD_create_response_from_callback(
        MHD_SIZE_UNKNOWN, READER_BLOCK, stream_read, stream, stream_free);

    if (response == NULL) {
        stream_free(stream);
    }
    return queue(connection, MHD_HTTP_OK, response, "text/event-stream");
}

static enum MHD_Result queue_whole(struct MHD_Connection *connection, struct stream *stream)
{
    struct err err;
    struct buf body;
    enum MHD_Result result = MHD_NO;
    uint64_t end_ns =
        stream->text_due_ns +
        duration_ns(sim_tokens(stream->reply.answer.text.len), stream->output_rate);

    buf_init(&body, CHAT_REPLY_BYTES_MAX);
    if (wait_until(stream->sim, end_ns) && chat_reply_whole(&stream->reply, &body, &err) == 0) {
        result = queue_json(connection, MHD_HTTP_OK, &body);
    } else {
        buf_release(&body);
    }
    stream_free(stream);
    return result;
}

/* Reads, thinks and answers; the conversation is given back before the answer is sent. */
static struct stream *answer_call(struct sim *sim, struct call *call, const struct sim_model *model)
{
    uint64_t now_ns = clock_ns(clock_system());
    struct stream *stream = calloc(1, sizeof *stream);
    struct chat_reply *reply = NULL;
    struct sim_thought thought;

    if (stream == NULL) {
        return NULL;
    }
    sim_thought_init(&thought, &call->request.conversation);
    stream->sim = sim;
    stream->output_rate = choose_rate(sim->settings.output_rate, model->output_rate);
    stream->text_due_ns =
        now_ns + duration_ns(thought.prompt_tokens,
                             choose_rate(sim->settings.prefill_rate, model->prefill_rate));
    buf_init(&stream->event, CHAT_REPLY_BYTES_MAX);
    reply = &stream->reply;
    (void)snprintf(reply->id, sizeof reply->id, "chatcmpl-sim-%llu",
                   (unsigned long long)atomic_fetch_add(&sim->requests, 1));
    reply->model = model->name;
    reply->created_s = clock_system()->wall_s(NULL);
    reply->include_usage = call->request.include_usage;
    reply->prompt_tokens = thought.prompt_tokens;
    if (sim_model_answer(model, &thought, call->request.output_tokens_max, &reply->answer,
                         &call->err) != 0) {
        stream_free(stream);
        return NULL;
    }
    conversation_release(&call->request.conversation);
    return stream;
}

static enum MHD_Result respond_chat(struct sim *sim, struct MHD_Connection *connection,
                                    struct call *call)
{
    struct chat_request *request = &call->request;
    const struct sim_model *model = NULL;
    struct stream *stream = NULL;

    if (call->failure == 0) {
        call->failure = chat_request_finish(request, &call->err);
    }
    if (call->failure != 0) {
        return queue_error(connection, MHD_HTTP_BAD_REQUEST, call->err.text, request->error_param,
                           request->error_code);
    }
    model = sim_model_find(request->model);
    if (model == NULL) {
        char message[CHAT_WORD_MAX + 64];

        (void)snprintf(message, sizeof message, "The model '%s' does not exist here.",
                       request->model);
        return queue_error(connection, MHD_HTTP_NOT_FOUND, message, "model", "model_not_found");
    }
    stream = answer_call(sim, call, model);
    if (stream == NULL) {
        return queue_error(connection, MHD_HTTP_INTERNAL_SERVER_ERROR, "Out of memory.", NULL,
                           NULL);
    }
    return request->is_stream ? queue_stream(connection, stream) : queue_whole(connection, stream);
}

/* The path is a stranger's bytes: it is shown in printable form. */
static enum MHD_Result queue_url_error(struct MHD_Connection *connection, unsigned status,
                                       const char *code, const char *what, const char *method,
                                       const char *path)
{
    struct buf message;
    enum MHD_Result result = MHD_NO;

    buf_init(&message, 1024 * 1024);
    buf_appendf(&message, "%s%s ", what, method);
    utf8_append_printable(&message, str_from(path));
    if (message.failure == 0) {
        result = queue_error(connection, status, message.p, NULL, code);
    }
    buf_release(&message);
    return result;
}

static const struct route {
    const char *path;
    const char *method;
} routes[] = {
    {"/v1/chat/completions", MHD_HTTP_METHOD_POST},
    {"/v1/models", MHD_HTTP_METHOD_GET},
};
enum { ROUTE_CHAT, ROUTE_MODELS, ROUTE_COUNT };

static enum MHD_Result respond(struct sim *sim, struct MHD_Connection *connection, const char *path,
                               const char *method, struct call *call)
{
    int route = 0;

    while (route < ROUTE_COUNT && strcmp(routes[route].path, path) != 0) {
        route++;
    }
    if (route == ROUTE_COUNT) {
        return queue_url_error(connection, MHD_HTTP_NOT_FOUND, "unknown_url",
                               "Unknown request URL: ", method, path);
    }
    if (strcmp(routes[route].method, method) != 0) {
        return queue_url_error(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "method_not_supported",
                               "Not allowed to ", method, path);
    }
    if (route == ROUTE_MODELS) {
        return queue_models(connection);
    }
    return respond_chat(sim, connection, call);
}

static bool is_too_large(struct MHD_Connection *connection)
{
    uint64_t length = 0;
    const char *header = MHD_lookup_connection_value(connection, MHD_HEADER_KIND,
                                                     MHD_HTTP_HEADER_CONTENT_LENGTH);

    return str_to_u64(str_from(header), &length) && length > BODY_BYTES_MAX;
}

static enum MHD_Result begin_call(struct MHD_Connection *connection, void **state)
{
    struct call *call = NULL;

    if (is_too_large(connection)) {
        return queue_error(connection, MHD_HTTP_CONTENT_TOO_LARGE,
                           "The body of the request is too large.", NULL, "request_too_large");
    }
    call = calloc(1, sizeof *call);
    if (call == NULL) {
        return MHD_NO;
    }
    chat_request_init(&call->request);
    *state = call;
    return MHD_YES;
}

/* After a failure the rest of the body is read and dropped, so that the client gets to read the
 * error instead of a broken connection. */
static enum MHD_Result take_body(struct call *call, struct str chunk)
{
    call->body_bytes += chunk.len;
    if (call->body_bytes > BODY_BYTES_MAX) {
        return MHD_NO;
    }
    if (call->failure == 0) {
        call->failure = chat_request_feed(&call->request, chunk, &call->err);
    }
    return MHD_YES;
}

/* libmicrohttpd calls this first with the headers, then with each part of the body, then once more
 * for the answer. */
static enum MHD_Result on_request(void *context, struct MHD_Connection *connection,
                                  const char *path, const char *method, const char *version,
                                  const char *body, size_t *body_size, void **state)
{
    struct call *call = *state;
    enum MHD_Result result = MHD_YES;

    (void)version;
    if (call == NULL) {
        return begin_call(connection, state);
    }
    if (*body_size != 0) {
        result = take_body(call, (struct str){body, *body_size});
        *body_size = 0;
        return result;
    }
    return respond(context, connection, path, method, call);
}

static void on_completed(void *context, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode how)
{
    struct sim *sim = context;
    struct call *call = *state;

    (void)connection;
    if (how == MHD_REQUEST_TERMINATED_COMPLETED_OK) {
        atomic_fetch_add(&sim->served, 1);
    }
    if (call != NULL) {
        chat_request_release(&call->request);
        free(call);
        *state = NULL;
    }
}

/* Says why, from errno. */
static int system_failed(struct err *err, const char *what, uint16_t port)
{
    char reason[128] = "";

    if (strerror_r(errno, reason, sizeof reason) != 0) {
        (void)snprintf(reason, sizeof reason, "error %d", errno);
    }
    return err_set(err, ERR_SYSTEM, "cannot %s 127.0.0.1:%u: %s", what, (unsigned)port, reason);
}

/* A socket of our own, for the system's own words when the port is taken. */
static int open_listener(struct sim *sim, int *out, struct err *err)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(sim->settings.port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    socklen_t address_len = sizeof address;
    int on = 1;
    int listener = socket(AF_INET, SOCK_STREAM, 0);

    if (listener < 0) {
        return system_failed(err, "open a socket for", sim->settings.port);
    }
    (void)fcntl(listener, F_SETFD, FD_CLOEXEC);
    (void)setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&address, address_len) != 0 ||
        listen(listener, LISTEN_BACKLOG) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &address_len) != 0) {
        (void)system_failed(err, "listen on", sim->settings.port);
        (void)close(listener);
        return (int)err->code;
    }
    sim->port = ntohs(address.sin_port);
    *out = listener;
    return 0;
}

static int start_daemon(struct sim *sim, struct err *err)
{
    int listener = -1;
    int rc = open_listener(sim, &listener, err);

    if (rc != 0) {
        return rc;
    }
    (void)snprintf(sim->base_url, sizeof sim->base_url, "http://127.0.0.1:%u/v1",
                   (unsigned)sim->port);
    /* No idle timeout: on loopback a client that is gone has closed its socket. */
    sim->daemon = MHD_start_daemon(
        MHD_USE_POLL_INTERNAL_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_ITC, 0, NULL, NULL,
        on_request, sim, MHD_OPTION_LISTEN_SOCKET, listener, MHD_OPTION_NOTIFY_COMPLETED,
        on_completed, sim, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
        MHD_OPTION_THREAD_STACK_SIZE, (size_t)THREAD_STACK, MHD_OPTION_END);
    if (sim->daemon == NULL) {
        (void)close(listener);
        return err_set(err, ERR_SYSTEM, "cannot start the HTTP server on 127.0.0.1:%u",
                       (unsigned)sim->port);
    }
    return 0;
}

static int init_stop(struct sim *sim)
{
    pthread_condattr_t attributes;
    int rc = pthread_condattr_init(&attributes);

    if (rc != 0) {
        return rc;
    }
    rc = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    if (rc == 0) {
        rc = pthread_cond_init(&sim->stop, &attributes);
    }
    (void)pthread_condattr_destroy(&attributes);
    return rc;
}

int sim_start(struct sim **out, const struct sim_settings *settings, struct err *err)
{
    struct sim *sim = calloc(1, sizeof *sim);
    int rc = 0;

    if (sim == NULL) {
        return err_memory(err);
    }
    sim->settings = *settings;
    if (pthread_mutex_init(&sim->lock, NULL) != 0) {
        free(sim);
        return err_memory(err);
    }
    if (init_stop(sim) != 0) {
        (void)pthread_mutex_destroy(&sim->lock);
        free(sim);
        return err_memory(err);
    }
    rc = start_daemon(sim, err);
    if (rc != 0) {
        sim_stop(sim);
        return rc;
    }
    *out = sim;
    return 0;
}

void sim_stop(struct sim *sim)
{
    if (sim == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&sim->lock);
    sim->is_stopping = true;
    (void)pthread_cond_broadcast(&sim->stop);
    (void)pthread_mutex_unlock(&sim->lock);
    if (sim->daemon != NULL) {
        MHD_stop_daemon(sim->daemon);
    }
    (void)pthread_cond_destroy(&sim->stop);
    (void)pthread_mutex_destroy(&sim->lock);
    free(sim);
}

const char *sim_base_url(const struct sim *sim)
{
    return sim->base_url;
}

uint16_t sim_port(const struct sim *sim)
{
    return sim->port;
}

uint64_t sim_requests_served(const struct sim *sim)
{
    return atomic_load(&sim->served);
}
