/* writer_text: a reply as it grows: texts put one after the other, capitals, articles and titles
 * settled, tokens added up. Private to writer*.c.
 *
 * Tokens. What is written ends in a tail: what stands after the last joint that is known to be safe
 * (prompt/joint.h). A phrase that joins safely adds its own tokens and brings a new tail; where one
 * does not, the tail is counted again with it, which is a few bytes. As that is rare, a tail is
 * only found when it is wanted: it follows from the phrase put last.
 */
#ifndef GENERATORS_WRITER_TEXT_H
#define GENERATORS_WRITER_TEXT_H

#include "generators/phrase.h"

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct writer_text {
    struct buf *out;
    char *base;                    /* out->p */
    size_t len;                    /* of all in `out`; out->len lags behind */
    size_t limit;                  /* before here there is room for a phrase */
    size_t start;                  /* where the reply begins */
    struct token_session *session; /* NULL: nothing is counted */
    const struct phrase_line_breaks *line_breaks;
    uint64_t tokens; /* so far, without a space at the end */
    size_t tail;     /* where it begins, but for … */
    uint32_t tail_tokens;
    const struct phrase *last; /* … this phrase's, which ends at `last_end`; NULL for none */
    size_t last_end;
    uint8_t left;     /* enum joint_left: how it ends */
    bool space;       /* a space is put before the next phrase, as if it had one */
    bool capital;     /* the next letter becomes a capital */
    bool is_special;  /* has_article or title */
    bool title;       /* every word gets a capital until the line ends, and is counted then */
    bool has_article; /* an "a" at `article` may have to become "an" */
    bool is_plain;    /* the article stands alone, so its tokens do not change */
    size_t article;
};

void writer_text_init(struct writer_text *self, struct buf *out, struct token_session *session,
                      const struct phrase_line_breaks *line_breaks);

/* Cuts white space at the end and hands what was written to the buffer. */
void writer_text_finish(struct writer_text *self);

bool writer_text_make_room(struct writer_text *self);
/* Adds a phrase that was copied to the end, though it does not join safely. */
void writer_text_join(struct writer_text *self, const struct phrase *phrase, unsigned left,
                      uint32_t tokens);
void writer_text_put_specially(struct writer_text *self, const struct phrase *phrase,
                               const char *stored);
void writer_text_begin_title(struct writer_text *self);
void writer_text_put_article(struct writer_text *self, const struct phrase *phrase,
                             const char *stored);

/* A text by itself, written after the end and after a space, then taken off again: what stands
 * there is valid until something is put. The state before is the caller's to keep. */
void writer_text_begin_apart(struct writer_text *self);
struct str writer_text_end_apart(struct writer_text *self, const struct writer_text *before);

/* Parts that do not bring their own line break are set apart by a space. */
void writer_text_separate(struct writer_text *self);

/* Copies at least `len` bytes; up to PHRASE_SLACK more. */
static inline void writer_text_copy(char *to, const char *from, size_t len)
{
    memcpy(to, from, PHRASE_SLACK);
    for (size_t at = PHRASE_SLACK; at < len; at += PHRASE_SLACK) {
        memcpy(to + at, from + at, PHRASE_SLACK);
    }
}

/* How what is written ends for a phrase: [it has a space before it]. That space is dropped where
 * white space or nothing is before it. */
static inline unsigned writer_text_joint(const struct writer_text *self, unsigned flags)
{
    static const uint8_t lefts[2][16] = {
        {0, 1, 2, 3, 4, 5, 6, 7, 8},
        {JOINT_LEFT_NOTHING, JOINT_LEFT_LINE_FEED, JOINT_LEFT_SPACE, JOINT_LEFT_SPACE,
         JOINT_LEFT_SPACE, JOINT_LEFT_SPACE, JOINT_LEFT_SPACE, JOINT_LEFT_SPACE, JOINT_LEFT_SPACE},
    };

    return lefts[(self->space ? 1U : 0U) | (flags & PHRASE_LEADS)][self->left];
}

/* Appends a phrase. An empty choice may leave a space at either side: the second is dropped. It is
 * called for every word, so it has hardly a branch that depends on the words, and reads everything
 * before it writes a byte, which for all the compiler knows might change what it reads. */
static inline void writer_text_put_plainly(struct writer_text *self, const struct phrase *from,
                                           const char *stored)
{
    const struct phrase phrase = *from;
    const unsigned was = self->left;
    const unsigned left = writer_text_joint(self, phrase.flags);
    const size_t own_space = left != was ? 1 : 0;
    const size_t spaced = left == JOINT_LEFT_SPACE ? 1 : 0;
    const unsigned capital = self->capital ? 1 : 0;
    const uint32_t tokens = phrase.tokens[spaced][capital];
    const unsigned down = (phrase.flags & (capital * PHRASE_IS_SMALL)) << 3U; /* 'a' - 'A' or 0 */
    size_t at = self->len;
    char *to = NULL;

    if (__builtin_expect(at >= self->limit, 0) && !writer_text_make_room(self)) {
        return;
    }
    to = self->base + at;
    at += own_space;
    self->space = false;
    self->left = (uint8_t)left;
    self->len = at;
    *to = ' ';
    to += own_space;
    if (phrase.len == 0) {
        return;
    }
    self->capital = (capital & ~((unsigned)phrase.flags / PHRASE_HAS_WORD)) != 0;
    writer_text_copy(to, stored, phrase.len);
    to[phrase.word_at] = (char)(to[phrase.word_at] - (int)down);
    if (__builtin_expect(!phrase_is_additive(left, &phrase), 0)) {
        writer_text_join(self, from, left, tokens);
        return;
    }
    self->last = from;
    self->tail = at - spaced;
    self->tail_tokens = tokens;
    self->tokens += tokens;
    self->left = phrase.left[spaced];
    at += phrase.len;
    self->len = at;
    self->last_end = at;
}

static inline void writer_text_put(struct writer_text *self, const struct phrase *phrase,
                                   const char *stored)
{
    if (__builtin_expect(self->is_special, 0)) {
        writer_text_put_specially(self, phrase, stored);
    } else {
        writer_text_put_plainly(self, phrase, stored);
    }
}

#endif
