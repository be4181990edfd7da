/* writer_text: a reply as it grows: texts put one after the other, capitals, articles and titles
 * settled, tokens added up. Private to writer*.c.
 *
 * Tokens. What is written ends in a tail: what stands after the last joint that is known to be safe
 * (prompt/joint.h). A phrase that joins safely adds its own tokens and brings a new tail; where one
 * does not, the tail is counted again with it, which is a few bytes.
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
    char *base;                        /* out->p */
    size_t len;                        /* of all in `out`; out->len lags behind */
    size_t limit;                      /* before here there is room for a phrase */
    size_t start;                      /* where the reply begins */
    const struct tokenizer *tokenizer; /* NULL: nothing is counted */
    uint64_t tokens;                   /* so far, without a space at the end */
    size_t tail;                       /* where it begins */
    uint32_t tail_tokens;
    uint8_t left;     /* enum joint_left: how it ends */
    bool space;       /* a space is put before the next phrase, as if it had one */
    bool capital;     /* the next letter becomes a capital */
    bool title;       /* every word does, until the line ends; the tokens are counted then */
    bool has_article; /* an "a" at `article` may have to become "an" */
    bool is_plain;    /* the article stands alone, so its tokens do not change */
    size_t article;
};

void writer_text_init(struct writer_text *self, struct buf *out, const struct tokenizer *tokenizer);

/* Cuts white space at the end and hands what was written to the buffer. */
void writer_text_finish(struct writer_text *self);

bool writer_text_make_room(struct writer_text *self);
void writer_text_recount(struct writer_text *self); /* the tail */
void writer_text_put_specially(struct writer_text *self, const struct phrase *phrase,
                               const char *stored);
void writer_text_put_article(struct writer_text *self, const struct phrase *phrase,
                             const char *stored);

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

/* 1 where a space is to be written before the phrase. */
static inline size_t writer_text_takes_space(struct writer_text *self, const struct phrase *phrase)
{
    bool leads = self->space | (bool)(phrase->flags & PHRASE_LEADS);

    self->space = false;
    return (size_t)(leads & (self->left > JOINT_LEFT_SPACE));
}

/* Appends a phrase. An empty choice may leave a space at either side: the second is dropped. It is
 * called for every word, so it has no branch that depends on the words, but for rare ones. */
static inline void writer_text_put_plainly(struct writer_text *self, const struct phrase *phrase,
                                           const char *stored)
{
    size_t own_space = writer_text_takes_space(self, phrase);
    unsigned left = own_space != 0 ? JOINT_LEFT_SPACE : self->left;
    size_t spaced = left == JOINT_LEFT_SPACE ? 1 : 0;
    bool is_small = (phrase->flags & PHRASE_IS_SMALL) != 0;
    uint32_t tokens = phrase->tokens[spaced][self->capital ? 1 : 0];
    char *to = NULL;
    size_t at = 0;

    if (__builtin_expect(self->len >= self->limit && !writer_text_make_room(self), 0)) {
        return;
    }
    to = self->base + self->len;
    *to = ' ';
    to += own_space;
    at = self->len + own_space;
    writer_text_copy(to, stored, phrase->len);
    to[phrase->word_at] = (char)(to[phrase->word_at] - (self->capital && is_small ? 'a' - 'A' : 0));
    self->capital = self->capital && (phrase->flags & PHRASE_HAS_WORD) == 0;
    self->len = at + phrase->len;
    if (__builtin_expect(!phrase_is_additive(left, phrase), 0)) {
        writer_text_recount(self);
        return;
    }
    self->tokens += tokens;
    if (phrase->len != 0) {
        bool is_whole = phrase->tail_bytes == 0;

        self->tail = is_whole ? at - spaced : self->len - phrase->tail_bytes;
        self->tail_tokens = is_whole ? tokens : phrase->tail_tokens;
        self->left = phrase->left[spaced];
    } else {
        self->left = (uint8_t)left;
    }
}

static inline void writer_text_put(struct writer_text *self, const struct phrase *phrase,
                                   const char *stored)
{
    if (__builtin_expect(self->title || self->has_article, 0)) {
        writer_text_put_specially(self, phrase, stored);
    } else {
        writer_text_put_plainly(self, phrase, stored);
    }
}

#endif
