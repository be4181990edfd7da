#include "prompt/body.h"

#include "prompt/escape.h"
#include "prompt/fingerprint.h"

#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

uint64_t json_escaped_length(struct str text)
{
    return escape_measure(escaper_get(), text).bytes;
}

void json_append_escaped(struct buf *out, struct str text)
{
    const struct escaper *escaper = escaper_get();
    size_t length = (size_t)escape_measure(escaper, text).bytes;
    char *to = buf_reserve(out, length);
    size_t taken = 0;

    if (to != NULL && length != 0) {
        out->len += escaper->copy(text, to, length, &taken);
        out->p[out->len] = '\0';
    }
}

bool body_length_follows(const struct body_frame *frame, const struct prompt_measure *measure)
{
    return frame->join.len == 0 && frame->mark.len == 0 &&
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
    const struct escaper *escaper;
    struct prompt *prompt;
    struct fingerprint expected;
    struct fingerprint_state *fingerprint;
    struct hashing hashing; /* of the piece's text, while it is copied */
    struct buf seams_text;
    struct str
        seams[PROMPT_ROLE_COUNT]; /* close, between and open: what most messages begin with */
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

static int make_seams(struct body_reader *reader, struct err *err)
{
    const struct body_frame *frame = reader->frame;
    struct buf *text = &reader->seams_text;
    size_t ends[PROMPT_ROLE_COUNT];
    size_t at = 0;

    buf_init(text, SIZE_MAX / 2);
    for (int role = 0; role < PROMPT_ROLE_COUNT; role++) {
        buf_append(text, frame->close);
        buf_append(text, frame->between);
        buf_append(text, frame->open[role]);
        ends[role] = text->len;
    }
    for (int role = 0; role < PROMPT_ROLE_COUNT; role++) {
        reader->seams[role] = (struct str){text->p + at, ends[role] - at};
        at = ends[role];
    }
    return buf_check(text, "frame", err);
}

int body_reader_new(struct body_reader **out, const struct body_frame *frame, struct prompt *prompt,
                    struct fingerprint expected, struct err *err)
{
    struct body_reader *reader = calloc(1, sizeof *reader);
    int rc = 0;

    if (reader == NULL) {
        return err_memory(err);
    }
    reader->frame = frame;
    reader->escaper = escaper_get();
    reader->prompt = prompt;
    reader->expected = expected;
    reader->fingerprint = fingerprint_new();
    rc = reader->fingerprint != NULL ? make_seams(reader, err) : err_memory(err);
    if (rc != 0) {
        body_reader_free(reader);
        return rc;
    }
    reader->hashing.state = reader->fingerprint->hash;
    body_reader_rewind(reader);
    *out = reader;
    return 0;
}

void body_reader_free(struct body_reader *reader)
{
    if (reader != NULL) {
        buf_release(&reader->seams_text);
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
    reader->hashing.unhashed = (struct str){0};
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

/* Enters the frame text that leads to the piece, or the piece itself. */
static void enter_piece(struct body_reader *reader)
{
    const struct body_frame *frame = reader->frame;
    const struct prompt_piece *piece = &reader->piece;
    bool marks = piece->opens_question && frame->mark.len != 0;

    if (!piece->opens_message) {
        reader->unread = piece->text;
        if (marks) {
            reader->part_bytes = 0;
            enter(reader, PART_SPLIT, frame->mark);
        } else {
            enter_text(reader);
        }
    } else if (reader->in_message && frame->join.len != 0 && piece->role == reader->role) {
        enter(reader, PART_OPEN, marks ? frame->mark : frame->join);
    } else if (reader->in_message && marks) {
        enter(reader, PART_CLOSE, frame->marked_close);
    } else if (reader->in_message) {
        enter(reader, PART_OPEN, reader->seams[piece->role]);
    } else {
        enter(reader, PART_OPEN, frame->open[piece->role]);
    }
}

/* What of the piece was not hashed while it was copied. */
static void hash_rest(struct body_reader *reader)
{
    struct str *unhashed = &reader->hashing.unhashed;

    if (unhashed->len != 0) {
        reader->fingerprint->update(reader->fingerprint->hash, unhashed->p, unhashed->len);
        *unhashed = (struct str){0};
    }
}

/* Takes the next piece and enters what leads to it. */
static int next_piece(struct body_reader *reader, struct err *err)
{
    int rc = 0;

    hash_rest(reader);
    rc = prompt_next(reader->prompt, &reader->piece, err);
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
    fingerprint_open(reader->fingerprint, &reader->piece);
    reader->hashing.unhashed = reader->piece.text;
    enter_piece(reader);
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
    *rest = (struct str){rest->p + len, rest->len - len};
    return len;
}

/* Copies text escaped; stops when the room or the text ends. */
static size_t copy_escaped(struct body_reader *reader, char *out, size_t room)
{
    size_t done = 0;
    size_t taken = 0;

    while (done < room && reader->escape_at < reader->escape_len) {
        out[done++] = reader->escape[reader->escape_at++];
    }
    done += reader->escaper->copy_hashing(reader->rest, out + done, room - done, &taken,
                                          &reader->hashing);
    reader->rest = str_skip(reader->rest, taken);
    if (done < room && reader->rest.len != 0) { /* an escape that does not fit as a whole */
        reader->escape_len = escape_byte((unsigned char)reader->rest.p[0], reader->escape);
        reader->escape_at = 0;
        reader->rest = str_skip(reader->rest, 1);
        while (done < room) {
            out[done++] = reader->escape[reader->escape_at++];
        }
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
