/* writer_text: a reply as it grows: texts put one after the other, capitals, articles and titles
 * settled, tokens added up. Private to writer*.c and writing.c.
 *
 * Tokens. What is written ends in a tail: what stands after the last joint that is known to be safe
 * (prompt/joint.h). A phrase that joins safely adds its own tokens and brings a new tail; where one
 * does not, the tail is counted again with it, which is a few bytes. As that is rare, a tail is
 * only found when it is wanted: it follows from the phrase put last.
 */
#ifndef GENERATORS_WRITER_TEXT_H
#define GENERATORS_WRITER_TEXT_H

#include "generators/phrase_book.h"

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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
    uint32_t last_tokens;
    const struct phrase *last; /* … this phrase's, which is at `last_at`; NULL for none */
    size_t last_at;
    uint32_t last_spaced; /* 1: after a space */
    uint8_t left;         /* enum joint_left: how it ends */
    bool space;           /* a space is put before the next phrase, as if it had one */
    bool capital;         /* the next letter becomes a capital */
    bool is_special;      /* has_article or title */
    bool title;           /* every word gets a capital until the line ends */
    bool has_article;     /* an "a" at `article` may have to become "an" */
    bool is_plain;        /* the article stands alone, so its tokens do not change */
    bool is_recounted;    /* some of it was: its tokens are not the sum of its phrases' */
    size_t article;
};

void writer_text_init(struct writer_text *self, struct buf *out, struct token_session *session,
                      const struct phrase_line_breaks *line_breaks);

/* Cuts white space at the end and hands what was written to the buffer. */
void writer_text_finish(struct writer_text *self);

/* A text by itself, written after the end and after a space, then taken off again: what stands
 * there is valid until something is put. The state before is the caller's to keep. */
void writer_text_begin_apart(struct writer_text *self);
struct str writer_text_end_apart(struct writer_text *self, const struct writer_text *before);

/* Parts that do not bring their own line break are set apart by a space. */
void writer_text_separate(struct writer_text *self);

/* Where a reply's phrases are. */
struct writer_source {
    const struct phrase_slug *slugs; /* of the book, … */
    const uint16_t (*moves)[PHRASE_STATES];
    const struct phrase_class *classes;
    const struct phrase *phrases;
    const struct phrase_title *titles;
    const char *stored;       /* … and its text */
    const struct phrase *own; /* of the reply's memory … */
    const char *memory;       /* … and its text */
};

/* A phrase that is to be put, and what goes before it. */
struct writer_put {
    uint32_t phrase;
    uint32_t flags;
};
enum writer_put_flag {
    WRITER_PUT_SPACE = PHRASE_STEP_SPACE,
    WRITER_PUT_CAPITAL = PHRASE_STEP_CAPITAL,
    WRITER_PUT_ARTICLE = PHRASE_STEP_ARTICLE, /* the "a" at the end waits for a word */
    WRITER_PUT_BEFORE = WRITER_PUT_SPACE | WRITER_PUT_CAPITAL | WRITER_PUT_ARTICLE,
    WRITER_PUT_TITLE = 32, /* a title begins */
    WRITER_PUT_OWN = 64    /* the phrase is of the reply's memory */
};

/* Appends phrases. An empty choice may leave a space at either side: the second is dropped. */
void writer_text_put_all(struct writer_text *self, const struct writer_source *source,
                         const struct writer_put *puts, size_t count);

/* What goes before a phrase that is not known yet. */
void writer_text_prepare(struct writer_text *self, uint32_t flags);

/* One phrase without inner joints, which may end with the call. */
void writer_text_put_once(struct writer_text *self, const struct phrase *phrase,
                          const char *stored);

#endif
