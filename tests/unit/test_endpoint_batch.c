/* A batch's way through each vendor's API: submitted, asked after, found again, cancelled. */
#include "suite.h"

#include "batch_desk.h"

#include "base/file.h"

#include <string.h>
#include <sys/resource.h>

#define CREATED   OK_JSON "{\"id\":\"batch_1\",\"object\":\"batch\",\"status\":\"validating\"}"
#define UPLOADED  OK_JSON "{\"id\":\"file-1\",\"object\":\"file\",\"purpose\":\"batch\"}"
#define LIST(row) OK_JSON "{\"object\":\"list\",\"data\":[" row "],\"has_more\":false}"

static const char google_key[] = "x-goog-api-key: " KEY;

static struct batch *batch(void)
{
    return &desk.batches[0];
}

/* Serves the vendor's answers and has a file of `count` requests ready. */
static void ready(const char *protocol, const struct wire_answer *answers, size_t answer_count,
                  uint64_t count)
{
    desk_serve(protocol, answers, answer_count);
    desk_write(0, count);
}

static void must(int rc)
{
    ck_assert_msg(rc == 0, "%s", err.text);
}

static void must_fail(int rc, enum err_code code, const char *says)
{
    ck_assert_int_eq(rc, code);
    ck_assert_msg(strstr(err.text, says) != NULL, "%s", err.text);
    ck_assert_msg(strstr(err.text, KEY) == NULL, "%s", err.text);
}

static void expect_phase(const char *name)
{
    ck_assert_str_eq(batch_phase_name(batch()->phase), name);
}

/* The file between what an upload has before and after it. */
static void expect_file_in_body(size_t i, const char *before, const char *after)
{
    const struct wire_request *request = wire_server_request(server, i);
    struct str body = {request->body, request->body_len};
    struct buf file = {0};

    buf_init(&file, SIZE_MAX / 2);
    must(file_read(batch()->path, &file, &err));
    ck_assert_uint_eq(request->body_len, request->content_length);
    ck_assert_uint_eq(body.len, strlen(before) + file.len + strlen(after));
    ck_assert(str_starts(body, str_from(before)));
    ck_assert(str_ends(body, str_from(after)));
    ck_assert(str_equal(str_take(str_skip(body, strlen(before)), file.len), buf_str(&file)));
    buf_release(&file);
}

START_TEST(openai_uploads_a_form_and_makes_a_batch_of_the_file)
{
    static const struct wire_answer answers[] = {{.text = UPLOADED}, {.text = CREATED}};
    static const char *const key[] = {"Authorization: Bearer " KEY, NULL};
    char boundary[64] = "";
    char before[512];
    char after[128];
    const char *type = NULL;

    ready(_i == 0 ? "openai-chat" : "openai-responses", answers, 2, 2);
    must(batch_submit(desk.service, batch(), &err));
    expect_phase("running");
    ck_assert_str_eq(batch()->file_id, "file-1");
    ck_assert_str_eq(batch()->id, "batch_1");
    desk_expect_changes((const enum batch_phase[]){BATCH_UPLOADED, BATCH_CREATING, BATCH_RUNNING},
                        3);

    desk_expect_request(0, "POST /v1/files HTTP/1.1", key);
    type = strstr(wire_server_request(server, 0)->head, "multipart/form-data; boundary=");
    ck_assert_ptr_nonnull(type);
    type = strchr(type, '=') + 1;
    ck_assert_uint_lt(strcspn(type, "\r"), sizeof boundary);
    memcpy(boundary, type, strcspn(type, "\r"));
    (void)snprintf(before, sizeof before,
                   "--%s\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n"
                   "--%s\r\nContent-Disposition: form-data; name=\"file\"; "
                   "filename=\"" TAG "-0.jsonl\"\r\nContent-Type: application/jsonl\r\n\r\n",
                   boundary, boundary);
    (void)snprintf(after, sizeof after, "\r\n--%s--\r\n", boundary);
    expect_file_in_body(0, before, after);

    desk_expect_request(1, "POST /v1/batches HTTP/1.1", key);
    desk_expect_body(1, _i == 0 ? "{\"input_file_id\":\"file-1\",\"endpoint\":"
                                  "\"/v1/chat/completions\",\"completion_window\":\"24h\"}"
                                : "{\"input_file_id\":\"file-1\",\"endpoint\":\"/v1/responses\","
                                  "\"completion_window\":\"24h\"}");
}

START_TEST(anthropic_gets_the_lines_as_one_array)
{
    static const struct wire_answer answers[] = {
        {.text = OK_JSON "{\"id\":\"msgbatch_1\",\"type\":\"message_batch\","
                         "\"processing_status\":\"in_progress\"}"}};
    static const char *const head[] = {"x-api-key: " KEY, "anthropic-version: 2023-06-01",
                                       "Content-Type: application/json", NULL};
    const struct wire_request *request = NULL;
    json_t *json = NULL;
    const json_t *rows = NULL;

    ready("anthropic-messages", answers, 1, 3);
    must(batch_submit(desk.service, batch(), &err));
    ck_assert_str_eq(batch()->id, "msgbatch_1");
    desk_expect_changes((const enum batch_phase[]){BATCH_UPLOADED, BATCH_CREATING, BATCH_RUNNING},
                        3);
    desk_expect_request(0, "POST /v1/messages/batches HTTP/1.1", head);
    request = wire_server_request(server, 0);
    json = json_loadb(request->body, request->content_length, JSON_ALLOW_NUL, NULL);
    rows = json_object_get(json, "requests");
    ck_assert_uint_eq(json_object_size(json), 1);
    ck_assert_uint_eq(json_array_size(rows), 3);
    for (size_t i = 0; i < 3; i++) {
        const json_t *params = json_object_get(json_array_get(rows, i), "params");

        ck_assert_ptr_null(json_object_get(params, "stream"));
        ck_assert_str_eq(json_string_value(json_object_get(params, "model")), "m");
    }
    json_decref(json);
}

/* Where Gemini's files go is said by the first server and is the second. */
START_TEST(gemini_opens_an_upload_sends_the_file_and_makes_a_batch_of_it)
{
    static const struct wire_answer store_answers[] = {
        {.text = OK_JSON "{\"file\":{\"name\":\"files/abc\",\"state\":\"ACTIVE\"}}"}};
    static const char *const opening[] = {
        google_key, "X-Goog-Upload-Protocol: resumable", "X-Goog-Upload-Command: start",
        "X-Goog-Upload-Header-Content-Type: application/jsonl", NULL};
    static const char *const key[] = {google_key, NULL};
    static const char *const sending[] = {"X-Goog-Upload-Offset: 0",
                                          "X-Goog-Upload-Command: upload, finalize", NULL};
    struct wire_server *store = wire_server_start(store_answers, 1, true);
    struct wire_server *api = NULL;
    char opened[256];
    struct wire_answer answers[2] = {
        {.text = opened},
        {.text = OK_JSON "{\"name\":\"batches/xyz\",\"metadata\":{\"state\":"
                         "\"BATCH_STATE_PENDING\"}}"},
    };

    (void)snprintf(opened, sizeof opened,
                   "HTTP/1.1 200 OK\r\nX-Goog-Upload-URL: http://127.0.0.1:%u/upload?id=1\r\n\r\n",
                   (unsigned)wire_server_port(store));
    ready("gemini", answers, 2, 2);
    must(batch_submit(desk.service, batch(), &err));
    ck_assert_str_eq(batch()->file_id, "files/abc");
    ck_assert_str_eq(batch()->id, "batches/xyz");
    desk_expect_request(0, "POST /upload/v1/files HTTP/1.1", opening);
    desk_expect_body(0, "{\"file\":{\"display_name\":\"" TAG "-0\"}}");
    desk_expect_request(1, "POST /v1/models/m:batchGenerateContent HTTP/1.1", key);
    desk_expect_body(1, "{\"batch\":{\"display_name\":\"haymaker files/abc\",\"input_config\":{"
                        "\"file_name\":\"files/abc\"}}}");
    api = server;
    server = store;
    desk_expect_request(0, "POST /upload?id=1 HTTP/1.1", sending);
    ck_assert_ptr_null(strstr(wire_server_request(store, 0)->head, KEY));
    expect_file_in_body(0, "", "");
    server = api;
    wire_server_stop(store);
}

START_TEST(prompts_go_to_no_other_host_than_the_endpoints)
{
    static const char *const urls[] = {"http://example.com/upload", "https://127.0.0.1/upload",
                                       "ftp://127.0.0.1/upload", "upload", ""};
    char opened[256];
    const struct wire_answer answers[] = {{.text = opened}};

    (void)snprintf(opened, sizeof opened, "HTTP/1.1 200 OK\r\nX-Goog-Upload-URL: %s\r\n\r\n",
                   urls[_i]);
    ready("gemini", answers, 1, 1);
    must_fail(batch_submit(desk.service, batch(), &err), ERR_ENDPOINT, "no place at this host");
    ck_assert_uint_eq(wire_server_connections(server), 1);
    expect_phase("written");
}

static const struct state_row {
    const char *protocol;
    const char *says;
    const char *phase;
    uint64_t answered;
    uint64_t failed;
    bool queue_is_full;
} state_rows[] = {
#define COUNTS ",\"request_counts\":{\"total\":4,\"completed\":2,\"failed\":1}"
    {"openai-chat", "{\"status\":\"validating\"}", "running", 0, 0, false},
    {"openai-chat", "{\"status\":\"in_progress\"" COUNTS "}", "running", 2, 1, false},
    {"openai-chat", "{\"status\":\"finalizing\"" COUNTS "}", "running", 2, 1, false},
    {"openai-chat", "{\"status\":\"cancelling\"}", "running", 0, 0, false},
    {"openai-chat", "{\"status\":\"a new word\"}", "running", 0, 0, false},
    {"openai-chat", "{\"status\":\"completed\"" COUNTS "}", "ended", 2, 1, false},
    {"openai-chat", "{\"status\":\"expired\"" COUNTS "}", "expired", 2, 1, false},
    {"openai-chat", "{\"status\":\"cancelled\"" COUNTS "}", "cancelled", 2, 1, false},
    {"openai-chat",
     "{\"status\":\"failed\",\"errors\":{\"object\":\"list\",\"data\":[{\"code\":"
     "\"invalid_json_line\",\"message\":\"line 1\",\"line\":1}]}}",
     "failed", 0, 0, false},
    {"openai-chat",
     "{\"status\":\"failed\",\"errors\":{\"data\":[{\"code\":\"token_limit_exceeded\","
     "\"message\":\"Enqueued token limit reached\"}]}}",
     "failed", 0, 0, true},
#define STATES "{\"request_counts\":{\"processing\":1,\"succeeded\":2,\"errored\":1,\"canceled\":0,"
    {"anthropic-messages", STATES "\"expired\":1},\"processing_status\":\"in_progress\"}",
     "running", 2, 2, false},
    {"anthropic-messages", STATES "\"expired\":1},\"processing_status\":\"canceling\"}", "running",
     2, 2, false},
    {"anthropic-messages", STATES "\"expired\":1},\"processing_status\":\"ended\"}", "ended", 2, 2,
     false},
#define STATS "\"batchStats\":{\"requestCount\":\"4\",\"successfulRequestCount\":\"2\","
    {"gemini", "{\"metadata\":{\"state\":\"BATCH_STATE_PENDING\"}}", "running", 0, 0, false},
    {"gemini",
     "{\"metadata\":{\"state\":\"BATCH_STATE_RUNNING\"," STATS "\"failedRequestCount\":\"1\"}}}",
     "running", 2, 1, false},
    {"gemini", "{\"metadata\":{\"state\":\"BATCH_STATE_SUCCEEDED\"}}", "running", 0, 0, false},
    {"gemini",
     "{\"metadata\":{\"state\":\"BATCH_STATE_SUCCEEDED\"},\"done\":true,\"response\":{"
     "\"responsesFile\":\"files/out\"}}",
     "ended", 0, 0, false},
    {"gemini",
     "{\"metadata\":{\"state\":\"JOB_STATE_SUCCEEDED\",\"output\":{\"responsesFile\":"
     "\"files/out\"}},\"done\":true}",
     "ended", 0, 0, false},
    {"gemini", "{\"metadata\":{\"state\":\"BATCH_STATE_EXPIRED\"}}", "expired", 0, 0, false},
    {"gemini", "{\"metadata\":{\"state\":\"BATCH_STATE_CANCELLED\"}}", "cancelled", 0, 0, false},
    {"gemini",
     "{\"metadata\":{\"state\":\"BATCH_STATE_FAILED\"},\"done\":true,\"error\":{\"code\":8,"
     "\"message\":\"quota\"}}",
     "failed", 0, 0, true},
};
enum { STATE_ROWS = sizeof state_rows / sizeof state_rows[0] };

START_TEST(what_a_vendor_says_of_a_batch_is_one_of_our_phases)
{
    const struct state_row *row = &state_rows[_i];
    char text[1024];
    const struct wire_answer answers[] = {{.text = text}};

    (void)snprintf(text, sizeof text, OK_JSON "%s", row->says);
    ready(row->protocol, answers, 1, 4);
    batch()->phase = BATCH_RUNNING;
    (void)snprintf(batch()->id, sizeof batch()->id, "%s",
                   strcmp(row->protocol, "gemini") == 0 ? "batches/b 1" : "b/1");
    must(batch_poll(desk.service, batch(), &err));
    expect_phase(row->phase);
    ck_assert_uint_eq(batch()->answered, row->answered);
    ck_assert_uint_eq(batch()->failed, row->failed);
    ck_assert_int_eq(batch()->queue_is_full, row->queue_is_full);
    ck_assert_int_eq(batch()->error[0] != '\0', strcmp(row->phase, "failed") == 0);
    ck_assert_uint_eq(desk.change_count, strcmp(row->phase, "running") == 0 ? 0 : 1);
    desk_expect_request(0,
                        strcmp(row->protocol, "gemini") == 0 ? "GET /v1/batches/b%201 HTTP/1.1"
                        : row->protocol[0] == 'o'            ? "GET /v1/batches/b%2F1 HTTP/1.1"
                                                  : "GET /v1/messages/batches/b%2F1 HTTP/1.1",
                        NULL);
}

START_TEST(cancelling_asks_for_the_end_and_waits_for_the_vendor_to_say_so)
{
    static const struct {
        const char *protocol;
        const char *id;
        const char *line;
    } rows[] = {
        {"openai-chat", "batch_1", "POST /v1/batches/batch_1/cancel HTTP/1.1"},
        {"anthropic-messages", "b1", "POST /v1/messages/batches/b1/cancel HTTP/1.1"},
        {"gemini", "batches/b1", "POST /v1/batches/b1:cancel HTTP/1.1"},
    };
    static const struct wire_answer answers[] = {{.text = OK_JSON "{}"}};
    static const char *const empty[] = {"Content-Length: 0", NULL};

    ready(rows[_i].protocol, answers, 1, 1);
    must_fail(batch_cancel(desk.service, batch(), &err), ERR_USAGE, "not running");
    batch()->phase = BATCH_RUNNING;
    (void)snprintf(batch()->id, sizeof batch()->id, "%s", rows[_i].id);
    must(batch_cancel(desk.service, batch(), &err));
    desk_expect_request(0, rows[_i].line, empty);
    expect_phase("running");
}

START_TEST(a_batch_the_vendor_refuses_may_be_submitted_again_without_a_second_upload)
{
    static const struct wire_answer answers[] = {
        {.text = UPLOADED},
        {.text = ERROR("400 Bad Request", "",
                       "{\"error\":{\"message\":\"no such model; key " KEY
                       "\",\"code\":\"model_not_found\"}}")},
        {.text = CREATED},
    };

    ready("openai-chat", answers, 3, 1);
    must_fail(batch_submit(desk.service, batch(), &err), ERR_ENDPOINT, "no such model");
    expect_phase("uploaded");
    must(batch_submit(desk.service, batch(), &err));
    expect_phase("running");
    desk_expect_request(2, "POST /v1/batches HTTP/1.1", NULL);
    ck_assert_uint_eq(wire_server_connections(server), 3);
    must_fail(batch_submit(desk.service, batch(), &err), ERR_USAGE, "cannot be submitted");
}

START_TEST(a_full_queue_is_no_end_for_the_file)
{
    static const struct wire_answer answers[] = {{.text = CREATED}};

    ready("openai-chat", answers, 1, 1);
    batch()->phase = BATCH_FAILED;
    must_fail(batch_submit(desk.service, batch(), &err), ERR_USAGE, "cannot be submitted");
    batch()->queue_is_full = true;
    (void)snprintf(batch()->file_id, sizeof batch()->file_id, "file-9");
    must(batch_submit(desk.service, batch(), &err));
    expect_phase("running");
    ck_assert(!batch()->queue_is_full && batch()->error[0] == '\0');
    ck_assert_ptr_nonnull(strstr(wire_server_request(server, 0)->body, "file-9"));
}

START_TEST(what_may_be_paid_for_twice_is_not_sent_twice)
{
    /* The answer got lost; the server failed; it sent something else. */
    static const struct wire_answer lost[][2] = {
        {{.text = UPLOADED}, {.text = NULL}},
        {{.text = UPLOADED}, {.text = ERROR("502 Bad Gateway", "", "<html>")}},
        {{.text = UPLOADED}, {.text = OK_JSON "{\"status\":\"validating\"}"}},
        {{.text = UPLOADED}, {.text = OK_JSON "<html>"}},
    };

    ready("openai-chat", lost[_i], 2, 1);
    ck_assert_int_lt(batch_submit(desk.service, batch(), &err), 0);
    expect_phase("creating");
    ck_assert_uint_eq(wire_server_connections(server), 2);
    desk_expect_changes((const enum batch_phase[]){BATCH_UPLOADED, BATCH_CREATING}, 2);
}

START_TEST(what_cannot_have_been_acted_on_is_sent_again)
{
    static const struct wire_answer answers[] = {
        {.text = UPLOADED},
        {.text = ERROR("429 Too Many Requests", "retry-after-ms: 1\r\n",
                       "{\"error\":{\"message\":\"slow down\",\"code\":\"rate_limit_exceeded\"}}")},
        {.text = ERROR("503 Busy", "retry-after-ms: 1\r\n", "{}")},
        {.text = CREATED},
    };

    ready("openai-chat", answers, 4, 1);
    must(batch_submit(desk.service, batch(), &err));
    ck_assert_uint_eq(wire_server_connections(server), 4);
}

START_TEST(an_upload_that_breaks_is_made_again)
{
    static const struct wire_answer answers[] = {
        {.takes = 10, .ending = WIRE_RESET},
        {.text = ERROR("500 Oops", "", "{}")},
        {.text = UPLOADED},
        {.text = CREATED},
    };

    ready("openai-chat", answers, 4, 2);
    must(batch_submit(desk.service, batch(), &err));
    ck_assert_uint_eq(wire_server_connections(server), 4);
}

/* A batch left in BATCH_CREATING by a crash. */
static void left_in_creating(const char *protocol, const struct wire_answer *answers, size_t count)
{
    ready(protocol, answers, count, 2);
    batch()->phase = BATCH_CREATING;
    batch()->asked_s = 1795000000; /* 2026-11-18T11:06:40Z */
    (void)snprintf(batch()->file_id, sizeof batch()->file_id, "%s",
                   protocol[0] == 'g' ? "files/abc" : "file-1");
}

#define OPENAI_ROW(id, file, status)                                                               \
    "{\"id\":\"" id "\",\"input_file_id\":\"" file "\",\"status\":\"" status "\"}"
#define ANTHROPIC_ROW(id, created, count)                                                          \
    "{\"id\":\"" id "\",\"created_at\":\"" created "\",\"request_counts\":{\"processing\":" count  \
    ",\"succeeded\":0}}"
#define GEMINI_ROW(id, file, state)                                                                \
    "{\"name\":\"batches/" id "\",\"metadata\":{\"displayName\":\"haymaker " file                  \
    "\",\"state\":\"" state "\"}}"

START_TEST(a_batch_that_was_begun_before_a_crash_is_found_and_not_begun_again)
{
    static const struct {
        const char *protocol;
        const char *id;
        const char *line;
        struct wire_answer answer;
    } rows[] = {
        {"openai-chat",
         "b2",
         "GET /v1/batches?limit=100 HTTP/1.1",
         {.text = LIST(OPENAI_ROW("b3", "file-2", "in_progress") "," OPENAI_ROW(
              "b1", "file-1", "failed") "," OPENAI_ROW("b2", "file-1", "in_progress"))}},
        {"anthropic-messages",
         "b2",
         "GET /v1/messages/batches?limit=100 HTTP/1.1",
         {.text = LIST(ANTHROPIC_ROW("b4", "2026-11-18T11:06:50.123Z", "2") "," ANTHROPIC_ROW(
              "b3", "2026-11-18T11:06:45Z",
              "3") "," ANTHROPIC_ROW("b2", "2026-11-18T11:06:41Z",
                                     "2") "," ANTHROPIC_ROW("b1", "2026-11-18T10:00:00Z", "2"))}},
        {"gemini",
         "batches/b2",
         "GET /v1/batches?pageSize=100 HTTP/1.1",
         {.text = OK_JSON
          "{\"operations\":[" GEMINI_ROW("b3", "files/x", "BATCH_STATE_RUNNING") "," GEMINI_ROW(
              "b1", "files/abc", "BATCH_STATE_FAILED") "," GEMINI_ROW("b2", "files/abc",
                                                                      "BATCH_STATE_RUNNING") "]}"}},
    };

    left_in_creating(rows[_i].protocol, &rows[_i].answer, 1);
    desk.known_id = "b4";
    must(batch_submit(desk.service, batch(), &err));
    expect_phase("running");
    ck_assert_str_eq(batch()->id, rows[_i].id);
    desk_expect_request(0, rows[_i].line, NULL);
    ck_assert_uint_eq(wire_server_connections(server), 1);
}

START_TEST(a_batch_that_was_not_begun_before_a_crash_is_begun)
{
    static const struct wire_answer answers[2][2] = {
        {{.text = LIST(OPENAI_ROW("b3", "file-2", "in_progress"))}, {.text = CREATED}},
        {{.text = LIST(ANTHROPIC_ROW("b1", "2026-11-18T10:00:00Z", "2"))},
         {.text = OK_JSON "{\"id\":\"batch_1\"}"}},
    };

    left_in_creating(_i == 0 ? "openai-chat" : "anthropic-messages", answers[_i], 2);
    must(batch_submit(desk.service, batch(), &err));
    expect_phase("running");
    ck_assert_str_eq(batch()->id, "batch_1");
    ck_assert_uint_eq(wire_server_connections(server), 2);
}

START_TEST(of_two_batches_that_may_be_ours_none_is_taken_and_none_begun)
{
    static const struct wire_answer answers[] = {
        {.text = LIST(ANTHROPIC_ROW("b1", "2026-11-18T11:06:50Z",
                                    "2") "," ANTHROPIC_ROW("b2", "2026-11-18T11:06:41Z", "2"))}};

    left_in_creating("anthropic-messages", answers, 1);
    must_fail(batch_submit(desk.service, batch(), &err), ERR_INCOMPLETE, "not known");
    expect_phase("creating");
    ck_assert_uint_eq(wire_server_connections(server), 1);
}

/* The reset right after the answer makes sending fail; without the look for an answer before each
 * part, two of five attempts would be made in vain. */
START_TEST(the_reason_of_an_early_refusal_is_heard)
{
    enum { TIMES = 20, CONNECTIONS_MAX = 23 };
    static const struct wire_answer answers[] = {
        {.takes = 1000,
         .text = ERROR("413 Too Large", "",
                       "{\"type\":\"error\",\"error\":{\"type\":\"request_too_large\","
                       "\"message\":\"Request exceeds the maximum size\"}}"),
         .ending = WIRE_HANG_UP}};
    struct batch_writer *writer = NULL;

    desk_serve("anthropic-messages", answers, 1);
    writer = desk_writer(NULL);
    must(desk_add(writer, 0, LARGE, 1));
    must(batch_writer_finish(writer, &err));
    batch_writer_free(writer);
    for (int i = 0; i < TIMES; i++) {
        ck_assert_int_lt(batch_submit(desk.service, batch(), &err), 0);
        ck_assert_msg(strstr(err.text, "Request exceeds the maximum") != NULL, "%s", err.text);
        expect_phase("uploaded");
    }
    ck_assert_uint_le(wire_server_connections(server), CONNECTIONS_MAX);
}

START_TEST(the_caller_may_stop_a_call_that_waits)
{
    static const struct wire_answer answers[] = {{.ending = WIRE_HOLD}};

    ready("anthropic-messages", answers, 1, 1);
    desk.is_stopped = true;
    ck_assert_int_eq(batch_submit(desk.service, batch(), &err), ERR_INTERRUPTED);
}

START_TEST(a_redirect_is_not_followed)
{
    static const struct wire_answer answers[] = {
        {.text = "HTTP/1.1 307 Elsewhere\r\nLocation: http://example.com/\r\n\r\n"}};

    ready("openai-chat", answers, 1, 1);
    must_fail(batch_submit(desk.service, batch(), &err), ERR_ENDPOINT, "redirects");
    ck_assert_uint_eq(wire_server_connections(server), 1);
}

START_TEST(a_file_that_is_not_as_it_was_written_is_not_sent)
{
    static const struct wire_answer answers[] = {{.text = UPLOADED}};

    ready("openai-chat", answers, 1, 1);
    batch()->bytes++;
    must_fail(batch_submit(desk.service, batch(), &err), ERR_INPUT, "were written");
    batch()->bytes--;
    ck_assert_int_eq(unlink(batch()->path), 0);
    must_fail(batch_submit(desk.service, batch(), &err), ERR_SYSTEM, "No such file");
    ck_assert_uint_eq(wire_server_connections(server), 0);
}

#ifndef __SANITIZE_ADDRESS__
/* Sparse files: NUL bytes are as good as prompts to whoever sends them. */
START_TEST(two_hundred_megabytes_are_sent_in_eight_of_memory)
{
    enum { FILE_BYTES = 200 * 1000 * 1000, KIB_MAX = 8 * 1024 };
    static const struct wire_answer answers[] = {{.text = UPLOADED}, {.text = CREATED}};
    struct rusage before;
    struct rusage after;

    server = wire_server_start(answers, 2, false);
    endpoint.base_url = wire_server_url(server);
    desk_open("openai-chat");
    desk_write(0, 1);
    ck_assert_int_eq(truncate(batch()->path, FILE_BYTES), 0);
    batch()->bytes = FILE_BYTES;
    ck_assert_int_eq(getrusage(RUSAGE_SELF, &before), 0);
    must(batch_submit(desk.service, batch(), &err));
    ck_assert_int_eq(getrusage(RUSAGE_SELF, &after), 0);
    ck_assert_uint_gt(wire_server_request(server, 0)->content_length, FILE_BYTES);
    ck_assert_uint_eq(wire_server_bodies(server), 2);
    ck_assert_int_lt(after.ru_maxrss - before.ru_maxrss, KIB_MAX);
}
#endif

static void add_tests(TCase *tests)
{
    tcase_add_loop_test(tests, openai_uploads_a_form_and_makes_a_batch_of_the_file, 0, 2);
    tcase_add_test(tests, anthropic_gets_the_lines_as_one_array);
    tcase_add_test(tests, gemini_opens_an_upload_sends_the_file_and_makes_a_batch_of_it);
    tcase_add_loop_test(tests, prompts_go_to_no_other_host_than_the_endpoints, 0, 5);
    tcase_add_loop_test(tests, what_a_vendor_says_of_a_batch_is_one_of_our_phases, 0, STATE_ROWS);
    tcase_add_loop_test(tests, cancelling_asks_for_the_end_and_waits_for_the_vendor_to_say_so, 0,
                        3);
    tcase_add_test(tests,
                   a_batch_the_vendor_refuses_may_be_submitted_again_without_a_second_upload);
    tcase_add_test(tests, a_full_queue_is_no_end_for_the_file);
    tcase_add_loop_test(tests, what_may_be_paid_for_twice_is_not_sent_twice, 0, 4);
    tcase_add_test(tests, what_cannot_have_been_acted_on_is_sent_again);
    tcase_add_test(tests, an_upload_that_breaks_is_made_again);
    tcase_add_loop_test(tests, a_batch_that_was_begun_before_a_crash_is_found_and_not_begun_again,
                        0, 3);
    tcase_add_loop_test(tests, a_batch_that_was_not_begun_before_a_crash_is_begun, 0, 2);
    tcase_add_test(tests, of_two_batches_that_may_be_ours_none_is_taken_and_none_begun);
}

int main(void)
{
    Suite *suite = suite_create("endpoint_batch");
    TCase *tests = suite_case(suite, "batch");

    tcase_add_checked_fixture(tests, desk_set_up, desk_tear_down);
    add_tests(tests);
    tcase_add_test(tests, the_reason_of_an_early_refusal_is_heard);
    tcase_add_test(tests, the_caller_may_stop_a_call_that_waits);
    tcase_add_test(tests, a_redirect_is_not_followed);
    tcase_add_test(tests, a_file_that_is_not_as_it_was_written_is_not_sent);
#ifndef __SANITIZE_ADDRESS__
    tcase_add_test(tests, two_hundred_megabytes_are_sent_in_eight_of_memory);
#endif
    return suite_run(suite);
}
