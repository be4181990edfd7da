#include "replay.h"

#include "base/file.h"
#include "endpoint/route.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MAX = 1024 * 1024 };

static const struct endpoint plain = {.model = "m"};

static void load(const char *name, struct buf *out)
{
    const char *source = getenv("HAYMAKER_SOURCE"); // NOLINT(concurrency-mt-unsafe): one thread
    struct err err;
    char path[1024];

    (void)snprintf(path, sizeof path, "%s/tests/wire/%s", source, name);
    buf_init(out, FILE_MAX);
    ck_assert_msg(file_read(path, out, &err) == 0, "%s", err.text);
}

struct replayed {
    enum protocol_event last;
    size_t reasoning;
    struct buf data; /* of the last event, if it is an error */
};

static void take(const struct protocol *protocol, const struct stream_event *event,
                 struct reply *reply, struct replayed *out)
{
    out->last = protocol->on_event(&plain, event, reply);
    if (out->last == PROTOCOL_REASONING) {
        out->reasoning++;
        out->last = PROTOCOL_MORE;
    }
    if (out->last == PROTOCOL_ERROR) {
        buf_append(&out->data, event->data);
    }
}

static void replay(const struct protocol *protocol, struct str bytes, size_t piece,
                   struct reply *reply, struct replayed *out)
{
    const struct framing *framing = protocol->framing;
    void *decoder = framing->create(FILE_MAX);
    struct stream_event event;
    struct err err;

    *out = (struct replayed){.last = PROTOCOL_MORE};
    buf_init(&out->data, FILE_MAX);
    while (bytes.len != 0 && out->last == PROTOCOL_MORE) {
        struct str part = str_take(bytes, piece);

        bytes = str_skip(bytes, piece);
        while (out->last == PROTOCOL_MORE && framing->next(decoder, &part, &event, &err) > 0) {
            take(protocol, &event, reply, out);
        }
    }
    if (out->last == PROTOCOL_MORE && framing->end(decoder, &event, &err) > 0) {
        take(protocol, &event, reply, out);
    }
    framing->free(decoder);
}

static void expect_word(const char *found, const char *wanted)
{
    ck_assert_str_eq(found, wanted != NULL ? wanted : "");
}

static void expect_usage(const struct reply_usage *found, const struct reply_usage *wanted)
{
    ck_assert_int_eq(found->input_tokens, wanted->input_tokens);
    ck_assert_int_eq(found->cached_tokens, wanted->cached_tokens);
    ck_assert_int_eq(found->cache_written_tokens, wanted->cache_written_tokens);
    ck_assert_int_eq(found->output_tokens, wanted->output_tokens);
    ck_assert_int_eq(found->reasoning_tokens, wanted->reasoning_tokens);
}

static void expect_verdict(const struct protocol *protocol, const struct replay_case *wanted,
                           struct str data, struct reply *reply)
{
    struct protocol_error error = {.http_status = PROTOCOL_IN_STREAM, .body = data};
    struct protocol_verdict verdict = protocol->classify(&error, reply);

    ck_assert_msg(verdict.end == wanted->end, "%s", reply_end_name(verdict.end));
    ck_assert_int_eq(verdict.retry, wanted->retry);
    ck_assert_double_eq_tol(verdict.wait_s, wanted->wait_s > 0.0 ? wanted->wait_s : -1.0, 1e-9);
}

static void expect_replay(const struct protocol *protocol, const struct replay_case *wanted,
                          struct str bytes, size_t piece)
{
    struct replayed found;
    struct reply reply;

    reply_init(&reply);
    replay(protocol, bytes, piece, &reply, &found);
    ck_assert_msg(found.last == wanted->last, "%s: %d", wanted->file, (int)found.last);
    if (found.last == PROTOCOL_ERROR) {
        expect_verdict(protocol, wanted, buf_str(&found.data), &reply);
    } else {
        ck_assert_msg(reply.end == wanted->end, "%s: %s", wanted->file, reply_end_name(reply.end));
        ck_assert(protocol->complete_at_end(&reply) == wanted->is_whole);
    }
    if (wanted->says != NULL) {
        ck_assert_msg(strstr(reply.error.text, wanted->says) != NULL, "%s", reply.error.text);
    }
    ck_assert_uint_eq(found.reasoning, wanted->reasoning);
    ck_assert_msg(str_equal(buf_str(&reply.text), str_from(wanted->text)), "%s: %.*s", wanted->file,
                  STR_ARG(buf_str(&reply.text)));
    expect_word(reply.finish_reason, wanted->finish_reason);
    expect_word(reply.model, wanted->model);
    expect_word(reply.request_id, wanted->request_id);
    expect_usage(&reply.usage, &wanted->usage);
    buf_release(&found.data);
    reply_release(&reply);
}

void replay_expect(const struct protocol *protocol, const struct replay_case *wanted)
{
    static const size_t pieces[] = {1, 7, FILE_MAX};
    struct buf file;

    load(wanted->file, &file);
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        expect_replay(protocol, wanted, buf_str(&file), pieces[i]);
    }
    buf_release(&file);
}

enum protocol_event replay_event(const struct protocol *protocol, const char *data,
                                 struct reply *reply)
{
    struct stream_event event = {.type = STR("message"), .data = str_from(data)};

    reply_reset(reply);
    return protocol->on_event(&plain, &event, reply);
}

/* Three messages, so that two of one role follow one another. */
struct messages {
    struct prompt prompt;
    size_t at;
};

static int next_message(struct prompt *prompt, struct prompt_piece *piece, struct err *err)
{
    static const struct prompt_piece messages[] = {
        {STR_INIT("one"), PROMPT_USER, true, false},
        {STR_INIT("t\"wo"), PROMPT_USER, true, false},
        {STR_INIT("three"), PROMPT_ASSISTANT, true, false},
    };
    struct messages *self = (struct messages *)prompt;

    (void)err;
    if (self->at == sizeof messages / sizeof messages[0]) {
        return 0;
    }
    *piece = messages[self->at++];
    return 1;
}

static void rewind_messages(struct prompt *prompt)
{
    ((struct messages *)prompt)->at = 0;
}

static const struct prompt_ops ops = {.next = next_message, .rewind = rewind_messages};

static struct fingerprint fingerprint_of(struct messages *messages)
{
    struct fingerprint_state *state = fingerprint_new();
    struct fingerprint fingerprint;
    struct prompt_piece piece;
    struct err err;

    ck_assert_ptr_nonnull(state);
    while (prompt_next(&messages->prompt, &piece, &err) > 0) {
        fingerprint_add(state, &piece);
    }
    fingerprint = fingerprint_finish(state);
    fingerprint_free(state);
    return fingerprint;
}

static json_t *read_body(const struct body_frame *frame)
{
    struct messages messages = {.prompt = {&ops}};
    struct fingerprint fingerprint = fingerprint_of(&messages);
    struct body_reader *reader = NULL;
    struct err err;
    char text[8192];
    int64_t len = 0;
    json_t *body = NULL;

    ck_assert_int_eq(body_reader_new(&reader, frame, &messages.prompt, fingerprint, &err), 0);
    len = body_reader_read(reader, text, sizeof text, &err);
    ck_assert_int_ge(len, 0);
    body = json_loadb(text, (size_t)len, JSON_REJECT_DUPLICATES, NULL);
    ck_assert_msg(body != NULL, "%.*s", (int)len, text);
    body_reader_free(reader);
    return body;
}

json_t *replay_request(const struct endpoint *endpoint, struct err *err)
{
    struct route route;
    json_t *body = NULL;

    if (route_init(&route, endpoint, NULL, err) == 0) {
        body = read_body(&route.frame);
        route_release(&route);
    }
    return body;
}

void replay_expect_request(const struct endpoint *endpoint, const char *wanted)
{
    struct err err;
    json_t *found = replay_request(endpoint, &err);
    json_t *expected = json_loads(wanted, JSON_REJECT_DUPLICATES, NULL);
    char *shown = NULL;

    ck_assert_msg(found != NULL, "%s", err.text);
    ck_assert_msg(expected != NULL, "%s", wanted);
    shown = json_dumps(found, 0);
    ck_assert_msg(json_equal(found, expected), "%s", shown);
    free(shown);
    json_decref(found);
    json_decref(expected);
}
