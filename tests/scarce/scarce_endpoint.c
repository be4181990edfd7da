/* Requests and answers without memory: every exchange ends once, with the answer or with an error
 * that says why, and nothing of it stays.
 */
#include "scarce.h"
#include "suite.h"

#include "flight.h"

#include "../unit/folder.h"
#include "endpoint/batch.h"
#include "endpoint/batch_writer.h"
#include "endpoint/catalogue.h"
#include "endpoint/protocol.h"

#define PROVIDER                                                                                   \
    "{\"schema\":1,\"about\":\"all\",\"providers\":[{\"name\":\"near\",\"protocol\":\"openai-"     \
    "chat\","                                                                                      \
    "\"base_url\":\"https://{place}.example/v1\",\"placeholders\":[{\"name\":\"place\","           \
    "\"variables\":[\"PLACE\"],\"otherwise\":\"here\"}],\"key_variables\":[\"A\",\"B\"]}],"
#define MODEL                                                                                      \
    "\"models\":[{\"id\":\"near/one\",\"aliases\":[\"uno\"],\"window_input_tokens\":1000,"         \
    "\"efforts\":[\"low\",\"high\"],\"prices\":[{\"input\":1.5,\"output\":2,"                      \
    "\"as_of\":\"2026-11-22\",\"source\":\"https://near.example/prices\"}]}]}"

static const char *no_variable(const char *variable)
{
    (void)variable;
    return NULL;
}

/* One file laid over another. */
static int read_catalogue(void *context, struct err *error)
{
    static const struct catalogue_source sources[] = {{"one.json", STR_INIT(PROVIDER MODEL)},
                                                      {"two.json", STR_INIT(PROVIDER MODEL)}};
    struct catalogue catalogue = {0};
    struct catalogue_target target;
    struct arena arena = {0};
    const char *url = NULL;
    int rc = catalogue_read(&catalogue, sources, 2, error);

    (void)context;
    if (rc == 0) {
        rc = catalogue_find(&catalogue, STR("near/one"), &target, error);
    }
    if (rc == 0) {
        rc = catalogue_base_url(&target, no_variable, &arena, &url, error);
    }
    arena_release(&arena);
    catalogue_release(&catalogue);
    return rc;
}

static int open_catalogue(void *context, struct err *error)
{
    struct catalogue catalogue = {0};
    int rc = catalogue_open(&catalogue, NULL, error);

    (void)context;
    catalogue_release(&catalogue);
    return rc;
}

START_TEST(a_catalogue_is_read_or_memory_is_short)
{
    scarce_try(&(struct scarce_work){.name = "catalogue", .run = read_catalogue});
    scarce_try(
        &(struct scarce_work){.name = "models.json", .run = open_catalogue, .is_long = true});
}

static const char *const parameters[] = {"temperature=0.5", "a.b={\"c\":[1,2]}", NULL};
static const char *const headers[] = {"X-One: 1", NULL};

static int check_endpoint(void *context, struct err *error)
{
    return endpoint_check(context, error);
}

START_TEST(every_protocol_frames_a_request_or_memory_is_short)
{
    struct endpoint asked = {.protocol = protocols[_i]->name,
                             .base_url = "https://example.org/v1",
                             .model = "m",
                             .credentials = {.key = KEY},
                             .region = "us-east-1",
                             .project = "p",
                             .max_output_tokens = 100,
                             .parameters = parameters,
                             .headers = headers};

    scarce_try(
        &(struct scarce_work){.name = asked.protocol, .run = check_endpoint, .context = &asked});
}

/* It takes so many connections and no more. */
static void restart_server(const struct wire_answer *answer)
{
    if (server != NULL) {
        wire_server_stop(server);
    }
    server = wire_server_start(answer, 1, false);
    endpoint.base_url = wire_server_url(server);
}

struct exchange_run {
    struct prompt_measure measure;
    const struct wire_answer *answer;
    const char *wanted; /* the answer's text */
    int done;
    bool was_started;
};

static void note_done(void *context, struct reply *reply)
{
    (void)reply;
    ((struct exchange_run *)context)->done++;
}

/* One request and its answer, by a client of its own. */
static int exchange_once(void *context, struct err *error)
{
    struct exchange_run *run = context;
    struct client *own = NULL;
    struct long_prompt prompt;
    struct reply reply;
    struct exchange_request request = {.endpoint = &endpoint,
                                       .prompt = &prompt.prompt,
                                       .measure = &run->measure,
                                       .reply = &reply,
                                       .done = note_done,
                                       .context = run};
    int rc = 0;

    run->done = 0;
    run->was_started = false;
    long_prompt_init(&prompt, SMALL);
    reply_init(&reply);
    rc = client_new(&own, &limits, clock_system(), error);
    if (rc == 0) {
        rc = client_start(own, &request, error);
        run->was_started = rc == 0;
    }
    while (rc == 0 && client_in_flight(own) != 0) {
        rc = client_wait(own, WAIT_MS, error);
    }
    if (rc == 0 && reply.end != REPLY_COMPLETE) {
        *error = reply.error;
        rc = error->code;
    }
    if (rc == 0 && !str_equal(buf_str(&reply.text), str_from(run->wanted))) {
        rc = err_set(error, ERR_INPUT, "another answer: %.*s", STR_ARG(buf_str(&reply.text)));
    }
    client_free(own);
    reply_release(&reply);
    return rc;
}

/* One `done` for what was started, but where the client itself gave up. */
static void check_exchange(void *context, int rc)
{
    const struct exchange_run *run = context;

    restart_server(run->answer);
    ck_assert_int_le(run->done, run->was_started ? 1 : 0);
    ck_assert(rc != 0 || run->done == 1);
}

#define TOO_MANY ERROR("429 Too Many", "Retry-After: 0\r\n", "{\"error\":{\"message\":\"slow\"}}")
#define CLAUDE                                                                                     \
    HEAD "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"i\","      \
         "\"model\":\"m\",\"usage\":{\"input_tokens\":1}}}\n\n"                                    \
         "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,"        \
         "\"delta\":{\"type\":\"text_delta\",\"text\":\"Hello there\"}}\n\n"                       \
         "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":"     \
         "\"end_turn\"},\"usage\":{\"output_tokens\":2}}\n\n"                                      \
         "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"

START_TEST(an_answer_is_whole_or_its_failure_is_told_once)
{
    static const struct {
        const char *protocol;
        struct wire_answer answer;
    } cases[] = {{"openai-chat", {.text = ANSWER}}, {"anthropic-messages", {.text = CLAUDE}}};
    struct exchange_run run = {.wanted = "Hello there"};
    struct long_prompt prompt;

    run.answer = &cases[_i].answer;
    restart_server(run.answer);
    endpoint.protocol = cases[_i].protocol;
    long_prompt_init(&prompt, SMALL);
    long_prompt_measure(&prompt, &run.measure);
    scarce_try(&(struct scarce_work){.name = endpoint.protocol,
                                     .run = exchange_once,
                                     .check = check_exchange,
                                     .context = &run,
                                     .is_long = true,
                                     .any_error = true});
}

static int refused_once(void *context, struct err *error)
{
    int rc = exchange_once(context, error);

    return rc == ERR_ENDPOINT || rc == ERR_INCOMPLETE ? 0 : rc;
}

static void check_refused(void *context, int rc)
{
    (void)rc;
    restart_server(((const struct exchange_run *)context)->answer);
}

START_TEST(an_error_of_the_endpoint_is_told_or_memory_is_short)
{
    static const struct wire_answer answer = {.text = TOO_MANY};
    struct exchange_run run = {.wanted = ""};
    struct long_prompt prompt;

    limits.attempts_max = 2;
    run.answer = &answer;
    restart_server(run.answer);
    long_prompt_init(&prompt, SMALL);
    long_prompt_measure(&prompt, &run.measure);
    scarce_try(&(struct scarce_work){.name = "429",
                                     .run = refused_once,
                                     .check = check_refused,
                                     .context = &run,
                                     .is_long = true,
                                     .any_error = true});
}

struct desk_run {
    const struct wire_answer *answer;
    struct folder folder;
    char stem[80];
    struct prompt_measure measure;
    uint64_t replies;
};

static int take_file(void *context, struct batch *batch, struct err *error)
{
    struct batch *out = context;

    (void)error;
    batch_release(out); /* there is one */
    *out = *batch;
    return 0;
}

static int take_reply(void *context, uint64_t index, struct reply *reply, struct err *error)
{
    struct desk_run *run = context;

    (void)index;
    (void)reply;
    (void)error;
    run->replies++;
    return 0;
}

static int write_file(struct desk_run *run, const struct batch_service *service, struct batch *out,
                      struct err *error)
{
    const struct batch_writer_setting setting = {.service = service,
                                                 .stem = run->stem,
                                                 .tag = "run1",
                                                 .number = 1,
                                                 .on_file = take_file,
                                                 .context = out};
    struct batch_writer *writer = NULL;
    int rc = batch_writer_new(&writer, &setting, error);

    for (uint64_t i = 0; rc == 0 && i < 3; i++) {
        struct long_prompt prompt;

        long_prompt_init(&prompt, SMALL);
        rc = batch_writer_add(writer, i, &prompt.prompt, &run->measure, error);
    }
    if (rc == 0) {
        rc = batch_writer_finish(writer, error);
    }
    batch_writer_free(writer);
    return rc;
}

/* Writes a file of three requests, submits it, and collects; and its state by way of JSON. */
static int batch_once(void *context, struct err *error)
{
    struct desk_run *run = context;
    const struct batch_setting setting = {
        .endpoint = &endpoint, .limits = &limits, .clock = clock_system()};
    const struct batch_sink sink = {.on_reply = take_reply, .context = run};
    struct batch_service *service = NULL;
    struct batch batch = {0};
    struct batch again = {0};
    struct batch_tally tally = {0};
    struct buf json;
    int rc = batch_service_new(&service, &setting, error);

    buf_init(&json, 1U << 16);
    run->replies = 0;
    if (rc == 0) {
        rc = write_file(run, service, &batch, error);
    }
    if (rc == 0) {
        rc = batch_submit(service, &batch, error);
    }
    if (rc == 0) {
        batch_append_json(&json, &batch);
        rc = buf_check(&json, "batch", error);
    }
    if (rc == 0) {
        rc = batch_from_json(buf_str(&json), &again, error);
    }
    if (rc == 0) {
        again.phase = BATCH_ENDED;
        rc = batch_collect(service, &again, &sink, &tally, error);
    }
    buf_release(&json);
    batch_release(&again);
    batch_release(&batch);
    batch_service_free(service);
    return rc;
}

static void check_batch(void *context, int rc)
{
    const struct desk_run *run = context;

    restart_server(run->answer);
    ck_assert(rc != 0 || run->replies == 3);
}

/* Made, and asked for its results: one answer to both. */
START_TEST(a_batch_comes_whole_or_its_failure_is_told)
{
    static const struct wire_answer answer = {
        .text = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
                "{\"id\":\"b1\",\"type\":\"message_batch\",\"processing_status\":\"ended\"}"};
    struct desk_run run = {.replies = 0};
    struct long_prompt prompt;

    folder_make(&run.folder);
    (void)snprintf(run.stem, sizeof run.stem, "%s/run", run.folder.path);
    run.answer = &answer;
    restart_server(run.answer);
    endpoint.protocol = "anthropic-messages";
    limits.attempts_max = 2;
    long_prompt_init(&prompt, SMALL);
    long_prompt_measure(&prompt, &run.measure);
    scarce_try(&(struct scarce_work){.name = "batch",
                                     .run = batch_once,
                                     .check = check_batch,
                                     .context = &run,
                                     .is_long = true,
                                     .any_error = true});
    folder_remove(&run.folder);
}

static void stop_server(void)
{
    if (server != NULL) {
        tear_down();
    }
}

static size_t count_protocols(void)
{
    size_t count = 0;

    while (protocols[count] != NULL) {
        count++;
    }
    return count;
}

int main(void)
{
    Suite *suite = suite_create("scarce.endpoint");
    TCase *tests = suite_case(suite, "endpoint");

    scarce_take_over();
    tcase_set_timeout(tests, 300.0);
    tcase_add_checked_fixture(tests, set_up, stop_server);
    tcase_add_test(tests, a_catalogue_is_read_or_memory_is_short);
    tcase_add_loop_test(tests, every_protocol_frames_a_request_or_memory_is_short, 0,
                        (int)count_protocols());
    tcase_add_loop_test(tests, an_answer_is_whole_or_its_failure_is_told_once, 0, 2);
    tcase_add_test(tests, an_error_of_the_endpoint_is_told_or_memory_is_short);
    tcase_add_test(tests, a_batch_comes_whole_or_its_failure_is_told);
    return suite_run(suite);
}
