#include "google_replay.h"

#include "base/file.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

enum { PATH_BYTES_MAX = 1024 };

const size_t replay_pieces[REPLAY_PIECES] = {1, 7, REPLAY_FILE_MAX};

void replay_load(const char *name, struct buf *file)
{
    const char *source = getenv("HAYMAKER_SOURCE"); // NOLINT(concurrency-mt-unsafe): one thread
    char path[PATH_BYTES_MAX];
    struct err err;

    (void)snprintf(path, sizeof path, "%s/tests/wire/%s", source, name);
    buf_reset(file);
    ck_assert_msg(file_read(path, file, &err) == 0, "%s", err.text);
}

static bool is_open(enum protocol_event told)
{
    return told == PROTOCOL_MORE || told == PROTOCOL_REASONING;
}

/* Where the events of one replay go. */
struct listener {
    const struct protocol *protocol;
    const struct endpoint *endpoint;
    struct reply *reply;
    struct buf *last;
    enum protocol_event told;
};

static void hear(struct listener *listener, const struct stream_event *event)
{
    buf_reset(listener->last);
    buf_append(listener->last, event->data);
    listener->told = listener->protocol->on_event(listener->endpoint, event, listener->reply);
}

enum protocol_event replay(const struct protocol *protocol, const struct endpoint *endpoint,
                           struct str stream, size_t piece, struct reply *reply, struct buf *last)
{
    const struct framing *framing = protocol->framing;
    void *decoder = framing->create(REPLAY_FILE_MAX);
    struct listener listener = {protocol, endpoint, reply, last, PROTOCOL_MORE};
    struct stream_event event;
    struct err err;

    ck_assert_ptr_nonnull(decoder);
    reply_reset(reply);
    while (stream.len != 0 && is_open(listener.told)) {
        struct str bytes = str_take(stream, piece);

        stream = str_skip(stream, piece);
        while (is_open(listener.told) && framing->next(decoder, &bytes, &event, &err) > 0) {
            hear(&listener, &event);
        }
    }
    if (is_open(listener.told) && framing->end(decoder, &event, &err) > 0) {
        hear(&listener, &event);
    }
    framing->free(decoder);
    return listener.told;
}

json_t *replay_body(const struct body_frame *frame)
{
    struct buf text = {0};
    json_t *body = NULL;

    buf_init(&text, REPLAY_FILE_MAX);
    buf_append(&text, frame->head);
    buf_append(&text, frame->open[PROMPT_USER]);
    buf_append(&text, STR("one"));
    buf_append(&text, frame->close);
    buf_append(&text, frame->between);
    buf_append(&text, frame->open[PROMPT_USER]);
    buf_append(&text, STR("two"));
    buf_append(&text, frame->close);
    buf_append(&text, frame->between);
    buf_append(&text, frame->open[PROMPT_ASSISTANT]);
    buf_append(&text, STR("three"));
    buf_append(&text, frame->close);
    buf_append(&text, frame->tail);
    body = json_loadb(text.p, text.len, JSON_REJECT_DUPLICATES, NULL);
    ck_assert_msg(body != NULL, "%s", text.p);
    buf_release(&text);
    return body;
}
