/* Gemini's batch mode: a file of requests goes to the Files API, a batch is made of it, and a file
 * of answers comes back in the same order. Format: Google's Gemini API reference.
 */
#include "endpoint/batch_vendor.h"
#include "endpoint/wire_json.h"

#include <curl/curl.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>

/* The Files API takes 2 GB a file. No count of requests is stated. */
#define FILE_BYTES_MAX UINT64_C(2000000000)

/* The text that a batch shows in lists; the file's id makes it the batch's own. */
#define DISPLAY_NAME "haymaker %s"

static int base_url(const struct route *route, struct buf *out, struct err *err)
{
    struct str url = str_from(route->url);
    size_t at = str_find(url, STR("/models/"));

    if (at == SIZE_MAX) {
        return err_set(err, ERR_USAGE, "%s: no batches at this URL", route->url);
    }
    buf_append(out, str_take(url, at));
    return 0;
}

static void append_line_head(const struct batch_service *service, struct str custom_id,
                             struct buf *out)
{
    (void)service;
    buf_append(out, STR("{\"key\":\""));
    buf_append(out, custom_id);
    buf_append(out, STR("\",\"request\":"));
}

/* Files are sent and fetched beside the API: https://host/upload/v1beta/… */
static void append_beside(const struct batch_service *service, const char *place, struct buf *out)
{
    struct str base = str_from(service->base_url);
    size_t scheme = str_find(base, STR("://"));
    size_t host = scheme == SIZE_MAX ? 0 : scheme + 3;
    size_t path = str_find(str_skip(base, host), STR("/"));

    path = path == SIZE_MAX ? base.len : host + path;
    buf_append(out, str_take(base, path));
    buf_appendf(out, "/%s", place);
    buf_append(out, str_skip(base, path));
}

static bool same_part(CURLU *a, CURLU *b, CURLUPart part)
{
    char *left = NULL;
    char *right = NULL;
    bool is_same = curl_url_get(a, part, &left, 0) == CURLUE_OK &&
                   curl_url_get(b, part, &right, 0) == CURLUE_OK && strcasecmp(left, right) == 0;

    curl_free(left);
    curl_free(right);
    return is_same;
}

/* The endpoint says where the file goes. Prompts go to the host the user named and no other. */
static bool is_at_endpoint(const struct batch_service *service, const char *url)
{
    CURLU *ours = curl_url();
    CURLU *theirs = curl_url();
    bool is_there = ours != NULL && theirs != NULL &&
                    curl_url_set(ours, CURLUPART_URL, service->base_url, 0) == CURLUE_OK &&
                    curl_url_set(theirs, CURLUPART_URL, url, 0) == CURLUE_OK &&
                    same_part(ours, theirs, CURLUPART_SCHEME) &&
                    same_part(ours, theirs, CURLUPART_HOST);

    curl_url_cleanup(ours);
    curl_url_cleanup(theirs);
    return is_there;
}

/* Opens an upload and gives its URL. */
static int open_upload(struct batch_service *service, const struct batch *batch,
                       struct http_job *job, struct err *err)
{
    char name[BATCH_CUSTOM_ID_MAX];
    char length[80];
    char body[BATCH_CUSTOM_ID_MAX + 40];
    const char *const headers[] = {"X-Goog-Upload-Protocol: resumable",
                                   "X-Goog-Upload-Command: start", length,
                                   "X-Goog-Upload-Header-Content-Type: application/jsonl", NULL};
    struct buf url = {0};
    int rc = 0;

    batch_custom_id(name, batch->tag, batch->spans[0].first);
    (void)snprintf(length, sizeof length, "X-Goog-Upload-Header-Content-Length: %" PRIu64,
                   batch->bytes);
    (void)snprintf(body, sizeof body, "{\"file\":{\"display_name\":\"%s\"}}", name);
    buf_init(&url, BATCH_URL_MAX);
    append_beside(service, "upload", &url);
    buf_append(&url, STR("/files"));
    rc = buf_check(&url, "the upload's URL", err);
    if (rc == 0) {
        *job = (struct http_job){.method = "POST",
                                 .url = url.p,
                                 .headers = headers,
                                 .body = {.head = str_from(body)},
                                 .wanted_header = "x-goog-upload-url"};
        rc = http_job_run(&service->http, job, err);
    }
    if (rc == 0 && !is_at_endpoint(service, job->header_value)) {
        rc = err_set(err, ERR_ENDPOINT,
                     "%s: the response names no place at this host to send the file to", url.p);
    }
    job->url = NULL;
    job->headers = NULL;
    buf_release(&url);
    return rc;
}

/* Sends the file to where open_upload says. The URL is the permission: no key goes along. */
static int send_file(const struct batch_service *service, struct batch *batch, const char *url,
                     int file, struct err *err)
{
    static const char *const headers[] = {"Content-Type: application/jsonl",
                                          "X-Goog-Upload-Offset: 0",
                                          "X-Goog-Upload-Command: upload, finalize", NULL};
    struct client_limits once = *service->setting.limits;
    struct http_setting http = service->http;
    struct http_job job = {
        .method = "POST",
        .url = url,
        .headers = headers,
        .is_anonymous = true,
        .body = {.has_file = true, .file = file, .file_bytes = batch->bytes, .line_end = '\n'}};
    json_t *json = NULL;
    int rc = 0;

    once.attempts_max = 1; /* an upload that broke off goes on elsewhere than at its beginning */
    http.limits = &once;
    rc = http_job_run(&http, &job, err);
    if (rc == 0) {
        json = wire_json_parse(buf_str(&job.response));
        rc = batch_take_id(wire_json_string(json_object_get(json, "file"), "name"),
                           "name of the file", batch->file_id, err);
    }
    json_decref(json);
    http_job_release(&job);
    return rc;
}

static int upload(struct batch_service *service, struct batch *batch, int file, struct err *err)
{
    int rc = ERR_INCOMPLETE;

    for (uint32_t i = 0; i < service->setting.limits->attempts_max && rc == ERR_INCOMPLETE; i++) {
        struct http_job opened = {0};

        rc = open_upload(service, batch, &opened, err);
        if (rc == 0) {
            rc = send_file(service, batch, opened.header_value, file, err);
        }
        http_job_release(&opened);
    }
    return rc;
}

/* The route's URL with another method of the model. */
static void append_create_url(const struct batch_service *service, struct buf *out)
{
    struct str url = str_from(service->route.url);
    size_t model = strlen(service->base_url) + strlen("/models/");
    struct str_pair parts = str_cut(str_skip(url, model), ':');

    buf_append(out, str_take(url, model + parts.head.len));
    buf_append(out, STR(":batchGenerateContent"));
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
    append_create_url(service, &url);
    buf_append(&body, STR("{\"batch\":{\"display_name\":\"haymaker "));
    json_append_escaped(&body, str_from(batch->file_id));
    buf_append(&body, STR("\",\"input_config\":{\"file_name\":\""));
    json_append_escaped(&body, str_from(batch->file_id));
    buf_append(&body, STR("\"}}}"));
    if (url.failure != 0 || body.failure != 0) {
        rc = err_memory(err);
    } else {
        job.url = url.p;
        job.body.head = buf_str(&body);
        rc = batch_begin(service, &job, "name", batch, in_doubt, err);
    }
    buf_release(&url);
    buf_release(&body);
    return rc;
}

/* The state's name without its lead: BATCH_STATE_ in the API, JOB_STATE_ in older answers. */
static struct str state_of(const json_t *operation)
{
    struct str state = wire_json_string(json_object_get(operation, "metadata"), "state");
    size_t at = 0;

    state = state.len != 0 ? state : wire_json_string(operation, "state");
    at = str_find(state, STR("_STATE_"));
    return at == SIZE_MAX ? state : str_skip(state, at + strlen("_STATE_"));
}

static int find(struct batch_service *service, struct batch *batch, struct err *err)
{
    json_t *json = NULL;
    const json_t *row = NULL;
    char name[BATCH_ID_MAX + 16];
    size_t i = 0;
    int rc = batch_get(service, "/batches?pageSize=100", &json, err);

    (void)snprintf(name, sizeof name, DISPLAY_NAME, batch->file_id);
    json_array_foreach(json_object_get(json, "operations"), i, row)
    {
        struct str shown = wire_json_string(json_object_get(row, "metadata"), "displayName");

        if (rc == 0 && str_equal(shown, str_from(name)) &&
            !str_equal(state_of(row), STR("FAILED"))) {
            rc = batch_found(row, "name", batch, err);
        }
    }
    json_decref(json);
    return rc;
}

static void append_url(const struct batch_service *service, const struct batch *batch,
                       struct buf *out)
{
    buf_appendf(out, "%s/", service->base_url);
    batch_append_name(out, str_from(batch->id));
}

/* A 64-bit number, which this API writes as a text. */
static uint64_t read_count(const json_t *stats, const char *name, uint64_t absent)
{
    uint64_t count = 0;

    if (str_to_u64(wire_json_string(stats, name), &count)) {
        return count <= (uint64_t)WIRE_JSON_COUNT_MAX ? count : absent;
    }
    return (uint64_t)wire_json_count(stats, name, (int64_t)absent);
}

static void read_output(const json_t *state, struct batch *batch)
{
    const json_t *metadata = json_object_get(state, "metadata");
    struct str file = wire_json_string(json_object_get(state, "response"), "responsesFile");

    if (file.len == 0) {
        file = wire_json_string(json_object_get(metadata, "output"), "responsesFile");
    }
    wire_json_copy(batch->output_id, sizeof batch->output_id, file);
}

static enum batch_phase read_state(const json_t *state, struct batch *batch)
{
    const json_t *metadata = json_object_get(state, "metadata");
    const json_t *stats = json_object_get(metadata, "batchStats");
    const json_t *error = json_object_get(state, "error");
    struct str name = state_of(state);

    batch->answered = read_count(stats, "successfulRequestCount", batch->answered);
    batch->failed = read_count(stats, "failedRequestCount", batch->failed);
    read_output(state, batch);
    if (str_equal(name, STR("SUCCEEDED"))) {
        /* Until the file's name is there, it is not over. */
        return batch->output_id[0] != '\0' ? BATCH_ENDED : BATCH_RUNNING;
    }
    if (str_equal(name, STR("EXPIRED"))) {
        return BATCH_EXPIRED;
    }
    if (str_equal(name, STR("CANCELLED"))) {
        return BATCH_CANCELLED;
    }
    if (str_equal(name, STR("FAILED")) || json_is_object(error)) {
        batch_set_error(batch, wire_json_string(error, "message"));
        batch->queue_is_full = wire_json_count(error, "code", 0) == 8; /* RESOURCE_EXHAUSTED */
        return BATCH_FAILED;
    }
    return BATCH_RUNNING;
}

static bool append_results_url(const struct batch_service *service, const struct batch *batch,
                               size_t i, struct buf *out)
{
    append_beside(service, "download", out);
    buf_append_char(out, '/');
    batch_append_name(out, str_from(batch->output_id));
    buf_append(out, STR(":download?alt=media"));
    return i == 0 && batch->output_id[0] != '\0';
}

/* An answer, or a status: code and message without the envelope an HTTP error has. */
static void read_line(const json_t *json, struct batch_line *line)
{
    const json_t *metadata = json_object_get(json, "metadata");

    line->custom_id = wire_json_string(json, "key");
    if (line->custom_id.len == 0) {
        line->custom_id = wire_json_string(metadata, "key");
    }
    line->http_status = PROTOCOL_IN_STREAM;
    if (json_is_object(json_object_get(json, "response"))) {
        line->answer = json_object_get(json, "response");
    } else if (json_is_object(json_object_get(json, "error"))) {
        line->error = json;
    } else if (json_is_object(json_object_get(json, "status"))) {
        line->error = json_object_get(json, "status");
    }
}

const struct batch_vendor batch_gemini = {
    .limits = {.bytes_max = FILE_BYTES_MAX, .requests_max = BATCH_REQUESTS_MAX},
    .base_url = base_url,
    .append_line_head = append_line_head,
    .line_tail = STR_INIT("}\n"),
    .upload = upload,
    .create = create,
    .find = find,
    .append_url = append_url,
    .cancel_path = STR_INIT(":cancel"),
    .read_state = read_state,
    .append_results_url = append_results_url,
    .read_line = read_line,
};
