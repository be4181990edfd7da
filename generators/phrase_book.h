/* phrase_book: the grammar as the writer runs it.
 *
 * A grammar says what is allowed; a phrase book is the same flattened for speed. An alternative
 * that is nothing but a text is a phrase. Any other is composed: it is written in a few variants,
 * each a run of steps, in which the choices that shape a sentence were made when the book was made,
 * so that what is left to draw are its words. A step is a phrase, then perhaps an article, a space
 * and a capital, then one action. Literal texts, topics' words and small numbers are phrases too,
 * so that writing copies known texts and adds up known tokens.
 */
#ifndef GENERATORS_PHRASE_BOOK_H
#define GENERATORS_PHRASE_BOOK_H

#include "generators/grammar.h"
#include "generators/phrase.h"
#include "generators/phrase_slug.h"

#include "base/buf.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

enum phrase_action {
    PHRASE_PICK,     /* a phrase of first … first + count - 1, or of a few of them */
    PHRASE_EXPAND,   /* the same where they may be composed */
    PHRASE_REMEMBER, /* first: rule, count: slot of the reply's memory */
    PHRASE_AGREE,    /* first: the singular's alternative, before the plural's */
    PHRASE_NUMBER,   /* first: of the grammar's operations, the one that gives the range */
    PHRASE_TITLE
};

/* What belongs to the topic of a reply, to be added to `first` and `count` of a pick. */
enum phrase_source {
    PHRASE_OF_BOOK,            /* nothing */
    PHRASE_OF_NUMBER_OF_TOPIC, /* its being plural: the first or the second */
    PHRASE_OF_TOPIC_NAME,
    PHRASE_OF_TOPIC_LISTS, /* and on: of enum grammar_topic_list */
    PHRASE_SOURCES = PHRASE_OF_TOPIC_LISTS + GRAMMAR_TOPIC_LISTS
};

enum phrase_step_flag {
    PHRASE_STEP_SPACE = 1,   /* after literal and article: a space */
    PHRASE_STEP_LITERAL = 2, /* there is one that is not empty */
    PHRASE_STEP_CAPITAL = 4, /* after the literal */
    PHRASE_STEP_LAST = 8,    /* of its alternative */
    PHRASE_STEP_PUTS = 32,   /* what is picked is a phrase to be put */
    PHRASE_STEP_ARTICLE = 16 /* the literal ends in an "a" that the next word may make "an" */
};

/* What an action is about; a pick's is what is chosen from. */
struct phrase_choice {
    uint32_t first;
    uint16_t count;
    uint16_t recent; /* where the writer keeps what it drew last: < PHRASE_RECENT */
    uint16_t few;    /* a reply keeps to so many of the pick's; 0 for no limit */
    uint16_t source; /* enum phrase_source, of a pick */
};

/* A variant is a run of these, of which a cache line holds eight. Choices are apart, as the many
 * steps share a few thousand. */
struct phrase_step {
    uint32_t literal : 24; /* the phrase to begin with, if any */
    uint32_t flags : 8;    /* enum phrase_step_flag */
    uint32_t choice : 24;
    uint32_t action : 8; /* enum phrase_action */
};
enum { PHRASE_STEP_INDEX_MAX = (1 << 24) - 1 };

enum {
    PHRASE_NUMBERS = 1000, /* 0 … 999 are phrases */
    PHRASE_SLOTS = 256,    /* a power of two; rules that share one only forget */
    PHRASE_RECENT = PHRASE_SLOTS + PHRASE_SOURCES,
    PHRASE_VARIANTS_MAX = 4,
    PHRASE_GLUED_VARIANTS = 128 /* of an alternative that puts words together */
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
    struct phrase_title *titles; /* of as many phrases, once they were counted */
    struct phrase_slugs cast;
    size_t phrase_count;
    uint32_t
        *variants; /* the first step of each; a composed phrase has `len` of them from `at` on */
    size_t variant_count;
    struct phrase_step *steps;
    size_t step_count;
    struct phrase_choice *choices;
    size_t choice_count;
    struct phrase_step *rules;   /* the step that writes each of the grammar's */
    struct phrase_topic *topics; /* in the grammar's order */
    uint32_t *asks;              /* "write a poem", of each format */
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
