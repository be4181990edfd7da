#include "endpoint/transfer.h"

#include "endpoint/connection.h"
#include "endpoint/wire_time.h"

#include <string.h>
#include <strings.h>

int transfer_init(struct transfer *transfer, const struct framing *framing, struct err *err)
{
    *transfer = (struct transfer){.framing = framing};
    buf_init(&transfer->body, TRANSFER_EVENT_MAX);
    buf_init(&transfer->event_type, TRANSFER_EVENT_MAX);
    buf_init(&transfer->held, CONNECTION_UPLOAD_BYTES);
    transfer->decoder = framing->create(TRANSFER_EVENT_MAX);
    return transfer->decoder != NULL ? 0 : err_memory(err);
}

void transfer_release(struct transfer *transfer)
{
    transfer_close(transfer);
    if (transfer->framing != NULL) {
        transfer->framing->free(transfer->decoder);
        transfer->decoder = NULL;
    }
    buf_release(&transfer->body);
    buf_release(&transfer->event_type);
    buf_release(&transfer->held);
}

void transfer_close(struct transfer *transfer)
{
    curl_easy_cleanup(transfer->easy);
    transfer->easy = NULL;
    curl_slist_free_all(transfer->headers);
    transfer->headers = NULL;
}

long transfer_status(const struct transfer *transfer)
{
    return connection_status(transfer->easy);
}

struct str transfer_header(const struct transfer *transfer, const char *name)
{
    return connection_header(transfer->easy, name);
}

static double elapsed_ms(const struct transfer *transfer, uint64_t now_ns)
{
    return clock_ms_between(transfer->started_ns, now_ns);
}

/* When the bytes that libcurl is giving us reached this machine. */
static uint64_t heard_ns(const struct transfer *transfer)
{
    return *transfer->heard_ns != 0 ? *transfer->heard_ns : clock_ns(transfer->clock);
}

/* The next part of the body; negative with transfer->error. */
static int64_t produce(struct transfer *transfer, char *out, size_t room)
{
    int64_t got = body_reader_read(transfer->reader, out, room, &transfer->error);

    if (got < 0) {
        return got;
    }
    transfer->produced += (uint64_t)got;
    if (transfer->produced > transfer->length ||
        (got == 0 && transfer->produced < transfer->length)) {
        return err_set(&transfer->error, ERR_INPUT,
                       "the prompt's second pass has another length than its first");
    }
    return got;
}

static size_t give_held(struct transfer *transfer, char *out)
{
    size_t len = transfer->held.len;

    memcpy(out, transfer->held.p, len);
    buf_release(&transfer->held);
    return len;
}

/* A part that has to wait is held. */
static size_t on_read(char *out, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;
    int64_t got = 0;

    if (transfer->held.len != 0) {
        return give_held(transfer, out);
    }
    if (transfer->stage == TRANSFER_CONNECTING) {
        transfer->stage = TRANSFER_SENDING;
        transfer->moved_ns = clock_ns(transfer->clock);
    }
    got = produce(transfer, out, size * count);
    if (got < 0) {
        transfer->verdict = TRANSFER_BROKEN;
        return CURL_READFUNC_ABORT;
    }
    if (got > 0 && connection_has_something_to_say(transfer->easy, &transfer->ear)) {
        buf_append(&transfer->held, (struct str){out, (size_t)got});
        *transfer->holds_part = true;
        return transfer->held.len != 0 ? CURL_READFUNC_PAUSE : (size_t)got;
    }
    return (size_t)got;
}

void transfer_resume(struct transfer *transfer)
{
    if (transfer->easy != NULL && transfer->held.len != 0) {
        (void)curl_easy_pause(transfer->easy, CURLPAUSE_CONT);
    }
}

/* The socket has taken so many bytes of the body. */
static void take_sent(struct transfer *transfer, curl_off_t up)
{
    uint64_t sent = up > 0 ? (uint64_t)up : 0;
    uint64_t now_ns = 0;

    if (sent <= transfer->sent) {
        return;
    }
    now_ns = clock_ns(transfer->clock);
    *transfer->bytes_sent += sent - transfer->sent;
    transfer->sent = sent;
    transfer->moved_ns = now_ns;
    if (sent >= transfer->length) {
        transfer->reply->timing.upload_end_ms = elapsed_ms(transfer, now_ns);
        if (transfer->stage == TRANSFER_SENDING) {
            transfer->stage = TRANSFER_WAITING;
        }
    }
}

/* Called after every step of the transfer, but not after its first. */
static int on_progress(void *context, curl_off_t down_total, curl_off_t down, curl_off_t up_total,
                       curl_off_t up)
{
    (void)down_total;
    (void)down;
    (void)up_total;
    take_sent(context, up);
    return 0;
}

void transfer_note_sent(struct transfer *transfer)
{
    curl_off_t up = 0;

    if (transfer->easy != NULL &&
        curl_easy_getinfo(transfer->easy, CURLINFO_SIZE_UPLOAD_T, &up) == CURLE_OK) {
        take_sent(transfer, up);
    }
}

static struct str rate_header(const void *context, const char *name)
{
    return transfer_header(context, name);
}

static void report_response(const struct transfer *transfer)
{
    struct rate_source source = {
        .header = rate_header,
        .context = transfer,
        .http_status = transfer_status(transfer),
        .wall_s = wire_time_there_s(transfer_header(transfer, "date"),
                                    transfer->clock->wall_s(transfer->clock->context)),
    };
    struct rate_report report;

    if (transfer->on_response != NULL && source.http_status >= 200) {
        report = rate_read(&source);
        transfer->on_response(transfer->response_context, &report);
    }
}

/* Headers restart the timer but do not end the wait: many servers send them at once and the first
 * event only after the prompt was read. */
// NOLINTNEXTLINE(readability-non-const-parameter): libcurl's type
static size_t on_header(char *data, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;

    transfer->moved_ns = clock_ns(transfer->clock);
    if (str_trim((struct str){data, size * count}).len == 0) { /* the line that ends them */
        report_response(transfer);
    }
    return size * count;
}

static void keep_data(struct transfer *transfer, enum transfer_verdict verdict,
                      const struct stream_event *event)
{
    transfer->verdict = verdict;
    buf_reset(&transfer->event_type);
    buf_append(&transfer->event_type, event->type);
    if (event->data.p != transfer->body.p) {
        buf_reset(&transfer->body);
        buf_append(&transfer->body, event->data);
    }
}

static void stamp_once(const struct transfer *transfer, double *stamp_ms)
{
    if (*stamp_ms < 0.0) {
        *stamp_ms = elapsed_ms(transfer, heard_ns(transfer));
    }
}

static void stamp_text(struct transfer *transfer)
{
    struct reply_timing *timing = &transfer->reply->timing;
    uint64_t now_ns = 0;
    double gap_ms = 0.0;

    if (transfer->reply->text.len == transfer->text_len) {
        return;
    }
    now_ns = heard_ns(transfer);
    stamp_once(transfer, &timing->first_text_ms);
    if (transfer->text_len != 0) {
        gap_ms = clock_ms_between(transfer->text_ns, now_ns);
        timing->longest_gap_ms = gap_ms > timing->longest_gap_ms ? gap_ms : timing->longest_gap_ms;
    }
    transfer->text_len = transfer->reply->text.len;
    transfer->text_ns = now_ns;
}

static void take_event(struct transfer *transfer, const struct stream_event *event)
{
    const struct route *route = transfer->route;
    struct reply *reply = transfer->reply;

    transfer->events++;
    switch (route->protocol->on_event(route->endpoint, event, reply)) {
    case PROTOCOL_MORE:
        break;
    case PROTOCOL_REASONING:
        stamp_once(transfer, &reply->timing.first_reasoning_ms);
        break;
    case PROTOCOL_FINAL:
        transfer->verdict = TRANSFER_FINAL;
        break;
    case PROTOCOL_ERROR:
        keep_data(transfer, TRANSFER_ERROR, event);
        break;
    case PROTOCOL_UNREADABLE:
        keep_data(transfer, TRANSFER_UNREADABLE, event);
        break;
    }
    stamp_text(transfer);
    if (reply->text.failure == ERR_LIMIT) {
        transfer->verdict = TRANSFER_OVERFULL;
    } else if (reply->text.failure != 0) {
        transfer->verdict = TRANSFER_BROKEN;
        (void)err_memory(&transfer->error);
    }
}

static void take_events(struct transfer *transfer, struct str bytes)
{
    struct stream_event event;
    int rc = 0;

    while (transfer->verdict == TRANSFER_OPEN &&
           (rc = transfer->framing->next(transfer->decoder, &bytes, &event, &transfer->error)) >
               0) {
        take_event(transfer, &event);
    }
    if (rc < 0) {
        transfer->verdict = rc == ERR_INPUT ? TRANSFER_GARBLED : TRANSFER_BROKEN;
    }
}

static enum transfer_content decide_content(const struct transfer *transfer)
{
    const struct framing *framing = transfer->framing;
    struct str wanted = str_from(framing->media_type);
    struct str type = str_trim(str_cut(transfer_header(transfer, "content-type"), ';').head);

    if (transfer_status(transfer) != 200) {
        return TRANSFER_OTHER;
    }
    if (type.len == wanted.len && strncasecmp(type.p, wanted.p, type.len) == 0) {
        return TRANSFER_EVENTS;
    }
    switch (framing->guess != NULL ? framing->guess(buf_str(&transfer->body)) : FRAMING_NO) {
    case FRAMING_YES:
        return TRANSFER_EVENTS;
    case FRAMING_UNDECIDED:
        return TRANSFER_UNDECIDED;
    case FRAMING_NO:
        break;
    }
    return TRANSFER_OTHER;
}

/* Without a decision yet, bytes gather in `body`; a stream of events then gets them from there. */
static void take_undecided(struct transfer *transfer, struct str bytes)
{
    buf_append(&transfer->body, bytes);
    transfer->content = decide_content(transfer);
    if (transfer->content == TRANSFER_EVENTS) {
        struct buf gathered = transfer->body;

        buf_init(&transfer->body, gathered.max);
        take_events(transfer, buf_str(&gathered));
        buf_release(&gathered);
    }
}

/* The upload's end is stamped when we get the processor back, which may be after the answer. */
static void stamp_first_byte(struct transfer *transfer)
{
    struct reply_timing *timing = &transfer->reply->timing;

    stamp_once(transfer, &timing->first_byte_ms);
    if (timing->upload_end_ms > timing->first_byte_ms) {
        timing->upload_end_ms = timing->first_byte_ms;
    }
}

// NOLINTNEXTLINE(readability-non-const-parameter): libcurl's type
static size_t on_write(char *data, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;
    struct str bytes = {data, size * count};
    bool is_going_on = true;

    if (bytes.len == 0 || transfer->stage == TRANSFER_DRAINING) {
        return bytes.len;
    }
    transfer->received += bytes.len;
    transfer->moved_ns = clock_ns(transfer->clock);
    stamp_first_byte(transfer);
    transfer->stage = TRANSFER_READING;
    if (transfer->content == TRANSFER_EVENTS) {
        take_events(transfer, bytes);
    } else if (transfer->content == TRANSFER_UNDECIDED) {
        take_undecided(transfer, bytes);
    } else {
        buf_append(&transfer->body, bytes);
    }
    if (transfer->verdict == TRANSFER_OPEN && transfer->received > TRANSFER_STREAM_MAX) {
        transfer->verdict = TRANSFER_ENDLESS;
    }
    if (transfer->verdict == TRANSFER_FINAL) {
        transfer->stage = TRANSFER_DRAINING;
        transfer->reply->timing.end_ms = elapsed_ms(transfer, heard_ns(transfer));
    } else {
        is_going_on =
            transfer->verdict == TRANSFER_OPEN &&
            (transfer->content == TRANSFER_EVENTS || transfer->body.len < TRANSFER_BODY_MAX);
    }
    return is_going_on ? bytes.len : 0;
}

/* Half an event is what a broken connection leaves behind; the break is the error. */
static void take_open_event(struct transfer *transfer)
{
    struct stream_event event;
    struct err ignored;

    if (transfer->framing->end(transfer->decoder, &event, &ignored) > 0) {
        take_event(transfer, &event);
        if (transfer->verdict == TRANSFER_UNREADABLE) {
            transfer->verdict = TRANSFER_OPEN;
            transfer->events--;
        }
    }
}

void transfer_finish(struct transfer *transfer, CURLcode code)
{
    bool is_whole = code == CURLE_OK || transfer->body.len >= TRANSFER_BODY_MAX;
    struct stream_event whole = {.type = STR("message"), .data = buf_str(&transfer->body)};

    if (transfer->verdict != TRANSFER_OPEN || transfer_status(transfer) != 200) {
        return;
    }
    if (transfer->content == TRANSFER_EVENTS) {
        take_open_event(transfer);
    } else if (is_whole) { /* a server that ignores "stream" sends its answer as one JSON object */
        take_event(transfer, &whole);
        transfer->events = 0;
    }
}

static int add_header(struct transfer *transfer, const char *line, struct err *err)
{
    struct curl_slist *longer = curl_slist_append(transfer->headers, line);

    if (longer == NULL) {
        return err_memory(err);
    }
    transfer->headers = longer;
    return 0;
}

/* Lines that are good for this attempt only. */
static int add_signature(struct transfer *transfer, struct err *err)
{
    const struct route *route = transfer->route;
    const struct protocol_request request = {
        .method = "POST",
        .url = route->url,
        .headers = route->headers,
        .body_sha256 = transfer->body_sha256,
        .wall_s = transfer->clock->wall_s(transfer->clock->context),
    };
    const char *lines[PROTOCOL_HEADERS_MAX];
    struct arena arena = {0};
    int count = 0;
    int rc = 0;

    if (route->protocol->sign == NULL) {
        return 0;
    }
    count = route->protocol->sign(route->endpoint, &request, &arena, lines, err);
    rc = count < 0 ? count : 0;
    for (int i = 0; rc == 0 && i < count; i++) {
        rc = add_header(transfer, lines[i], err);
    }
    arena_release(&arena);
    return rc;
}

static int build_headers(struct transfer *transfer, struct err *err)
{
    /* An empty "Expect:" keeps libcurl from asking before it sends more than 1 MB: a server that
     * does not know the question costs a second for each request. */
    int rc = add_header(transfer, "Expect:", err);

    for (const char *const *line = transfer->route->headers; rc == 0 && *line != NULL; line++) {
        rc = add_header(transfer, *line, err);
    }
    return rc != 0 ? rc : add_signature(transfer, err);
}

static CURLcode set_request(struct transfer *transfer, const struct client_limits *limits)
{
    CURL *easy = transfer->easy;
    CURLcode rc =
        connection_prepare(easy, transfer->route, transfer->route->url, limits, &transfer->ear);

    rc = rc != CURLE_OK ? rc : curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->headers);
    (void)curl_easy_setopt(easy, CURLOPT_POST, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)transfer->length);
    return rc;
}

static void set_callbacks(struct transfer *transfer, void *owner)
{
    CURL *easy = transfer->easy;

    (void)curl_easy_setopt(easy, CURLOPT_PRIVATE, owner);
    (void)curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->curl_text);
    (void)curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read);
    (void)curl_easy_setopt(easy, CURLOPT_READDATA, transfer);
    (void)curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    (void)curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_write);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    (void)curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
    (void)curl_easy_setopt(easy, CURLOPT_XFERINFODATA, transfer);
    (void)curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
}

int transfer_begin(struct transfer *transfer, const struct client_limits *limits, void *owner,
                   struct err *err)
{
    CURLcode code = CURLE_OK;

    transfer->easy = curl_easy_init();
    if (transfer->easy == NULL) {
        return err_memory(err);
    }
    if (build_headers(transfer, err) != 0) {
        transfer_close(transfer);
        return err->code;
    }
    transfer->framing->reset(transfer->decoder);
    buf_reset(&transfer->body);
    buf_reset(&transfer->event_type);
    buf_reset(&transfer->held);
    transfer->stage = TRANSFER_CONNECTING;
    transfer->content = TRANSFER_UNDECIDED;
    transfer->verdict = TRANSFER_OPEN;
    transfer->produced = 0;
    transfer->sent = 0;
    transfer->events = 0;
    transfer->text_len = 0;
    transfer->received = 0;
    transfer->curl_text[0] = '\0';

    set_callbacks(transfer, owner);
    code = set_request(transfer, limits);
    if (code != CURLE_OK) {
        transfer_close(transfer);
        return err_set(err, code == CURLE_OUT_OF_MEMORY ? ERR_MEMORY : ERR_SYSTEM,
                       "cannot prepare a request: %s", curl_easy_strerror(code));
    }
    transfer->started_ns = clock_ns(transfer->clock);
    transfer->moved_ns = transfer->started_ns;
    return 0;
}

static uint32_t timer_ms(const struct transfer *transfer, const struct client_limits *limits)
{
    switch (transfer->stage) {
    case TRANSFER_CONNECTING:
        return 0;
    case TRANSFER_SENDING:
        return limits->upload_stall_ms;
    case TRANSFER_WAITING:
        return limits->first_byte_ms;
    case TRANSFER_READING:
        return limits->idle_ms;
    case TRANSFER_DRAINING:
        return TRANSFER_DRAIN_MS;
    }
    return 0;
}

static uint64_t deadline_ns(uint64_t from_ns, uint32_t after_ms)
{
    return after_ms != 0 ? from_ns + after_ms * UINT64_C(1000000) : UINT64_MAX;
}

uint64_t transfer_request_deadline_ns(const struct transfer *transfer,
                                      const struct client_limits *limits)
{
    return deadline_ns(transfer->started_ns, limits->request_ms);
}

uint64_t transfer_deadline_ns(const struct transfer *transfer, const struct client_limits *limits)
{
    uint64_t request_ns = transfer_request_deadline_ns(transfer, limits);
    uint64_t stage_ns = deadline_ns(transfer->moved_ns, timer_ms(transfer, limits));

    return stage_ns < request_ns ? stage_ns : request_ns;
}
