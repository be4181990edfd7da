#include "endpoint/exchange.h"

#include "base/utf8.h"
#include "endpoint/failure.h"
#include "endpoint/wire_json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLE_BYTES_MAX = 120 };

/* Makes the route, or its frame anew, without what the endpoint has refused so far. */
static int frame_request(struct exchange *exchange, struct err *err)
{
    const struct request_refused *refused = &exchange->lesson->refused;
    int rc = exchange->route.endpoint == NULL
                 ? route_init(&exchange->route, exchange->request.endpoint, refused, err)
                 : route_reframe(&exchange->route, refused, err);

    exchange->refused_count = refused->count;
    exchange->is_surveyed = false;
    return rc;
}

int exchange_new(struct exchange **out, const struct exchange_setting *setting,
                 const struct exchange_request *request, struct random random, struct err *err)
{
    struct exchange *exchange = calloc(1, sizeof *exchange);
    struct transfer *transfer = NULL;

    if (exchange == NULL) {
        return err_memory(err);
    }
    exchange->setting = *setting;
    exchange->request = *request;
    exchange->random = random;
    transfer = &exchange->transfer;
    if (lessons_find(setting->lessons, request->endpoint, &exchange->lesson, err) != 0 ||
        frame_request(exchange, err) != 0 ||
        transfer_init(transfer, exchange->route.protocol->framing, err) != 0 ||
        body_reader_new(&exchange->reader, &exchange->route.frame, request->prompt,
                        request->measure->fingerprint, err) != 0) {
        exchange_free(exchange);
        return err->code;
    }
    transfer->route = &exchange->route;
    transfer->clock = setting->clock;
    transfer->reader = exchange->reader;
    transfer->reply = request->reply;
    transfer->bytes_sent = setting->bytes_sent;
    transfer->holds_part = setting->holds_part;
    transfer->heard_ns = setting->heard_ns;
    transfer->on_response = request->rate;
    transfer->response_context = request->context;
    request->reply->attempts = 0;
    exchange->state = EXCHANGE_PAUSED; /* until the loop has a moment for the first attempt */
    *out = exchange;
    return 0;
}

static void close_transfer(struct exchange *exchange)
{
    if (exchange->transfer.easy != NULL) {
        /* Removing it in mid-transfer closes the connection, which tells the server to stop. */
        (void)curl_multi_remove_handle(exchange->setting.multi, exchange->transfer.easy);
        transfer_close(&exchange->transfer);
    }
}

void exchange_free(struct exchange *exchange)
{
    if (exchange != NULL) {
        close_transfer(exchange);
        transfer_release(&exchange->transfer);
        body_reader_free(exchange->reader);
        route_release(&exchange->route);
        free(exchange);
    }
}

/* Which of the request's members are left out because the endpoint refused them. */
static void note_dropped(const struct exchange *exchange)
{
    const struct request_refused *refused = &exchange->lesson->refused;
    const struct request_json *request = &exchange->route.request;
    struct reply *reply = exchange->request.reply;
    struct buf text = {0};

    buf_init(&text, sizeof reply->dropped_parameters - 1);
    for (size_t i = 0; i < exchange->refused_count; i++) {
        for (size_t k = 0; k < request->count; k++) {
            if (!request->members[k].is_sent &&
                str_equal(request->members[k].path, refused->paths[i])) {
                buf_append(&text, text.len != 0 ? STR(", ") : STR(""));
                buf_append(&text, refused->paths[i]);
            }
        }
    }
    wire_json_copy(reply->dropped_parameters, sizeof reply->dropped_parameters, buf_str(&text));
    buf_release(&text);
}

/* Learns what has to be known before the first byte is sent; once for each frame. */
static int survey(struct exchange *exchange, struct err *err)
{
    const struct route *route = &exchange->route;
    const struct prompt_measure *measure = exchange->request.measure;
    struct transfer *transfer = &exchange->transfer;
    struct survey found;
    int rc = 0;

    if (exchange->is_surveyed) {
        return 0;
    }
    if (route->protocol->sign == NULL && body_length_follows(&route->frame, measure)) {
        transfer->length = body_length(&route->frame, measure);
    } else {
        rc = survey_body(exchange->reader, &found, err);
        transfer->length = found.length;
        memcpy(transfer->body_sha256, found.sha256, sizeof transfer->body_sha256);
    }
    exchange->is_surveyed = rc == 0;
    return rc;
}

static int announce(const struct exchange *exchange, struct err *err)
{
    const struct exchange_request *request = &exchange->request;

    return request->starting != NULL
               ? request->starting(request->context, request->reply->attempts + 1, err)
               : 0;
}

int exchange_attempt(struct exchange *exchange, struct err *err)
{
    struct reply *reply = exchange->request.reply;

    reply_reset(reply);
    note_dropped(exchange);
    if (reply->attempts != 0) {
        body_reader_rewind(exchange->reader);
    }
    if (survey(exchange, err) != 0 || announce(exchange, err) != 0) {
        return err->code;
    }
    if (transfer_begin(&exchange->transfer, exchange->setting.limits, exchange, err) != 0) {
        return err->code;
    }
    if (curl_multi_add_handle(exchange->setting.multi, exchange->transfer.easy) != CURLM_OK) {
        transfer_close(&exchange->transfer);
        return err_memory(err);
    }
    reply->attempts++;
    exchange->state = EXCHANGE_SENT;
    return 0;
}

/* "text/html: <!DOCTYPE html> …": what came instead of an answer. */
static void append_sample(struct buf *out, const struct transfer *transfer)
{
    struct str sample = str_trim(buf_str(&transfer->body));
    struct str type = str_trim(str_cut(transfer_header(transfer, "content-type"), ';').head);

    utf8_append_printable(out, str_take(type.len != 0 ? type : STR("no content type"), 64));
    buf_append(out, STR(": "));
    utf8_append_printable(out, str_take(sample, SAMPLE_BYTES_MAX));
    if (sample.len > SAMPLE_BYTES_MAX) {
        buf_append(out, STR("…"));
    }
    if (sample.len == 0) {
        buf_append(out, STR("nothing"));
    }
}

static struct retry_case final_case(enum reply_end end)
{
    return (struct retry_case){
        .verdict = {.end = end, .retry = PROTOCOL_RETRY_NEVER, .wait_s = -1.0},
    };
}

static struct retry_case fault_case(enum retry_fault fault)
{
    enum reply_end end = REPLY_FAILED;

    if (fault == RETRY_FAULT_UPLOAD_STALLED || fault == RETRY_FAULT_SILENT ||
        fault == RETRY_FAULT_IDLE || fault == RETRY_FAULT_ENDLESS) {
        end = REPLY_TIMED_OUT;
    }
    return (struct retry_case){.fault = fault, .verdict = {.end = end, .wait_s = -1.0}};
}

static struct retry_case judge_redirect(struct exchange *exchange, long status)
{
    struct buf line = {0};

    buf_init(&line, ERR_TEXT_MAX);
    utf8_append_printable(&line, str_take(transfer_header(&exchange->transfer, "location"), 300));
    (void)err_set(&exchange->request.reply->error, ERR_ENDPOINT,
                  "HTTP %ld: the endpoint redirects to '%s'; redirects are not followed, since the "
                  "key would go along: give the final base URL",
                  status, line.p != NULL ? line.p : "");
    buf_release(&line);
    return final_case(REPLY_DENIED);
}

/* The words of an error, from a response or an event. */
static struct retry_case judge_error(struct exchange *exchange, long status)
{
    struct transfer *transfer = &exchange->transfer;
    const struct protocol *protocol = exchange->route.protocol;
    struct buf *body = &transfer->body;
    struct protocol_error error = {.http_status = status, .body = buf_str(body)};

    route_redact(transfer->route, body->p, body->len);
    if (status == PROTOCOL_IN_STREAM) {
        error.type = buf_str(&transfer->event_type);
    } else if (protocol->error_type_header != NULL) {
        error.type = transfer_header(transfer, protocol->error_type_header);
    }
    return (struct retry_case){.verdict = protocol->classify(&error, transfer->reply)};
}

static struct retry_case judge_not_an_answer(struct exchange *exchange, const char *what)
{
    struct buf line = {0};

    buf_init(&line, ERR_TEXT_MAX);
    route_redact(&exchange->route, exchange->transfer.body.p, exchange->transfer.body.len);
    append_sample(&line, &exchange->transfer);
    (void)err_set(&exchange->request.reply->error, ERR_INCOMPLETE, "%s (%s)", what,
                  line.p != NULL ? line.p : "");
    buf_release(&line);
    return final_case(REPLY_FAILED);
}

static void describe_unreachable(struct exchange *exchange, CURLcode code)
{
    const struct route *route = &exchange->route;
    struct err *error = &exchange->request.reply->error;
    long os_error = 0;

    (void)curl_easy_getinfo(exchange->transfer.easy, CURLINFO_OS_ERRNO, &os_error);
    if (code == CURLE_COULDNT_RESOLVE_HOST) {
        (void)err_set(error, ERR_INCOMPLETE, "host %s is not known", route->host);
    } else if (code == CURLE_OPERATION_TIMEDOUT) {
        (void)err_set(error, ERR_INCOMPLETE, "no connection to %s port %s within %u ms",
                      route->host, route->port, (unsigned)exchange->setting.limits->connect_ms);
    } else if (code == CURLE_COULDNT_CONNECT && os_error == ECONNREFUSED) {
        (void)err_set(error, ERR_INCOMPLETE, "connection refused by %s port %s (nothing listens?)",
                      route->host, route->port);
    } else {
        (void)err_set(error, ERR_INCOMPLETE, "no connection to %s port %s: %s", route->host,
                      route->port, exchange->transfer.curl_text);
    }
}

static const char *curl_words(const struct transfer *transfer, CURLcode code)
{
    return transfer->curl_text[0] != '\0' ? transfer->curl_text : curl_easy_strerror(code);
}

/* The connection ended without an answer that is whole. */
static struct retry_case judge_break(struct exchange *exchange, CURLcode code)
{
    struct transfer *transfer = &exchange->transfer;
    struct err *error = &transfer->reply->error;
    struct retry_case broken =
        fault_case(code == CURLE_OK ? RETRY_FAULT_BROKEN : retry_fault_of(code));

    if (broken.fault == RETRY_FAULT_UNREACHABLE) {
        describe_unreachable(exchange, code);
        if (code == CURLE_OPERATION_TIMEDOUT) {
            broken.verdict.end = REPLY_TIMED_OUT;
        }
    } else if (code == CURLE_OUT_OF_MEMORY && transfer_status(transfer) != 0) {
        (void)err_set(error, ERR_ENDPOINT,
                      "the response's headers are longer than libcurl takes, or memory is short");
    } else if (broken.fault == RETRY_FAULT_FINAL) {
        (void)err_set(error, ERR_ENDPOINT, "%s", curl_words(transfer, code));
    } else if (transfer->sent < transfer->length) {
        (void)err_set(error, ERR_INCOMPLETE,
                      "the connection broke after %llu of the request's %llu bytes: %s",
                      (unsigned long long)transfer->sent, (unsigned long long)transfer->length,
                      code == CURLE_OK ? "closed by the server" : curl_words(transfer, code));
    } else {
        (void)err_set(error, ERR_INCOMPLETE,
                      "the connection ended before the answer did, after %llu events%s%s",
                      (unsigned long long)transfer->events, code == CURLE_OK ? "" : ": ",
                      code == CURLE_OK ? "" : curl_words(transfer, code));
    }
    return broken;
}

/* The connection is over and no terminal marker was seen. */
static struct retry_case judge_open_end(struct exchange *exchange, CURLcode code)
{
    struct transfer *transfer = &exchange->transfer;

    if (transfer->route->protocol->complete_at_end(transfer->reply)) {
        transfer->verdict = TRANSFER_FINAL;
        return final_case(transfer->reply->end);
    }
    if (code != CURLE_OK || transfer->events != 0) {
        return judge_break(exchange, code);
    }
    if (transfer->content == TRANSFER_EVENTS) {
        return judge_not_an_answer(exchange, "the event stream holds no event");
    }
    return judge_not_an_answer(exchange, transfer->body.len == 0
                                             ? "the reply is empty"
                                             : "the reply is JSON, but not an answer");
}

/* What followed a status of 200. */
static struct retry_case judge_answer(struct exchange *exchange, CURLcode code)
{
    struct transfer *transfer = &exchange->transfer;

    switch (transfer->verdict) {
    case TRANSFER_OPEN:
        return judge_open_end(exchange, code);
    case TRANSFER_ERROR:
        return judge_error(exchange, PROTOCOL_IN_STREAM);
    case TRANSFER_UNREADABLE:
        return judge_not_an_answer(exchange, transfer->content == TRANSFER_EVENTS
                                                 ? "an event of the stream is not JSON"
                                                 : "the reply is neither an event stream nor JSON");
    case TRANSFER_OVERFULL:
        (void)err_set(&transfer->reply->error, ERR_LIMIT, "the answer is longer than %d bytes",
                      REPLY_TEXT_BYTES_MAX);
        return final_case(REPLY_CUT);
    case TRANSFER_ENDLESS:
        (void)err_set(&transfer->reply->error, ERR_LIMIT,
                      "the stream has no end: more than %d bytes, %zu of them of the answer",
                      TRANSFER_STREAM_MAX, transfer->reply->text.len);
        return final_case(REPLY_FAILED);
    case TRANSFER_GARBLED:
        transfer->reply->error = transfer->error;
        return fault_case(RETRY_FAULT_BROKEN);
    case TRANSFER_FINAL:
    case TRANSFER_BROKEN:
        break;
    }
    return final_case(transfer->reply->end);
}

static struct retry_case judge(struct exchange *exchange, CURLcode code)
{
    struct transfer *transfer = &exchange->transfer;
    long status = transfer_status(transfer);

    transfer_note_sent(transfer);
    transfer_finish(transfer, code);
    if (transfer->verdict == TRANSFER_FINAL) {
        return final_case(transfer->reply->end);
    }
    if (transfer->verdict == TRANSFER_BROKEN) {
        transfer->reply->error = transfer->error;
        return fault_case(RETRY_FAULT_FINAL);
    }
    if (status >= 300 && status <= 399) {
        return judge_redirect(exchange, status);
    }
    if (status > 200) {
        /* A status line counts even if the connection broke after it: an endpoint that answers 413
         * in mid-upload often hangs up on the rest. */
        return judge_error(exchange, status);
    }
    return status == 200 ? judge_answer(exchange, code) : judge_break(exchange, code);
}

/* The line says where first; the key, should the endpoint have echoed it, is hidden last. */
static void complete_error(struct exchange *exchange, const struct retry_decision *decision)
{
    struct err *error = &exchange->request.reply->error;
    const struct route *route = &exchange->route;

    if (decision->asked_s * 1000.0 > (double)exchange->setting.limits->pause_max_ms) {
        struct err said = *error;

        (void)err_set(error, said.code, "it asks to wait %.0f s, which is too long: %.900s",
                      decision->asked_s, said.text);
    }
    (void)err_wrap(error, "%s", route->url);
    route_redact(route, error->text, strlen(error->text));
}

/* Some vendors put it into the stream instead. */
static void note_request_id(struct exchange *exchange)
{
    const struct transfer *transfer = &exchange->transfer;
    const char *name = transfer->route->protocol->request_id_header;
    struct str id = name != NULL ? transfer_header(transfer, name) : (struct str){0};

    if (id.len != 0) {
        wire_json_copy(transfer->reply->request_id, sizeof transfer->reply->request_id, id);
    }
}

/* The endpoint refused a parameter that the request may do without, or call by another name: true
 * when the request was changed so. */
static bool give_up_parameter(struct exchange *exchange, const struct retry_case *failed)
{
    const struct request_member *blamed = NULL;
    struct err err;

    if (failed->fault != RETRY_FAULT_NONE || !failed->verdict.blames_parameter ||
        failed->attempts >= exchange->setting.limits->attempts_max) {
        return false;
    }
    blamed = request_json_blamed(&exchange->route.request, buf_str(&exchange->transfer.body));
    if (blamed != NULL) {
        (void)lesson_learn(exchange->setting.lessons, exchange->lesson, blamed->path);
    }
    /* Another exchange may have learnt it meanwhile. */
    return exchange->lesson->refused.count > exchange->refused_count &&
           frame_request(exchange, &err) == 0;
}

/* Ends the attempt, which failed as `failed` says or (verdict FINAL) did not. */
static void conclude(struct exchange *exchange, struct retry_case failed)
{
    struct transfer *transfer = &exchange->transfer;
    struct reply *reply = exchange->request.reply;
    struct retry_decision decision = {.wait_s = 0.0};
    uint64_t now_ns = clock_ns(exchange->setting.clock);

    reply->http_status = transfer_status(transfer);
    reply->end = failed.verdict.end;
    note_request_id(exchange);
    if (reply->timing.end_ms < 0.0) {
        reply->timing.end_ms = clock_ms_between(transfer->started_ns, now_ns);
    }
    if (transfer->verdict != TRANSFER_FINAL) {
        failed.attempts = reply->attempts;
        retry_case_read(&failed, transfer->easy, exchange->setting.clock);
        decision = retry_decide(&failed, exchange->setting.limits, &exchange->random);
        if (!decision.again && give_up_parameter(exchange, &failed)) {
            decision = (struct retry_decision){.again = true, .asked_s = -1.0};
        }
        complete_error(exchange, &decision);
    }
    close_transfer(exchange);
    if (decision.again && exchange->request.retrying != NULL) {
        decision.again =
            exchange->request.retrying(exchange->request.context, reply, decision.wait_s);
    }
    exchange->state = decision.again ? EXCHANGE_PAUSED : EXCHANGE_ENDED;
    exchange->resume_ns = now_ns + (uint64_t)(decision.wait_s * 1e9);
}

void exchange_transfer_over(struct exchange *exchange, CURLcode code)
{
    conclude(exchange, judge(exchange, code));
}

static struct retry_case judge_timer(struct exchange *exchange, uint64_t now_ns)
{
    const struct transfer *transfer = &exchange->transfer;
    const struct client_limits *limits = exchange->setting.limits;
    struct err *error = &exchange->request.reply->error;

    if (transfer->stage != TRANSFER_DRAINING &&
        now_ns >= transfer_request_deadline_ns(transfer, limits)) {
        (void)err_set(error, ERR_INCOMPLETE,
                      "the request took longer than %u ms, with %llu events so far",
                      (unsigned)limits->request_ms, (unsigned long long)transfer->events);
        return fault_case(RETRY_FAULT_ENDLESS);
    }
    switch (transfer->stage) {
    case TRANSFER_SENDING:
        (void)err_set(error, ERR_INCOMPLETE,
                      "the endpoint took no byte for %u ms, after %llu of the request's %llu",
                      (unsigned)limits->upload_stall_ms, (unsigned long long)transfer->sent,
                      (unsigned long long)transfer->length);
        return fault_case(RETRY_FAULT_UPLOAD_STALLED);
    case TRANSFER_WAITING:
        (void)err_set(error, ERR_INCOMPLETE, "no byte of an answer within %u ms of the upload",
                      (unsigned)limits->first_byte_ms);
        return fault_case(RETRY_FAULT_SILENT);
    case TRANSFER_READING:
        (void)err_set(error, ERR_INCOMPLETE, "the answer stopped for %u ms, after %llu events",
                      (unsigned)limits->idle_ms, (unsigned long long)transfer->events);
        return fault_case(RETRY_FAULT_IDLE);
    case TRANSFER_CONNECTING:
    case TRANSFER_DRAINING:
        break;
    }
    return final_case(exchange->request.reply->end);
}

void exchange_check_timer(struct exchange *exchange, uint64_t now_ns)
{
    if (exchange->state != EXCHANGE_SENT || now_ns < exchange_deadline_ns(exchange)) {
        return;
    }
    /* What is known already is not lost to a server that hangs: an error's status, or an answer
     * that was complete but for its last marker. */
    if (transfer_status(&exchange->transfer) > 200 ||
        exchange->route.protocol->complete_at_end(exchange->request.reply)) {
        exchange_transfer_over(exchange, CURLE_OK);
        return;
    }
    conclude(exchange, judge_timer(exchange, now_ns));
}

void exchange_abandon(struct exchange *exchange, enum reply_end end, const struct err *err)
{
    transfer_note_sent(&exchange->transfer);
    close_transfer(exchange);
    exchange->request.reply->end = end;
    exchange->request.reply->error = *err;
    exchange->state = EXCHANGE_ENDED;
}

uint64_t exchange_deadline_ns(const struct exchange *exchange)
{
    if (exchange->state == EXCHANGE_PAUSED) {
        return exchange->resume_ns;
    }
    return transfer_deadline_ns(&exchange->transfer, exchange->setting.limits);
}
