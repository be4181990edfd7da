/* phrase_book: the grammar as the writer runs it.
 *
 * A grammar says what is allowed; a phrase book is the same flattened for speed. An alternative
 * that is nothing but a text is a phrase; any other is a run of steps, each a phrase, then perhaps
 * a capital, then one action. Literal texts, topics' words and small numbers are phrases too, so
 * that writing copies known texts and adds up known tokens.
 */
#ifndef GENERATORS_PHRASE_BOOK_H
#define GENERATORS_PHRASE_BOOK_H

#include "generators/grammar.h"
#include "generators/phrase.h"

#include "base/buf.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

enum phrase_action {
    PHRASE_NO_ACTION,
    PHRASE_PICK,     /* a phrase of a rule: first, count, slot */
    PHRASE_EXPAND,   /* the same where alternatives may be composed */
    PHRASE_FEW,      /* first: rule */
    PHRASE_REMEMBER, /* first: rule, count: slot */
    PHRASE_AGREE,    /* first: the singular's alternative, before the plural's */
    PHRASE_NUMBER,   /* first: the lowest, count: how many there are */
    PHRASE_ARTICLE,
    PHRASE_TITLE,
    PHRASE_TOPIC,
    PHRASE_TOPIC_WORD /* first: enum grammar_topic_list */
};

enum phrase_step_flag {
    PHRASE_STEP_SPACE = 1,   /* instead of a literal: a space */
    PHRASE_STEP_LITERAL = 2, /* there is one that is not empty */
    PHRASE_STEP_CAPITAL = 4, /* after the literal */
    PHRASE_STEP_LAST = 8     /* of its alternative */
};

struct phrase_step {
    uint32_t literal; /* the phrase to begin with, if any */
    uint32_t first;
    uint32_t count;
    uint8_t action;
    uint8_t slot;  /* of the writer's memory of what it drew last */
    uint8_t flags; /* enum phrase_step_flag */
};

enum {
    PHRASE_NUMBERS = 1000, /* 0 … 999 are phrases */
    PHRASE_SLOTS = 256     /* a power of two; rules that share one only forget */
};

struct phrase_topic {
    uint32_t name;
    uint32_t about;                      /* " about tapirs" */
    uint32_t lists[GRAMMAR_TOPIC_LISTS]; /* the first phrase of each */
};

/* Owned by the grammar. Offsets of phrases are into `text`, behind which PHRASE_SLACK bytes may be
 * read. */
struct phrase_book {
    struct buf text;
    struct phrase *phrases; /* the first are those of the grammar's alternatives, in their order */
    size_t phrase_count;
    struct phrase_step *steps;
    size_t step_count;
    struct phrase_topic *topics; /* in the grammar's order */
    uint32_t *asks;              /* "write a poem", of each format */
    uint32_t article;            /* "a" */
    uint32_t numbers;            /* the first of them */
    struct phrase_line_breaks line_breaks;
    const struct tokenizer *tokenizer; /* borrowed; NULL while nothing was counted */
};

/* ERR_INPUT for a text that can be no phrase: more than PHRASE_BYTES_MAX bytes without a space.
 * Released with phrase_book_release, also after an error. */
int phrase_book_make(struct phrase_book *out, const struct grammar *grammar, struct err *err);
void phrase_book_release(struct phrase_book *book);

/* Counts the tokens of all phrases. `tokenizer` is borrowed from then on. */
int phrase_book_count(struct phrase_book *book, const struct tokenizer *tokenizer, struct err *err);

struct str phrase_book_text(const struct phrase_book *book, const struct phrase *phrase);

#endif
