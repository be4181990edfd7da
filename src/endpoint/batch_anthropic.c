/* Anthropic's Message Batches: the requests are the elements of one JSON array, so the file goes
 * along with the call that begins the batch. Format: Anthropic's published API schema.
 */
#include "endpoint/batch_vendor.h"
#include "endpoint/wire_json.h"
#include "endpoint/wire_time.h"

#include <string.h>

/* 256 MB and 100,000 requests. */
enum { BODY_BYTES_MAX = 256 * 1000 * 1000, BODY_REQUESTS_MAX = 100000 };
/* How far their clock may be off ours. */
enum { CLOCK_SKEW_S = 300 };

/* Batches are below the messages: /v1/messages/batches. */
static int base_url(const struct route *route, struct buf *out, struct err *err)
{
    if (!str_ends(str_from(route->url), STR("/messages"))) {
        return err_set(err, ERR_USAGE, "%s: no batches at this URL", route->url);
    }
    buf_appendf(out, "%s/batches", route->url);
    return 0;
}

static void append_line_head(const struct batch_service *service, struct str custom_id,
                             struct buf *out)
{
    (void)service;
    buf_append(out, STR("{\"custom_id\":\""));
    buf_append(out, custom_id);
    buf_append(out, STR("\",\"params\":"));
}

static int create(struct batch_service *service, struct batch *batch, int file, bool *in_doubt,
                  struct err *err)
{
    struct http_job job = {.method = "POST", .url = service->base_url, .is_once = true};

    /* Line ends become the array's commas; the last one has nothing after it. */
    job.body = (struct http_body){batch_anthropic.file_head, true, file,
                                  batch->bytes - 1,          ',',  batch_anthropic.file_tail};
    return batch_begin(service, &job, "id", batch, in_doubt, err);
}

static uint64_t count_requests(const json_t *row)
{
    static const char *const names[] = {"processing", "succeeded", "errored", "canceled",
                                        "expired"};
    const json_t *counts = json_object_get(row, "request_counts");
    uint64_t total = 0;

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        total += (uint64_t)wire_json_count(counts, names[i], 0);
    }
    return total;
}

static bool may_be_ours(const struct batch_service *service, const struct batch *batch,
                        const json_t *row)
{
    const struct batch_setting *setting = &service->setting;

    return count_requests(row) == batch->requests &&
           wire_time_until_s(wire_json_string(row, "created_at"), batch->asked_s - CLOCK_SKEW_S) >
               0.0 &&
           (setting->is_known == NULL ||
            !setting->is_known(setting->context, wire_json_string(row, "id")));
}

/* Nothing in the list names our requests, so a batch is ours if it was begun at that time, has as
 * many requests, and there is only one such. Were it another's, its results would tell by their
 * ids. */
static int find(struct batch_service *service, struct batch *batch, struct err *err)
{
    json_t *json = NULL;
    const json_t *row = NULL;
    const json_t *found = NULL;
    size_t candidates = 0;
    size_t i = 0;
    int rc = batch_get(service, "?limit=100", &json, err);

    json_array_foreach(json_object_get(json, "data"), i, row)
    {
        if (may_be_ours(service, batch, row)) {
            candidates++;
            found = row;
        }
    }
    if (rc == 0 && candidates > 1) {
        rc = err_set(err, ERR_INCOMPLETE,
                     "%s: it is not known whether this batch was begun: %zu batches of %llu "
                     "requests were, since it was submitted",
                     batch->path, candidates, (unsigned long long)batch->requests);
    } else if (rc == 0 && candidates == 1) {
        rc = batch_found(found, "id", batch, err);
    }
    json_decref(json);
    return rc;
}

static void append_url(const struct batch_service *service, const struct batch *batch,
                       struct buf *out)
{
    buf_appendf(out, "%s/", service->base_url);
    protocol_append_segment(out, str_from(batch->id));
}

static enum batch_phase read_state(const json_t *state, struct batch *batch)
{
    const json_t *counts = json_object_get(state, "request_counts");

    batch->answered = (uint64_t)wire_json_count(counts, "succeeded", (int64_t)batch->answered);
    batch->failed =
        (uint64_t)(wire_json_count(counts, "errored", 0) + wire_json_count(counts, "canceled", 0) +
                   wire_json_count(counts, "expired", 0));
    return str_equal(wire_json_string(state, "processing_status"), STR("ended")) ? BATCH_ENDED
                                                                                 : BATCH_RUNNING;
}

static bool append_results_url(const struct batch_service *service, const struct batch *batch,
                               size_t i, struct buf *out)
{
    append_url(service, batch, out);
    buf_append(out, STR("/results"));
    return i == 0;
}

static void read_line(const json_t *json, struct batch_line *line)
{
    const json_t *result = json_object_get(json, "result");
    struct str type = wire_json_string(result, "type");

    line->custom_id = wire_json_string(json, "custom_id");
    if (str_equal(type, STR("succeeded")) && json_is_object(json_object_get(result, "message"))) {
        line->answer = json_object_get(result, "message");
    } else if (str_equal(type, STR("errored"))) {
        line->error = json_object_get(result, "error");
        line->http_status = PROTOCOL_IN_STREAM;
        line->request_id = wire_json_string(line->error, "request_id");
    } else if (str_equal(type, STR("canceled"))) {
        line->end = REPLY_CANCELLED;
        line->words = "the batch was cancelled before this request was answered";
    } else if (str_equal(type, STR("expired"))) {
        line->end = REPLY_FAILED;
        line->words = "the batch expired before this request was answered";
    }
}

const struct batch_vendor batch_anthropic = {
    .limits = {.bytes_max = BODY_BYTES_MAX, .requests_max = BODY_REQUESTS_MAX},
    .base_url = base_url,
    .append_line_head = append_line_head,
    .line_tail = STR_INIT("}\n"),
    .file_head = STR_INIT("{\"requests\":["),
    .file_tail = STR_INIT("]}"),
    .create = create,
    .find = find,
    .append_url = append_url,
    .cancel_path = STR_INIT("/cancel"),
    .read_state = read_state,
    .append_results_url = append_results_url,
    .read_line = read_line,
};
