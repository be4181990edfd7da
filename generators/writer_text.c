#include "generators/writer_text.h"

#include <ctype.h>

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
bool writer_text_make_room(struct writer_text *self)
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
    (void)writer_text_make_room(self);
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

/* Makes `tail` where it begins: after the last inner joint of the phrase put last, if it has one.
 */
static void settle_tail(struct writer_text *self)
{
    if (self->last != NULL && self->last->tail_bytes != 0) {
        self->tail = self->last_end - self->last->tail_bytes;
        self->tail_tokens = self->last->tail_tokens;
    }
    self->last = NULL;
}

/* Counts the tail again. */
static void recount(struct writer_text *self)
{
    struct str tail;
    bool ends_in_space = false;
    uint32_t tokens = 0;

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

void writer_text_join(struct writer_text *self, const struct phrase *phrase, unsigned left,
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
        self->last_end = self->len;
    }
    self->left = phrase->left[0];
}

/* --- Articles, capitals and titles. --- */

static bool is_word_char(char c)
{
    return isalnum((unsigned char)c) && (unsigned char)c < 0x80;
}

static void make_an(struct writer_text *self)
{
    size_t after = self->article + 1;

    settle_tail(self);
    memmove(self->base + after + 1, self->base + after, self->len - after);
    self->base[after] = 'n';
    self->len++;
    self->tail += self->tail > self->article ? 1 : 0;
}

/* Turns the "a" into "an" where the word at `at` asks for it; returns the word's new place. */
static size_t settle_article(struct writer_text *self, size_t at)
{
    self->has_article = false;
    self->is_special = self->title;
    if (!phrase_takes_an(written_from(self, at))) {
        return at;
    }
    make_an(self);
    return at + 1;
}

/* Gives the words from `from` on their capitals; the text before may end inside a line. */
static void put_title(struct writer_text *self, size_t from)
{
    static const char *const small[] = {"a",  "an", "and", "as",  "at", "by",   "for", "in",
                                        "of", "on", "or",  "the", "to", "with", NULL};

    for (size_t at = from; at < self->len; at++) {
        bool starts_line = at == self->start || self->base[at - 1] == '\n';
        size_t len = 0;
        bool is_small = false;

        if (self->base[at] == '\n') {
            self->title = false;
            self->is_special = self->has_article;
            return;
        }
        if (!starts_line && strchr(" -(\"*", self->base[at - 1]) == NULL) {
            continue;
        }
        while (at + len < self->len && isalpha((unsigned char)self->base[at + len]) != 0) {
            len++;
        }
        for (size_t i = 0; small[i] != NULL; i++) {
            is_small =
                is_small || str_equal((struct str){self->base + at, len}, str_from(small[i]));
        }
        if (len != 0 && (starts_line || !is_small)) {
            self->base[at] = (char)toupper((unsigned char)self->base[at]);
        }
    }
}

/* Capitals and articles wait for the next word; this looks for it from `from` on. */
static void settle_pending(struct writer_text *self, size_t from)
{
    for (size_t at = from; at < self->len; at++) {
        if (!is_word_char(self->base[at])) {
            continue;
        }
        if (self->has_article) {
            at = settle_article(self, at);
        }
        if (self->capital) {
            self->base[at] = (char)toupper((unsigned char)self->base[at]);
            self->capital = false;
        }
        return;
    }
}

static void put_in_title(struct writer_text *self, const struct phrase *phrase, const char *stored)
{
    size_t from = self->len;
    unsigned left = writer_text_joint(self, phrase->flags);

    self->space = false;
    if (self->len >= self->limit && !writer_text_make_room(self)) {
        return;
    }
    if (left != self->left) {
        self->base[self->len++] = ' ';
    }
    writer_text_copy(self->base + self->len, stored, phrase->len);
    self->len += phrase->len;
    if (self->capital || self->has_article) {
        settle_pending(self, from);
    }
    put_title(self, from);
    if (!self->title) {
        recount(self);
    } else if (self->len > self->start) {
        self->left = self->base[self->len - 1] == ' ' ? JOINT_LEFT_SPACE : JOINT_LEFT_OTHER;
    }
}

void writer_text_put_specially(struct writer_text *self, const struct phrase *phrase,
                               const char *stored)
{
    if (self->title) {
        put_in_title(self, phrase, stored);
        return;
    }
    if ((phrase->flags & PHRASE_HAS_WORD) != 0) {
        self->has_article = false;
        self->is_special = false;
        if ((phrase->flags & PHRASE_TAKES_AN) != 0) {
            make_an(self);
            if (!self->is_plain) {
                recount_all(self);
            }
        }
    }
    writer_text_put_plainly(self, phrase, stored);
}

void writer_text_begin_title(struct writer_text *self)
{
    self->title = true;
    self->is_special = true;
    self->capital = true;
}

/* "a" and "an" are one token each, also after a space and as "A" and "An". */
void writer_text_put_article(struct writer_text *self, const struct phrase *phrase,
                             const char *stored)
{
    writer_text_put(self, phrase, stored);
    if (self->out->failure != 0 || self->len == self->start) {
        return;
    }
    self->has_article = true;
    self->is_special = true;
    self->article = self->len - 1;
    self->is_plain = self->tail == self->article ||
                     (self->tail + 1 == self->article && self->base[self->tail] == ' ');
}

void writer_text_separate(struct writer_text *self)
{
    self->space = false; /* it would be this one */
    if (self->len == self->start || isspace((unsigned char)self->base[self->len - 1]) != 0 ||
        (self->len >= self->limit && !writer_text_make_room(self))) {
        return;
    }
    self->base[self->len++] = ' ';
    self->left = JOINT_LEFT_SPACE;
}

void writer_text_begin_apart(struct writer_text *self)
{
    if (self->len >= self->limit && !writer_text_make_room(self)) {
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
    } else if (self->title || len - self->len > 1 ||
               (len != self->len && self->left != JOINT_LEFT_SPACE)) {
        recount(self);
    }
    self->out->len = self->len;
    if (self->base != NULL) {
        self->base[self->len] = '\0';
    }
}
