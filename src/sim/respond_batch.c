#include "sim/respond_batch.h"

#include "base/utf8.h"
#include "sim/batch_desk.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { FORM_BYTES = 64 * 1024, URL_MAX = 512 };

/* As the vendors state them; a form is a little larger than the file in it. */
#define OPENAI_FILE_MAX    UINT64_C(200000000)
#define ANTHROPIC_BODY_MAX UINT64_C(256000000)
#define GEMINI_FILE_MAX    UINT64_C(2000000000)

bool respond_batch_is_for(enum sim_operation operation)
{
    return operation >= OPERATION_FILE_UPLOAD;
}

uint64_t respond_batch_bytes_max(enum sim_operation operation)
{
    if (operation == OPERATION_FILE_UPLOAD) {
        return OPENAI_FILE_MAX + FORM_BYTES;
    }
    return operation == OPERATION_FILE_BYTES ? GEMINI_FILE_MAX : ANTHROPIC_BODY_MAX;
}

static const char *header(struct MHD_Connection *connection, const char *name)
{
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

static const char *host_of(struct MHD_Connection *connection)
{
    const char *host = header(connection, MHD_HTTP_HEADER_HOST);

    return host != NULL ? host : "127.0.0.1";
}

static void reject(struct call *call, const char *message)
{
    call->rc = err_set(&call->err, ERR_INPUT, "%s", message);
}

/* libmicrohttpd hands over the parts of a form. */
static enum MHD_Result take_form(void *context, enum MHD_ValueKind kind, const char *key,
                                 const char *filename, const char *type, const char *encoding,
                                 const char *bytes, uint64_t offset, size_t size)
{
    struct call *call = context;
    struct sim_file *file = call->file;

    (void)kind;
    (void)type;
    (void)encoding;
    if (key == NULL || strcmp(key, "file") != 0) {
        return MHD_YES;
    }
    if (offset == 0 && filename != NULL && utf8_invalid_at(str_from(filename)) == SIZE_MAX) {
        struct str name = utf8_take(str_from(filename), sizeof file->name - 1);

        (void)snprintf(file->name, sizeof file->name, "%.*s", STR_ARG(name));
    }
    call->rc = call->rc == 0 ? spool_append(&file->spool, (struct str){bytes, size}, &call->err)
                             : call->rc;
    return call->rc == 0 ? MHD_YES : MHD_NO;
}

static void begin_form(struct service *service, struct MHD_Connection *connection,
                       struct call *call)
{
    call->file = batch_desk_add_file(&service->desk, "", &call->err);
    if (call->file == NULL) {
        call->rc = ERR_MEMORY;
        return;
    }
    (void)batch_desk_take_file(&service->desk, call->file);
    call->form = MHD_create_post_processor(connection, FORM_BYTES, take_form, call);
    if (call->form == NULL) {
        reject(call, "The body must be of type multipart/form-data.");
    }
}

/* Before the answer: whoever reads that may go on with the file at once. */
static void leave_file(struct service *service, struct call *call)
{
    if (call->file != NULL) {
        batch_desk_give_file(&service->desk, call->file, false);
        call->file = NULL;
    }
}

/* An upload that was opened before; it may come in several parts. */
static void begin_bytes(struct service *service, struct MHD_Connection *connection,
                        struct call *call)
{
    struct sim_file *file = batch_desk_find_file(&service->desk, call->match.name);
    uint64_t offset = 0;

    if (file == NULL || !batch_desk_take_file(&service->desk, file)) {
        reject(call, "There is no upload open at this address.");
        return;
    }
    call->file = file;
    if (!str_to_u64(str_from(header(connection, "x-goog-upload-offset")), &offset) ||
        offset != file->spool.bytes) {
        leave_file(service, call);
        reject(call, "X-Goog-Upload-Offset is not how much of the file is there.");
    }
}

void respond_batch_begin(struct service *service, struct MHD_Connection *connection,
                         struct call *call)
{
    if (call->match.route->operation == OPERATION_FILE_UPLOAD) {
        begin_form(service, connection, call);
    } else if (call->match.route->operation == OPERATION_FILE_BYTES) {
        begin_bytes(service, connection, call);
    }
}

void respond_batch_take(struct call *call, struct str chunk)
{
    if (call->rc != 0) {
        return;
    }
    if (call->form != NULL) {
        if (MHD_post_process(call->form, chunk.p, chunk.len) != MHD_YES && call->rc == 0) {
            reject(call, "The form could not be read.");
        }
    } else {
        struct spool *spool = call->file != NULL ? &call->file->spool : &call->body;

        call->rc = spool_append(spool, chunk, &call->err);
    }
}

void respond_batch_end(struct service *service, struct call *call)
{
    if (call->form != NULL) {
        (void)MHD_destroy_post_processor(call->form);
    }
    leave_file(service, call);
    spool_release(&call->body);
}

static enum MHD_Result send_rejection(struct MHD_Connection *connection, const struct call *call)
{
    const struct sim_failure failure = {
        .kind = call->rc == ERR_INPUT ? FAILURE_INVALID : FAILURE_SERVER,
        .message = call->err.text,
    };

    return call_send_failure(connection, call, &failure);
}

static enum MHD_Result send_not_found(struct MHD_Connection *connection, struct call *call)
{
    const struct sim_failure failure = {.kind = FAILURE_URL, .message = "There is none here."};

    return call_send_failure(connection, call, &failure);
}

/* OpenAI and Gemini share addresses below /v1; a header tells their clients apart. */
static bool is_gemini(struct MHD_Connection *connection, const struct call *call)
{
    return call_wire(call) == &wire_gemini || header(connection, "x-goog-api-key") != NULL;
}

static const struct batch_shape *shape_of(struct MHD_Connection *connection,
                                          const struct call *call)
{
    return is_gemini(connection, call) ? &batch_shape_gemini : batch_shape_of(call_wire(call));
}

static json_t *file_json(const struct sim_file *file, bool gemini, const char *host)
{
    if (gemini) {
        return json_pack("{s:s+, s:s, s:s, s:o, s:s, s:s++++}", "name", "files/", file->id,
                         "displayName", file->name, "mimeType", "application/jsonl", "sizeBytes",
                         json_sprintf("%" PRIu64, file->spool.bytes), "state", "ACTIVE", "uri",
                         "http://", host, "/v1beta/files/", file->id, "");
    }
    return json_pack("{s:s, s:s, s:I, s:I, s:s, s:s, s:s}", "id", file->id, "object", "file",
                     "bytes", (json_int_t)file->spool.bytes, "created_at",
                     (json_int_t)file->created_s, "filename", file->name, "purpose", "batch",
                     "status", "processed");
}

static void finish_file(struct service *service, struct call *call)
{
    batch_desk_give_file(&service->desk, call->file, true);
    call->file = NULL;
}

static enum MHD_Result end_form(struct service *service, struct MHD_Connection *connection,
                                struct call *call)
{
    struct sim_file *file = call->file;

    (void)MHD_destroy_post_processor(call->form);
    call->form = NULL;
    if (file->spool.bytes == 0) {
        reject(call, "Missing required parameter: 'file'.");
        return send_rejection(connection, call);
    }
    finish_file(service, call);
    return call_send(connection, MHD_HTTP_OK, file_json(file, false, host_of(connection)));
}

/* Opens an upload: the file is there, and empty. */
static enum MHD_Result start_file(struct service *service, struct MHD_Connection *connection,
                                  struct call *call)
{
    struct sim_file *file = batch_desk_add_file(&service->desk, "", &call->err);
    char url[URL_MAX];
    const struct call_header headers[] = {{"x-goog-upload-url", url},
                                          {"x-goog-upload-status", "active"}};
    struct str text = {0};

    if (file == NULL) {
        return MHD_NO;
    }
    if (spool_map(&call->body, &text, &call->err) == 0) {
        (void)batch_member(text, "file.displayName", file->name, sizeof file->name);
    }
    (void)snprintf(url, sizeof url, "http://%s/upload/v1beta/files/%s", host_of(connection),
                   file->id);
    return call_send_with(connection, MHD_HTTP_OK, json_object(), headers, 2);
}

static enum MHD_Result end_bytes(struct service *service, struct MHD_Connection *connection,
                                 struct call *call)
{
    const char *command = header(connection, "x-goog-upload-command");
    bool is_last = command != NULL && strstr(command, "finalize") != NULL;
    const struct call_header status = {"x-goog-upload-status", is_last ? "final" : "active"};
    const struct sim_file *file = call->file;

    if (!is_last) {
        leave_file(service, call);
        return call_send_with(connection, MHD_HTTP_OK, json_object(), &status, 1);
    }
    finish_file(service, call);
    return call_send_with(connection, MHD_HTTP_OK,
                          json_pack("{s:o}", "file", file_json(file, true, host_of(connection))),
                          &status, 1);
}

static enum MHD_Result show_file(struct service *service, struct MHD_Connection *connection,
                                 struct call *call)
{
    const struct sim_file *file = batch_desk_find_file(&service->desk, call->match.name);

    if (file == NULL) {
        return send_not_found(connection, call);
    }
    return call_send(connection, MHD_HTTP_OK,
                     file_json(file, is_gemini(connection, call), host_of(connection)));
}

static enum MHD_Result send_file(struct MHD_Connection *connection, struct call *call,
                                 struct sim_file *file)
{
    struct MHD_Response *response = NULL;
    enum MHD_Result result = MHD_NO;
    char nothing[1] = "";
    int fd = -1;

    if (file == NULL || !file->is_finished) {
        return send_not_found(connection, call);
    }
    if (file->spool.bytes == 0) {
        response = MHD_create_response_from_buffer(0, nothing, MHD_RESPMEM_MUST_COPY);
    } else {
        fd = spool_open(&file->spool);
        response =
            fd >= 0 ? MHD_create_response_from_fd_at_offset64(file->spool.bytes, fd, 0) : NULL;
    }
    if (response == NULL) {
        if (fd >= 0) {
            (void)close(fd);
        }
        return MHD_NO;
    }
    if (MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "application/jsonl") ==
        MHD_YES) {
        result = MHD_queue_response(connection, MHD_HTTP_OK, response);
    }
    MHD_destroy_response(response);
    return result;
}

/* The file that a batch is to be made of; its id may come as "files/…". */
static bool find_input(struct service *service, struct str text, const char *path,
                       struct sim_batch *batch)
{
    char id[BATCH_WORD_MAX];
    const char *bare = id;

    if (!batch_member(text, path, id, sizeof id)) {
        return false;
    }
    if (str_starts(str_from(id), STR("files/"))) {
        bare = id + strlen("files/");
    }
    batch->input = batch_desk_find_file(&service->desk, bare);
    return batch->input != NULL && batch->input->is_finished;
}

/* The requests came along: the body is the input. */
static int take_input(struct service *service, struct call *call, struct sim_batch *batch)
{
    batch->input = batch_desk_add_file(&service->desk, "requests.json", &call->err);
    if (batch->input == NULL) {
        return ERR_MEMORY;
    }
    batch->is_inline = true;
    batch->input->spool = call->body;
    call->body = (struct spool){.file = NULL};
    return 0;
}

static void plan_openai(struct service *service, struct call *call, struct str text,
                        struct sim_batch *batch)
{
    (void)batch_member(text, "endpoint", batch->endpoint, sizeof batch->endpoint);
    batch->wire = strcmp(batch->endpoint, "/v1/chat/completions") == 0 ? &wire_openai_chat
                  : strcmp(batch->endpoint, "/v1/responses") == 0      ? &wire_openai_responses
                                                                       : NULL;
    if (batch->wire == NULL) {
        reject(call, "Invalid value for 'endpoint'.");
    } else if (!find_input(service, text, "input_file_id", batch)) {
        reject(call, "Invalid value for 'input_file_id': no such file.");
    }
}

static void plan_gemini(struct service *service, struct call *call, struct str text,
                        struct sim_batch *batch)
{
    char unused[BATCH_WORD_MAX];

    (void)snprintf(batch->model, sizeof batch->model, "%s", call->match.name);
    (void)batch_member(text, "batch.displayName", batch->name, sizeof batch->name);
    if (!batch_member(text, "batch.inputConfig.fileName", unused, sizeof unused)) {
        call->rc = take_input(service, call, batch);
    } else if (!find_input(service, text, "batch.inputConfig.fileName", batch)) {
        reject(call, "The input file does not exist.");
    }
}

static void plan_batch(struct service *service, struct call *call, struct sim_batch *batch)
{
    struct str text = {0};

    call->rc = spool_map(&call->body, &text, &call->err);
    if (call->rc != 0) {
        return;
    }
    if (batch->shape == &batch_shape_openai) {
        plan_openai(service, call, text, batch);
    } else if (batch->shape == &batch_shape_gemini) {
        plan_gemini(service, call, text, batch);
    } else {
        call->rc = take_input(service, call, batch);
    }
}

static enum MHD_Result create_batch(struct service *service, struct MHD_Connection *connection,
                                    struct call *call)
{
    struct sim_batch batch = {.shape = shape_of(connection, call), .wire = call_wire(call)};
    struct sim_batch *added = NULL;
    json_t *shown = NULL;

    plan_batch(service, call, &batch);
    if (call->rc != 0) {
        leave_file(service, call);
        return send_rejection(connection, call);
    }
    added = batch_desk_add(&service->desk, &batch, &call->err);
    if (added == NULL) {
        return MHD_NO;
    }
    if (added->is_inline && added->state == SIM_BATCH_FAILED) {
        reject(call, added->failure);
        return send_rejection(connection, call);
    }
    (void)batch_desk_show(&service->desk, service, added->id, false, host_of(connection), &shown);
    return call_send(connection, MHD_HTTP_OK, shown);
}

static enum MHD_Result show_batch(struct service *service, struct MHD_Connection *connection,
                                  struct call *call, bool asks)
{
    json_t *shown = NULL;

    if (!batch_desk_show(&service->desk, service, call->match.name, asks, host_of(connection),
                         &shown)) {
        return send_not_found(connection, call);
    }
    return call_send(connection, MHD_HTTP_OK, shown);
}

static enum MHD_Result cancel_batch(struct service *service, struct MHD_Connection *connection,
                                    struct call *call)
{
    if (!batch_desk_cancel(&service->desk, call->match.name)) {
        return send_not_found(connection, call);
    }
    if (is_gemini(connection, call)) {
        return call_send(connection, MHD_HTTP_OK, json_object());
    }
    return show_batch(service, connection, call, false);
}

enum MHD_Result respond_batch(struct service *service, struct MHD_Connection *connection,
                              struct call *call)
{
    if (call->rc != 0) {
        return send_rejection(connection, call);
    }
    switch (call->match.route->operation) {
    case OPERATION_FILE_UPLOAD:
        return end_form(service, connection, call);
    case OPERATION_FILE_START:
        return start_file(service, connection, call);
    case OPERATION_FILE_BYTES:
        return end_bytes(service, connection, call);
    case OPERATION_FILE_SHOW:
        return show_file(service, connection, call);
    case OPERATION_FILE_READ:
        return send_file(connection, call, batch_desk_find_file(&service->desk, call->match.name));
    case OPERATION_BATCH_CREATE:
        return create_batch(service, connection, call);
    case OPERATION_BATCH_LIST:
        return call_send(
            connection, MHD_HTTP_OK,
            batch_desk_list(&service->desk, shape_of(connection, call), host_of(connection)));
    case OPERATION_BATCH_SHOW:
        return show_batch(service, connection, call, true);
    case OPERATION_BATCH_CANCEL:
        return cancel_batch(service, connection, call);
    case OPERATION_BATCH_RESULTS:
        return send_file(connection, call, batch_desk_results(&service->desk, call->match.name));
    case OPERATION_GENERATE:
    case OPERATION_COUNT:
    case OPERATION_MODELS:
    case OPERATION_MODEL:
        break;
    }
    return MHD_NO;
}
