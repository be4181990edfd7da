/* writing: a reply while it is written: rules expanded into the phrases they draw. Private to
 * writer.c and writing.c.
 *
 * A grammar's rules were composed into steps beforehand (generators/phrase_book.h). Expanding one
 * draws a phrase for each step and follows those that are composed themselves. What is drawn only
 * waits; it becomes text when many phrases wait or writing_put_all is called, so that the phrases'
 * bytes, which are hardly ever at hand, have been fetched by then. Everything follows from the
 * grammar and the random stream.
 *
 * The loop over the steps and the draws are in one file, since a call for every word would cost
 * more than the draw: here are the calls made once per part of a reply.
 */
#ifndef GENERATORS_WRITING_H
#define GENERATORS_WRITING_H

#include "generators/grammar.h"
#include "generators/phrase_book.h"
#include "generators/writer_text.h"

#include "base/random.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    WRITING_REMEMBERED_BYTES_MAX = 4096, /* what {$NAME:…} may hold in one reply */
    WRITING_PUTS_MAX = 512
};

/* A text to be put again: a phrase of the book, or one of its own in the reply's memory. */
struct writing_remembered {
    bool is_set;
    bool is_own;
    uint32_t phrase; /* of the book */
};

/* A reply while it is written. What is drawn waits in `puts` until much of it can be put at once.
 */
struct writing {
    const struct grammar *grammar;
    const struct phrase_book *book;
    const struct grammar_topic *topic;
    struct writer_source source;
    struct writer_text text;
    struct random random;
    uint64_t key;     /* of the reply's random stream */
    uint64_t few_key; /* where the few of a rule begin follows from it */
    uint32_t is_free; /* 0: what is drawn must not depend on what was drawn before */
    uint32_t memory_used;
    uint32_t offsets[PHRASE_SOURCES]; /* of phrase_source: to be added to a step's first … */
    uint32_t counts[PHRASE_SOURCES];  /* … and count */
    uint32_t before;                  /* enum writer_put_flag of the next put */
    size_t put_count;
    struct writing_remembered slots[GRAMMAR_SLOTS_MAX];
    struct phrase own[GRAMMAR_SLOTS_MAX];     /* texts in `memory` */
    uint32_t recent[PHRASE_RECENT];           /* drawn last, beginning with the step's first */
    struct writer_put puts[WRITING_PUTS_MAX]; /* these are not cleared */
    char memory[WRITING_REMEMBERED_BYTES_MAX + PHRASE_SLACK];
};

/* Begins a reply about a topic, an index into the grammar's list. The grammar is borrowed for as
 * long as `writing` is used, and `writing` points into itself: it is not to be copied. Nothing is
 * owned, so nothing is released. The text is the caller's to begin (writer_text_init). */
void writing_begin(struct writing *writing, const struct grammar *grammar, size_t topic,
                   struct random random);

/* Draws what a rule, an index into the grammar's list, expands to. */
void writing_expand_rule(struct writing *writing, uint32_t rule);

/* A part, and how it is to be written, if it is more than a text. */
struct writing_part {
    uint32_t phrase;
    const struct phrase_step *steps; /* of the book; NULL for a text */
};

/* Settles how an alternative of a rule, a phrase of the book, is to be written. Chosen a part ahead
 * of its expansion, its first steps are there in time. */
struct writing_part writing_choose(struct writing *writing, uint32_t phrase);

/* Draws what a part expands to. */
void writing_expand_part(struct writing *writing, const struct writing_part *part);

/* Writes what was drawn so far, with what goes before the next phrase. Failures are the output
 * buffer's. */
void writing_put_all(struct writing *writing);

#endif
