#include "prompt/body.h"

#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

enum { ESCAPE_MAX = 6 }; /* \u001f */

/* How long each byte is inside a JSON string. */
static size_t escaped_width(unsigned char c)
{
    if (c >= 0x20) {
        return c == '"' || c == '\\' ? 2 : 1;
    }
    return c == '\n' || c == '\r' || c == '\t' || c == '\b' || c == '\f' ? 2 : ESCAPE_MAX;
}

static size_t escape_byte(unsigned char c, char out[ESCAPE_MAX])
{
    static const char digits[] = "0123456789abcdef";

    out[0] = '\\';
    switch (c) {
    case '\n':
        out[1] = 'n';
        return 2;
    case '\r':
        out[1] = 'r';
        return 2;
    case '\t':
        out[1] = 't';
        return 2;
    case '\b':
        out[1] = 'b';
        return 2;
    case '\f':
        out[1] = 'f';
        return 2;
    case '"':
    case '\\':
        out[1] = (char)c;
        return 2;
    default:
        memcpy(out + 1, "u00", 3);
        out[4] = digits[c >> 4];
        out[5] = digits[c & 15U];
        return ESCAPE_MAX;
    }
}

/* Length of the leading run that needs no escape. */
static size_t plain_run(struct str text)
{
    size_t len = 0;

    while (len < text.len && escaped_width((unsigned char)text.p[len]) == 1) {
        len++;
    }
    return len;
}

uint64_t json_escaped_length(struct str text)
{
    uint64_t length = 0;

    for (size_t i = 0; i < text.len; i++) {
        length += escaped_width((unsigned char)text.p[i]);
    }
    return length;
}

void json_append_escaped(struct buf *out, struct str text)
{
    while (text.len != 0) {
        size_t run = plain_run(text);
        char escape[ESCAPE_MAX];

        buf_append(out, str_take(text, run));
        text = str_skip(text, run);
        if (text.len != 0) {
            buf_append(out, (struct str){escape, escape_byte((unsigned char)text.p[0], escape)});
            text = str_skip(text, 1);
        }
    }
}

bool body_length_follows(const struct body_frame *frame, const struct prompt_measure *measure)
{
    return frame->join.len == 0 &&
           (frame->part_bytes_max == 0 || measure->bytes <= frame->part_bytes_max);
}

uint64_t body_length(const struct body_frame *frame, const struct prompt_measure *measure)
{
    uint64_t messages = 0;
    uint64_t length = frame->head.len + frame->tail.len + measure->escaped_bytes;

    for (int role = 0; role < PROMPT_ROLE_COUNT; role++) {
        messages += measure->messages[role];
        length += measure->messages[role] * frame->open[role].len;
    }
    length += messages * frame->close.len;
    return messages != 0 ? length + (messages - 1) * frame->between.len : length;
}

/* What the reader is copying now. Frame texts come in the order of a message's life; a piece of the
 * prompt that arrived while they are copied waits in `piece`. */
enum body_part {
    PART_HEAD,
    PART_CLOSE,
    PART_BETWEEN,
    PART_OPEN,
    PART_TEXT,
    PART_SPLIT,
    PART_TAIL,
    PART_END
};

struct body_reader {
    const struct body_frame *frame;
    struct prompt *prompt;
    struct fingerprint expected;
    struct fingerprint_state *fingerprint;
    enum body_part part;
    struct str rest;           /* of the part being copied */
    struct prompt_piece piece; /* borrowed from prompt until its next call */
    struct str unread;         /* of piece.text: what did not go into the part before */
    bool in_message;
    enum prompt_role role;   /* of that message */
    uint64_t part_bytes;     /* of its text since it, or its present part, was opened */
    char escape[ESCAPE_MAX]; /* an escape that did not fit into the caller's room */
    size_t escape_len;
    size_t escape_at;
};

int body_reader_new(struct body_reader **out, const struct body_frame *frame, struct prompt *prompt,
                    struct fingerprint expected, struct err *err)
{
    struct body_reader *reader = calloc(1, sizeof *reader);

    if (reader == NULL) {
        return err_memory(err);
    }
    reader->frame = frame;
    reader->prompt = prompt;
    reader->expected = expected;
    reader->fingerprint = fingerprint_new();
    if (reader->fingerprint == NULL) {
        free(reader);
        return err_memory(err);
    }
    body_reader_rewind(reader);
    *out = reader;
    return 0;
}

void body_reader_free(struct body_reader *reader)
{
    if (reader != NULL) {
        fingerprint_free(reader->fingerprint);
        free(reader);
    }
}

void body_reader_rewind(struct body_reader *reader)
{
    prompt_rewind(reader->prompt);
    fingerprint_reset(reader->fingerprint);
    reader->part = PART_HEAD;
    reader->rest = reader->frame->head;
    reader->in_message = false;
    reader->unread = (struct str){0};
    reader->escape_len = 0;
    reader->escape_at = 0;
}

static void enter(struct body_reader *reader, enum body_part part, struct str text)
{
    reader->part = part;
    reader->rest = text;
}

/* Enters the rest of the piece, or as much of it as the part may still hold. */
static void enter_text(struct body_reader *reader)
{
    const uint64_t max = reader->frame->part_bytes_max;
    struct str text = reader->unread;

    if (max != 0 && text.len > max - reader->part_bytes) {
        size_t room = (size_t)(max - reader->part_bytes);

        text = utf8_take(text, room);
        if (text.len == 0 && reader->part_bytes == 0) { /* not UTF-8: there is no better place */
            text = str_take(reader->unread, room);
        }
    }
    reader->part_bytes += text.len;
    reader->unread = str_skip(reader->unread, text.len);
    enter(reader, PART_TEXT, text);
}

/* Takes the next piece and enters the frame text that leads to it. */
static int next_piece(struct body_reader *reader, struct err *err)
{
    int rc = prompt_next(reader->prompt, &reader->piece, err);

    if (rc < 0) {
        return rc;
    }
    if (rc == 0) {
        struct fingerprint found = fingerprint_finish(reader->fingerprint);

        if (found.high != reader->expected.high || found.low != reader->expected.low) {
            return err_set(err, ERR_INPUT,
                           "the prompt's second pass differs from its first (a corpus file "
                           "changed while it was read?)");
        }
        if (reader->in_message) {
            reader->in_message = false;
            enter(reader, PART_CLOSE, reader->frame->close);
        } else {
            enter(reader, PART_TAIL, reader->frame->tail);
        }
        return 0;
    }
    fingerprint_add(reader->fingerprint, &reader->piece);
    if (!reader->piece.opens_message) {
        reader->unread = reader->piece.text;
        enter_text(reader);
    } else if (reader->in_message && reader->frame->join.len != 0 &&
               reader->piece.role == reader->role) {
        enter(reader, PART_OPEN, reader->frame->join);
    } else if (reader->in_message) {
        enter(reader, PART_CLOSE, reader->frame->close);
    } else {
        enter(reader, PART_OPEN, reader->frame->open[reader->piece.role]);
    }
    return 0;
}

/* Moves on from a part that was copied whole. */
static int advance(struct body_reader *reader, struct err *err)
{
    switch (reader->part) {
    case PART_TEXT:
        if (reader->unread.len != 0) {
            reader->part_bytes = 0;
            enter(reader, PART_SPLIT, reader->frame->split[reader->role]);
            return 0;
        }
        return next_piece(reader, err);
    case PART_HEAD:
        return next_piece(reader, err);
    case PART_SPLIT:
        enter_text(reader);
        return 0;
    case PART_CLOSE:
        if (reader->in_message) {
            enter(reader, PART_BETWEEN, reader->frame->between);
        } else {
            enter(reader, PART_TAIL, reader->frame->tail);
        }
        return 0;
    case PART_BETWEEN:
        enter(reader, PART_OPEN, reader->frame->open[reader->piece.role]);
        return 0;
    case PART_OPEN:
        reader->in_message = true;
        reader->role = reader->piece.role;
        reader->part_bytes = 0;
        reader->unread = reader->piece.text;
        enter_text(reader);
        return 0;
    case PART_TAIL:
    case PART_END:
        enter(reader, PART_END, (struct str){0});
        return 0;
    }
    return 0;
}

static size_t copy_plain(struct str *rest, char *out, size_t room)
{
    size_t len = rest->len < room ? rest->len : room;

    if (len != 0) {
        memcpy(out, rest->p, len);
    }
    *rest = str_skip(*rest, len);
    return len;
}

/* Copies text escaped; stops when the room or the text ends. */
static size_t copy_escaped(struct body_reader *reader, char *out, size_t room)
{
    size_t done = 0;

    while (done < room) {
        struct str run;

        if (reader->escape_at < reader->escape_len) {
            out[done++] = reader->escape[reader->escape_at++];
            continue;
        }
        if (reader->rest.len == 0) {
            break;
        }
        run = str_take(reader->rest, plain_run(str_take(reader->rest, room - done)));
        if (run.len == 0) {
            reader->escape_len = escape_byte((unsigned char)reader->rest.p[0], reader->escape);
            reader->escape_at = 0;
            reader->rest = str_skip(reader->rest, 1);
            continue;
        }
        memcpy(out + done, run.p, run.len);
        done += run.len;
        reader->rest = str_skip(reader->rest, run.len);
    }
    return done;
}

int64_t body_reader_read(struct body_reader *reader, char *out, size_t room, struct err *err)
{
    size_t done = 0;

    while (done < room && reader->part != PART_END) {
        bool pending = reader->part == PART_TEXT && reader->escape_at < reader->escape_len;

        if (reader->rest.len == 0 && !pending) {
            int rc = advance(reader, err);

            if (rc != 0) {
                return rc;
            }
        } else if (reader->part == PART_TEXT) {
            done += copy_escaped(reader, out + done, room - done);
        } else {
            done += copy_plain(&reader->rest, out + done, room - done);
        }
    }
    return (int64_t)done;
}
