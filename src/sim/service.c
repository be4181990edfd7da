#include "sim/service.h"

#include "base/clock.h"
#include "base/utf8.h"
#include "sim/chat_reply.h"
#include "sim/chat_request.h"
#include "sim/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    BODY_BYTES_MAX = 256 * 1024 * 1024, /* about 50M tokens, five times the largest haystack */
    MESSAGE_BYTES_MAX = 1024 * 1024,
    READER_BLOCK = 4096
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
    struct service *service;
    struct chat_reply reply;
    struct buf event; /* being sent */
    size_t event_sent;
    uint64_t text_due_ns; /* when the first text may go out */
    double output_rate;
};

static uint64_t duration_ns(uint64_t tokens, double rate)
{
    return rate > 0 ? (uint64_t)((double)tokens / rate * 1e9) : 0;
}

static double choose_rate(double settings, double model)
{
    return settings > 0 ? settings : model;
}

/* Queues and gives up `response`. `request_id` may be NULL. */
static enum MHD_Result queue(struct MHD_Connection *connection, unsigned status,
                             struct MHD_Response *response, const char *type,
                             const char *request_id)
{
    enum MHD_Result result = MHD_NO;

    if (response == NULL) {
        return MHD_NO;
    }
    if (MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type) == MHD_YES &&
        (request_id == NULL ||
         MHD_add_response_header(response, "x-request-id", request_id) == MHD_YES)) {
        result = MHD_queue_response(connection, status, response);
    }
    MHD_destroy_response(response);
    return result;
}

/* Sends a JSON body, which is handed over. */
static enum MHD_Result queue_json(struct MHD_Connection *connection, unsigned status,
                                  struct buf *body, const char *request_id)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(body->len, body->p, MHD_RESPMEM_MUST_FREE);

    if (response == NULL) {
        buf_release(body);
    }
    return queue(connection, status, response, "application/json", request_id);
}

static enum MHD_Result queue_error(struct MHD_Connection *connection, unsigned status,
                                   const char *message, const char *param, const char *code)
{
    const char *type = status >= 500 ? "server_error" : "invalid_request_error";
    struct err err;
    struct buf body;

    buf_init(&body, CHAT_REPLY_BYTES_MAX);
    if (chat_reply_error(message, type, param, code, &body, &err) != 0) {
        buf_release(&body);
        return MHD_NO;
    }
    return queue_json(connection, status, &body, NULL);
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
    return queue_json(connection, MHD_HTTP_OK, &body, NULL);
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

        if (!sleeper_wait(&stream->service->sleeper, event_due_ns(stream))) {
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
        return MHD_NO;
    }
    return queue(connection, MHD_HTTP_OK, response, "text/event-stream", stream->reply.id);
}

static enum MHD_Result queue_whole(struct MHD_Connection *connection, struct stream *stream)
{
    struct err err;
    struct buf body;
    enum MHD_Result result = MHD_NO;
    uint64_t end_ns = stream->text_due_ns +
                      duration_ns(sim_tokens(stream->reply.answer.text.len), stream->output_rate);

    buf_init(&body, CHAT_REPLY_BYTES_MAX);
    if (sleeper_wait(&stream->service->sleeper, end_ns) &&
        chat_reply_whole(&stream->reply, &body, &err) == 0) {
        result = queue_json(connection, MHD_HTTP_OK, &body, stream->reply.id);
    } else {
        buf_release(&body);
    }
    stream_free(stream);
    return result;
}

/* Reads, thinks and answers; the conversation is given back before the answer is sent. */
static struct stream *answer_call(struct service *service, struct call *call,
                                  const struct sim_model *model)
{
    uint64_t now_ns = clock_ns(clock_system());
    struct stream *stream = calloc(1, sizeof *stream);
    struct chat_reply *reply = NULL;
    struct sim_thought thought;

    if (stream == NULL) {
        return NULL;
    }
    sim_thought_init(&thought, &call->request.conversation);
    stream->service = service;
    stream->output_rate = choose_rate(service->output_rate, model->output_rate);
    stream->text_due_ns =
        now_ns +
        duration_ns(thought.prompt_tokens, choose_rate(service->prefill_rate, model->prefill_rate));
    buf_init(&stream->event, CHAT_REPLY_BYTES_MAX);
    reply = &stream->reply;
    (void)snprintf(reply->id, sizeof reply->id, "chatcmpl-sim-%llu",
                   (unsigned long long)atomic_fetch_add(&service->answers, 1));
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

static enum MHD_Result respond_chat(struct service *service, struct MHD_Connection *connection,
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
    stream = answer_call(service, call, model);
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

    buf_init(&message, MESSAGE_BYTES_MAX);
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

static enum MHD_Result respond(struct service *service, struct MHD_Connection *connection,
                               const char *path, const char *method, struct call *call)
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
    return respond_chat(service, connection, call);
}

static bool is_too_large(struct MHD_Connection *connection)
{
    uint64_t length = 0;
    const char *header =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);

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
enum MHD_Result service_on_request(void *context, struct MHD_Connection *connection,
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

void service_on_completed(void *context, struct MHD_Connection *connection, void **state,
                          enum MHD_RequestTerminationCode how)
{
    struct service *service = context;
    struct call *call = *state;

    (void)connection;
    if (how == MHD_REQUEST_TERMINATED_COMPLETED_OK) {
        atomic_fetch_add(&service->served, 1);
    }
    if (call != NULL) {
        chat_request_release(&call->request);
        free(call);
        *state = NULL;
    }
}

int service_init(struct service *service, const struct sim_settings *settings, struct err *err)
{
    *service = (struct service){
        .prefill_rate = settings->prefill_rate,
        .output_rate = settings->output_rate,
    };
    return sleeper_init(&service->sleeper, err);
}

void service_release(struct service *service)
{
    sleeper_release(&service->sleeper);
}
