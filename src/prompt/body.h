/* body: a prompt as the JSON body of a request, produced while it is sent.
 *
 * A wire protocol supplies a frame: the JSON text around and between the messages. The length of
 * the body follows from the frame and the prompt's measure, so Content-Length is known beforehand.
 * Strings are escaped on the way out: only '"', '\' and control characters below U+0020.
 */
#ifndef PROMPT_BODY_H
#define PROMPT_BODY_H

#include "prompt/prompt.h"

#include "base/buf.h"

#include <stddef.h>

/* JSON text, already escaped; borrowed from the protocol's request until it is released. */
struct body_frame {
    struct str head;                    /* up to and including the '[' of the message list */
    struct str open[PROMPT_ROLE_COUNT]; /* {"role":"user","content":" */
    struct str close;                   /* "} */
    struct str between;                 /* , */
    struct str tail;                    /* ] and the rest */

    /* For protocols whose roles must alternate: what goes between two messages of one role, in
     * place of close, between and open. Empty: they are sent as two. */
    struct str join;
    /* For protocols that limit a text: what goes before each further part of a longer one. */
    struct str split[PROMPT_ROLE_COUNT];
    uint64_t part_bytes_max; /* UTF-8; at least 4, or 0 for no limit */
    /* For protocols that are told how far to cache: close for the message before the question, and
     * what goes before a question inside a message or a joined one. Empty: nothing is marked. */
    struct str marked_close;
    struct str mark;
};

/* Whether the length follows from the measure alone: it does unless messages may have to be joined,
 * texts split or the haystack marked. Then a first pass over the body has to tell. */
bool body_length_follows(const struct body_frame *frame, const struct prompt_measure *measure);
uint64_t body_length(const struct body_frame *frame, const struct prompt_measure *measure);

struct body_reader;

/* Rewinds the prompt. The reader borrows frame (the struct and its texts) and prompt until
 * body_reader_free; nobody else may read the prompt meanwhile. */
int body_reader_new(struct body_reader **out, const struct body_frame *frame, struct prompt *prompt,
                    struct fingerprint expected, struct err *err);
void body_reader_free(struct body_reader *reader); /* NULL is fine */

/* Fills up to `room` bytes and returns how many: fewer only at the end, 0 after it; negative on an
 * error. At the end the fingerprint of what was read is compared with `expected`: a second pass
 * that differs from the first is an error, never a wrong prompt sent in silence. */
int64_t body_reader_read(struct body_reader *reader, char *out, size_t room, struct err *err);
void body_reader_rewind(struct body_reader *reader); /* to the first byte, for another attempt */

/* Bytes of `text` inside a JSON string, and the text escaped so. */
uint64_t json_escaped_length(struct str text);
void json_append_escaped(struct buf *out, struct str text);

#endif
