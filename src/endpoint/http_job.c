#include "endpoint/http_job.h"

#include "base/utf8.h"
#include "endpoint/connection.h"
#include "endpoint/retry.h"
#include "endpoint/wire_json.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { TICK_MS = 200, SAMPLE_BYTES_MAX = 200 };
#define NS_PER_MS UINT64_C(1000000)

/* One attempt. */
struct attempt {
    struct http_setting *setting;
    struct http_job *job;
    CURL *easy;
    struct curl_slist *headers;
    uint64_t length;   /* of the body */
    uint64_t produced; /* bytes of it given to libcurl */
    uint64_t sent;     /* bytes of it the socket took */
    uint64_t moved_ns; /* when a byte last moved, either way */
    struct connection_ear ear;
    bool waits;       /* the upload stands still until libcurl had a look at the answer */
    bool is_stopped;  /* by the caller */
    bool timed_out;   /* by our own timer */
    struct err error; /* of the caller's on_data, or of our file */
    char curl_text[CURL_ERROR_SIZE];
};

uint64_t http_body_length(const struct http_body *body)
{
    return body->head.len + (body->has_file ? body->file_bytes : 0) + body->tail.len;
}

void http_job_release(struct http_job *job)
{
    buf_release(&job->response);
}

static size_t copy_from(struct str text, uint64_t at, char *out, size_t room)
{
    struct str rest = str_skip(text, (size_t)at);
    size_t len = rest.len < room ? rest.len : room;

    memcpy(out, rest.p, len);
    return len;
}

static size_t read_file(struct attempt *attempt, uint64_t at, char *out, size_t room)
{
    const struct http_body *body = &attempt->job->body;
    size_t wanted = body->file_bytes - at < room ? (size_t)(body->file_bytes - at) : room;
    ssize_t got = 0;

    do {
        got = pread(body->file, out, wanted, (off_t)at);
    } while (got < 0 && errno == EINTR);
    if (got <= 0) {
        (void)err_set(&attempt->error, ERR_SYSTEM,
                      "the file that is sent cannot be read at byte %llu, or has become shorter",
                      (unsigned long long)at);
        return 0;
    }
    for (ssize_t i = 0; body->line_end != '\n' && i < got; i++) {
        if (out[i] == '\n') {
            out[i] = body->line_end;
        }
    }
    return (size_t)got;
}

/* The next part of the body; 0 at its end or with attempt->error. */
static size_t produce(struct attempt *attempt, char *out, size_t room)
{
    const struct http_body *body = &attempt->job->body;
    const uint64_t file_bytes = body->has_file ? body->file_bytes : 0;
    uint64_t at = attempt->produced;

    if (at < body->head.len) {
        return copy_from(body->head, at, out, room);
    }
    at -= body->head.len;
    if (at < file_bytes) {
        return read_file(attempt, at, out, room);
    }
    at -= file_bytes;
    return at < body->tail.len ? copy_from(body->tail, at, out, room) : 0;
}

static size_t on_read(char *out, size_t size, size_t count, void *context)
{
    struct attempt *attempt = context;
    size_t got = produce(attempt, out, size * count);

    if (attempt->error.code != ERR_NONE) {
        return CURL_READFUNC_ABORT;
    }
    if (!attempt->waits && got != 0 &&
        connection_has_something_to_say(attempt->easy, &attempt->ear)) {
        attempt->waits = true; /* the part is produced once more */
        return CURL_READFUNC_PAUSE;
    }
    attempt->waits = false;
    attempt->produced += got;
    return got;
}

static int on_progress(void *context, curl_off_t down_total, curl_off_t down, curl_off_t up_total,
                       curl_off_t up)
{
    struct attempt *attempt = context;

    (void)down_total;
    (void)down;
    (void)up_total;
    if (up > 0 && (uint64_t)up > attempt->sent) {
        attempt->sent = (uint64_t)up;
        attempt->moved_ns = clock_ns(attempt->setting->clock);
    }
    return 0;
}

// NOLINTNEXTLINE(readability-non-const-parameter): libcurl's type
static size_t on_write(char *data, size_t size, size_t count, void *context)
{
    struct attempt *attempt = context;
    struct http_job *job = attempt->job;
    struct str bytes = {data, size * count};
    long status = connection_status(attempt->easy);

    attempt->moved_ns = clock_ns(attempt->setting->clock);
    if (job->on_data != NULL && status >= 200 && status <= 299) {
        return job->on_data(job->context, bytes, &attempt->error) == 0 ? bytes.len : 0;
    }
    buf_append(&job->response, bytes);
    return job->response.failure == 0 ? bytes.len : 0;
}

static int add_header(struct attempt *attempt, const char *line, struct err *err)
{
    struct curl_slist *longer = curl_slist_append(attempt->headers, line);

    if (longer == NULL) {
        return err_memory(err);
    }
    attempt->headers = longer;
    return 0;
}

static bool is_replaced(const struct http_job *job, const char *line)
{
    for (const char *const *own = job->headers; own != NULL && *own != NULL; own++) {
        if (header_is_same(*own, line)) {
            return true;
        }
    }
    /* The route's asks for a stream of events. */
    return header_is_same(line, "Accept:") ||
           (http_body_length(&job->body) == 0 && header_is_same(line, "Content-Type:"));
}

static int build_headers(struct attempt *attempt, struct err *err)
{
    const struct http_job *job = attempt->job;
    int rc = add_header(attempt, "Expect:", err); /* see transfer.c */

    if (rc == 0 && job->body.head.len + job->body.file_bytes == 0) {
        rc = add_header(attempt, "Content-Type:", err); /* no form, which libcurl would say */
    }
    for (const char *const *line = attempt->setting->route->headers;
         rc == 0 && !job->is_anonymous && *line != NULL; line++) {
        rc = is_replaced(job, *line) ? 0 : add_header(attempt, *line, err);
    }
    for (const char *const *line = job->headers; rc == 0 && line != NULL && *line != NULL; line++) {
        rc = add_header(attempt, *line, err);
    }
    return rc;
}

static void set_callbacks(struct attempt *attempt)
{
    CURL *easy = attempt->easy;

    (void)curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, attempt->curl_text);
    (void)curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read);
    (void)curl_easy_setopt(easy, CURLOPT_READDATA, attempt);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_write);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, attempt);
    (void)curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
    (void)curl_easy_setopt(easy, CURLOPT_XFERINFODATA, attempt);
    (void)curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
}

static int prepare(struct attempt *attempt, struct err *err)
{
    const struct http_job *job = attempt->job;
    CURLcode code = CURLE_OK;

    attempt->easy = curl_easy_init();
    if (attempt->easy == NULL) {
        return err_memory(err);
    }
    if (build_headers(attempt, err) != 0) {
        return err->code;
    }
    set_callbacks(attempt);
    code = connection_prepare(attempt->easy, attempt->setting->route, job->url,
                              attempt->setting->limits, &attempt->ear);
    code = code != CURLE_OK ? code
                            : curl_easy_setopt(attempt->easy, CURLOPT_HTTPHEADER, attempt->headers);
    if (strcmp(job->method, "POST") == 0) {
        (void)curl_easy_setopt(attempt->easy, CURLOPT_POST, 1L);
        (void)curl_easy_setopt(attempt->easy, CURLOPT_POSTFIELDSIZE_LARGE,
                               (curl_off_t)attempt->length);
    }
    return code == CURLE_OK ? 0
                            : err_set(err, code == CURLE_OUT_OF_MEMORY ? ERR_MEMORY : ERR_SYSTEM,
                                      "cannot prepare a request: %s", curl_easy_strerror(code));
}

static bool is_stopped(const struct http_setting *setting)
{
    return setting->is_stopped != NULL && setting->is_stopped(setting->context);
}

/* Whether the attempt is to be ended here, by the caller's wish or our timer. */
static bool is_over(struct attempt *attempt)
{
    const uint32_t silence_ms = attempt->sent < attempt->length
                                    ? attempt->setting->limits->upload_stall_ms
                                    : (uint32_t)HTTP_SILENCE_MS;
    uint64_t now_ns = clock_ns(attempt->setting->clock);

    attempt->is_stopped = is_stopped(attempt->setting);
    /* Until connected, libcurl's own timer counts. */
    attempt->timed_out = silence_ms != 0 && (attempt->ear.sockets != 0 || attempt->produced != 0) &&
                         attempt->moved_ns + silence_ms * NS_PER_MS < now_ns;
    return attempt->is_stopped || attempt->timed_out;
}

/* Drives the transfer to its end. */
static CURLcode drive(struct attempt *attempt, CURLM *multi)
{
    int running = 1;
    int left = 0;
    CURLMsg *message = NULL;

    while (running != 0 && !is_over(attempt)) {
        if (curl_multi_perform(multi, &running) != CURLM_OK) {
            return CURLE_OUT_OF_MEMORY;
        }
        if (running != 0 && attempt->waits) {
            (void)curl_easy_pause(attempt->easy, CURLPAUSE_CONT);
        } else if (running != 0 && curl_multi_poll(multi, NULL, 0, TICK_MS, NULL) != CURLM_OK) {
            return CURLE_OUT_OF_MEMORY;
        }
    }
    message = curl_multi_info_read(multi, &left);
    return message != NULL && message->msg == CURLMSG_DONE ? message->data.result
                                                           : CURLE_ABORTED_BY_CALLBACK;
}

static CURLcode perform(struct attempt *attempt)
{
    CURLM *multi = curl_multi_init();
    CURLcode code = CURLE_OUT_OF_MEMORY;

    attempt->moved_ns = clock_ns(attempt->setting->clock);
    if (multi != NULL && curl_multi_add_handle(multi, attempt->easy) == CURLM_OK) {
        code = drive(attempt, multi);
        (void)curl_multi_remove_handle(multi, attempt->easy);
    }
    (void)curl_multi_cleanup(multi);
    return code;
}

/* The words of an error response, judged as the protocol judges them. */
static void judge_status(const struct attempt *attempt, struct retry_case *out, struct err *err)
{
    const struct protocol *protocol = attempt->setting->route->protocol;
    struct http_job *job = attempt->job;
    struct protocol_error error = {.http_status = job->status, .body = buf_str(&job->response)};
    struct reply reply;

    reply_init(&reply);
    route_redact(attempt->setting->route, job->response.p, job->response.len);
    if (protocol->error_type_header != NULL) {
        error.type = connection_header(attempt->easy, protocol->error_type_header);
    }
    out->verdict = protocol->classify(&error, &reply);
    *err = reply.error;
    reply_release(&reply);
}

static void describe_break(const struct attempt *attempt, CURLcode code, struct err *err)
{
    const struct route *route = attempt->setting->route;
    const char *words =
        attempt->curl_text[0] != '\0' ? attempt->curl_text : curl_easy_strerror(code);

    if (attempt->timed_out) {
        (void)err_set(err, ERR_INCOMPLETE, "no byte moved any more, after %llu of %llu sent",
                      (unsigned long long)attempt->sent, (unsigned long long)attempt->length);
    } else if (retry_fault_of(code) == RETRY_FAULT_UNREACHABLE) {
        (void)err_set(err, ERR_INCOMPLETE, "no connection to %s port %s: %s", route->host,
                      route->port, words);
    } else if (attempt->sent < attempt->length) {
        (void)err_set(
            err, ERR_INCOMPLETE, "the connection broke after %llu of the request's %llu bytes: %s",
            (unsigned long long)attempt->sent, (unsigned long long)attempt->length, words);
    } else {
        (void)err_set(err, ERR_INCOMPLETE, "the connection ended before the response did: %s",
                      words);
    }
}

/* Why the attempt failed: the error, and what decides whether there is another one. Returns 0 for
 * an attempt that did not fail, 1 for one that may be made again, negative for a final error. */
static int judge(const struct attempt *attempt, CURLcode code, struct retry_case *out,
                 struct err *err)
{
    const struct http_job *job = attempt->job;

    if (attempt->is_stopped) {
        return err_set(err, ERR_INTERRUPTED, "stopped");
    }
    if (attempt->error.code != ERR_NONE) {
        *err = attempt->error;
        return err->code;
    }
    if (job->response.failure != 0) {
        return buf_check(&job->response, "the endpoint's response", err);
    }
    if (job->status >= 200 && job->status <= 299 && code == CURLE_OK) {
        return 0;
    }
    if (job->status >= 300 && job->status <= 399) {
        return err_set(err, ERR_ENDPOINT,
                       "HTTP %ld: the endpoint redirects; redirects are not followed, since the "
                       "key would go along: give the final base URL",
                       job->status);
    }
    if (job->status >= 400) {
        judge_status(attempt, out, err);
        return 1;
    }
    out->fault = attempt->timed_out ? RETRY_FAULT_UPLOAD_STALLED : retry_fault_of(code);
    out->fault = out->fault == RETRY_FAULT_NONE ? RETRY_FAULT_BROKEN : out->fault;
    describe_break(attempt, code, err);
    return 1;
}

/* Whether the endpoint may have acted on the request although it did not say so. An answer that
 * tells it to wait has acted on nothing, nor has one that finds fault with the request. */
static bool may_have_acted(const struct attempt *attempt, const struct retry_case *failed)
{
    const long status = attempt->job->status;

    if (failed->fault == RETRY_FAULT_NONE && status != 0) {
        return status >= 500 && status != 503 && status != 529;
    }
    return failed->fault != RETRY_FAULT_UNREACHABLE && attempt->sent >= attempt->length;
}

static int pause_for(const struct http_setting *setting, double wait_s, struct err *err)
{
    uint64_t until_ns = clock_ns(setting->clock) + (uint64_t)(wait_s * 1e9);

    for (uint64_t now_ns = clock_ns(setting->clock); now_ns < until_ns;
         now_ns = clock_ns(setting->clock)) {
        uint64_t left_ns = until_ns - now_ns;
        struct timespec nap = {
            .tv_nsec = (long)(left_ns < TICK_MS * NS_PER_MS ? left_ns : TICK_MS * NS_PER_MS)};

        if (is_stopped(setting)) {
            return err_set(err, ERR_INTERRUPTED, "stopped");
        }
        (void)nanosleep(&nap, NULL);
    }
    return 0;
}

/* One attempt. 0 done, 1 to be made again in *wait_s, negative for good; the reason is in err. */
static int try_once(struct http_setting *setting, struct http_job *job, double *wait_s,
                    struct err *err)
{
    struct attempt attempt = {
        .setting = setting, .job = job, .length = http_body_length(&job->body)};
    struct retry_case failed = {.attempts = job->attempts};
    struct retry_decision decision;
    CURLcode code = CURLE_OK;
    int rc = prepare(&attempt, err);

    if (rc != 0) {
        goto done;
    }
    code = perform(&attempt);
    job->status = connection_status(attempt.easy);
    rc = judge(&attempt, code, &failed, err);
    if (rc == 0 && job->wanted_header != NULL) {
        wire_json_copy(job->header_value, sizeof job->header_value,
                       connection_header(attempt.easy, job->wanted_header));
    }
    if (rc == 0) {
        goto done;
    }
    job->is_in_doubt = job->is_once && may_have_acted(&attempt, &failed);
    if (rc > 0) {
        retry_case_read(&failed, attempt.easy, setting->clock);
        decision = retry_decide(&failed, setting->limits, &setting->random);
        *wait_s = decision.wait_s;
        rc = decision.again && !job->is_in_doubt ? 1 : (int)err->code;
    }

done:
    curl_easy_cleanup(attempt.easy);
    curl_slist_free_all(attempt.headers);
    return rc;
}

int http_job_run(struct http_setting *setting, struct http_job *job, struct err *err)
{
    double wait_s = 0.0;
    struct err pause_err;
    int rc = 1;

    job->attempts = 0;
    while (rc > 0) {
        buf_release(&job->response);
        buf_init(&job->response, HTTP_RESPONSE_MAX);
        job->header_value[0] = '\0';
        job->status = 0;
        job->is_in_doubt = false;
        if (job->attempts++ != 0 && job->on_restart != NULL) {
            job->on_restart(job->context);
        }
        rc = try_once(setting, job, &wait_s, err);
        if (rc > 0 && pause_for(setting, wait_s, &pause_err) != 0) {
            *err = pause_err;
            rc = err->code;
        }
    }
    if (rc < 0 && err->code != ERR_INTERRUPTED) {
        (void)err_wrap(err, "%s", job->url);
        route_redact(setting->route, err->text, strlen(err->text));
    }
    return rc;
}
