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
    for (unsigned left = 0; left < PHRASE_LEFT_COUNT; left++) {
        self->plain_bits[left] = (uint16_t)(phrase_safe_bits(left) & ~(1U << JOINT_RIGHT_NOTHING));
    }
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

/* How a text that ends in `left` ends for a phrase: [it has a space before it]. That space is
 * dropped where white space or nothing is before it. */
static inline unsigned left_before(unsigned left, unsigned space)
{
    static const uint8_t lefts[2][16] = {
        {0, 1, 2, 3, 4, 5, 6, 7, 8, PHRASE_LEFT_TAKES_S},
        {JOINT_LEFT_NOTHING, JOINT_LEFT_LINE_FEED, JOINT_LEFT_SPACE, JOINT_LEFT_SPACE,
         JOINT_LEFT_SPACE, JOINT_LEFT_SPACE, JOINT_LEFT_SPACE, JOINT_LEFT_SPACE, JOINT_LEFT_SPACE,
         JOINT_LEFT_SPACE},
    };

    return lefts[space][left];
}

/* Appends a phrase where there is room for it. */
static void write_phrase(struct writer_text *self, const struct phrase *phrase, const char *stored)
{
    const unsigned left =
        left_before(self->left, (self->space ? 1U : 0U) | (phrase->flags & PHRASE_LEADS));
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
        left_before(self->left, (self->space ? 1U : 0U) | (phrase->flags & PHRASE_LEADS));
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
        if ((titled.flags & PHRASE_IS_SMALL) != 0 && text[titled.word_at] != stored[titled.word_at]) {
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
    unsigned left = left_before(self->left, (self->space ? 1U : 0U) | (own->flags & PHRASE_LEADS));

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
    uint64_t tokens;
    unsigned left;
    unsigned space;   /* 0 or 1 */
    unsigned capital; /* 0 or 1 */
    bool is_special;  /* until the state is put back and taken again */
};

static inline struct pen take_pen(const struct writer_text *self)
{
    return (struct pen){
        .to = self->base + self->len,
        .tokens = self->tokens,
        .left = self->left,
        .space = self->space ? 1 : 0,
        .capital = self->capital ? 1 : 0,
        .is_special = self->is_special,
    };
}

static inline void put_back(struct writer_text *self, struct pen pen)
{
    self->len = (size_t)(pen.to - self->base);
    self->tokens = pen.tokens;
    self->left = (uint8_t)pen.left;
    self->space = pen.space != 0;
    self->capital = pen.capital != 0;
}

/* Whether an "a" that was put last stands alone, so that the phrase after it may make it "an"
 * without changing its tokens. */
static inline bool is_plain_article(struct pen pen, const struct writer_text *self)
{
    return pen.to >= self->base + self->start + 2 && pen.to[-2] == ' ';
}

/* Appends a phrase as write_phrase does, if it is as most are: it has a text, joins safely, and no
 * title or article waits. Called for every word: it has hardly a branch that depends on the words.
 */
static inline bool write_plainly(struct writer_text *self, struct pen *pen,
                                 const struct phrase *phrase, const char *stored, unsigned flags)
{
    const unsigned of_phrase = phrase->flags;
    const unsigned space = pen->space | (flags & WRITER_PUT_SPACE);
    const unsigned capital = pen->capital | (flags / WRITER_PUT_CAPITAL & 1U);
    const unsigned left = left_before(pen->left, space | (of_phrase & PHRASE_LEADS));
    const unsigned spaced = left == JOINT_LEFT_SPACE ? 1 : 0;
    const uint32_t tokens = phrase->tokens[spaced][capital];
    const unsigned next_left = phrase->left[spaced];
    const size_t len = phrase->len;
    char *letter = NULL;

    if (__builtin_expect(((unsigned)self->plain_bits[left] >> phrase->right & 1U) == 0, 0)) {
        return false;
    }
    if (__builtin_expect((flags & WRITER_PUT_ARTICLE) != 0, 0)) {
        if ((of_phrase & PHRASE_HAS_WORD) == 0 || !is_plain_article(*pen, self)) {
            return false;
        }
        *pen->to = 'n';
        pen->to += of_phrase / PHRASE_TAKES_AN & 1U;
    }
    *pen->to = ' ';
    pen->to += left != pen->left ? 1 : 0;
    letter = pen->to + phrase->word_at;
    self->last = phrase;
    self->last_at = (size_t)(pen->to - self->base);
    self->last_spaced = spaced;
    self->last_tokens = tokens;
    copy(pen->to, stored, len);
    *letter = (char)(*letter - (int)((of_phrase & (capital * PHRASE_IS_SMALL)) << 3U));
    pen->to += len;
    pen->tokens += tokens;
    pen->left = next_left;
    pen->space = 0;
    pen->capital = capital & ~(of_phrase / PHRASE_HAS_WORD);
    return true;
}

/* Fetches the texts, and makes room for them; whether there is. */
static bool prepare_for(struct writer_text *self, const struct writer_source *source,
                        const struct writer_put *puts, size_t count)
{
    const struct phrase *phrases = source->phrases;
    size_t bytes = count * 3 + PHRASE_SLACK; /* a space, and "n", and what is not copied */

    for (size_t i = 0; i < count; i++) {
        const struct phrase *phrase = &phrases[puts[i].phrase];

        __builtin_prefetch(source->stored + phrase->at);
        bytes += (puts[i].flags & WRITER_PUT_OWN) != 0 ? PHRASE_BYTES_MAX : phrase->len;
    }
    while (self->len + bytes > self->limit) {
        size_t limit = self->limit;

        if (!make_room(self) || self->limit <= limit) {
            return false;
        }
    }
    return true;
}

void writer_text_put_all(struct writer_text *self, const struct writer_source *source,
                         const struct writer_put *puts, size_t count)
{
    const struct phrase *phrases = source->phrases;
    const char *stored = source->stored;
    bool has_room = prepare_for(self, source, puts, count);
    struct pen pen = take_pen(self);

    for (const struct writer_put *put = puts, *end = puts + count; put != end; put++) {
        const struct phrase *phrase = &phrases[put->phrase];
        const unsigned flags = put->flags;

        if (__builtin_expect((flags & (WRITER_PUT_TITLE | WRITER_PUT_OWN)) != 0 || pen.is_special ||
                                 !has_room ||
                                 !write_plainly(self, &pen, phrase, stored + phrase->at, flags),
                             0)) {
            put_back(self, pen);
            put_one(self, source, *put);
            pen = take_pen(self);
        }
    }
    put_back(self, pen);
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
    } else if (len - self->len > 1 ||
               (len != self->len && self->left != JOINT_LEFT_SPACE)) {
        recount(self);
    }
    self->out->len = self->len;
    if (self->base != NULL) {
        self->base[self->len] = '\0';
    }
}
