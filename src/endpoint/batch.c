#include "endpoint/batch.h"

#include "base/utf8.h"
#include "endpoint/batch_vendor.h"
#include "endpoint/wire_json.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct batch_vendor *find_vendor(const char *protocol)
{
    static const struct {
        const char *protocol;
        const struct batch_vendor *vendor;
    } rows[] = {
        {"openai-chat", &batch_openai},
        {"openai-responses", &batch_openai},
        {"anthropic-messages", &batch_anthropic},
        {"gemini", &batch_gemini},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (strcmp(rows[i].protocol, protocol) == 0) {
            return rows[i].vendor;
        }
    }
    return NULL;
}

bool batch_is_offered(const char *protocol)
{
    return find_vendor(protocol) != NULL;
}

static int build_base_url(struct batch_service *service, struct err *err)
{
    struct buf text = {0};
    int rc = 0;

    buf_init(&text, BATCH_URL_MAX);
    rc = service->vendor->base_url(&service->route, &text, err);
    if (rc == 0) {
        rc = buf_check(&text, "the endpoint's URL", err);
    }
    if (rc == 0) {
        service->base_url = arena_copy(&service->route.arena, buf_str(&text)).p;
        rc = service->base_url != NULL ? 0 : err_memory(err);
    }
    buf_release(&text);
    return rc;
}

static int prepare(struct batch_service *service, struct err *err)
{
    const struct batch_setting *setting = &service->setting;
    int rc = route_init(&service->route, setting->endpoint, NULL, err);

    if (rc == 0) {
        rc = route_frame_whole(&service->route, err);
    }
    if (rc == 0) {
        rc = build_base_url(service, err);
    }
    service->http = (struct http_setting){
        .route = &service->route,
        .limits = setting->limits,
        .clock = setting->clock,
        .is_stopped = setting->is_stopped,
        .context = setting->context,
        .random = random_stream(clock_ns(setting->clock), STR("endpoint.batch"), 0),
    };
    return rc;
}

int batch_service_new(struct batch_service **out, const struct batch_setting *setting,
                      struct err *err)
{
    const struct batch_vendor *vendor = find_vendor(setting->endpoint->protocol);
    struct batch_service *service = NULL;
    int rc = 0;

    if (vendor == NULL) {
        return err_set(err, ERR_USAGE, "protocol %s has no batches", setting->endpoint->protocol);
    }
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        return err_set(err, ERR_SYSTEM, "libcurl cannot be initialised");
    }
    service = calloc(1, sizeof *service);
    if (service == NULL) {
        curl_global_cleanup();
        return err_memory(err);
    }
    service->setting = *setting;
    service->vendor = vendor;
    rc = prepare(service, err);
    if (rc != 0) {
        batch_service_free(service);
        return rc;
    }
    *out = service;
    return 0;
}

void batch_service_free(struct batch_service *service)
{
    if (service != NULL) {
        route_release(&service->route);
        free(service);
        curl_global_cleanup();
    }
}

void batch_custom_id(char out[BATCH_CUSTOM_ID_MAX], const char *tag, uint64_t index)
{
    (void)snprintf(out, BATCH_CUSTOM_ID_MAX, "%.*s-%" PRIu64, BATCH_TAG_MAX, tag, index);
}

bool batch_custom_index(const char *tag, struct str custom_id, uint64_t *index)
{
    struct str_pair parts = str_cut(custom_id, '-'); /* a tag has no '-' */

    return parts.ok && str_equal(parts.head, str_from(tag)) && str_to_u64(parts.tail, index);
}

int batch_take_id(struct str id, const char *what, char out[BATCH_ID_MAX], struct err *err)
{
    wire_json_copy(out, BATCH_ID_MAX, id);
    if (id.len == 0 || !str_equal(str_from(out), id)) {
        out[0] = '\0';
        return err_set(err, ERR_ENDPOINT, "the endpoint's response has no %s", what);
    }
    return 0;
}

void batch_append_name(struct buf *out, struct str name)
{
    struct str_pair parts = str_cut(name, '/');

    protocol_append_segment(out, parts.head);
    while (parts.ok) {
        parts = str_cut(parts.tail, '/');
        buf_append_char(out, '/');
        protocol_append_segment(out, parts.head);
    }
}

int batch_ask(struct batch_service *service, struct http_job *job, json_t **out, struct err *err)
{
    int rc = http_job_run(&service->http, job, err);

    if (rc != 0) {
        return rc;
    }
    *out = wire_json_parse(buf_str(&job->response));
    if (!json_is_object(*out)) {
        struct buf sample = {0};

        json_decref(*out);
        *out = NULL;
        buf_init(&sample, ERR_TEXT_MAX / 2);
        route_redact(&service->route, job->response.p, job->response.len);
        utf8_append_printable(&sample, str_take(buf_str(&job->response), 120));
        rc = err_set(err, ERR_ENDPOINT, "%s: the response is not a JSON object (%.*s)", job->url,
                     STR_ARG(buf_str(&sample)));
        buf_release(&sample);
    }
    return rc;
}

static int take_batch_id(const json_t *json, const char *id_name, struct batch *batch,
                         struct err *err)
{
    char what[64];

    (void)snprintf(what, sizeof what, "%s of the batch", id_name);
    return batch_take_id(wire_json_string(json, id_name), what, batch->id, err);
}

int batch_begin(struct batch_service *service, struct http_job *job, const char *id_name,
                struct batch *batch, bool *in_doubt, struct err *err)
{
    json_t *json = NULL;
    int rc = batch_ask(service, job, &json, err);

    *in_doubt = rc != 0 && (job->is_in_doubt || job->status == 200);
    if (rc == 0) {
        rc = take_batch_id(json, id_name, batch, err);
        *in_doubt = rc != 0;
    }
    json_decref(json);
    http_job_release(job);
    return rc;
}

int batch_found(const json_t *row, const char *id_name, struct batch *batch, struct err *err)
{
    int rc = take_batch_id(row, id_name, batch, err);

    return rc == 0 ? 1 : rc;
}

int batch_get(struct batch_service *service, const char *path, json_t **out, struct err *err)
{
    struct buf url = {0};
    struct http_job job = {.method = "GET"};
    int rc = 0;

    buf_init(&url, BATCH_URL_MAX);
    buf_appendf(&url, "%s%s", service->base_url, path);
    rc = buf_check(&url, "the endpoint's URL", err);
    if (rc == 0) {
        job.url = url.p;
        rc = batch_ask(service, &job, out, err);
    }
    http_job_release(&job);
    buf_release(&url);
    return rc;
}

int batch_change(const struct batch_service *service, struct batch *batch, enum batch_phase phase,
                 struct err *err)
{
    batch->phase = phase;
    return service->setting.on_change != NULL
               ? service->setting.on_change(service->setting.context, batch, err)
               : 0;
}

void batch_lose_if_gone(const struct batch_service *service, struct batch *batch, long status,
                        const struct err *why)
{
    struct err ignored;

    if (status == 404 || status == 410) {
        batch_set_error(batch, str_from(why->text));
        (void)batch_change(service, batch, BATCH_LOST, &ignored);
    }
}

static int open_file(const struct batch *batch, struct err *err)
{
    struct stat info;
    int file = open(batch->path, O_RDONLY | O_CLOEXEC);

    if (file < 0 || fstat(file, &info) != 0) {
        (void)err_system(err, "%s", batch->path);
        if (file >= 0) {
            (void)close(file);
        }
        return ERR_SYSTEM;
    }
    if ((uint64_t)info.st_size != batch->bytes || batch->bytes == 0) {
        (void)close(file);
        return err_set(err, ERR_INPUT, "%s: %lld bytes, but %" PRIu64 " were written", batch->path,
                       (long long)info.st_size, batch->bytes);
    }
    return file;
}

/* After an error that leaves no doubt, the batch is again what it was before. */
static int create(struct batch_service *service, struct batch *batch, int file, struct err *err)
{
    struct err ignored;
    bool in_doubt = false;
    int rc = 0;

    batch->asked_s = service->setting.clock->wall_s(service->setting.clock->context);
    rc = batch_change(service, batch, BATCH_CREATING, err);
    if (rc != 0) {
        return rc;
    }
    rc = service->vendor->create(service, batch, file, &in_doubt, err);
    if (rc == 0) {
        return batch_change(service, batch, BATCH_RUNNING, err);
    }
    if (!in_doubt) {
        (void)batch_change(service, batch, BATCH_UPLOADED, &ignored);
    }
    return rc;
}

/* Takes the batch as far as it can be without beginning it, and settles what a crash or a broken
 * connection left open. 1: it is running already. */
static int make_ready(struct batch_service *service, struct batch *batch, int file, struct err *err)
{
    int rc = 0;

    if (batch->phase == BATCH_FAILED) {
        batch->id[0] = '\0';
        batch->error[0] = '\0';
        batch->queue_is_full = false;
        rc = batch_change(service, batch, BATCH_UPLOADED, err);
    }
    if (rc == 0 && batch->phase == BATCH_CREATING) {
        rc = service->vendor->find(service, batch, err);
        if (rc > 0) {
            rc = batch_change(service, batch, BATCH_RUNNING, err);
            return rc != 0 ? rc : 1;
        }
        batch->phase = rc == 0 ? BATCH_UPLOADED : batch->phase;
    }
    if (rc == 0 && batch->phase == BATCH_WRITTEN) {
        if (service->vendor->upload != NULL) {
            rc = service->vendor->upload(service, batch, file, err);
        }
        rc = rc != 0 ? rc : batch_change(service, batch, BATCH_UPLOADED, err);
    }
    return rc;
}

int batch_submit(struct batch_service *service, struct batch *batch, struct err *err)
{
    int file = -1;
    int rc = 0;

    if (batch->phase >= BATCH_RUNNING && !(batch->phase == BATCH_FAILED && batch->queue_is_full)) {
        return err_set(err, ERR_USAGE, "%s: the batch is %s and cannot be submitted", batch->path,
                       batch_phase_name(batch->phase));
    }
    file = open_file(batch, err);
    if (file < 0) {
        return file;
    }
    rc = make_ready(service, batch, file, err);
    if (rc == 0) {
        rc = create(service, batch, file, err);
    }
    (void)close(file);
    return rc < 0 ? rc : 0;
}

/* The batch's own URL, with `suffix`; the caller releases *out. */
static int build_url(const struct batch_service *service, const struct batch *batch,
                     struct str suffix, struct buf *out, struct err *err)
{
    buf_init(out, BATCH_URL_MAX);
    if (batch->phase != BATCH_RUNNING || batch->id[0] == '\0') {
        return err_set(err, ERR_USAGE, "%s: the batch is %s, not running", batch->path,
                       batch_phase_name(batch->phase));
    }
    service->vendor->append_url(service, batch, out);
    buf_append(out, suffix);
    return buf_check(out, "the batch's URL", err);
}

int batch_poll(struct batch_service *service, struct batch *batch, struct err *err)
{
    struct buf url = {0};
    struct http_job job = {.method = "GET"};
    json_t *state = NULL;
    int rc = build_url(service, batch, STR(""), &url, err);

    if (rc == 0) {
        job.url = url.p;
        rc = batch_ask(service, &job, &state, err);
        if (rc != 0) {
            batch_lose_if_gone(service, batch, job.status, err);
        }
    }
    if (rc == 0) {
        enum batch_phase phase = service->vendor->read_state(state, batch);

        rc = phase != batch->phase ? batch_change(service, batch, phase, err) : 0;
    }
    json_decref(state);
    http_job_release(&job);
    buf_release(&url);
    return rc;
}

int batch_cancel(struct batch_service *service, const struct batch *batch, struct err *err)
{
    struct buf url = {0};
    struct http_job job = {.method = "POST"};
    int rc = build_url(service, batch, service->vendor->cancel_path, &url, err);

    if (rc == 0) {
        job.url = url.p;
        rc = http_job_run(&service->http, &job, err);
    }
    http_job_release(&job);
    buf_release(&url);
    return rc;
}
