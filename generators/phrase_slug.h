/* phrase_slug: a phrase cast for the press.
 *
 * A writer puts half a million phrases for a million tokens, and what each costs is the cache lines
 * that it touches and the rules for what may stand beside it. So a phrase is cast in one piece, as
 * a printer's slug was: half a cache line with its tokens and, if it is short as nearly all are,
 * its text. And the rules (capitals, spaces, joints: writer_text.h) are a table: phrases that
 * behave alike are a class, how a text ends is a state, and one look at [class][state] says what to
 * do and what the state is then.
 *
 * Slugs follow from the phrases of a book (phrase_book.h), which remain what everything rare is
 * done with.
 */
#ifndef GENERATORS_PHRASE_SLUG_H
#define GENERATORS_PHRASE_SLUG_H

#include "generators/phrase.h"

#include "base/err.h"

#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum {
    PHRASE_SLUG_TEXT = 25,    /* bytes of a text that are in its slug */
    PHRASE_SLUG_VARIANTS = 4, /* of a composed phrase, likewise */
    PHRASE_CLASSES_MAX = 256,
    PHRASE_CLASS_COMPOSED = 0, /* of these every move is PHRASE_MOVE_RARE, … */
    PHRASE_CLASS_RARE,         /* … as of this, where there are too many classes */
    PHRASE_CLASSES_FIRST
};

struct phrase_slug {
    alignas(32) uint8_t len; /* as the phrase's: of a composed one, its variants */
    uint8_t class;
    uint8_t word_at;
    uint8_t tokens[4];           /* [2: a space is before it, + 1: a capital is set] */
    char text[PHRASE_SLUG_TEXT]; /* of a longer one, or of more variants: its place, uint32_t. Of a
                                    composed one: the first step of each variant, uint32_t */
};

/* How what was written ends: enum joint_left in the upper bits, and below what waits for the next
 * phrase. These bits are those of struct writer_put's flags, so that they can be added. */
enum phrase_state {
    PHRASE_STATE_SPACE = 1, /* a space is put before it, as if it had one */
    PHRASE_STATE_CAPITAL = 4,
    PHRASE_STATE_LEFT = 8, /* times enum joint_left */
    PHRASE_STATES = 128
};

/* What a phrase does in a state. The lowest bits are the state after it. */
enum phrase_move {
    PHRASE_MOVE_STATE = PHRASE_STATES - 1,
    PHRASE_MOVE_RARE = 1 << 7,    /* what follows says nothing: it takes more than a copy */
    PHRASE_MOVE_SPACES = 1 << 8,  /* a space is written before it */
    PHRASE_MOVE_TOKENS = 9,       /* a shift, not a bit: two bits, which of a slug's tokens count */
    PHRASE_MOVE_SPACED = 1 << 10, /* the second of these: a space is before it */
    PHRASE_MOVE_CAPITAL = 1 << 11 /* its first letter becomes one */
};

struct phrase_class {
    uint8_t flags; /* enum phrase_flag, as far as they matter here */
    uint8_t right;
    uint8_t left[2];
};

/* Owned by the book. A zeroed one is empty. */
struct phrase_slugs {
    struct phrase_slug *slugs;        /* of as many phrases, in their order */
    uint16_t (*moves)[PHRASE_STATES]; /* by class */
    struct phrase_class classes[PHRASE_CLASSES_MAX];
    size_t class_count;
};

/* A number of those in a slug's text. */
static inline uint32_t phrase_slug_number(const struct phrase_slug *slug, size_t index)
{
    uint32_t number = 0;

    memcpy(&number, slug->text + index * sizeof number, sizeof number);
    return number;
}

/* How a text that ends in `left` ends for a phrase: [it has a space before it]. That space is
 * dropped where white space or nothing is before it. */
static inline unsigned phrase_left_before(unsigned left, unsigned space)
{
    static const uint8_t lefts[2][16] = {
        {0, 1, 2, 3, 4, 5, 6, 7, 8, PHRASE_LEFT_TAKES_S},
        {JOINT_LEFT_NOTHING, JOINT_LEFT_LINE_FEED, JOINT_LEFT_SPACE, JOINT_LEFT_SPACE,
         JOINT_LEFT_SPACE, JOINT_LEFT_SPACE, JOINT_LEFT_SPACE, JOINT_LEFT_SPACE, JOINT_LEFT_SPACE,
         JOINT_LEFT_SPACE},
    };

    return lefts[space][left];
}

struct phrase_book;

/* Casts all phrases of a book, again after they were counted. ERR_MEMORY only; what was cast is
 * released with phrase_slugs_release, also after an error. */
int phrase_slugs_cast(struct phrase_book *book, struct err *err);
void phrase_slugs_release(struct phrase_slugs *slugs);

#endif
