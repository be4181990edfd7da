#include "endpoint/batch.h"

#include "endpoint/batch_answer.h"
#include "endpoint/batch_vendor.h"
#include "endpoint/failure.h"
#include "endpoint/wire_json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A line repeats the answer once, escaped, with little around it. */
enum { LINE_BYTES_MAX = 6 * REPLY_TEXT_BYTES_MAX + 1024 * 1024 };

struct collector {
    struct batch_service *service;
    struct batch *batch;
    const struct batch_sink *sink;
    struct batch_tally *tally;
    uint64_t *slots; /* of each span's first request */
    bool *seen;      /* by slot: its reply was handed out */
    struct reply reply;

    /* Of the download. */
    struct buf line;
    bool is_overlong;  /* the line is: the rest of it is read over */
    uint64_t lines;    /* seen in this pass over the results */
    uint64_t tallied;  /* lines that an earlier pass has counted */
    bool has_cut_line; /* it ended inside a line */
};

static int collector_init(struct collector *collector, struct err *err)
{
    const struct batch *batch = collector->batch;
    uint64_t slot = 0;

    reply_init(&collector->reply);
    buf_init(&collector->line, LINE_BYTES_MAX);
    collector->slots = calloc(batch->span_count + 1, sizeof *collector->slots);
    collector->seen = calloc(batch->requests + 1, sizeof *collector->seen);
    if (collector->slots == NULL || collector->seen == NULL) {
        return err_memory(err);
    }
    for (size_t i = 0; i < batch->span_count; i++) {
        collector->slots[i] = slot;
        slot += batch->spans[i].count;
    }
    return slot == batch->requests ? 0
                                   : err_set(err, ERR_INPUT,
                                             "%s: the batch's indexes are not as many as its "
                                             "requests",
                                             batch->path);
}

static void collector_release(struct collector *collector)
{
    reply_release(&collector->reply);
    buf_release(&collector->line);
    free(collector->slots);
    free(collector->seen);
}

/* The request's place in the batch; false when it is not of it. */
static bool find_slot(const struct collector *collector, uint64_t index, uint64_t *slot)
{
    const struct batch_span *spans = collector->batch->spans;
    size_t low = 0;
    size_t high = collector->batch->span_count;

    while (low < high) { /* the first span that begins after index */
        size_t middle = low + (high - low) / 2;

        if (spans[middle].first <= index) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == 0 || index - spans[low - 1].first >= spans[low - 1].count) {
        return false;
    }
    *slot = collector->slots[low - 1] + (index - spans[low - 1].first);
    return true;
}

static bool is_answer(enum reply_end end)
{
    return end == REPLY_COMPLETE || end == REPLY_CUT || end == REPLY_REFUSED ||
           end == REPLY_FILTERED;
}

static int hand_out(struct collector *collector, uint64_t index, struct err *err)
{
    struct reply *reply = &collector->reply;

    if (is_answer(reply->end)) {
        collector->tally->answered++;
    } else {
        collector->tally->failed++;
        if (reply->error.code == ERR_NONE) {
            (void)err_set(&reply->error, failure_err_code(reply->end), "%s",
                          reply_end_name(reply->end));
        }
        (void)err_wrap(&reply->error, "batch %s", collector->batch->id);
        route_redact(&collector->service->route, reply->error.text, strlen(reply->error.text));
    }
    return collector->sink->on_reply(collector->sink->context, index, reply, err);
}

static void read_reply(struct collector *collector, const struct batch_line *line)
{
    const struct route *route = &collector->service->route;
    struct reply *reply = &collector->reply;

    reply_reset(reply);
    reply->attempts = 1;
    wire_json_copy(reply->request_id, sizeof reply->request_id, line->request_id);
    if (line->answer != NULL) {
        reply->http_status = 200;
        batch_answer_read(route->protocol, route->endpoint, line->answer, reply);
    } else if (line->error != NULL) {
        reply->http_status = line->http_status;
        batch_answer_error(route->protocol, line->http_status, line->error, reply);
    } else {
        reply->end = line->end;
        (void)err_set(&reply->error, failure_err_code(line->end), "%s", line->words);
    }
}

/* A later pass over the same results says nothing new of the lines before. */
static void tally_line(const struct collector *collector, uint64_t *count)
{
    *count += collector->lines > collector->tallied ? 1 : 0;
}

static int take_result(struct collector *collector, const json_t *json, struct err *err)
{
    struct batch_line line = {.custom_id = {NULL, 0}};
    uint64_t index = 0;
    uint64_t slot = 0;
    int rc = 0;

    collector->service->vendor->read_line(json, &line);
    if (line.custom_id.len == 0 ||
        (line.answer == NULL && line.error == NULL && line.words == NULL)) {
        tally_line(collector, &collector->tally->unreadable);
        return 0;
    }
    if (!batch_custom_index(collector->batch->tag, line.custom_id, &index) ||
        !find_slot(collector, index, &slot)) {
        tally_line(collector, &collector->tally->foreign);
        return 0;
    }
    if (collector->seen[slot]) {
        tally_line(collector, &collector->tally->repeated);
        return 0;
    }
    read_reply(collector, &line);
    rc = hand_out(collector, index, err);
    collector->seen[slot] = rc == 0;
    return rc;
}

/* Whether the text was JSON; its result is taken if so. */
static int take_line(struct collector *collector, bool *is_json, struct err *err)
{
    struct str text = str_trim(buf_str(&collector->line));
    json_t *json = NULL;
    int rc = 0;

    *is_json = true;
    if (text.len == 0) {
        return 0;
    }
    json = wire_json_parse(text);
    *is_json = json_is_object(json);
    if (*is_json) {
        rc = take_result(collector, json, err);
    }
    json_decref(json);
    return rc;
}

static int end_line(struct collector *collector, struct err *err)
{
    bool is_json = false;
    int rc = 0;

    collector->lines++;
    if (!collector->is_overlong) {
        rc = take_line(collector, &is_json, err);
    }
    if (!is_json) {
        tally_line(collector, &collector->tally->unreadable);
    }
    collector->is_overlong = false;
    buf_reset(&collector->line);
    return rc;
}

static int on_data(void *context, struct str bytes, struct err *err)
{
    struct collector *collector = context;
    struct str_pair parts = {.tail = bytes, .ok = true};
    int rc = 0;

    while (rc == 0 && parts.tail.len != 0) {
        parts = str_cut(parts.tail, '\n');
        if (!collector->is_overlong) {
            buf_append(&collector->line, parts.head);
        }
        if (collector->line.failure == ERR_MEMORY) {
            return err_memory(err);
        }
        if (collector->line.failure == ERR_LIMIT) {
            collector->is_overlong = true;
            buf_reset(&collector->line);
        }
        rc = parts.ok ? end_line(collector, err) : 0;
    }
    return rc;
}

static void on_restart(void *context)
{
    struct collector *collector = context;

    collector->tallied =
        collector->lines > collector->tallied ? collector->lines : collector->tallied;
    collector->lines = 0;
    collector->is_overlong = false;
    buf_reset(&collector->line);
}

/* What follows the last line end: a result whose line end is missing, or the sign that the rest of
 * the download is. */
static int take_rest(struct collector *collector, struct err *err)
{
    bool is_json = false;
    int rc = 0;

    collector->has_cut_line = collector->is_overlong;
    if (!collector->is_overlong && str_trim(buf_str(&collector->line)).len != 0) {
        collector->lines++;
        rc = take_line(collector, &is_json, err);
        collector->has_cut_line = !is_json;
    }
    return rc;
}

/* A proxy may cut a download without anybody's noticing; then it is made again. */
static int download(struct collector *collector, const char *url, struct err *err)
{
    struct batch_service *service = collector->service;
    struct http_job job = {.method = "GET",
                           .url = url,
                           .on_data = on_data,
                           .on_restart = on_restart,
                           .context = collector};
    int rc = 0;

    collector->tallied = 0;
    collector->lines = 0;
    collector->has_cut_line = true;
    for (uint32_t i = 0;
         rc == 0 && collector->has_cut_line && i < service->setting.limits->attempts_max; i++) {
        on_restart(collector);
        rc = http_job_run(&service->http, &job, err);
        if (rc == 0) {
            rc = take_rest(collector, err);
        } else {
            batch_lose_if_gone(service, collector->batch, job.status, err);
        }
    }
    if (rc == 0 && collector->has_cut_line) {
        rc = err_set(err, ERR_INCOMPLETE, "%s: the results end in the middle of a line", url);
    }
    http_job_release(&job);
    return rc;
}

static int download_all(struct collector *collector, struct err *err)
{
    const struct batch_vendor *vendor = collector->service->vendor;
    bool has_more = true;
    int rc = 0;

    for (size_t i = 0; rc == 0 && has_more; i++) {
        struct buf url = {0};

        buf_init(&url, BATCH_URL_MAX);
        has_more = vendor->append_results_url(collector->service, collector->batch, i, &url);
        rc = has_more ? buf_check(&url, "the URL of the results", err) : 0;
        if (has_more && rc == 0) {
            rc = download(collector, url.p, err);
        }
        buf_release(&url);
    }
    return rc;
}

static void describe_missing(const struct batch *batch, struct reply *reply)
{
    const char *words = "the batch's results say nothing of this request";

    reply_reset(reply);
    reply->attempts = 1;
    reply->end = REPLY_FAILED;
    if (batch->phase == BATCH_CANCELLED) {
        reply->end = REPLY_CANCELLED;
        words = "the batch was cancelled before this request was answered";
    } else if (batch->phase == BATCH_EXPIRED) {
        words = "the batch expired before this request was answered";
    } else if (batch->phase == BATCH_FAILED) {
        words = "the batch failed";
    }
    (void)err_set(&reply->error, failure_err_code(reply->end), "%s%s%s", words,
                  batch->error[0] != '\0' ? ": " : "", batch->error);
}

static int hand_out_missing(struct collector *collector, struct err *err)
{
    const struct batch *batch = collector->batch;
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < batch->span_count; i++) {
        for (uint64_t k = 0; rc == 0 && k < batch->spans[i].count; k++) {
            if (!collector->seen[collector->slots[i] + k]) {
                describe_missing(batch, &collector->reply);
                collector->tally->missing++;
                rc = hand_out(collector, batch->spans[i].first + k, err);
            }
        }
    }
    return rc;
}

int batch_collect(struct batch_service *service, struct batch *batch, const struct batch_sink *sink,
                  struct batch_tally *tally, struct err *err)
{
    struct collector collector = {.service = service, .batch = batch, .sink = sink, .tally = tally};
    int rc = 0;

    *tally = (struct batch_tally){0};
    if (!batch_is_over(batch) || batch->phase >= BATCH_LOST) {
        return err_set(err, ERR_USAGE, "%s: the batch is %s and has nothing to collect",
                       batch->path, batch_phase_name(batch->phase));
    }
    rc = collector_init(&collector, err);
    if (rc == 0 && batch->phase != BATCH_FAILED) {
        rc = download_all(&collector, err);
    }
    if (rc == 0) {
        rc = hand_out_missing(&collector, err);
    }
    if (rc == 0) {
        rc = batch_change(service, batch, BATCH_COLLECTED, err);
    }
    collector_release(&collector);
    return rc;
}
