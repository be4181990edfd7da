/* OpenAI's Batch API: a file of requests is uploaded, a batch made of it, and two files come back,
 * one of answers and one of errors. Format: OpenAI's published API schema.
 */
#include "endpoint/batch_vendor.h"
#include "endpoint/wire_json.h"

#include <inttypes.h>
#include <string.h>

/* As the schema states them: 200 MB and 50,000 requests. */
enum { FILE_BYTES_MAX = 200 * 1000 * 1000, FILE_REQUESTS_MAX = 50000, MULTIPART_MAX = 4096 };

/* The paths that a batch may be for; its URL names one without the base. */
static const struct {
    const char *path;
    const char *url;
} kinds[] = {
    {"/chat/completions", "/v1/chat/completions"},
    {"/responses", "/v1/responses"},
};

static const char *request_url(const struct route *route)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (str_ends(str_from(route->url), str_from(kinds[i].path))) {
            return kinds[i].url;
        }
    }
    return NULL;
}

static int base_url(const struct route *route, struct buf *out, struct err *err)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct str url = str_from(route->url);
        struct str path = str_from(kinds[i].path);

        if (str_ends(url, path)) {
            buf_append(out, str_take(url, url.len - path.len));
            return 0;
        }
    }
    return err_set(err, ERR_USAGE, "%s: no batches at this URL", route->url);
}

static void append_line_head(const struct batch_service *service, struct str custom_id,
                             struct buf *out)
{
    buf_append(out, STR("{\"custom_id\":\""));
    buf_append(out, custom_id);
    buf_appendf(out,
                "\",\"method\":\"POST\",\"url\":\"%s\",\"body\":", request_url(&service->route));
}

static int upload_form(struct batch_service *service, struct batch *batch, struct http_job *job,
                       struct err *err)
{
    json_t *json = NULL;
    int rc = batch_ask(service, job, &json, err);

    if (rc == 0) {
        rc = batch_take_id(wire_json_string(json, "id"), "id of the file", batch->file_id, err);
    }
    json_decref(json);
    return rc;
}

/* The form is written here, since libcurl's own cannot take a file from a descriptor. */
static int upload(struct batch_service *service, struct batch *batch, int file, struct err *err)
{
    char name[BATCH_CUSTOM_ID_MAX];
    char boundary[64];
    struct buf url = {0};
    struct buf head = {0};
    struct buf tail = {0};
    struct buf type = {0};
    const char *headers[2] = {NULL, NULL};
    struct http_job job = {.method = "POST", .headers = headers};
    int rc = 0;

    batch_custom_id(name, batch->tag, batch->spans[0].first);
    (void)snprintf(boundary, sizeof boundary, "haymaker-%016" PRIx64 "%016" PRIx64,
                   random_u64(&service->http.random), random_u64(&service->http.random));
    buf_init(&url, BATCH_URL_MAX);
    buf_init(&head, MULTIPART_MAX);
    buf_init(&tail, MULTIPART_MAX);
    buf_init(&type, MULTIPART_MAX);
    buf_appendf(&url, "%s/files", service->base_url);
    buf_appendf(&type, "Content-Type: multipart/form-data; boundary=%s", boundary);
    buf_appendf(&head,
                "--%s\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n--%s\r\n"
                "Content-Disposition: form-data; name=\"file\"; filename=\"%s.jsonl\"\r\n"
                "Content-Type: application/jsonl\r\n\r\n",
                boundary, boundary, name);
    buf_appendf(&tail, "\r\n--%s--\r\n", boundary);
    if (url.failure != 0 || head.failure != 0 || tail.failure != 0 || type.failure != 0) {
        rc = err_memory(err);
    } else {
        headers[0] = type.p;
        job.url = url.p;
        job.body =
            (struct http_body){buf_str(&head), true, file, batch->bytes, '\n', buf_str(&tail)};
        rc = upload_form(service, batch, &job, err);
    }
    http_job_release(&job);
    buf_release(&url);
    buf_release(&head);
    buf_release(&tail);
    buf_release(&type);
    return rc;
}

static int create(struct batch_service *service, struct batch *batch, int file, bool *in_doubt,
                  struct err *err)
{
    struct buf url = {0};
    struct buf body = {0};
    struct http_job job = {.method = "POST", .is_once = true};
    int rc = 0;

    (void)file;
    buf_init(&url, BATCH_URL_MAX);
    buf_init(&body, BATCH_URL_MAX);
    buf_appendf(&url, "%s/batches", service->base_url);
    buf_append(&body, STR("{\"input_file_id\":\""));
    json_append_escaped(&body, str_from(batch->file_id));
    buf_appendf(&body, "\",\"endpoint\":\"%s\",\"completion_window\":\"24h\"}",
                request_url(&service->route));
    if (url.failure != 0 || body.failure != 0) {
        rc = err_memory(err);
    } else {
        job.url = url.p;
        job.body.head = buf_str(&body);
        rc = batch_begin(service, &job, "id", batch, in_doubt, err);
    }
    buf_release(&url);
    buf_release(&body);
    return rc;
}

/* A file is uploaded for one batch, so its id tells which that is. */
static int find(struct batch_service *service, struct batch *batch, struct err *err)
{
    json_t *json = NULL;
    const json_t *row = NULL;
    size_t i = 0;
    int rc = batch_get(service, "/batches?limit=100", &json, err);

    json_array_foreach(json_object_get(json, "data"), i, row)
    {
        if (rc == 0 &&
            str_equal(wire_json_string(row, "input_file_id"), str_from(batch->file_id)) &&
            !str_equal(wire_json_string(row, "status"), STR("failed"))) {
            rc = batch_found(row, "id", batch, err);
        }
    }
    json_decref(json);
    return rc;
}

static void append_url(const struct batch_service *service, const struct batch *batch,
                       struct buf *out)
{
    buf_appendf(out, "%s/batches/", service->base_url);
    protocol_append_segment(out, str_from(batch->id));
}

static void read_errors(const json_t *state, struct batch *batch)
{
    const json_t *first =
        json_array_get(json_object_get(json_object_get(state, "errors"), "data"), 0);

    batch_set_error(batch, wire_json_string(first, "message"));
    batch->queue_is_full = str_equal(wire_json_string(first, "code"), STR("token_limit_exceeded"));
}

static enum batch_phase read_state(const json_t *state, struct batch *batch)
{
    const json_t *counts = json_object_get(state, "request_counts");
    struct str status = wire_json_string(state, "status");

    batch->answered = (uint64_t)wire_json_count(counts, "completed", (int64_t)batch->answered);
    batch->failed = (uint64_t)wire_json_count(counts, "failed", (int64_t)batch->failed);
    wire_json_copy(batch->output_id, sizeof batch->output_id,
                   wire_json_string(state, "output_file_id"));
    wire_json_copy(batch->errors_id, sizeof batch->errors_id,
                   wire_json_string(state, "error_file_id"));
    if (str_equal(status, STR("completed"))) {
        return BATCH_ENDED;
    }
    if (str_equal(status, STR("expired"))) {
        return BATCH_EXPIRED;
    }
    if (str_equal(status, STR("cancelled"))) {
        return BATCH_CANCELLED;
    }
    if (str_equal(status, STR("failed"))) {
        read_errors(state, batch);
        return BATCH_FAILED;
    }
    return BATCH_RUNNING; /* validating, in_progress, finalizing, cancelling */
}

static bool append_results_url(const struct batch_service *service, const struct batch *batch,
                               size_t i, struct buf *out)
{
    const char *const ids[] = {batch->output_id, batch->errors_id};
    size_t at = 0;

    while (at < 2 && (ids[at][0] == '\0' || i != 0)) {
        i -= ids[at][0] != '\0' ? 1 : 0;
        at++;
    }
    if (at == 2) {
        return false;
    }
    buf_appendf(out, "%s/files/", service->base_url);
    protocol_append_segment(out, str_from(ids[at]));
    buf_append(out, STR("/content"));
    return true;
}

/* An error beside the response is the batch's own: a request it never came to. */
static void read_line(const json_t *json, struct batch_line *line)
{
    const json_t *response = json_object_get(json, "response");
    const json_t *body = json_object_get(response, "body");
    const json_t *error = json_object_get(json, "error");
    struct str code = wire_json_string(error, "code");

    line->custom_id = wire_json_string(json, "custom_id");
    line->request_id = wire_json_string(response, "request_id");
    line->http_status = (long)wire_json_count(response, "status_code", 0);
    if (line->http_status == 200 && json_is_object(body)) {
        line->answer = body;
    } else if (json_is_object(body)) {
        line->error = body;
    } else if (str_equal(code, STR("batch_cancelled"))) {
        line->end = REPLY_CANCELLED;
        line->words = "the batch was cancelled before this request was answered";
    } else if (str_equal(code, STR("batch_expired"))) {
        line->end = REPLY_FAILED;
        line->words = "the batch expired before this request was answered";
    } else if (json_is_object(error)) {
        line->error = error;
        line->http_status = PROTOCOL_IN_STREAM;
    }
}

const struct batch_vendor batch_openai = {
    .limits = {.bytes_max = FILE_BYTES_MAX, .requests_max = FILE_REQUESTS_MAX},
    .base_url = base_url,
    .append_line_head = append_line_head,
    .line_tail = STR_INIT("}\n"),
    .upload = upload,
    .create = create,
    .find = find,
    .append_url = append_url,
    .cancel_path = STR_INIT("/cancel"),
    .read_state = read_state,
    .append_results_url = append_results_url,
    .read_line = read_line,
};
