#include "generators/writer_text.h"

#include <ctype.h>
#include <string.h>

enum {
    REPLY_BYTES_USUAL = 4096,
    ROOM = PHRASE_BYTES_MAX + PHRASE_SLACK + 2 /* for a phrase, its space, and an "n" */
};

static struct str written_from(const struct writer_text *self, size_t at)
{
    return (struct str){self->base + at, self->len - at};
}

/* A buffer that is full, or nearly so, stays as it is: everything that would be put is dropped from
 * then on. */
static bool make_room(struct writer_text *self)
{
    struct buf *out = self->out;

    out->len = self->len;
    if (buf_reserve(out, out->max - out->len < REPLY_BYTES_USUAL ? ROOM : REPLY_BYTES_USUAL) ==
        NULL) {
        return false;
    }
    self->base = out->p;
    self->limit = out->cap - ROOM;
    return true;
}

void writer_text_init(struct writer_text *self, struct buf *out, struct token_session *session,
                      const struct phrase_line_breaks *line_breaks)
{
    *self = (struct writer_text){
        .out = out,
        .base = out->p,
        .len = out->len,
        .start = out->len,
        .tail = out->len,
        .session = session,
        .line_breaks = line_breaks,
        .left = JOINT_LEFT_NOTHING,
    };
    (void)make_room(self);
}

/* --- Tokens. --- */

static uint32_t count(const struct writer_text *self, struct str text)
{
    struct err err;
    uint64_t tokens = 0;

    if (self->session != NULL && token_session_count(self->session, text, &tokens, &err) != 0) {
        self->out->failure = ERR_MEMORY;
    }
    return (uint32_t)tokens;
}

/* Makes `tail` where it begins: at the phrase put last, or after its last inner joint. */
static void settle_tail(struct writer_text *self)
{
    const struct phrase *last = self->last;

    if (last != NULL && last->tail_bytes != 0) {
        self->tail = self->last_at + last->len - last->tail_bytes;
        self->tail_tokens = last->tail_tokens;
    } else if (last != NULL) {
        self->tail = self->last_at - self->last_spaced;
        self->tail_tokens = self->last_tokens;
    }
    self->last = NULL;
}

/* Counts the tail again. */
static void recount(struct writer_text *self)
{
    struct str tail;
    bool ends_in_space = false;
    uint32_t tokens = 0;

    self->is_recounted = true;
    settle_tail(self);
    tail = written_from(self, self->tail);
    ends_in_space = str_ends(tail, STR(" "));
    if (ends_in_space) {
        tail.len--;
    }
    tokens = count(self, tail);
    self->tokens += tokens;
    self->tokens -= self->tail_tokens;
    self->tail_tokens = tokens;
    self->left = (uint8_t)(ends_in_space ? JOINT_LEFT_SPACE : joint_left_of(tail));
}

static void recount_all(struct writer_text *self)
{
    self->last = NULL;
    self->tail = self->start;
    self->tail_tokens = 0;
    self->tokens = 0;
    recount(self);
}

static void join(struct writer_text *self, const struct phrase *phrase, unsigned left,
                 uint32_t tokens)
{
    struct str before = written_from(self, self->start);
    int more = 0;

    before.len = self->len - self->start;
    self->len += phrase->len;
    if (phrase->right != JOINT_RIGHT_LINE_FEED || left == JOINT_LEFT_SPACE ||
        !phrase_line_breaks_find(self->line_breaks, before,
                                 (struct str){before.p + before.len, phrase->len}, &more)) {
        recount(self);
        return;
    }
    settle_tail(self);
    tokens += (uint32_t)more; /* may be fewer: arithmetic wraps to the right value */
    self->tail_tokens += tokens;
    self->tokens += (uint64_t)(int64_t)(int32_t)tokens;
    if (phrase->tail_bytes != 0) {
        self->last = phrase;
        self->last_at = self->len - phrase->len;
    }
    self->left = phrase->left[0];
}

/* --- Articles, capitals and titles. --- */

static void make_an(struct writer_text *self)
{
    size_t after = self->article + 1;

    settle_tail(self);
    memmove(self->base + after + 1, self->base + after, self->len - after);
    self->base[after] = 'n';
    self->len++;
    self->tail += self->tail > self->article ? 1 : 0;
    if (!self->is_plain && self->tail <= self->article) {
        recount(self);
    } else if (!self->is_plain) {
        recount_all(self);
    }
}

/* --- Putting. --- */

/* Copies at least `len` bytes; up to PHRASE_SLACK more. */
static inline void copy(char *to, const char *from, size_t len)
{
    memcpy(to, from, PHRASE_SLACK);
    for (size_t at = PHRASE_SLACK; __builtin_expect(at < len, 0); at += PHRASE_SLACK) {
        memcpy(to + at, from + at, PHRASE_SLACK);
    }
}

/* Appends a phrase where there is room for it. */
static void write_phrase(struct writer_text *self, const struct phrase *phrase, const char *stored)
{
    const unsigned left =
        phrase_left_before(self->left, (self->space ? 1U : 0U) | (phrase->flags & PHRASE_LEADS));
    const size_t spaced = left == JOINT_LEFT_SPACE ? 1 : 0;
    const uint32_t tokens = phrase->tokens[spaced][self->capital ? 1 : 0];

    if (left != self->left) {
        self->base[self->len++] = ' ';
    }
    self->left = (uint8_t)left;
    self->space = false;
    if (phrase->len == 0) {
        return;
    }
    copy(self->base + self->len, stored, phrase->len);
    if (self->capital && (phrase->flags & PHRASE_IS_SMALL) != 0) {
        self->base[self->len + phrase->word_at] ^= 'a' ^ 'A';
    }
    self->capital = self->capital && (phrase->flags & PHRASE_HAS_WORD) == 0;
    if (!phrase_is_additive(left, phrase)) {
        join(self, phrase, left, tokens);
        return;
    }
    self->last = phrase;
    self->last_at = self->len;
    self->last_spaced = (uint32_t)spaced;
    self->last_tokens = tokens;
    self->tokens += tokens;
    self->left = phrase->left[spaced];
    self->len += phrase->len;
}

/* Puts a phrase as it stands in a title: a copy in title case, put like any other. Its tokens are
 * in `title`, which may be NULL, unless it is one that already has its capitals. */
static void put_in_title(struct writer_text *self, const struct phrase *phrase, const char *stored,
                         const struct phrase_title *title)
{
    char text[PHRASE_BYTES_MAX + PHRASE_SLACK];
    struct phrase titled = *phrase;
    const unsigned left =
        phrase_left_before(self->left, (self->space ? 1U : 0U) | (phrase->flags & PHRASE_LEADS));
    const bool opens_line = left == JOINT_LEFT_NOTHING || left == JOINT_LEFT_LINE_FEED;
    char before = '\n';
    bool goes_on = false;

    if (left == JOINT_LEFT_SPACE) {
        before = ' ';
    } else if (!opens_line) {
        before = self->base[self->len - 1];
    }
    memcpy(text, stored, phrase->len);
    goes_on = phrase_title_case(text, phrase->len, before);
    if (memcmp(text, stored, phrase->len) != 0) {
        bool is_known = title != NULL && (opens_line || left == JOINT_LEFT_SPACE);

        titled.tail_bytes = 0;
        if ((titled.flags & PHRASE_IS_SMALL) != 0 &&
            text[titled.word_at] != stored[titled.word_at]) {
            titled.flags &= (uint8_t)~PHRASE_IS_SMALL;
        }
        is_known = is_known && !(self->capital && (titled.flags & PHRASE_IS_SMALL) != 0);
        titled.right = is_known ? phrase->right : PHRASE_RIGHT_UNKNOWN;
        memset(titled.tokens, is_known ? title->tokens[opens_line ? 0 : 1] : 0,
               sizeof titled.tokens);
        for (int spaced = 0; spaced <= 1; spaced++) {
            if (titled.left[spaced] == PHRASE_LEFT_TAKES_S) {
                titled.left[spaced] = JOINT_LEFT_LETTER;
            }
        }
    }
    if (self->len < self->limit || make_room(self)) {
        write_phrase(self, &titled, text);
        settle_tail(self);
    }
    self->title = goes_on;
    self->is_special = goes_on || self->has_article;
}

/* `title` may be NULL. */
static void put_phrase(struct writer_text *self, const struct phrase *phrase, const char *stored,
                       const struct phrase_title *title)
{
    if (self->has_article && (phrase->flags & PHRASE_HAS_WORD) != 0) {
        self->has_article = false;
        self->is_special = self->title;
        if ((phrase->flags & PHRASE_TAKES_AN) != 0) {
            make_an(self);
        }
    }
    if (self->title) {
        put_in_title(self, phrase, stored, title);
    } else if (self->len < self->limit || make_room(self)) {
        write_phrase(self, phrase, stored);
    }
}

/* "a" and "an" are one token each, also after a space and as "A" and "An". */
static void open_article(struct writer_text *self)
{
    char before = '\n';

    if (self->out->failure != 0 || self->len == self->start) {
        return;
    }
    self->has_article = true;
    self->is_special = true;
    self->article = self->len - 1;
    if (self->article != self->start) {
        before = self->base[self->article - 1];
    }
    self->is_plain = before == '\n' || before == ' ';
}

void writer_text_prepare(struct writer_text *self, uint32_t flags)
{
    if ((flags & WRITER_PUT_ARTICLE) != 0) {
        open_article(self);
    }
    self->space = self->space || (flags & WRITER_PUT_SPACE) != 0;
    self->capital = self->capital || (flags & WRITER_PUT_CAPITAL) != 0;
    if ((flags & WRITER_PUT_TITLE) != 0) {
        self->title = true;
        self->is_special = true;
        self->capital = true;
    }
}

void writer_text_put_once(struct writer_text *self, const struct phrase *phrase, const char *stored)
{
    put_phrase(self, phrase, stored, NULL);
    settle_tail(self);
}

/* A phrase of the reply's memory. */
static void put_own(struct writer_text *self, const struct phrase *own, const char *memory)
{
    struct phrase phrase = *own;
    unsigned left =
        phrase_left_before(self->left, (self->space ? 1U : 0U) | (own->flags & PHRASE_LEADS));

    if ((own->flags & PHRASE_AFTER_SPACE) != 0 &&
        (left != JOINT_LEFT_SPACE || (self->capital && (own->flags & PHRASE_IS_SMALL) != 0))) {
        phrase.right = PHRASE_RIGHT_UNKNOWN;
    }
    writer_text_put_once(self, &phrase, memory + own->at);
}

static void put_one(struct writer_text *self, const struct writer_source *source,
                    struct writer_put put)
{
    const struct phrase *phrase = &source->phrases[put.phrase];

    writer_text_prepare(self, put.flags);
    if ((put.flags & WRITER_PUT_OWN) != 0) {
        put_own(self, &source->own[put.phrase], source->memory);
    } else {
        put_phrase(self, phrase, source->stored + phrase->at, &source->titles[put.phrase]);
    }
}

/* The part of a text that changes with every phrase, to be kept in registers. */
struct pen {
    char *to;
    const char *limit; /* before here there is room for a phrase */
    uint64_t tokens;
    unsigned state;                 /* enum phrase_state */
    unsigned last_move;             /* of the … */
    const struct phrase_slug *last; /* … put last, NULL for none since it was taken */
    char *last_to;
};

static inline struct pen take_pen(const struct writer_text *self)
{
    return (struct pen){
        .to = self->base + self->len,
        .limit = self->base + self->limit,
        .tokens = self->tokens,
        .state = self->left * (unsigned)PHRASE_STATE_LEFT |
                 (self->space ? (unsigned)PHRASE_STATE_SPACE : 0) |
                 (self->capital ? (unsigned)PHRASE_STATE_CAPITAL : 0),
    };
}

static inline void put_back(struct writer_text *self, const struct pen *pen,
                            const struct writer_source *source)
{
    self->len = (size_t)(pen->to - self->base);
    self->tokens = pen->tokens;
    self->left = (uint8_t)(pen->state / PHRASE_STATE_LEFT);
    self->space = (pen->state & PHRASE_STATE_SPACE) != 0;
    self->capital = (pen->state & PHRASE_STATE_CAPITAL) != 0;
    if (pen->last != NULL) {
        self->last = &source->phrases[pen->last - source->slugs];
        self->last_at = (size_t)(pen->last_to - self->base);
        self->last_spaced = (pen->last_move & PHRASE_MOVE_SPACED) != 0 ? 1 : 0;
        self->last_tokens = pen->last->tokens[pen->last_move >> PHRASE_MOVE_TOKENS & 3U];
    }
}

/* Whether an "a" that was put last stands alone, so that the phrase after it may make it "an"
 * without changing its tokens. */
static inline bool is_plain_article(const struct pen *pen, const struct writer_text *self)
{
    return pen->to >= self->base + self->start + 2 && pen->to[-2] == ' ';
}

/* Two copies of fixed length that overlap: all of a short text, whatever its length, and nothing
 * beyond its cache line. */
static inline void copy_slug(char *to, const struct phrase_slug *slug, const char *stored)
{
    enum { HALF = 16 };

    if (__builtin_expect(slug->len > PHRASE_SLUG_TEXT, 0)) {
        copy(to, stored + phrase_slug_number(slug, 0), slug->len);
        return;
    }
    memcpy(to, slug->text, HALF);
    memcpy(to + PHRASE_SLUG_TEXT - HALF, slug->text + PHRASE_SLUG_TEXT - HALF, HALF);
}

/* Appends a phrase as write_phrase does, if it is as most are: it has a text, joins safely, and no
 * title or article waits. Called for every word: it has hardly a branch that depends on the words.
 */
static inline bool write_plainly(const struct writer_text *self, struct pen *pen,
                                 const struct writer_source *source, const struct writer_put *put)
{
    const struct phrase_slug *slug = &source->slugs[put->phrase];
    const unsigned flags = put->flags;
    const unsigned move =
        source->moves[slug->class][pen->state | (flags & (WRITER_PUT_SPACE | WRITER_PUT_CAPITAL))];
    char *letter = NULL;

    if (__builtin_expect((move & PHRASE_MOVE_RARE) != 0 ||
                             (flags & (WRITER_PUT_TITLE | WRITER_PUT_OWN)) != 0 ||
                             pen->to >= pen->limit,
                         0)) {
        return false;
    }
    if (__builtin_expect((flags & WRITER_PUT_ARTICLE) != 0, 0)) {
        const unsigned of_class = source->classes[slug->class].flags;

        if ((of_class & PHRASE_HAS_WORD) == 0 || !is_plain_article(pen, self)) {
            return false;
        }
        *pen->to = 'n';
        pen->to += of_class / PHRASE_TAKES_AN & 1U;
    }
    *pen->to = ' ';
    pen->to += move / PHRASE_MOVE_SPACES & 1U;
    pen->last = slug;
    pen->last_to = pen->to;
    pen->last_move = move;
    copy_slug(pen->to, slug, source->stored);
    letter = pen->to + slug->word_at;
    *letter = (char)(*letter ^ (int)(move / PHRASE_MOVE_CAPITAL * ('a' ^ 'A')));
    pen->to += slug->len;
    pen->tokens += slug->tokens[move >> PHRASE_MOVE_TOKENS & 3U];
    pen->state = move & PHRASE_MOVE_STATE;
    return true;
}

void writer_text_put_all(struct writer_text *self, const struct writer_source *source,
                         const struct writer_put *puts, size_t count)
{
    const struct writer_source from = *source;
    const struct writer_put *put = puts;
    const struct writer_put *const end = puts + count;

    while (put != end) {
        struct pen pen = take_pen(self);

        while (!self->is_special && put != end && write_plainly(self, &pen, &from, put)) {
            put++;
        }
        put_back(self, &pen, &from);
        if (put != end) {
            put_one(self, source, *put++);
        }
    }
}

void writer_text_separate(struct writer_text *self)
{
    self->space = false; /* it would be this one */
    if (self->len == self->start || isspace((unsigned char)self->base[self->len - 1]) != 0 ||
        (self->len >= self->limit && !make_room(self))) {
        return;
    }
    self->base[self->len++] = ' ';
    self->left = JOINT_LEFT_SPACE;
}

void writer_text_begin_apart(struct writer_text *self)
{
    if (self->len >= self->limit && !make_room(self)) {
        return;
    }
    self->base[self->len] = ' ';
    self->tail = self->len++;
    self->start = self->len;
    self->tokens = 0;
    self->tail_tokens = 0;
    self->last = NULL;
    self->left = JOINT_LEFT_SPACE;
    self->space = false;
    self->capital = false;
    self->title = false;
    self->has_article = false;
    self->is_special = false;
    self->is_recounted = false;
}

struct str writer_text_end_apart(struct writer_text *self, const struct writer_text *before)
{
    struct str text = written_from(self, self->start);
    char *base = self->base;
    size_t limit = self->limit;

    *self = *before;
    self->base = base; /* it may have grown */
    self->limit = limit;
    return text;
}

void writer_text_finish(struct writer_text *self)
{
    size_t len = self->len;

    while (self->len > self->start && isspace((unsigned char)self->base[self->len - 1]) != 0) {
        self->len--;
    }
    settle_tail(self);
    if (self->len < self->tail) {
        recount_all(self);
    } else if (len - self->len > 1 || (len != self->len && self->left != JOINT_LEFT_SPACE)) {
        recount(self);
    }
    self->out->len = self->len;
    if (self->base != NULL) {
        self->base[self->len] = '\0';
    }
}
