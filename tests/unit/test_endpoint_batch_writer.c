/* Files of requests: their lines, their limits, what is left after an error; and a batch's state.
 */
#include "suite.h"

#include "base/file.h"
#include "batch_desk.h"

static json_t *load_line(struct str line)
{
    json_error_t error;
    json_t *json = json_loadb(line.p, line.len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);

    ck_assert_msg(json != NULL, "%s in %.*s", error.text, STR_ARG(str_take(line, 200)));
    return json;
}

static struct buf read_batch(const struct batch *batch)
{
    struct buf text = {0};

    buf_init(&text, SIZE_MAX / 2);
    ck_assert_msg(file_read(batch->path, &text, &err) == 0, "%s", err.text);
    ck_assert_uint_eq(text.len, batch->bytes);
    return text;
}

static const char *string_at(const json_t *json, const char *a, const char *b)
{
    const json_t *at =
        b != NULL ? json_object_get(json_object_get(json, a), b) : json_object_get(json, a);

    return json_string_value(at);
}

/* The texts of all messages in the order of the body, wherever the protocol puts them. */
static void gather_texts(json_t *json, struct buf *out)
{
    const char *key = NULL;
    json_t *value = NULL;
    size_t i = 0;

    if (json_is_array(json)) {
        json_array_foreach(json, i, value)
        {
            gather_texts(value, out);
        }
    }
    json_object_foreach(json, key, value)
    {
        if (json_is_string(value) && (strcmp(key, "text") == 0 || strcmp(key, "content") == 0)) {
            buf_append(out, str_from(json_string_value(value)));
        } else {
            gather_texts(value, out);
        }
    }
}

static void expect_texts(json_t *messages, uint64_t pieces)
{
    struct buf found = {0};
    struct buf wanted = {0};
    char piece[LONG_PROMPT_PIECE_MAX];

    buf_init(&found, SIZE_MAX / 2);
    buf_init(&wanted, SIZE_MAX / 2);
    gather_texts(messages, &found);
    for (uint64_t i = 0; i < pieces; i++) {
        long_prompt_piece(i, piece);
        buf_append(&wanted, str_from(piece));
    }
    ck_assert(wanted.len != 0 && str_equal(buf_str(&found), buf_str(&wanted)));
    buf_release(&found);
    buf_release(&wanted);
}

static const struct form {
    const char *protocol;
    const char *id;   /* the member that names the request */
    const char *body; /* the one that holds it */
    const char *messages;
    const char *url;
} forms[] = {
    {"openai-chat", "custom_id", "body", "messages", "/v1/chat/completions"},
    {"openai-responses", "custom_id", "body", "input", "/v1/responses"},
    {"anthropic-messages", "custom_id", "params", "messages", NULL},
    {"gemini", "key", "request", "contents", NULL},
};
enum { FORMS = sizeof forms / sizeof forms[0] };

START_TEST(a_line_is_a_whole_request_that_asks_for_no_stream)
{
    const struct form *form = &forms[_i];
    static const char *const parameters[] = {"metadata={\n\"a\":\r\n\"b\"}", NULL};
    struct buf text;
    struct str rest;
    struct str line;
    uint64_t index = 7;

    endpoint.parameters = parameters; /* with line ends, which may not end the line */
    endpoint.max_output_tokens = 77;
    desk_open(form->protocol);
    desk_write(index, 3);
    text = read_batch(&desk.batches[0]);
    rest = buf_str(&text);
    while (str_next_line(&rest, &line)) {
        json_t *json = load_line(line);
        const json_t *body = json_object_get(json, form->body);
        char id[32];

        (void)snprintf(id, sizeof id, TAG "-%u", (unsigned)index++);
        ck_assert_str_eq(string_at(json, form->id, NULL), id);
        expect_texts(json_object_get(body, form->messages), SMALL);
        ck_assert_ptr_null(json_object_get(body, "stream"));
        ck_assert_ptr_null(json_object_get(body, "stream_options"));
        ck_assert_str_eq(string_at(body, "metadata", "a"), "b");
        if (form->url != NULL) {
            ck_assert_str_eq(string_at(json, "method", NULL), "POST");
            ck_assert_str_eq(string_at(json, "url", NULL), form->url);
        }
        json_decref(json);
    }
    ck_assert_uint_eq(index, 10);
    ck_assert_uint_eq(desk.batches[0].requests, 3);
    ck_assert_uint_eq(desk.batches[0].tokens, 300);
    buf_release(&text);
}

/* Adds requests 0 to count-1 and finishes. */
static void write_all(const struct batch_limits *wanted, uint64_t count, uint64_t tokens)
{
    struct batch_writer *writer = desk_writer(wanted);

    for (uint64_t i = 0; i < count; i++) {
        ck_assert_msg(desk_add(writer, i, SMALL, tokens) == 0, "%s", err.text);
    }
    ck_assert_int_eq(batch_writer_finish(writer, &err), 0);
    batch_writer_free(writer);
}

static void expect_split(const uint64_t *counts, size_t files)
{
    uint64_t first = 0;

    ck_assert_uint_eq(desk.count, files);
    for (size_t i = 0; i < files; i++) {
        const struct batch *batch = &desk.batches[i];
        struct buf text = read_batch(batch);
        char suffix[64];

        (void)snprintf(suffix, sizeof suffix, "results/run.batch-%04zu.jsonl", i + 1);
        ck_assert(str_ends(str_from(batch->path), str_from(suffix)));
        ck_assert_str_eq(batch_phase_name(batch->phase), "written");
        ck_assert_uint_eq(batch->requests, counts[i]);
        ck_assert_uint_eq(batch->span_count, 1);
        ck_assert_uint_eq(batch->spans[0].first, first);
        ck_assert_uint_eq(batch->spans[0].count, counts[i]);
        first += counts[i];
        buf_release(&text);
    }
}

START_TEST(a_file_ends_before_it_would_pass_the_limit_in_bytes)
{
    struct batch_limits wanted = {0};
    uint64_t line_bytes = 0;
    static const uint64_t counts[] = {3, 3, 1};

    desk_open(_i == 0 ? "openai-chat" : "anthropic-messages");
    desk_write(0, 1);
    line_bytes = desk.batches[0].bytes; /* the same for each of the single-digit indexes */
    batch_release(&desk.batches[0]);
    desk.count = 0;
    /* Anthropic's limit is of the request, which has {"requests":[ and ]} around the lines. */
    wanted.bytes_max = 3U * line_bytes + (_i == 0 ? 0 : strlen("{\"requests\":[]}"));
    write_all(&wanted, 7, 100);
    expect_split(counts, 3);
    for (size_t i = 0; i < 3; i++) {
        batch_release(&desk.batches[i]);
    }
    desk.count = 0;
    wanted.bytes_max--;
    write_all(&wanted, 7, 100);
    expect_split((const uint64_t[]){2, 2, 2, 1}, 4);
}

START_TEST(a_file_ends_at_the_limit_of_requests_or_tokens)
{
    static const struct batch_limits wanted[] = {{.requests_max = 2}, {.tokens_max = 299}};
    static const uint64_t counts[] = {2, 2, 1};

    desk_open("gemini");
    write_all(&wanted[_i], 5, 100);
    expect_split(counts, 3);
}

START_TEST(a_prompt_of_more_tokens_than_wanted_has_a_file_for_itself)
{
    const struct batch_limits wanted = {.tokens_max = 150};
    struct batch_writer *writer = NULL;

    desk_open("openai-chat");
    writer = desk_writer(&wanted);
    ck_assert_int_eq(desk_add(writer, 0, SMALL, 100), 0);
    ck_assert_int_eq(desk_add(writer, 1, SMALL, 1000), 0);
    ck_assert_int_eq(desk_add(writer, 2, SMALL, 100), 0);
    ck_assert_int_eq(batch_writer_finish(writer, &err), 0);
    batch_writer_free(writer);
    expect_split((const uint64_t[]){1, 1, 1}, 3);
}

START_TEST(a_prompt_that_no_file_can_hold_is_refused_and_the_others_are_written)
{
    const struct batch_limits wanted = {.bytes_max = 20000};
    struct batch_writer *writer = NULL;

    desk_open("openai-chat");
    writer = desk_writer(&wanted);
    ck_assert_int_eq(desk_add(writer, 0, SMALL, 1), 0);
    ck_assert_int_eq(desk_add(writer, 1, 1000, 1), ERR_LIMIT);
    ck_assert_int_eq(desk_add(writer, 2, SMALL, 1), 0);
    ck_assert_int_eq(batch_writer_finish(writer, &err), 0);
    batch_writer_free(writer);
    ck_assert_uint_eq(desk.count, 1);
    ck_assert_uint_eq(desk.batches[0].requests, 2);
}

START_TEST(a_prompt_that_fails_or_changes_leaves_the_lines_before_it_whole)
{
    struct long_prompt prompt;
    struct prompt_measure measure;
    struct batch_writer *writer = NULL;
    struct buf text;
    struct str rest;
    struct str line;

    desk_open("openai-chat");
    writer = desk_writer(NULL);
    ck_assert_int_eq(desk_add(writer, 4, SMALL, 1), 0);
    long_prompt_init(&prompt, 4000);
    long_prompt_measure(&prompt, &measure);
    prompt.fails = _i == 0;
    prompt.changes = _i != 0;
    ck_assert_int_eq(batch_writer_add(writer, 5, &prompt.prompt, &measure, &err), ERR_INPUT);
    ck_assert_int_eq(desk_add(writer, 6, SMALL, 1), 0);
    ck_assert_int_eq(batch_writer_finish(writer, &err), 0);
    batch_writer_free(writer);
    text = read_batch(&desk.batches[0]);
    rest = buf_str(&text);
    for (int i = 0; i < 2; i++) {
        json_t *json = NULL;

        ck_assert(str_next_line(&rest, &line));
        json = load_line(line);
        ck_assert_str_eq(string_at(json, "custom_id", NULL), i == 0 ? TAG "-4" : TAG "-6");
        json_decref(json);
    }
    ck_assert(rest.len == 0 && desk.batches[0].span_count == 2);
    buf_release(&text);
}

START_TEST(an_index_is_written_once_in_any_order)
{
    struct batch_writer *writer = NULL;

    desk_open("openai-chat");
    writer = desk_writer(NULL);
    ck_assert_int_eq(desk_add(writer, 9, SMALL, 1), 0);
    ck_assert_int_eq(desk_add(writer, 3, SMALL, 1), 0);
    ck_assert_int_eq(desk_add(writer, 9, SMALL, 1), ERR_USAGE);
    ck_assert_int_eq(desk_add(writer, 3, SMALL, 1), ERR_USAGE);
    ck_assert_int_eq(batch_writer_finish(writer, &err), 0);
    batch_writer_free(writer);
    ck_assert_uint_eq(desk.batches[0].requests, 2);
    ck_assert_uint_eq(desk.batches[0].spans[0].first, 3);
    ck_assert_uint_eq(desk.batches[0].spans[1].first, 9);
}

START_TEST(an_unfinished_file_is_removed)
{
    struct batch_writer *writer = NULL;
    const char *path = NULL;

    desk_open("openai-chat");
    writer = desk_writer(NULL);
    ck_assert_int_eq(desk_add(writer, 0, SMALL, 1), 0);
    path = folder_file(&desk.folder, "results/run.batch-0001.jsonl");
    ck_assert(file_exists(path));
    batch_writer_free(writer);
    ck_assert(!file_exists(path));
}

START_TEST(a_protocol_without_batches_and_a_tag_that_breaks_ids_are_refused)
{
    const struct batch_setting setting = {
        .endpoint = &endpoint, .limits = &limits, .clock = clock_system()};
    struct batch_writer_setting writing = {.stem = "x", .tag = "a-b"};
    struct batch_service *service = NULL;
    struct batch_writer *writer = NULL;

    endpoint.protocol = "bedrock-converse";
    ck_assert(!batch_is_offered(endpoint.protocol) && batch_is_offered("gemini"));
    ck_assert_int_eq(batch_service_new(&service, &setting, &err), ERR_USAGE);
    desk_open("openai-chat");
    writing.service = desk.service;
    ck_assert_int_eq(batch_writer_new(&writer, &writing, &err), ERR_USAGE);
    writing.tag = "";
    ck_assert_int_eq(batch_writer_new(&writer, &writing, &err), ERR_USAGE);
}

START_TEST(a_state_comes_back_from_its_json_as_it_was)
{
    struct batch_span spans[] = {{0, 3}, {5, 1}, {1000000000000, 2}};
    const struct batch batch = {
        .phase = BATCH_CREATING,
        .path = "results/\"caf\xC3\xA9\".batch-0001.jsonl",
        .tag = TAG,
        .spans = spans,
        .span_count = 3,
        .requests = 6,
        .bytes = 200000000,
        .tokens = 44000000,
        .file_id = "file-1",
        .id = "batches/1",
        .output_id = "file-2",
        .errors_id = "file-3",
        .asked_s = 1795000000,
        .answered = 4,
        .failed = 1,
        .queue_is_full = true,
        .error = "Enqueued token limit reached",
    };
    struct batch back = {0};
    struct buf text = {0};
    struct buf again = {0};

    buf_init(&text, 4096);
    buf_init(&again, 4096);
    batch_append_json(&text, &batch);
    ck_assert_int_eq(batch_from_json(buf_str(&text), &back, &err), 0);
    batch_append_json(&again, &back);
    ck_assert_str_eq(again.p, text.p);
    ck_assert_int_eq(back.phase, BATCH_CREATING);
    ck_assert_uint_eq(back.spans[2].first, 1000000000000);
    ck_assert_int_eq((int)back.asked_s, 1795000000);
    ck_assert(back.queue_is_full);
    batch_release(&back);
    buf_release(&text);
    buf_release(&again);
}

START_TEST(a_state_that_is_none_is_refused)
{
    static const char *const states[] = {
        "",
        "[]",
        "{}",
        "{\"phase\":\"running\"}",
        "{\"phase\":\"walking\",\"path\":\"p\",\"tag\":\"t\",\"requests\":1,\"indexes\":\"0\"}",
        "{\"phase\":\"running\",\"path\":\"p\",\"tag\":\"t\",\"requests\":2,\"indexes\":\"0\"}",
        "{\"phase\":\"running\",\"path\":\"p\",\"tag\":\"t\",\"requests\":2,\"indexes\":\"1-0\"}",
        "{\"phase\":\"running\",\"path\":\"p\",\"tag\":\"t\",\"requests\":4,\"indexes\":"
        "\"0-2,1\"}",
        "{\"phase\":\"running\",\"path\":\"p\",\"tag\":\"t\",\"requests\":1,\"indexes\":"
        "\"0-99999999999\"}",
    };
    struct batch batch;

    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        ck_assert_int_eq(batch_from_json(str_from(states[i]), &batch, &err), ERR_INPUT);
        ck_assert_ptr_null(batch.spans);
    }
}

#ifndef __SANITIZE_ADDRESS__
/* A process that may have eight more megabytes writes a file of eighty. */
START_TEST(a_file_is_written_in_less_memory_than_it_has_bytes)
{
    enum { MORE_BYTES = 8 * 1024 * 1024, FILE_BYTES = 80 * 1000 * 1000 };
    struct batch_writer *writer = NULL;

    desk_open("openai-chat");
    writer = desk_writer(NULL);
    desk_limit_memory(MORE_BYTES);
    for (uint64_t i = 0; i < 15; i++) {
        ck_assert_msg(desk_add(writer, i, LARGE, 1) == 0, "%s", err.text);
    }
    ck_assert_int_eq(batch_writer_finish(writer, &err), 0);
    batch_writer_free(writer);
    ck_assert_uint_gt(desk.batches[0].bytes, FILE_BYTES);
}
#endif

int main(void)
{
    Suite *suite = suite_create("endpoint_batch_writer");
    TCase *tests = suite_case(suite, "writer");

    tcase_add_checked_fixture(tests, desk_set_up, desk_tear_down);
    tcase_add_loop_test(tests, a_line_is_a_whole_request_that_asks_for_no_stream, 0, FORMS);
    tcase_add_loop_test(tests, a_file_ends_before_it_would_pass_the_limit_in_bytes, 0, 2);
    tcase_add_loop_test(tests, a_file_ends_at_the_limit_of_requests_or_tokens, 0, 2);
    tcase_add_test(tests, a_prompt_of_more_tokens_than_wanted_has_a_file_for_itself);
    tcase_add_test(tests, a_prompt_that_no_file_can_hold_is_refused_and_the_others_are_written);
    tcase_add_loop_test(tests, a_prompt_that_fails_or_changes_leaves_the_lines_before_it_whole, 0,
                        2);
    tcase_add_test(tests, an_index_is_written_once_in_any_order);
    tcase_add_test(tests, an_unfinished_file_is_removed);
    tcase_add_test(tests, a_protocol_without_batches_and_a_tag_that_breaks_ids_are_refused);
    tcase_add_test(tests, a_state_comes_back_from_its_json_as_it_was);
    tcase_add_test(tests, a_state_that_is_none_is_refused);
#ifndef __SANITIZE_ADDRESS__
    if (suite_measures()) {
        tcase_add_test(tests, a_file_is_written_in_less_memory_than_it_has_bytes);
    }
#endif
    return suite_run(suite);
}
