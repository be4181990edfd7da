#include "batch_desk.h"

#include <check.h>
#include <string.h>

struct desk desk;

void desk_set_up(void)
{
    set_up();
    desk = (struct desk){.replies_left = -1};
    folder_make(&desk.folder);
}

void desk_tear_down(void)
{
    batch_service_free(desk.service);
    for (size_t i = 0; i < desk.count; i++) {
        batch_release(&desk.batches[i]);
    }
    if (server != NULL) {
        wire_server_stop(server);
        server = NULL;
    }
    folder_remove(&desk.folder);
}

static bool is_stopped(void *context)
{
    return ((struct desk *)context)->is_stopped;
}

static int on_change(void *context, const struct batch *batch, struct err *out)
{
    struct desk *at = context;

    (void)out;
    ck_assert_uint_lt(at->change_count, DESK_CHANGES_MAX);
    at->changes[at->change_count++] = batch->phase;
    return 0;
}

static bool is_known(void *context, struct str id)
{
    return str_equal(id, str_from(((struct desk *)context)->known_id));
}

void desk_open(const char *protocol)
{
    const struct batch_setting setting = {
        .endpoint = &endpoint,
        .limits = &limits,
        .clock = clock_system(),
        .is_stopped = is_stopped,
        .on_change = on_change,
        .is_known = is_known,
        .context = &desk,
    };

    endpoint.protocol = protocol;
    if (endpoint.base_url == NULL) {
        endpoint.base_url = "http://127.0.0.1:9/v1";
    }
    ck_assert_msg(batch_service_new(&desk.service, &setting, &err) == 0, "%s", err.text);
}

void desk_serve(const char *protocol, const struct wire_answer *answers, size_t count)
{
    server = wire_server_start(answers, count, true);
    endpoint.base_url = wire_server_url(server);
    desk_open(protocol);
}

static int on_file(void *context, struct batch *batch, struct err *out)
{
    (void)context;
    (void)out;
    ck_assert_uint_lt(desk.count, DESK_BATCHES_MAX);
    desk.batches[desk.count++] = *batch;
    return 0;
}

struct batch_writer *desk_writer(const struct batch_limits *wanted)
{
    static char stem[600]; /* borrowed by the writer */
    struct batch_writer *writer = NULL;
    struct batch_writer_setting setting = {
        .service = desk.service, .stem = stem, .tag = TAG, .number = 1, .on_file = on_file};

    (void)snprintf(stem, sizeof stem, "%s", folder_file(&desk.folder, "results/run"));
    if (wanted != NULL) {
        setting.limits = *wanted;
    }
    ck_assert_msg(batch_writer_new(&writer, &setting, &err) == 0, "%s", err.text);
    return writer;
}

int desk_add(struct batch_writer *writer, uint64_t index, uint64_t pieces, uint64_t tokens)
{
    struct long_prompt prompt;
    struct prompt_measure measure;

    long_prompt_init(&prompt, pieces);
    long_prompt_measure(&prompt, &measure);
    measure.tokens = tokens;
    return batch_writer_add(writer, index, &prompt.prompt, &measure, &err);
}

void desk_write(uint64_t first, uint64_t count)
{
    struct batch_writer *writer = desk_writer(NULL);

    for (uint64_t i = 0; i < count; i++) {
        ck_assert_msg(desk_add(writer, first + i, SMALL, 100) == 0, "%s", err.text);
    }
    ck_assert_int_eq(batch_writer_finish(writer, &err), 0);
    batch_writer_free(writer);
    ck_assert_uint_eq(desk.count, 1);
}

static void copy_text(char *out, size_t room, struct str text)
{
    size_t len = text.len < room - 1 ? text.len : room - 1;

    if (len != 0) {
        memcpy(out, text.p, len);
    }
    out[len] = '\0';
}

static int on_reply(void *context, uint64_t index, struct reply *reply, struct err *out)
{
    struct desk_reply *kept = desk_reply(index);

    (void)context;
    if (desk.replies_left == 0) {
        return err_set(out, ERR_SYSTEM, "the journal is full");
    }
    desk.replies_left--;
    kept->times++;
    kept->end = reply->end;
    kept->http_status = reply->http_status;
    kept->usage = reply->usage;
    copy_text(kept->text, sizeof kept->text, buf_str(&reply->text));
    copy_text(kept->error, sizeof kept->error, str_from(reply->error.text));
    copy_text(kept->finish_reason, sizeof kept->finish_reason, str_from(reply->finish_reason));
    copy_text(kept->request_id, sizeof kept->request_id, str_from(reply->request_id));
    ck_assert_int_eq((int)reply->attempts, 1);
    return 0;
}

int desk_collect(void)
{
    static const struct batch_sink sink = {.on_reply = on_reply};

    return batch_collect(desk.service, &desk.batches[0], &sink, &desk.tally, &err);
}

struct desk_reply *desk_reply(uint64_t index)
{
    ck_assert_uint_lt(index, DESK_REPLIES_MAX);
    return &desk.replies[index];
}

void desk_expect_changes(const enum batch_phase *phases, size_t count)
{
    ck_assert_uint_eq(desk.change_count, count);
    for (size_t i = 0; i < count; i++) {
        ck_assert_str_eq(batch_phase_name(desk.changes[i]), batch_phase_name(phases[i]));
    }
}

void desk_expect_request(size_t i, const char *first_line, const char *const *lines)
{
    struct str head = str_from(wire_server_request(server, i)->head);
    struct str first;

    ck_assert(str_next_line(&head, &first));
    ck_assert_msg(str_equal(first, str_from(first_line)), "request %zu is %.*s", i, STR_ARG(first));
    for (; lines != NULL && *lines != NULL; lines++) {
        ck_assert_msg(strstr(wire_server_request(server, i)->head, *lines) != NULL,
                      "request %zu has no %s:\n%s", i, *lines,
                      wire_server_request(server, i)->head);
    }
}

void desk_expect_body(size_t i, const char *body)
{
    const struct wire_request *request = wire_server_request(server, i);

    ck_assert_msg(str_equal((struct str){request->body, request->body_len}, str_from(body)),
                  "request %zu: %.*s", i, (int)request->body_len, request->body);
}
