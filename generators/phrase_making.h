/* phrase_making: the state of a phrase book while it is made. Private to phrase_*.c. */
#ifndef GENERATORS_PHRASE_MAKING_H
#define GENERATORS_PHRASE_MAKING_H

#include "generators/phrase_book.h"

#include <stddef.h>
#include <stdint.h>

/* Literals by their texts, so that " of the " is one phrase however often it is used: open
 * addressing, 0 is empty. */
struct phrase_literals {
    uint32_t *phrases; /* plus 1 */
    size_t count;
    size_t cap; /* a power of two */
};

struct phrase_shape; /* phrase_compose.c */

struct phrase_making {
    struct phrase_book *book;
    const struct grammar *grammar;
    struct phrase_literals literals;
    size_t phrase_cap;
    size_t step_cap;
    size_t choice_cap;
    uint32_t *choice_places; /* by hash, open addressing, CHOICE_PLACES of them; index plus 1 */
    size_t variant_cap;
    struct phrase_shape *shapes; /* of the grammar's rules */
    uint32_t empty;              /* the phrase without a text */
    struct err *err;
};

/* Doubles an array until `count` items fit. */
int phrase_making_grow(void **items, size_t *cap, size_t count, size_t size, struct err *err);

/* The phrase of a literal text that fits, found or added. */
int phrase_making_literal(struct phrase_making *making, struct str text, uint32_t *index);

/* Whether an alternative is a phrase as it stands. */
bool phrase_making_is_text(const struct phrase_making *making, size_t alternative);

/* Makes the steps of all alternatives that are more than a text. */
int phrase_compose(struct phrase_making *making);

#endif
