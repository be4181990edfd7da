#include "sim/respond.h"

#include "base/clock.h"
#include "base/utf8.h"
#include "sim/models.h"
#include "sim/respond_batch.h"
#include "sim/stream.h"
#include "sim/think.h"

#include <stdio.h>
#include <string.h>

enum { MESSAGE_BYTES_MAX = 1024 * 1024 };

static uint64_t duration_ns(uint64_t tokens, double rate)
{
    return rate > 0 ? (uint64_t)((double)tokens / rate * 1e9) : 0;
}

static double choose_rate(double settings, double model)
{
    return settings > 0 ? settings : model;
}

/* Queues and gives up `response`. */
static enum MHD_Result queue(struct MHD_Connection *connection, struct MHD_Response *response,
                             const char *type, const struct sim_wire *wire, const char *id)
{
    enum MHD_Result result = MHD_NO;

    if (response == NULL) {
        return MHD_NO;
    }
    if (MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type) == MHD_YES &&
        MHD_add_response_header(response, wire->id_header, id) == MHD_YES) {
        result = MHD_queue_response(connection, MHD_HTTP_OK, response);
    }
    MHD_destroy_response(response);
    return result;
}

static const char *stream_type(const struct sim_wire *wire)
{
    return wire->framing == FRAMING_FRAMES || wire->framing == FRAMING_CHUNKS
               ? "application/vnd.amazon.eventstream"
               : "text/event-stream";
}

/* Puts the whole reply into the stream's buffer when it is due. False when the server ends or
 * memory is short. */
static bool write_whole(struct stream *stream)
{
    struct buf *body = &stream->events.out;

    stream->is_whole = true;
    if (!sleeper_wait(&stream->service->sleeper, stream_end_ns(stream))) {
        return false;
    }
    sim_json_append(stream->reply.wire->whole(&stream->reply), body);
    if (stream->fault != NULL &&
        (stream->fault->effect == EFFECT_MALFORMED || stream->fault->effect == EFFECT_BAD_CRC)) {
        body->len /= 2;
        stream->fault = NULL;
    }
    return body->failure == 0;
}

static void apply_spec(struct service *service, const struct sim_outcome *outcome,
                       struct stream *stream)
{
    const struct sim_spec *spec = &outcome->spec;
    const struct sim_spec_fault *slow = sim_spec_find(spec, EFFECT_SLOW_BYTES);

    stream->fault = outcome->fault;
    stream->is_one_byte = sim_spec_find(spec, EFFECT_ONE_BYTE) != NULL;
    stream->bytes_per_s = slow != NULL ? slow->argument : 0;
    stream->events.uses_crlf = sim_spec_find(spec, EFFECT_CRLF) != NULL;
    stream->output_rate = choose_rate(service->output_rate, spec->model->output_rate);
}

static enum MHD_Result send_page(struct MHD_Connection *connection, const struct stream *stream)
{
    char page[] = "<!doctype html><title>Welcome</title><p>This is not an answer.</p>\n";
    struct MHD_Response *response =
        MHD_create_response_from_buffer(sizeof page - 1, page, MHD_RESPMEM_MUST_COPY);

    return queue(connection, response, "text/html", stream->reply.wire, stream->reply.id);
}

static enum MHD_Result send_answer(struct MHD_Connection *connection, struct call *call,
                                   struct stream *stream)
{
    const struct sim_fault *fault = stream->fault;
    bool is_stream = call->request.is_stream || call->match.route->is_stream;
    const struct sim_wire *wire = stream->reply.wire;
    char id[sizeof stream->reply.id];
    enum MHD_Result result = MHD_NO;

    if (fault != NULL && fault->effect == EFFECT_WRONG_TYPE) {
        result = send_page(connection, stream);
        stream_free(stream);
        return result;
    }
    if (fault != NULL && fault->effect == EFFECT_STREAM_ERROR && !is_stream) {
        result = call_send_failure(connection, call, &stream->reply.failure);
        stream_free(stream);
        return result;
    }
    if (!is_stream && !write_whole(stream)) {
        stream_free(stream);
        return MHD_NO;
    }
    memcpy(id, stream->reply.id, sizeof id);
    return queue(connection, stream_response(stream),
                 is_stream ? stream_type(wire) : "application/json", wire, id);
}

static enum MHD_Result generate(struct service *service, struct MHD_Connection *connection,
                                struct call *call)
{
    uint64_t now_ns = clock_ns(clock_system());
    struct stream *stream = stream_new(service, call_wire(call));
    struct sim_outcome outcome = {.has_failure = false};
    enum MHD_Result result = MHD_NO;

    if (stream == NULL) {
        return MHD_NO;
    }
    stream->fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    if (call->rc != 0) {
        sim_reject(&call->request, &call->err, &outcome);
    } else if (sim_think(service, &call->request, &stream->reply, &outcome, &call->err) != 0) {
        stream_free(stream);
        return MHD_NO;
    }
    if (outcome.has_failure) {
        result = call_send_failure(connection, call, &outcome.failure);
        stream_free(stream);
        return result;
    }
    apply_spec(service, &outcome, stream);
    stream->reply.failure =
        (struct sim_failure){.kind = FAILURE_OVERLOADED, .model = stream->reply.model};
    stream->text_due_ns =
        now_ns + duration_ns(stream->reply.usage.prompt - stream->reply.usage.cached,
                             choose_rate(service->prefill_rate, outcome.spec.model->prefill_rate));
    return send_answer(connection, call, stream);
}

static enum MHD_Result count(const struct service *service, struct MHD_Connection *connection,
                             struct call *call)
{
    const struct sim_wire *wire = call_wire(call);
    struct sim_outcome outcome = {.has_failure = false};
    json_t *body = NULL;

    if (call->rc != 0) {
        sim_reject(&call->request, &call->err, &outcome);
        return call_send_failure(connection, call, &outcome.failure);
    }
    body = json_pack("{s:I}", wire->count_member, (json_int_t)sim_count(service, &call->request));
    if (wire == &wire_openai_responses) {
        (void)json_object_set_new(body, "object", json_string("response.input_tokens"));
    }
    return call_send(connection, MHD_HTTP_OK, body);
}

/* One address lists the models of three vendors: their clients' headers tell them apart. */
static enum models_shape models_shape_of(struct MHD_Connection *connection, const struct call *call)
{
    if (call_wire(call) == &wire_gemini ||
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "x-goog-api-key") != NULL) {
        return MODELS_GEMINI;
    }
    if (MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "anthropic-version") != NULL) {
        return MODELS_ANTHROPIC;
    }
    return MODELS_OPENAI;
}

static enum MHD_Result show_model(struct MHD_Connection *connection, struct call *call)
{
    const char *name = call->match.name;
    struct sim_spec spec;
    struct err err;

    if (sim_spec_parse(str_from(name), &spec, &err) != 0) {
        const struct sim_failure failure = {.kind = FAILURE_MODEL, .model = name};

        return call_send_failure(connection, call, &failure);
    }
    return call_send(connection, MHD_HTTP_OK,
                     models_one(models_shape_of(connection, call), name, &spec));
}

/* The target is a stranger's bytes: it is shown in printable form. */
static enum MHD_Result send_url_failure(struct MHD_Connection *connection, const struct call *call)
{
    struct sim_failure failure = {.kind = call->match.route == NULL ? FAILURE_URL : FAILURE_METHOD};
    struct buf message;
    enum MHD_Result result = MHD_NO;

    buf_init(&message, MESSAGE_BYTES_MAX);
    buf_append(&message, call->match.route == NULL ? STR("Unknown request URL: ")
                                                   : STR("This method is not for the URL: "));
    utf8_append_printable(&message, str_from(call->target));
    if (message.failure == 0) {
        failure.message = message.p;
        result = call_send_failure(connection, call, &failure);
    }
    buf_release(&message);
    return result;
}

enum MHD_Result respond(struct service *service, struct MHD_Connection *connection,
                        struct call *call)
{
    const struct sim_route *route = call->match.route;

    if (route == NULL || call->match.is_method_wrong) {
        return send_url_failure(connection, call);
    }
    if (respond_batch_is_for(route->operation)) {
        return respond_batch(service, connection, call);
    }
    if (route->operation == OPERATION_GENERATE) {
        return generate(service, connection, call);
    }
    if (route->operation == OPERATION_COUNT) {
        return count(service, connection, call);
    }
    if (route->operation == OPERATION_MODEL) {
        return show_model(connection, call);
    }
    return call_send(connection, MHD_HTTP_OK, models_list(models_shape_of(connection, call)));
}
