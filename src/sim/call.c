#include "sim/call.h"

#include "base/clock.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { HEADERS_MAX = 4, LINGER_MS = 2000 };

const struct sim_wire *call_wire(const struct call *call)
{
    return call->match.route != NULL ? call->match.route->wire : &wire_openai_chat;
}

enum MHD_Result call_send_json(struct MHD_Connection *connection, unsigned status, struct buf *body,
                               const struct call_header *headers, size_t header_count)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(body->len, body->p, MHD_RESPMEM_MUST_FREE);
    enum MHD_Result result = MHD_YES;

    if (response == NULL) {
        buf_release(body);
        return MHD_NO;
    }
    result = MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "application/json");
    for (size_t i = 0; i < header_count && result == MHD_YES; i++) {
        result = MHD_add_response_header(response, headers[i].name, headers[i].value);
    }
    if (result == MHD_YES) {
        result = MHD_queue_response(connection, status, response);
    }
    MHD_destroy_response(response);
    return result;
}

enum MHD_Result call_send_with(struct MHD_Connection *connection, unsigned status, json_t *json,
                               const struct call_header *headers, size_t header_count)
{
    struct buf body;

    buf_init(&body, SIM_REPLY_BYTES_MAX);
    sim_json_append(json, &body);
    if (body.failure != 0) {
        buf_release(&body);
        return MHD_NO;
    }
    return call_send_json(connection, status, &body, headers, header_count);
}

enum MHD_Result call_send(struct MHD_Connection *connection, unsigned status, json_t *json)
{
    return call_send_with(connection, status, json, NULL, 0);
}

/* "Sun, 22 Nov 2026 14:04:18 GMT", as many seconds from now as the delay is, rounded up. */
static void write_http_date(char *out, size_t size)
{
    time_t when = (time_t)clock_system()->wall_s(NULL) + SIM_DELAY_S + 1;
    struct tm parts;

    memset(&parts, 0, sizeof parts);
    (void)gmtime_r(&when, &parts);
    if (strftime(out, size, "%a, %d %b %Y %H:%M:%S GMT", &parts) == 0) {
        out[0] = '\0';
    }
}

/* The header that says when to try again. `value` is where its value is put. */
static bool delay_header(enum sim_delay delay, char *value, size_t size, struct call_header *out)
{
    switch (delay) {
    case DELAY_SECONDS:
        (void)snprintf(value, size, "%d", SIM_DELAY_S);
        *out = (struct call_header){"retry-after", value};
        return true;
    case DELAY_HTTP_DATE:
        write_http_date(value, size);
        *out = (struct call_header){"retry-after", value};
        return true;
    case DELAY_MS:
        (void)snprintf(value, size, "%d", SIM_DELAY_MS);
        *out = (struct call_header){"retry-after-ms", value};
        return true;
    case DELAY_NONE:
    case DELAY_INFO:
    case DELAY_TEXT:
        break;
    }
    return false;
}

enum MHD_Result call_send_failure(struct MHD_Connection *connection, const struct call *call,
                                  const struct sim_failure *failure)
{
    const struct sim_wire *wire = call_wire(call);
    struct call_header headers[HEADERS_MAX];
    char delay[64];
    size_t count = 0;

    count += delay_header(failure->delay, delay, sizeof delay, &headers[count]) ? 1 : 0;
    if (wire->id_header != NULL) {
        headers[count++] = (struct call_header){wire->id_header, "req_simulated"};
    }
    if (wire->error_header != NULL) {
        headers[count++] =
            (struct call_header){wire->error_header, wire->failures[failure->kind].type};
    }
    return call_send_with(connection, sim_wire_status(wire, failure), sim_wire_error(wire, failure),
                          headers, count);
}

static bool send_all(int fd, struct str bytes)
{
    while (bytes.len != 0) {
        struct pollfd writable = {.fd = fd, .events = POLLOUT};
        ssize_t sent = 0;

        if (poll(&writable, 1, LINGER_MS) != 1) {
            return false;
        }
        sent = send(fd, bytes.p, bytes.len, MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        bytes = str_skip(bytes, (size_t)sent);
    }
    return true;
}

/* Until the client closes, or for as long as a client may need to notice. */
static void drain(int fd)
{
    uint64_t end_ns = clock_ns(clock_system()) + (uint64_t)LINGER_MS * 1000000;
    struct pollfd readable = {.fd = fd, .events = POLLIN};
    char bytes[16384];

    while (clock_ns(clock_system()) < end_ns && poll(&readable, 1, LINGER_MS) == 1 &&
           recv(fd, bytes, sizeof bytes, 0) > 0) {
    }
}

void call_refuse_early(struct MHD_Connection *connection, const struct call *call,
                       const struct sim_failure *failure)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct buf body;
    struct buf reply;

    buf_init(&body, SIM_REPLY_BYTES_MAX);
    buf_init(&reply, SIM_REPLY_BYTES_MAX);
    sim_json_append(sim_wire_error(call_wire(call), failure), &body);
    buf_appendf(&reply,
                "HTTP/1.1 %u Content Too Large\r\nContent-Type: application/json\r\n"
                "Content-Length: %zu\r\nConnection: close\r\n\r\n",
                sim_wire_status(call_wire(call), failure), body.len);
    buf_append(&reply, buf_str(&body));
    if (info != NULL && body.failure == 0 && reply.failure == 0 &&
        send_all(info->connect_fd, buf_str(&reply))) {
        (void)shutdown(info->connect_fd, SHUT_WR);
        drain(info->connect_fd);
    }
    buf_release(&body);
    buf_release(&reply);
}
