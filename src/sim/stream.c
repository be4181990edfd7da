#include "sim/stream.h"

#include "base/clock.h"
#include "base/utf8.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
    READER_BLOCK = 4096,
    PIECE_BYTES_MAX = 32,   /* of one delta: some six tokens */
    PING_INTERVAL_MS = 500, /* vendors' are some ten seconds; a test has less time */
    FAILURE_PAUSE_MS = 50,
    STALL_LOOK_MS = 100, /* how often a stalled reply looks whether its client is gone */
    SLICES_PER_S = 100   /* of slow bytes */
};

static const uint64_t ns_per_ms = 1000000;

struct stream *stream_new(struct service *service, const struct sim_wire *wire)
{
    struct stream *stream = calloc(1, sizeof *stream);

    if (stream != NULL) {
        stream->service = service;
        stream->reply.wire = wire;
        stream->fd = -1;
        sim_events_init(&stream->events, wire->framing);
    }
    return stream;
}

void stream_free(void *context)
{
    struct stream *stream = context;

    sim_answer_release(&stream->reply.answer);
    sim_events_release(&stream->events);
    free(stream);
}

static uint64_t tokens_due_ns(const struct stream *stream, size_t bytes)
{
    double seconds = stream->output_rate > 0 ? (double)sim_tokens(bytes) / stream->output_rate : 0;

    return stream->text_due_ns + (uint64_t)(seconds * 1e9);
}

uint64_t stream_end_ns(const struct stream *stream)
{
    return tokens_due_ns(stream,
                         stream->reply.answer.reasoning.len + stream->reply.answer.text.len);
}

/* When the step that comes next may be sent: after the tokens before it. */
static uint64_t step_due_ns(const struct stream *stream)
{
    if (stream->step == STEP_BEGIN && !stream->reply.wire->begins_late) {
        return 0;
    }
    return tokens_due_ns(stream, stream->reasoning_sent + stream->text_sent);
}

static struct str take_piece(const struct buf *text, size_t *sent)
{
    struct str piece = utf8_take(str_skip(buf_str(text), *sent), PIECE_BYTES_MAX);

    *sent += piece.len;
    return piece;
}

static enum sim_step step_after(const struct stream *stream)
{
    const struct sim_answer *answer = &stream->reply.answer;

    switch (stream->step) {
    case STEP_BEGIN:
        if (stream->reply.reasons) {
            return STEP_REASONING_BEGIN;
        }
        return answer->finish == SIM_BLOCK ? STEP_END : STEP_TEXT_BEGIN;
    case STEP_REASONING_BEGIN:
    case STEP_REASONING:
        return stream->reasoning_sent < answer->reasoning.len ? STEP_REASONING : STEP_REASONING_END;
    case STEP_REASONING_END:
        return answer->text.len != 0 ? STEP_TEXT_BEGIN : STEP_END;
    case STEP_TEXT_BEGIN:
    case STEP_TEXT:
        return stream->text_sent < answer->text.len ? STEP_TEXT : STEP_TEXT_END;
    case STEP_TEXT_END:
        return STEP_END;
    case STEP_END:
    case STEP_OVER:
    case STEP_PING:
    case STEP_FAILURE:
        break;
    }
    return STEP_OVER;
}

static bool is_half_way(const struct stream *stream)
{
    if (stream->is_whole) {
        return stream->sent >= stream->events.out.len / 2;
    }
    return stream->step == STEP_TEXT_END || stream->step == STEP_END ||
           (stream->step == STEP_TEXT && stream->text_sent >= stream->reply.answer.text.len / 2);
}

static bool is_client_gone(int fd)
{
    char byte = 0;
    ssize_t got = recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);

    return got == 0 || (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

/* Says nothing until the client has gone or the server ends. */
static void stall(struct stream *stream)
{
    uint64_t due_ns = clock_ns(clock_system());

    do {
        due_ns += STALL_LOOK_MS * ns_per_ms;
    } while (sleeper_wait(&stream->service->sleeper, due_ns) && !is_client_gone(stream->fd));
}

/* Does what is to go wrong now; false when that is the end of the connection. */
static bool apply_fault(struct stream *stream)
{
    enum sim_effect effect = stream->fault->effect;

    stream->fault = NULL;
    if (effect == EFFECT_CUT) {
        return false;
    }
    if (effect == EFFECT_STALL) {
        stall(stream);
        return false;
    }
    if (effect == EFFECT_STREAM_ERROR && !stream->is_whole) {
        /* It takes a moment to fail: the error then comes by itself, not behind a delta in the same
         * piece of the stream, where Google's client would overlook it. */
        (void)sleeper_wait(&stream->service->sleeper,
                           clock_ns(clock_system()) + FAILURE_PAUSE_MS * ns_per_ms);
        stream->step = STEP_FAILURE;
    }
    stream->events.corrupts_next =
        effect == EFFECT_BAD_CRC &&
        (stream->events.framing == FRAMING_FRAMES || stream->events.framing == FRAMING_CHUNKS);
    stream->events.breaks_next =
        effect == EFFECT_MALFORMED || (effect == EFFECT_BAD_CRC && !stream->events.corrupts_next);
    return true;
}

static void write_step(struct stream *stream)
{
    struct sim_reply *reply = &stream->reply;
    struct str piece = {0};

    if (stream->step == STEP_REASONING) {
        piece = take_piece(&reply->answer.reasoning, &stream->reasoning_sent);
    } else if (stream->step == STEP_TEXT) {
        piece = take_piece(&reply->answer.text, &stream->text_sent);
    }
    reply->wire->write(reply, stream->step, piece, &stream->events);
    stream->step = step_after(stream);
}

/* Waits until the next step is due and writes it, or a ping when that is due before. False when the
 * server ends. */
static bool write_next(struct stream *stream)
{
    uint64_t due_ns = step_due_ns(stream);
    bool pings = stream->ping_due_ns < due_ns;

    if (!sleeper_wait(&stream->service->sleeper, pings ? stream->ping_due_ns : due_ns)) {
        return false;
    }
    if (!pings) {
        write_step(stream);
        return true;
    }
    stream->ping_due_ns += PING_INTERVAL_MS * ns_per_ms;
    stream->reply.wire->write(&stream->reply, STEP_PING, (struct str){0}, &stream->events);
    return true;
}

/* Fills the buffer; false when there is nothing more, *is_broken says whether that is as it should
 * be. A step may be silent. */
static bool refill(struct stream *stream, bool *is_broken)
{
    struct err err;

    while (!stream->is_whole && stream->sent == stream->events.out.len) {
        if (stream->fault != NULL && is_half_way(stream) && !apply_fault(stream)) {
            *is_broken = true;
            return false;
        }
        if (stream->step == STEP_OVER) {
            return false;
        }
        buf_reset(&stream->events.out);
        stream->sent = 0;
        if (!write_next(stream) || sim_events_check(&stream->events, &err) != 0) {
            *is_broken = true;
            return false;
        }
    }
    if (stream->is_whole && stream->fault != NULL && is_half_way(stream) && !apply_fault(stream)) {
        *is_broken = true;
    }
    return !*is_broken && stream->sent < stream->events.out.len;
}

/* How many bytes may go out now; waits where they are slow. */
static size_t pace(struct stream *stream, size_t bytes_max)
{
    if (stream->is_one_byte) {
        return 1;
    }
    if (stream->bytes_per_s != 0) {
        uint64_t slice =
            stream->bytes_per_s > SLICES_PER_S ? stream->bytes_per_s / SLICES_PER_S : 1;
        uint64_t wait_ns = slice * 1000000000 / stream->bytes_per_s;

        (void)sleeper_wait(&stream->service->sleeper, clock_ns(clock_system()) + wait_ns);
        return slice < bytes_max ? (size_t)slice : bytes_max;
    }
    return bytes_max;
}

/* libmicrohttpd calls this on the connection's own thread, which may sleep. */
static ssize_t read_stream(void *context, uint64_t position, char *to, size_t bytes_max)
{
    struct stream *stream = context;
    bool is_broken = false;
    struct str rest;

    (void)position;
    if (!refill(stream, &is_broken)) {
        return is_broken ? MHD_CONTENT_READER_END_WITH_ERROR : MHD_CONTENT_READER_END_OF_STREAM;
    }
    rest = str_skip(buf_str(&stream->events.out), stream->sent);
    if (stream->is_whole && stream->fault != NULL) {
        bytes_max = bytes_max < rest.len / 2 ? bytes_max : rest.len / 2 + 1;
    }
    rest = str_take(rest, pace(stream, bytes_max));
    memcpy(to, rest.p, rest.len);
    stream->sent += rest.len;
    return (ssize_t)rest.len;
}

struct MHD_Response *stream_response(struct stream *stream)
{
    uint64_t size = stream->is_whole ? stream->events.out.len : MHD_SIZE_UNKNOWN;
    struct MHD_Response *response =
        MHD_create_response_from_callback(size, READER_BLOCK, read_stream, stream, stream_free);

    stream->ping_due_ns = clock_ns(clock_system()) + PING_INTERVAL_MS * ns_per_ms;
    if (response == NULL) {
        stream_free(stream);
    }
    return response;
}
